"""`/runs`, `/runs/{id}`, its events, its promotion."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import Body, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from mediamix.api.documented import ETAG, LOCATION, RUN, UNCHANGED, Cursor, Limit, RunId, answers, errors
from mediamix.api.once import IdempotencyKey
from mediamix.api.problems import absent
from mediamix.api.replies import JSON, PAGE, encoded, page, reply
from mediamix.api.route import router
from mediamix.api.runs.events import told
from mediamix.api.runs.schemas import Promotion, RunAsked, RunPage, RunView
from mediamix.api.runs.service import cancelled, job_making, listed, one, place, promoted, put
from mediamix.api.service import JOB, refuse_no_variant, service_of
from mediamix.project.runs import current

routes = router("runs")
_RUN: dict[str, Any] = {
    "id": RUN,
    "kind": "run",
    "state": "done",
    "who": "ann",
    "asked": "2026-11-28T00:02:00Z",
    "run": RUN,
    "promoted": True,
    "verdict": "ok",
    "message": "",
}
_JOB: dict[str, Any] = {"id": "job-0a1b2c3d4e5f", "kind": "run", "state": "queued", "who": "ann", "run": None}
AnyId = RunId


@routes.get(
    "/runs",
    summary="Runs, the newest first",
    response_model=RunPage,
    responses={
        **answers(200, "A page.", {"items": [_RUN], "next": None, "current": RUN}, more=ETAG),
        **UNCHANGED,
        **errors(404),
    },
)
async def runs(
    request: Request,
    limit: Limit = PAGE,
    cursor: Cursor = "",
    state: Annotated[Literal["queued", "running", "done", "failed", "cancelled"] | None, Query()] = None,
) -> Response:
    """All runs of the project, and jobs that have none yet."""
    service = service_of(request)
    found, now = await run_in_threadpool(listed, service, state)
    items, following = page(found, place, cursor, limit)
    return reply(request, encoded({"items": items, "next": following, "current": now}))


@routes.post(
    "/runs",
    status_code=202,
    summary="Queue a run",
    response_model=RunView,
    responses={**answers(202, "It is queued.", _JOB, more=LOCATION), **errors(400, 404, 409, 413, 415)},
)
async def begin(
    request: Request,
    asked: Annotated[RunAsked, Body(openapi_examples={"the spec": {"value": {}}})],
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """A run of the project's spec, or of a variant, on the data as they are. Data, spec and seed that were
    run before are found, not run again.
    """
    service = service_of(request)
    refuse_no_variant(service, asked.variant)
    return await put(service, request, "run", {"variant": asked.variant}, idempotency_key)


@routes.get(
    "/runs/{id}",
    summary="A run, or a job",
    response_model=RunView,
    responses={**answers(200, "It.", _RUN, more=ETAG), **UNCHANGED, **errors(404)},
)
async def run(request: Request, id: AnyId) -> Response:
    """By the id of a run or of a job; a job says its run once there is one."""
    return reply(request, encoded(await run_in_threadpool(one, service_of(request), id)))


@routes.delete(
    "/runs/{id}",
    summary="Cancel",
    response_model=RunView,
    responses={**answers(200, "It is cancelled.", {**_JOB, "state": "cancelled"}), **errors(404, 409)},
)
async def cancel(request: Request, id: AnyId) -> Response:
    """Stop what waits or works; nothing of it is kept, its processor is free within two seconds."""
    stopped = await run_in_threadpool(cancelled, service_of(request), id, request.state.who.name)
    return Response(encoded(stopped), media_type=JSON)


@routes.post(
    "/runs/{id}/promote",
    summary="Promote a run",
    response_model=RunView,
    responses={**answers(200, "It is promoted.", _RUN), **errors(400, 404, 409, 413, 415)},
)
async def promotion(
    request: Request,
    id: AnyId,
    how: Annotated[Promotion | None, Body(openapi_examples={"plainly": {"value": {}}})] = None,
    if_match: Annotated[
        str,
        Header(
            alias="If-Match",
            max_length=200,
            description='The id of the run that you know to be promoted, in quotes (`"none"`: none). '
            "Another one promoted meanwhile: 409.",
        ),
    ] = "",
) -> Response:
    """Make a run the one that everybody sees. Refused where its checks failed, unless forced."""
    service, force = service_of(request), how is not None and how.force
    before = current(service.project)
    made = await run_in_threadpool(promoted, service, id, force, if_match)
    request.state.about = {"before": before, "force": force}
    return Response(encoded(made), media_type=JSON)


async def _job(request: Request, id: AnyId) -> str:
    """The job of an id; that of a run that was made without one isn't there to be followed."""
    service = service_of(request)
    found = await run_in_threadpool(one, service, id)
    if JOB.fullmatch(found["id"]):
        return str(found["id"])
    job = await run_in_threadpool(job_making, service, found["id"])
    if job is None:
        raise absent(
            f"no job is known of the run {found['id']}",
            next_step=f"GET /api/v1/runs/{found['id']} has its state",
        )
    return job


@routes.get(
    "/runs/{id}/events",
    summary="Follow a job",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "Events `state`, `step` and `sampling`, numbered; at last `end` with the job.",
            "content": {
                "text/event-stream": {
                    "example": 'event: step\\nid: 3\\ndata: {"step": "Fitting the model"}\\n\\n'
                }
            },
        },
        **errors(404),
    },
)
async def events(
    request: Request,
    job: Annotated[str, Depends(_job)],
    last: Annotated[
        str,
        Header(
            alias="Last-Event-ID",
            pattern=r"^\d{0,15}$",
            description="Number of the last event that you have: those after it follow.",
        ),
    ] = "",
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events until the job has ended; a browser's EventSource connects again by itself."""
    async for event in told(service_of(request), job, int(last or 0)):
        yield event
