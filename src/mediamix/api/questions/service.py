"""From a question to its answer: of a run's fit, by a solver, once."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from mediamix.api.questions.schemas import plain
from mediamix.api.service import Service

#: Questions that take seconds: few are solved at once.
HEAVY: Mapping[str, bool] = {"flight": True, "scenarios": True}


async def answered(service: Service, kind: str, run: str, question: BaseModel) -> Response:
    """The answer to a question to a run.

    Raises:
        UserError: There is none, or no such run.
    """
    of, folder = await run_in_threadpool(service.fit, run)
    content, tag = await service.answers.ask(kind, folder, plain(question), heavy=HEAVY.get(kind, False))
    return Response(content, 200, {"ETag": tag, "X-Run": of}, "application/json")
