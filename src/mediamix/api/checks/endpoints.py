"""`/checks`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from mediamix.api.checks.schemas import ChecksAsked, ChecksView
from mediamix.api.checks.service import checked
from mediamix.api.documented import ETAG, UNCHANGED, answers, errors
from mediamix.api.replies import JSON, encoded, reply
from mediamix.api.route import router
from mediamix.api.service import service_of

routes = router("data")
_FINDING = {
    "check": "gaps",
    "severity": "warning",
    "where": "tv",
    "message": "3 weeks without rows",
    "why": "",
    "advice": "",
}
_FOUND: dict[str, Any] = {"ok": True, "findings": [_FINDING]}


@routes.get(
    "/checks",
    summary="Findings about the project's data",
    response_model=ChecksView,
    responses={**answers(200, "Every finding.", _FOUND, more=ETAG), **UNCHANGED, **errors(404, 409)},
)
async def checks(request: Request) -> Response:
    """What `mediamix check` says of the project's spec and data as they are."""
    return reply(request, encoded(await run_in_threadpool(checked, service_of(request), None, None)))


@routes.post(
    "/checks",
    summary="Check a variant, or a text",
    response_model=ChecksView,
    responses={**answers(200, "Every finding.", _FOUND), **errors(400, 404, 409, 413, 415)},
)
async def check(
    request: Request,
    asked: Annotated[ChecksAsked, Body(openapi_examples={"a variant": {"value": {"variant": "longer"}}})],
) -> Response:
    """The same of a variant, or of a text that isn't saved; nothing of the project changes."""
    found = await run_in_threadpool(checked, service_of(request), asked.variant, asked.text)
    return Response(encoded(found), media_type=JSON)
