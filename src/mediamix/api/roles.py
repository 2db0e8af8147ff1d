"""Who may call what: one table of all routes. With a route that isn't in it the service doesn't start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

#: Before every route of a resource.
PREFIX = "/api/v1"


class Role(IntEnum):
    """Each may do what the one before may."""

    VIEWER = 1
    ANALYST = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """``viewer``."""
        return self.name.lower()


@dataclass(frozen=True)
class Rule:
    """What a route asks for.

    Args:
        role: Of its callers, at least.
        audited: Whether the project's audit log says who called it.
        works: Whether it begins work of minutes, so that fewer calls are taken.
        probe: Whether it may answer without a key where the service is told to.
        browser: Whether a browser may give the key as a password, since a person looks at it.
    """

    role: Role
    audited: bool = False
    works: bool = False
    probe: bool = False
    browser: bool = False


_READ, _ASK = Rule(Role.VIEWER), Rule(Role.VIEWER)
_PROBE, _PAGE = Rule(Role.VIEWER, probe=True), Rule(Role.VIEWER, browser=True)
_CHANGE = Rule(Role.ANALYST, audited=True, works=True)
_DECIDE = Rule(Role.ADMIN, audited=True, works=True)

_OF_RUNS = {
    ("GET", "/runs"): _READ,
    ("POST", "/runs"): _CHANGE,
    ("GET", "/runs/{id}"): _READ,
    ("DELETE", "/runs/{id}"): _CHANGE,
    ("GET", "/runs/{id}/events"): _READ,
    ("POST", "/runs/{id}/promote"): _DECIDE,
    ("GET", "/runs/{id}/summary"): _READ,
    ("GET", "/runs/{id}/contributions"): _READ,
    ("GET", "/runs/{id}/roi"): _READ,
    ("GET", "/runs/{id}/response-curves"): _READ,
    ("GET", "/runs/{id}/diagnostics"): _READ,
    ("GET", "/runs/{id}/report.html"): _READ,
    ("GET", "/runs/{id}/report.pdf"): _READ,
    ("POST", "/runs/{id}/optimize"): _ASK,
    ("POST", "/runs/{id}/target"): _ASK,
    ("POST", "/runs/{id}/scenarios"): _ASK,
    ("POST", "/runs/{id}/what-if"): _ASK,
    ("POST", "/runs/{id}/flight"): _ASK,
    ("POST", "/runs/{id}/predict"): _ASK,
}
_OF_DATA = {
    ("GET", "/datasets"): _READ,
    ("POST", "/datasets"): _CHANGE,
    ("GET", "/datasets/{id}"): _READ,
    ("GET", "/specs"): _READ,
    ("POST", "/specs"): _CHANGE,
    ("GET", "/specs/{name}"): _READ,
    ("GET", "/checks"): _READ,
    ("POST", "/checks"): Rule(Role.ANALYST, works=True),
    ("POST", "/train"): _CHANGE,
}
#: Method and path → what it asks for.
TABLE: Mapping[tuple[str, str], Rule] = {
    ("GET", "/"): _PROBE,
    ("GET", "/health"): _PROBE,
    ("GET", "/ready"): _PROBE,
    ("GET", "/metrics"): _READ,
    ("POST", "/predict"): _ASK,
    ("POST", f"{PREFIX}/predict"): _ASK,
    ("GET", "/docs"): _PAGE,
    ("GET", "/openapi.json"): _PAGE,
    **{(method, PREFIX + path): rule for (method, path), rule in {**_OF_RUNS, **_OF_DATA}.items()},
}
