"""`POST /train`."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import Response

from mediamix.api.documented import LOCATION, answers, errors
from mediamix.api.once import IdempotencyKey
from mediamix.api.route import router
from mediamix.api.runs.schemas import RunView
from mediamix.api.runs.service import put
from mediamix.api.service import service_of

routes = router("runs")
_JOB: dict[str, Any] = {"id": "job-0a1b2c3d4e5f", "kind": "train", "state": "queued", "who": "scheduler"}


@routes.post(
    "/train",
    status_code=202,
    summary="Retrain on fresh data",
    response_model=RunView,
    responses={**answers(202, "It is queued.", _JOB, more=LOCATION), **errors(400, 409, 413)},
)
async def train(request: Request, idempotency_key: IdempotencyKey = "") -> Response:
    """Ingest, build, check, fit, compare with the promoted run, promote or wait with the reason, report,
    alert: one job, which `GET /runs/{id}` and its events follow. Send an Idempotency-Key of the moment that
    it is for.
    """
    return await put(service_of(request), request, "train", {}, idempotency_key)
