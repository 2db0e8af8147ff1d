"""How a service is run: from options and the environment, never from a project's files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from mediamix.core.errors import SpecError, shown

#: Bytes of a body; of one with rows of the time to come; of one that brings tables.
MOST_BODY, MOST_ROWS, MOST_UPLOAD = 2 << 20, 8 << 20, 100 << 20
#: Calls of one key; enough for 200 a second with room.
CALLS = "20000/minute"
#: Calls of one key that begin work of minutes.
WORKS = "60/minute"
#: Failed attempts from one address until it has to wait.
FAILURES = "20/minute"
_PREFIX = "MEDIAMIX_OIDC_"


@dataclass(frozen=True)
class Oidc:
    """Whose tokens are taken beside the project's own keys.

    Args:
        issuer: As tokens name it; its ``.well-known/openid-configuration`` says where its public keys are.
        audience: That tokens must be made for.
        jwks: Where its public keys are; None: as the issuer says.
        claim: Of the role: a name or a list of names, of which the highest role counts.
    """

    issuer: str
    audience: str
    jwks: str | None = None
    claim: str = "roles"


@dataclass(frozen=True)
class Settings:
    """How a service is run.

    Args:
        auth: Whether callers must say who they are.
        oidc: Whose tokens are taken; None: keys only.
        probes: Whether ``/``, ``/health`` and ``/ready`` answer without a key.
        calls: How many calls a key may make: ``20000/minute``.
        works: How many of those may begin work of minutes.
        failures: How many failed attempts an address may make.
        body: Bytes of a body.
        solvers: Processes that answer questions; 0: this one.
        traces: Whether traces are sent as the OTEL_* variables say.
    """

    auth: bool = True
    oidc: Oidc | None = None
    probes: bool = False
    calls: str = CALLS
    works: str = WORKS
    failures: str = FAILURES
    body: int = MOST_BODY
    solvers: int = 0
    traces: bool = False


def oidc_of(environment: Mapping[str, str] | None = None) -> Oidc | None:
    """Whose tokens are taken, from MEDIAMIX_OIDC_ISSUER, …_AUDIENCE, …_JWKS and …_CLAIM; None: nobody's.

    Raises:
        SpecError: One of issuer and audience is missing, or an address isn't safe.
    """
    given = os.environ if environment is None else environment
    found = {name: given.get(_PREFIX + name, "").strip() for name in ("ISSUER", "AUDIENCE", "JWKS", "CLAIM")}
    if not any(found.values()):
        return None
    missing = [_PREFIX + name for name in ("ISSUER", "AUDIENCE") if not found[name]]
    if missing:
        raise SpecError(
            f"tokens can't be checked: {' and '.join(missing)} is not set",
            expected="the issuer of tokens and the audience that they are made for",
            next_step=f"set {' and '.join(missing)}, or none of {_PREFIX}*",
        )
    for name in ("ISSUER", "JWKS"):
        if found[name]:
            refuse_plain(found[name], _PREFIX + name)
    return Oidc(found["ISSUER"], found["AUDIENCE"], found["JWKS"] or None, found["CLAIM"] or "roles")


def refuse_plain(address: str, name: str) -> None:
    """SpecError where keys would come over a wire that anybody may have written on."""
    from urllib.parse import urlsplit

    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return
    raise SpecError(
        f"{name} is no safe address",
        expected="https://…; plain http to this machine only",
        got=shown(address),
        next_step=f"set {name} to an address that begins with https://",
    )


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine can reach a host."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def traces_of(environment: Mapping[str, str] | None = None) -> bool:
    """Whether the environment says where traces go."""
    given = os.environ if environment is None else environment
    named = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    off = given.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not off and any(given.get(name) for name in named)
