"""The guard of every route: who calls, whether they may, and whether not too often."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from mediamix.api.access.keys import KEY
from mediamix.api.access.tokens import WrongToken
from mediamix.api.problems import Refusal
from mediamix.api.roles import Role, Rule

if TYPE_CHECKING:
    from mediamix.api.service import Service


@dataclass(frozen=True)
class Who:
    """Who calls.

    Args:
        name: For records: a key's name, or a token's subject.
        id: That calls are counted by.
        role: What they may.
    """

    name: str
    id: str
    role: Role


#: Who calls where nobody has to say who they are: on this machine only.
NOBODY = Who("nobody", "nobody", Role.ADMIN)
#: Who looks whether the service is alive, where that is open.
PROBE = Who("probe", "probe", Role.VIEWER)


async def admit(request: Request) -> None:
    """Let a request pass, and remember who it is of.

    Raises:
        Refusal: 401, 403 or 429.
    """
    service: Service = request.app.state.service
    rule = service.rules[request.scope["endpoint"]]
    who = await _who(request, service, rule)
    request.state.who, request.state.rule = who, rule
    if who.role < rule.role:
        raise Refusal(
            403,
            "role",
            f"the role {who.role.word} may not do this",
            expected=f"{rule.role.word}, or more",
            got=who.role.word,
            next_step="ask an admin of the project for a key of that role",
        )
    if rule.works and not service.settings.auth:
        _refuse_foreign(request)
    service.rates.count(who.id, works=rule.works)


async def _who(request: Request, service: Service, rule: Rule) -> Who:
    if not service.settings.auth:
        return NOBODY
    given = request.headers.get("authorization", "")
    if not given and rule.probe and service.settings.probes:
        return PROBE
    text = _credential(given, browser=rule.browser)
    address = request.client.host if request.client is not None else "unknown"
    try:
        if not text:
            raise WrongToken("there is none")
        key = service.keys.holder(text)
        if key is not None:
            return Who(key.name, f"key:{key.id}", Role[key.role.upper()])
        if KEY.fullmatch(text) or service.tokens is None:
            raise WrongToken("it is no key of this project, was revoked, or has expired")
        # Its issuer may have to be asked: beside the other requests.
        bearer = await run_in_threadpool(service.tokens.bearer, text)
        return Who(bearer.name, f"sub:{bearer.name}", bearer.role)
    except WrongToken as wrong:
        service.metrics.denied()
        if text:  # who has a key that holds is never kept waiting by others of the same address
            service.rates.fail(address)
        offers = ["Bearer", *(['Basic realm="mediamix"'] if rule.browser else [])]
        raise Refusal(
            401,
            "key",
            "the call carries no key that holds" if not text else "the key or token isn't taken",
            expected="Authorization: Bearer KEY"
            + (", or a token of the configured issuer" if service.tokens is not None else ""),
            got=str(wrong),
            next_step="mediamix keys create PROJECT makes a key",
            headers={"WWW-Authenticate": ", ".join(offers)},
        ) from None


def _credential(given: str, *, browser: bool) -> str:
    """The key or token of a header; empty: there is none."""
    scheme, _, rest = given.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if browser and scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _refuse_foreign(request: Request) -> None:
    """Without keys a page of another site could send what a browser sends without asking."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Refusal(
            403,
            "origin",
            "a page of another site may not change anything here",
            expected="a program on this machine, or a page of this service",
            next_step="start the service with keys",
        )
