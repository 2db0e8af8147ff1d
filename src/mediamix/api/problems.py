"""Errors as `application/problem+json` (RFC 9457), with our own parts: expected, got, next, findings."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mediamix.api.roles import TABLE
from mediamix.core.errors import (
    BudgetError,
    DataError,
    ExtraError,
    FolderError,
    SpecError,
    UserError,
    VerdictError,
    shown,
)
from mediamix.core.files import json_text
from mediamix.core.text import safe_json, visible

if TYPE_CHECKING:
    from fastapi import FastAPI

MEDIA_TYPE = "application/problem+json"
#: Kind → title: the last part of ``type``.
TITLES = {
    "body": "The body can't be read",
    "form": "The request isn't of the documented form",
    "size": "The body is too large",
    "media-type": "The body is of another type",
    "key": "Who is calling isn't known",
    "role": "The caller's role doesn't allow it",
    "origin": "Another site's page is calling",
    "rate": "Too many calls",
    "absent": "There is no such thing",
    "method": "The path has no such method",
    "state": "It can't be done as things stand",
    "precondition": "It has changed meanwhile",
    "again": "The key was used for another request",
    "data": "The data can't carry it",
    "spec": "The spec can't be used",
    "budget": "The question has no answer",
    "verdict": "The fit failed its checks",
    "folder": "The project can't do it",
    "unreachable": "Something that the service needs doesn't answer",
    "extra": "This installation lacks a package",
    "busy": "All solvers are busy",
    "fault": "The service failed",
}
#: What went wrong → its kind and status. Well-formed, but not possible with this project's data, fit or
#: state: 409; only what isn't of the documented form is 422.
_KNOWN: tuple[tuple[type[UserError], str, int], ...] = (
    (VerdictError, "verdict", 409),
    (BudgetError, "budget", 409),
    (SpecError, "spec", 409),
    (DataError, "data", 409),
    (ExtraError, "extra", 503),
    (FolderError, "folder", 409),
)
_OF_HTTP = {400: "body", 404: "absent", 405: "method", 413: "size", 415: "media-type", 422: "form"}
#: Seconds after which what doesn't answer may be asked again.
RETRY = 5
#: A path of this machine. Ours of the API begin with /api.
_PATH = re.compile(r"(?<![\w/.:~-])/(?!api/)(?:[^\s/'\":;,()<>]+/)+[^\s/'\":;,()<>]*")


class Refusal(UserError):  # noqa: N818 # it is no error of ours
    """An error of the service itself, with its status.

    Args:
        status: Of the answer.
        kind: One of `TITLES`.
        what: As of `UserError`, and so are the other parts.
        headers: Of the answer.
    """

    def __init__(
        self, status: int, kind: str, what: str, *, headers: Mapping[str, str] | None = None, **parts: Any
    ) -> None:
        self.status, self.kind, self.headers = status, kind, dict(headers or {})
        super().__init__(what, **parts)


def absent(what: str, **parts: Any) -> Refusal:
    """404."""
    return Refusal(404, "absent", what, **parts)


def problem(error: UserError, *, root: Path | None = None, request: str = "") -> dict[str, Any]:
    """What a client gets of an error."""
    kind, status = kind_of(error)

    def said(text: str) -> str:
        return hidden(visible(text), root)

    return {
        "type": f"urn:mediamix:problem:{kind}",
        "title": TITLES[kind],
        "status": status,
        "detail": said(error.what),
        "expected": said(error.expected),
        "got": said(error.got),
        "next": said(error.next_step),
        "findings": [said(line) for line in error.details],
        "request": request,
    }


def kind_of(error: UserError) -> tuple[str, int]:
    """The kind and the status of an error."""
    if isinstance(error, Refusal):
        return error.kind, error.status
    if isinstance(error, FolderError) and _gone(error.__cause__):
        return "unreachable", 503
    return next(((kind, status) for one, kind, status in _KNOWN if isinstance(error, one)), ("state", 409))


def _gone(cause: BaseException | None) -> bool:
    """Whether a disk or a database didn't do as asked."""
    if isinstance(cause, FileNotFoundError | NotADirectoryError | IsADirectoryError):
        return False
    return isinstance(cause, OSError) or type(cause).__module__.partition(".")[0] in ("sqlalchemy", "sqlite3")


def hidden(text: str, root: Path | None = None) -> str:
    """The text without paths of this machine: those of the project as a client knows them."""
    if root is not None:
        for known in dict.fromkeys((os.path.realpath(root), str(root.absolute()), str(root))):
            if len(known) > 1:
                text = text.replace(known + os.sep, "").replace(known, "the project")
    return _PATH.sub("…", text)


def answer(error: UserError, request: Request) -> Response:
    """The answer that says an error."""
    service = getattr(request.app.state, "service", None)
    said = problem(
        error,
        root=None if service is None else service.project.root,
        request=str(getattr(request.state, "id", "")),
    )
    headers = dict(error.headers) if isinstance(error, Refusal) else {}
    if said["status"] == 503:
        headers.setdefault("Retry-After", str(RETRY))
    return Response(safe_json(json_text(said)), said["status"], headers, MEDIA_TYPE)


def of_http(error: HTTPException) -> UserError:
    """What the framework refuses, in our words."""
    if isinstance(error.__cause__, UserError):  # what our reading of the body said
        cause = error.__cause__
        if isinstance(cause, Refusal):
            return cause
        return Refusal(
            400,
            "body",
            cause.what,
            expected=cause.expected,
            got=cause.got,
            next_step=cause.next_step,
            details=cause.details,
        )
    kind = _OF_HTTP.get(error.status_code, "state")
    words = {
        "absent": ("there is nothing at this path", "a path of /docs"),
        "method": ("this path doesn't take this method", "one of those in the header Allow"),
        "size": ("the body is too large", "a body within the limit; tables go to /api/v1/datasets"),
        "body": ("the body can't be read", "a body of the documented form"),
    }
    what, expected = words.get(kind, (str(error.detail), ""))
    return Refusal(
        error.status_code, kind, what, expected=expected, next_step="see /docs", headers=error.headers
    )


def of_form(error: RequestValidationError) -> UserError:
    """What isn't of the documented form: all findings at once, without the values of headers."""
    lines = []
    for one in error.errors():
        where = ".".join(str(part) for part in one["loc"]) or "the request"
        got = "" if one["loc"][:1] == ("header",) or "input" not in one else f", got {shown(one['input'])}"
        lines.append(f"{where}: {one['msg']}{got}")
    return Refusal(
        422,
        "form",
        lines[0] if len(lines) == 1 else "the request isn't of the documented form",
        details=lines if len(lines) > 1 else (),
        expected="what /docs shows for this route",
        next_step="mend the named parts",
    )


def fault(debug: str = "") -> UserError:
    """What is said where it is our fault: nothing but that."""
    return Refusal(
        500,
        "fault",
        "the service failed, and that is not your fault",
        next_step="report it with the request's id; the service's log has the reason",
    )


def install(app: FastAPI) -> None:
    """Have every error of an application answered as a problem."""

    async def user(request: Request, error: Exception) -> Response:
        assert isinstance(error, UserError)
        return answer(error, request)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        said = of_http(error)
        if error.status_code == 405 and isinstance(said, Refusal):
            said.headers["Allow"] = _allowed(request)
        return answer(said, request)

    async def form(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return answer(of_form(error), request)

    async def ours(request: Request, error: Exception) -> Response:
        return answer(fault(), request)

    app.add_exception_handler(UserError, user)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, form)
    app.add_exception_handler(Exception, ours)


def _allowed(request: Request) -> str:
    """All methods of a path: the framework names those of the first route that it finds."""
    path = request.app.state.service.paths.get(request.scope.get("endpoint"))
    return ", ".join(sorted(method for method, known in TABLE if known == path))


def told(error: BaseException) -> str:
    """A line of an unexpected error for the log: its type and where it was, never its values."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    at = next((f for f in reversed(frames) if "mediamix" in f.filename), frames[-1] if frames else None)
    place = "" if at is None else f" at {Path(at.filename).name}:{at.lineno} in {at.name}"
    return f"{type(error).__name__}{place} ({sys.version.split()[0]})"
