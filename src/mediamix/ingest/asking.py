"""What a source is opened with: its section of the spec, and secrets from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from mediamix.core.errors import SpecError
from mediamix.core.registry import discover, pick, strangers
from mediamix.core.spec.sources import SourceSpec
from mediamix.ingest.pulled import Wanted
from mediamix.ingest.source import Asked, Source

SOURCES = "mediamix.ingest.sources"

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def source_of(name: str) -> Source:
    """The connector of that name.

    Raises:
        SpecError: There is none; the message names the nearest.
    """
    return pick(SOURCES, Source, name)


def sources() -> Mapping[str, Source]:
    """All connectors, by name."""
    return discover(SOURCES, Source)


def asked_of(
    source: Source, section: SourceSpec, environment: Mapping[str, str] | None = None
) -> tuple[Asked, Wanted]:
    """What `pull` takes, of a section of the spec.

    Args:
        source: The connector.
        section: ``sources: {NAME: …}``.
        environment: Variables; absent: those of this process.

    Raises:
        SpecError: A variable with a secret isn't set, an option is unknown, an address isn't safe; all at
            once, without any secret.
    """
    environment = os.environ if environment is None else environment
    secrets = {
        one.variable: value for one in source.secrets if (value := environment.get(one.variable, "").strip())
    }
    findings = [
        f"{one.variable} isn't set in the environment: {one.meaning}"
        for one in source.secrets
        if not one.optional and one.variable not in secrets
    ]
    findings += strangers(section.options, list(source.options), "options: there is no option '{}'")
    if section.endpoint is not None and not is_safe(section.endpoint):
        findings.append(
            "endpoint: plain text goes to this machine only (127.0.0.1, localhost); elsewhere https is needed"
        )
    if findings:
        raise SpecError(
            f"{source.title} can't be asked: {len(findings)} finding{'s' if len(findings) > 1 else ''}",
            details=findings,
            next_step=f"mend `sources: {source.name}` in the spec, and set the variables",
        )
    asked = Asked(tuple(dict.fromkeys(section.accounts)), dict(section.options), secrets, section.endpoint)
    return asked, Wanted(section.since, section.restated)


def is_safe(address: str) -> bool:
    """Whether secrets may go there: https, or this machine."""
    return urlsplit(address).scheme == "https" or is_local(address)


def is_local(address: str) -> bool:
    """Whether it is this machine, with or without a scheme."""
    return (urlsplit(address if "//" in address else f"//{address}").hostname or "") in _LOOPBACK
