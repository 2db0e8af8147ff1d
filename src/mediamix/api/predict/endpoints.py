"""`POST /predict`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Request
from starlette.responses import Response

from mediamix.api.documented import RUN, answers, errors
from mediamix.api.predict.schemas import Predicted, Row, plain
from mediamix.api.predict.service import predicted
from mediamix.api.route import router
from mediamix.api.service import service_of

routes = router("simple")
_ROW = {"date": "2027-01-01", "tv_spend": 12000, "search_spend": 5000}
_ANSWER = {"predicted_revenue": 81234.5, "p5": 70110.2, "p95": 92310.9, "date": "2027-01-01", "source": RUN}


@routes.post(
    "/predict",
    summary="One row of features → predicted revenue",
    response_model=Predicted,
    responses={**answers(200, "What is predicted.", _ANSWER), **errors(400, 404, 409, 413, 415)},
)
async def predict(
    request: Request,
    row: Annotated[Row, Body(openapi_examples={"a day": {"value": _ROW}})],
) -> Response:
    """Of the project's linear baseline (`baseline/pooled.json`, as `mediamix baseline` writes it) where there
    is one; else of the promoted run, given a date after the data and spend by channel.
    """
    return Response(await predicted(service_of(request), plain(row)), media_type="application/json")
