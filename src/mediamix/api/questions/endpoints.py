"""`POST /runs/{id}/{optimize,target,scenarios,what-if,flight,predict}`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Request
from starlette.responses import Response

from mediamix.api.documented import ETAG, RunId, answers, errors
from mediamix.api.questions import schemas
from mediamix.api.questions.service import answered
from mediamix.api.route import router
from mediamix.api.service import service_of
from mediamix.api.settings import MOST_ROWS

routes = router("questions")
_BOUNDS = {"tv": [0, 400000], "search": {"change": [-0.2, 0.3]}}
_THREE = {"mean": 2.1e6, "p5": 1.9e6, "p95": 2.3e6}
_PLAN = {
    "question": {"kind": "maximise", "value": 1000000.0},
    "budget": 1000000.0,
    "allocation": {"tv": 400000.0, "search": 600000.0},
    "outcome": {"mean": 2.1e6, "p5": 1.9e6, "p50": 2.1e6, "p95": 2.3e6},
    "uplift": {**_THREE, "probability_better": 0.93},
    "certificate": {"upper_bound": 2.1e6, "gap": 0.0, "status": "optimal", "shadow_price": 1.4},
    "warnings": [],
}
_ROW = {"budget": 1000000.0, "spend": 1000000.0, "outcome": 2.1e6, "outcome_p5": 1.9e6, "outcome_p95": 2.3e6}
_FORECAST = {
    "outcome": {"name": "revenue", "unit": "EUR"},
    "totals": [{"part": "outcome", "kind": "predictive", **_THREE}],
    "periods": [{"date": "2027-01-04", **_THREE}],
    "findings": [],
}


def _told(example: Any) -> dict[int | str, dict[str, Any]]:
    headers = {**ETAG, "X-Run": {"schema": {"type": "string"}, "description": "The run that answered."}}
    return {
        **answers(200, "The answer, as the command's --json.", example, more=headers),
        **errors(400, 404, 409, 413, 415),
    }


@routes.post("/runs/{id}/optimize", summary="The best split of a budget", responses=_told(_PLAN))
async def optimize(
    request: Request,
    id: RunId,
    question: Annotated[
        schemas.Optimize,
        Body(openapi_examples={"a budget": {"value": {"budget": 1000000, "bounds": _BOUNDS}}}),
    ],
) -> Response:
    """Where should the next euro go? With a proof, the odds against today's split, and what each limit costs:
    `mediamix optimize --budget … --json`.
    """
    return await answered(service_of(request), "optimize", id, question)


@routes.post("/runs/{id}/target", summary="The budget of a target", responses=_told(_PLAN))
async def target(
    request: Request,
    id: RunId,
    question: Annotated[
        schemas.Target, Body(openapi_examples={"a ROI": {"value": {"target": {"roi": 1.5}}}})
    ],
) -> Response:
    """What does a wanted outcome, ROI, marginal ROI or cost per unit take? `mediamix optimize --target …`."""
    return await answered(service_of(request), "target", id, question)


@routes.post("/runs/{id}/scenarios", summary="A range of budgets", responses=_told({"scenarios": [_ROW]}))
async def scenarios(
    request: Request,
    id: RunId,
    question: Annotated[
        schemas.Scenarios, Body(openapi_examples={"a range": {"value": {"multiples": [0.8, 1.0, 1.2]}}})
    ],
) -> Response:
    """How outcome, ROI and marginal ROI move: a row per budget, as `mediamix optimize --sweep … --json`."""
    return await answered(service_of(request), "scenarios", id, question)


@routes.post(
    "/runs/{id}/what-if", summary="What if", responses=_told({"what_ifs": [{"scenario": "no tv", **_ROW}]})
)
async def what_if(
    request: Request,
    id: RunId,
    question: Annotated[
        schemas.WhatIf,
        Body(openapi_examples={"a move": {"value": {"what_ifs": {"more tv": {"change": "tv", "by": 0.2}}}}}),
    ],
) -> Response:
    """Named moves beside today's spend; nothing is re-optimised."""
    return await answered(service_of(request), "what-if", id, question)


@routes.post(
    "/runs/{id}/flight",
    max_body_size=MOST_ROWS,
    summary="A budget over time",
    responses=_told({"budget": 300000.0, "periods": []}),
)
async def flight(
    request: Request,
    id: RunId,
    question: Annotated[
        schemas.Flight, Body(openapi_examples={"a quarter": {"value": {"budget": 300000, "periods": 13}}})
    ],
) -> Response:
    """When: a spend per channel and period, with carry-over and burst rules, as `mediamix flight --json`."""
    return await answered(service_of(request), "flight", id, question)


@routes.post("/runs/{id}/predict", max_body_size=MOST_ROWS, summary="Forecast", responses=_told(_FORECAST))
async def forecast(
    request: Request,
    id: RunId,
    question: Annotated[schemas.Predict, Body(openapi_examples={"8 periods": {"value": {"periods": 8}}})],
) -> Response:
    """The outcome of the periods after the data, as `mediamix predict --json`."""
    return await answered(service_of(request), "predict", id, question)
