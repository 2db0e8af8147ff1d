"""`/specs`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from mediamix.api.documented import ETAG, LOCATION, UNCHANGED, Cursor, Limit, answers, errors
from mediamix.api.once import IdempotencyKey
from mediamix.api.replies import JSON, PAGE, encoded, page, reply
from mediamix.api.route import router
from mediamix.api.service import service_of
from mediamix.api.specs.schemas import SpecAsked, SpecPage, SpecView
from mediamix.api.specs.service import listed, made, place, shown

routes = router("data")
_SPEC: dict[str, Any] = {
    "name": "mediamix",
    "hash": "a8f072068f3efd8e",
    "text": "outcome: {column: revenue}\n",
}
_NEW = {"name": "longer-carry-over", "text": "data: {media: data/media.csv, outcome: data/outcome.csv}\n"}
SpecName = Annotated[
    str,
    Path(
        description="Of a variant; `mediamix` is the project's own.",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$",
    ),
]


@routes.get(
    "/specs",
    summary="Specs",
    response_model=SpecPage,
    responses={
        **answers(200, "A page.", {"items": [_SPEC], "next": None}, more=ETAG),
        **UNCHANGED,
        **errors(404),
    },
)
async def specs(
    request: Request,
    limit: Limit = PAGE,
    cursor: Cursor = "",
) -> Response:
    """The project's spec, then its variants by name."""
    found = await run_in_threadpool(listed, service_of(request))
    items, following = page(found, place, cursor, limit, up=True)
    return reply(request, encoded({"items": items, "next": following}))


@routes.post(
    "/specs",
    status_code=201,
    summary="A new variant",
    response_model=SpecView,
    responses={
        **answers(201, "It is saved.", {**_SPEC, **_NEW}, more=LOCATION),
        **errors(400, 404, 409, 413, 415),
    },
)
async def make(
    request: Request,
    asked: Annotated[SpecAsked, Body(openapi_examples={"a text": {"value": _NEW}})],
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """A variant of the spec, from a text or from uploaded tables; `POST /runs` with its name runs it. What is
    there already isn't replaced.
    """
    service = service_of(request)

    async def done() -> Response:
        saved = await run_in_threadpool(made, service, asked)
        request.state.about = {"spec": asked.name}
        return Response(encoded(saved), 201, {"Location": f"/api/v1/specs/{asked.name}"}, JSON)

    return await service.repeats.once(request, idempotency_key, asked.model_dump_json().encode(), done)


@routes.get(
    "/specs/{name}",
    summary="A spec",
    response_model=SpecView,
    responses={**answers(200, "It.", _SPEC, more=ETAG), **UNCHANGED, **errors(404)},
)
async def spec(request: Request, name: SpecName) -> Response:
    """Its text and the hash of its values."""
    return reply(request, encoded(await run_in_threadpool(shown, service_of(request), name, text=True)))
