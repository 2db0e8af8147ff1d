"""Answers: JSON with an ETag, and pages of lists."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from fastapi import Request
from starlette.responses import Response

from mediamix.api.problems import absent
from mediamix.core.plain import plain_text

JSON = "application/json"
#: Items of a page, and the most.
PAGE, MOST = 50, 200
One = TypeVar("One")


def encoded(value: Any) -> bytes:
    """A value as every command's ``--json`` writes it, on one line."""
    return plain_text(value, indent=None).encode()


def tag_of(content: bytes) -> str:
    """The ETag of a content."""
    return f'"{hashlib.sha256(content).hexdigest()[:24]}"'


def reply(
    request: Request, content: bytes, media_type: str = JSON, *, tag: str | None = None, **headers: str
) -> Response:
    """A read's answer, or 304 where the caller has it already.

    Args:
        request: Whose If-None-Match is looked at.
        content: Of the answer.
        media_type: Of the content.
        tag: Its ETag; absent: by its content.
        headers: Further ones; ``_`` stands for ``-``.
    """
    tag = tag or tag_of(content)
    known = {name.replace("_", "-"): value for name, value in headers.items()} | {"ETag": tag}
    if matches(request.headers.get("if-none-match"), tag):
        return Response(None, 304, known)
    return Response(content, 200, known, media_type)


def matches(given: str | None, tag: str) -> bool:
    """Whether a list of ETags has one, as RFC 9110 compares for reads."""
    if given is None:
        return False
    return given.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in given.split(",")]


def page(
    items: Sequence[One], key: Callable[[One], str], after: str, limit: int, *, up: bool = False
) -> tuple[list[One], str | None]:
    """A page of a list, and the cursor of the next one.

    Args:
        items: Sorted by `key`, the highest first, which is the newest.
        key: What an item is found again by, whatever comes before it.
        after: A cursor; empty: the first page.
        limit: Items of the page.
        up: They are sorted the lowest first.

    Raises:
        Refusal: 404: the cursor is none of ours.
    """
    last = _uncursor(after) if after else None
    rest = [one for one in items if last is None or (key(one) > last if up else key(one) < last)]
    shown = list(rest[:limit])
    return shown, _cursor(key(shown[-1])) if len(rest) > limit else None


def _cursor(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _uncursor(cursor: str) -> str:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    if not text:
        raise absent(
            "there is no page of this cursor",
            expected="the `next` of a page",
            got=cursor[:60],
            next_step="leave it out to begin with the first page",
        )
    return text
