"""`/`, `/health`, `/ready`, `/metrics`, `/docs`."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from mediamix.api.alive.page import page
from mediamix.api.alive.schemas import Alive, Ready
from mediamix.api.alive.service import OK, checks
from mediamix.api.documented import ETAG, UNCHANGED, answers, errors
from mediamix.api.replies import encoded, reply
from mediamix.api.route import router
from mediamix.api.service import service_of

routes = router("service")
_ALIVE = answers(200, "It is.", {"status": OK, "service": "mediamix", "version": "0.1.0"})
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_READY = {"ready": True, "checks": {"store": OK, "queue": OK, "run": OK}}


@routes.get("/", summary="Alive", responses={**_ALIVE, **errors()}, response_model=Alive)
async def root() -> Any:
    """Whether the service is there."""
    return {"status": OK, "service": "mediamix", "version": version("mediamix")}


@routes.get("/health", summary="Alive", responses={**_ALIVE, **errors()}, response_model=Alive)
async def health() -> Any:
    """Whether the service is there."""
    return await root()


@routes.get(
    "/ready",
    summary="Ready",
    response_model=Ready,
    responses={
        **answers(200, "It can serve.", _READY),
        **errors(),
        503: {
            "description": "It can't, and why.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ready"}}},
        },
    },
)
async def ready(request: Request) -> Response:
    """Whether the service can serve: the store can be written, the queue answers, a run is promoted."""
    found = await run_in_threadpool(checks, service_of(request))
    fine = all(said == OK for said in found.values())
    content = encoded({"ready": fine, "checks": found})
    return Response(content, 200 if fine else 503, {} if fine else {"Retry-After": "5"}, "application/json")


@routes.get(
    "/metrics",
    summary="Prometheus",
    response_class=Response,
    responses={
        200: {
            "description": "What the service counts.",
            "content": {
                "text/plain": {"example": 'mediamix_calls_total{method="GET",route="/",status="200"} 1.0'}
            },
        },
        **errors(),
    },
)
async def metrics(request: Request) -> Response:
    """Calls, seconds, answers, jobs, in the format of Prometheus."""
    content = await run_in_threadpool(service_of(request).metrics.text)
    return Response(content, media_type="text/plain; version=0.0.4")


@routes.get("/docs", include_in_schema=False)
async def docs(request: Request) -> Response:
    """Every route, for people."""
    return HTMLResponse(page(request.app.openapi()), headers={"Content-Security-Policy": _POLICY})


@routes.get("/openapi.json", include_in_schema=False, responses={200: {"headers": ETAG}, **UNCHANGED})
async def openapi(request: Request) -> Response:
    """Every route, for programs."""
    return reply(request, encoded(request.app.openapi()))
