"""What happens before an endpoint: who calls is known and may, then the body is read, strictly."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mediamix.api import problems
from mediamix.api.access.guard import admit
from mediamix.core.documents import parse_json
from mediamix.core.errors import MediamixError, SpecError, UserError

#: Characters of a body that is read at once.
LARGE = 1 << 16
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRequest(Request):
    """A request whose JSON is finite numbers, each key once, at a bounded depth."""

    async def json(self) -> Any:
        """The value of the body.

        Raises:
            UserError: It is no such JSON.
        """
        if not hasattr(self, "_json"):
            try:
                text = (await self.body()).decode("utf-8")
            except UnicodeDecodeError as error:
                raise SpecError("the body is not UTF-8", next_step="send JSON in UTF-8") from error
            # A large one is read beside the other requests.
            self._json = await run_in_threadpool(_read, text) if len(text) > LARGE else _read(text)
        return self._json


def _read(text: str) -> Any:
    return parse_json(text, "the body", SpecError)


class Route(APIRoute):
    """A route that nobody passes who may not: before anything of the body is read."""

    def get_route_handler(self) -> Handler:
        """The endpoint behind its guard."""
        inner = super().get_route_handler()
        # A body without fields of a form is JSON.
        wants_json = self.body_field is not None and not _is_form(self.body_field)

        async def handler(request: Request) -> Response:
            try:
                await admit(request)
                if wants_json:
                    _refuse_other_type(request)
                return await inner(StrictRequest(request.scope, request.receive))
            except (UserError, HTTPException):
                raise
            except Exception as error:
                if not isinstance(error, MediamixError) and type(error).__module__.startswith("fastapi"):
                    raise  # the form of the request
                from mediamix.api.watching.logs import log

                log().error("fault", where=problems.told(error))
                raise problems.fault() from error

        return handler


def _is_form(field: Any) -> bool:
    from fastapi.params import Form

    return isinstance(field.field_info, Form)


def _refuse_other_type(request: Request) -> None:
    given = request.headers.get("content-type", "")
    kind = given.partition(";")[0].strip().lower()
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return
    if not given and request.headers.get("content-length", "0") == "0":
        return  # no body: said where one is needed
    raise problems.Refusal(
        415,
        "media-type",
        "the body is of another type",
        expected="Content-Type: application/json",
        got=kind[:60] or "none",
        next_step="send JSON and say so",
    )


def router(tag: str) -> APIRouter:
    """A resource's routes."""
    return APIRouter(route_class=Route, tags=[tag])
