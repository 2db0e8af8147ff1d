"""What the OpenAPI document says of answers: examples, and each error that a route can have."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from mediamix.api.problems import MEDIA_TYPE, TITLES
from mediamix.api.replies import MOST

RUN = "20261128T0002Z-b9d184c6"
#: Status → kind, detail, expected, got, next of the example.
_EXAMPLES: dict[int, tuple[str, str, str, str, str]] = {
    400: (
        "body",
        "the body is not valid JSON",
        "",
        "line 1, column 2: Expecting value",
        "mend the named line",
    ),
    401: (
        "key",
        "the call carries no key that holds",
        "Authorization: Bearer KEY",
        "there is none",
        "mediamix keys create PROJECT makes a key",
    ),
    403: (
        "role",
        "the role viewer may not do this",
        "analyst, or more",
        "viewer",
        "ask an admin of the project for a key of that role",
    ),
    404: (
        "absent",
        "there is no run '20200101' in the project",
        "the id of a run, or as much of its start as names one",
        "3 runs",
        "GET /api/v1/runs lists them",
    ),
    409: (
        "budget",
        "the budget of EUR 9.0B is 1,500 times of what was spent in the planned window: one of another?",
        "a budget for 2024-01-01 to 2026-12-31, in which EUR 6.0M were spent",
        "EUR 9.0B",
        "choose a number of periods, or say anyway: true",
    ),
    413: ("size", "the body is too large", "a body within the limit", "", "see /docs"),
    415: (
        "media-type",
        "the body is of another type",
        "Content-Type: application/json",
        "text/plain",
        "send JSON and say so",
    ),
    422: (
        "form",
        "body.budget: Input should be greater than 0, got -1",
        "what /docs shows for this route",
        "",
        "mend the named parts",
    ),
    429: ("rate", "too many calls", "20000 per 1 minute", "", "wait 3 s (Retry-After)"),
    500: (
        "fault",
        "the service failed, and that is not your fault",
        "",
        "",
        "report it with the request's id; the service's log has the reason",
    ),
    503: (
        "unreachable",
        "the jobs can't be read",
        "a database that answers",
        "OperationalError",
        "ask again in some seconds (Retry-After)",
    ),
}


class Problem(BaseModel):
    """An error, as RFC 9457 has it, with what was expected, what was got, and what to do next."""

    model_config = ConfigDict(extra="forbid")
    type: str = Field(description="urn:mediamix:problem:KIND", examples=["urn:mediamix:problem:budget"])
    title: str = Field(description="Of the kind.")
    status: int
    detail: str = Field(description="What is wrong, in a sentence.")
    expected: str = Field(description="What would have been right.")
    got: str = Field(description="What was found instead.")
    next: str = Field(description="What to do now.")
    findings: list[str] = Field(description="All that is wrong, where it is more than one thing.")
    request: str = Field(description="The request's id, which the service's log has.")


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route says of its errors; those that every route can have are among them."""
    return {status: _documented(status) for status in sorted({401, 403, 422, 429, 500, 503, *statuses})}


def _documented(status: int) -> dict[str, Any]:
    kind, detail, expected, got, step = _EXAMPLES[status]
    example = {
        "type": f"urn:mediamix:problem:{kind}",
        "title": TITLES[kind],
        "status": status,
        "detail": detail,
        "expected": expected,
        "got": got,
        "next": step,
        "findings": [],
        "request": "5d1f9f0ab1c24e77",
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": TITLES[kind], "content": {MEDIA_TYPE: {"schema": schema, "example": example}}}


def answers(
    status: int, description: str, example: Any, *, more: dict[str, Any] | None = None
) -> dict[int | str, Any]:
    """What a route says of its answer, with an example and its headers."""
    told: dict[str, Any] = {"description": description}
    if example is not None:
        told["content"] = {"application/json": {"example": example}}
    if more:
        told["headers"] = more
    return {status: told}


#: Headers of answers.
ETAG = {"ETag": {"schema": {"type": "string"}, "description": "Of the content; send it as If-None-Match."}}
LOCATION = {"Location": {"schema": {"type": "string"}, "description": "Where to look."}}
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "You have it already (If-None-Match)."}}

Limit = Annotated[int, Query(ge=1, le=MOST, description="Items of a page.")]
Cursor = Annotated[
    str, Query(max_length=200, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the page before.")
]
RunId = Annotated[
    str,
    Path(
        description="A run's id, as much of its start as names it, or `current` for the promoted one.",
        pattern=r"^(current|[0-9A-Za-z][0-9A-Za-z-]{0,40})$",
        examples=["current", RUN],
    ),
]
