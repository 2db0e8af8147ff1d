"""Around every call: its id, how long it took, one line in the log, and the audit of what changes things."""

from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING, Any

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException

from mediamix.api.problems import MEDIA_TYPE, of_http, problem
from mediamix.api.replies import encoded
from mediamix.api.watching import audit
from mediamix.api.watching.logs import log
from mediamix.core.errors import UserError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from mediamix.api.service import Service

#: Ids that callers may give.
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
#: On every answer: what a browser may make of it.
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
OUTSIDE = "(no route)"


def _of_framework(status: int, headers: MutableHeaders, id: str) -> bytes | None:
    """The problem in place of what the framework says by itself before a route is reached: a body too large,
    a host that isn't this one.
    """
    if status not in (400, 413) or not headers.get("content-type", "").startswith("text/plain"):
        return None
    content = encoded(problem(of_http(HTTPException(status)), request=id))
    headers["content-type"], headers["content-length"] = MEDIA_TYPE, str(len(content))
    return content


class Watching:
    """The outermost layer of a service.

    Args:
        app: What it is around.
        service: Whose calls they are.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        import structlog

        given = next((v for k, v in scope["headers"] if k == b"x-request-id"), b"").decode("latin-1")
        id = given if _ID.fullmatch(given) else secrets.token_hex(8)
        state = scope.setdefault("state", {})
        state["id"] = id
        status, said = 500, None

        async def sending(message: Message) -> None:
            nonlocal status, said
            if said is not None:  # its own body isn't sent
                return
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                said = _of_framework(status, headers, id)
                headers["x-request-id"] = id
                headers.setdefault("cache-control", "private, no-cache")
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)
            if said is not None:
                await send({"type": "http.response.body", "body": said})

        self._service.metrics.began()
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=id):
            try:
                await self._app(scope, receive, sending)
            finally:
                self._ended(scope, state, status, time.perf_counter() - began)

    def _ended(self, scope: Scope, state: dict[str, Any], status: int, seconds: float) -> None:
        method = str(scope["method"])
        route = self._service.paths.get(scope.get("endpoint"), OUTSIDE)
        self._service.metrics.ended(method if route != OUTSIDE else "", route, status, seconds)
        who, rule = state.get("who"), state.get("rule")
        run = (scope.get("path_params") or {}).get("id")
        said = {"run": str(run)[:80]} if run else {}
        name = "" if who is None else who.name
        log().info(
            "call", method=method, route=route, status=status, ms=round(1000 * seconds, 2), who=name, **said
        )
        # What changes things, done or not, and what somebody may not do.
        if rule is not None and who is not None and (rule.audited or status == 403):
            try:
                audit.write(
                    self._service.project,
                    name,
                    f"{method} {route}",
                    status,
                    by=who.id,
                    request=state["id"],
                    **said,
                    **state.get("about", {}),
                )
            except UserError as error:
                log().error("audit", what=error.what, why=error.got)
