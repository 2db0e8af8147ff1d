"""`GET /runs/{id}/{summary,contributions,roi,response-curves,diagnostics,report.html,report.pdf}`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from mediamix.api.documented import ETAG, UNCHANGED, RunId, answers, errors
from mediamix.api.measures import service as measured
from mediamix.api.replies import reply
from mediamix.api.route import router
from mediamix.api.service import service_of

routes = router("measures")
#: The report is a page of its own: scripts yes, but nothing of this service, and no other site.
_POLICY = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
By = Annotated[Literal["geo"] | None, Query(description="A row per geo, too.")]
_TABLE = {
    "outcome": {"name": "revenue", "unit": "EUR"},
    "currency": "EUR",
    "rows": [{"channel": "tv", "mean": 1.4}],
}


def _told(example: Any) -> dict[int | str, dict[str, Any]]:
    return {**answers(200, "What the run says.", example, more=ETAG), **UNCHANGED, **errors(404, 409)}


def _files(kind: str, text: str) -> dict[int | str, dict[str, Any]]:
    told = {
        "description": text,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}}},
        "headers": ETAG,
    }
    return {200: told, **UNCHANGED, **errors(404, 409)}


async def _read(request: Request, id: str, make: Callable[[Path], bytes]) -> Response:
    run, folder = await run_in_threadpool(service_of(request).fit, id)
    return reply(request, await run_in_threadpool(make, folder), X_Run=run)


async def _measured(request: Request, id: str, kind: str, by: str | None) -> Response:
    service = service_of(request)
    run, folder = await run_in_threadpool(service.fit, id)
    content, tag = await service.answers.ask(kind, folder, {} if by is None else {"by": by})
    return reply(request, content, tag=tag, X_Run=run)


_CHANNEL = {
    "spend": 1.0e6,
    "contribution": {"mean": 2.0e6},
    "roi": {"mean": 2.0, "p5": 1.5, "p50": 2.0, "p95": 2.6},
}


@routes.get(
    "/runs/{id}/summary",
    summary="Summary",
    responses=_told({"channels": {"tv": _CHANNEL}, "verdict": {"level": "ok"}}),
)
async def summary(request: Request, id: RunId) -> Response:
    """`summary.json` of the run's fit: per channel spend, contribution, share, ROI and marginal ROI with
    intervals, the baseline, the verdict.
    """
    return await _read(request, id, measured.summary)


@routes.get(
    "/runs/{id}/diagnostics",
    summary="Diagnostics",
    responses=_told({"verdict": {"level": "ok"}, "findings": []}),
)
async def diagnostics(request: Request, id: RunId) -> Response:
    """Whether to believe it: verdict with reasons and next steps, the sampler, scores, every finding."""
    return await _read(request, id, measured.diagnostics)


@routes.get("/runs/{id}/contributions", summary="Contributions over time", responses=_told(_TABLE))
async def contributions(request: Request, id: RunId, by: By = None) -> Response:
    """A row per period and component, with 90 % intervals."""
    return await _measured(request, id, "contributions", by)


@routes.get("/runs/{id}/roi", summary="ROI", responses=_told(_TABLE))
async def roi(request: Request, id: RunId, by: By = None) -> Response:
    """A row per channel: contribution per unit of spend, and of the next unit."""
    return await _measured(request, id, "roi", by)


@routes.get("/runs/{id}/response-curves", summary="Response curves", responses=_told(_TABLE))
async def response_curves(request: Request, id: RunId, by: By = None) -> Response:
    """A row per channel and multiple of its spend."""
    return await _measured(request, id, "response-curves", by)


@routes.get(
    "/runs/{id}/report.html",
    summary="Report as a page",
    response_class=Response,
    responses=_files("text/html", "The report."),
)
async def report_html(request: Request, id: RunId) -> Response:
    """The page that the run wrote; it works offline."""
    run, folder = await run_in_threadpool(service_of(request).fit, id)
    content = await run_in_threadpool(measured.page, folder, "report.html")
    if content is None:
        raise measured.no_page("report.html")
    return reply(request, content, "text/html; charset=utf-8", X_Run=run, Content_Security_Policy=_POLICY)


@routes.get(
    "/runs/{id}/report.pdf",
    summary="Report as a PDF",
    response_class=Response,
    responses=_files("application/pdf", "The report."),
)
async def report_pdf(request: Request, id: RunId) -> Response:
    """For print and for signing; drawn once, when somebody first asks (some seconds)."""
    service = service_of(request)
    run, folder = await run_in_threadpool(service.fit, id)
    content = await run_in_threadpool(measured.page, folder, "report.pdf")
    tag = None
    if content is None:
        content, tag = await service.answers.ask("report.pdf", folder, {}, heavy=True)
    return reply(request, content, "application/pdf", tag=tag, X_Run=run)
