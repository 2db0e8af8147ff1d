"""A job and what is told of it, as everybody reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from mediamix.core.errors import SpecError
from mediamix.project.record import State

#: Characters of a job's payload and result as JSON.
MOST_JSON = 1_000_000


@dataclass(frozen=True)
class Job:
    """Something to do.

    Args:
        id: Its name.
        kind: What is done: a component of `jobs.kinds`.
        payload: What it is done to.
        who: Asked for it.
        state: Where it stands.
        asked: When, by the clock of the database.
        due: Not begun before.
        started: When its first attempt began.
        ended: When it ended.
        attempt: Number of the attempt that is at work, or was last; 0 before the first.
        message: Why it failed, or why it is begun again; empty where all is well.
        result: Of one that is done.
        key: Two who ask with the same key get the same job.
    """

    id: str
    kind: str
    payload: Mapping[str, Any]
    who: str
    state: State
    asked: datetime
    due: datetime
    started: datetime | None = None
    ended: datetime | None = None
    attempt: int = 0
    message: str = ""
    result: Mapping[str, Any] | None = None
    key: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: _plain(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Event:
    """Something that was told of a job.

    Args:
        number: From 1, in the order of the job; never given to another.
        at: When, by the clock of the database.
        what: ``state`` (another state, or another attempt), ``step`` (what is done now) or ``sampling`` (how
            far the sampler is).
        data: Of a state its name under ``state``; of a step its words under ``step``; of sampling the fields
            of `Progress`.
    """

    number: int
    at: datetime
    what: str
    data: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def when(seconds: float | None) -> datetime | None:
    """A moment as the database has it (seconds since 1970, UTC)."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def plain_json(value: Mapping[str, Any], what: str) -> str:
    """JSON for the database.

    Raises:
        SpecError: It can't be JSON, or is too long.
    """
    try:
        text = json.dumps(dict(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise SpecError(
            f"the {what} of a job can't be kept",
            expected="plain JSON: text, finite numbers, true, false, null, lists, objects",
            got=f"{type(error).__name__}: {error}",
        ) from error
    if len(text) > MOST_JSON:
        raise SpecError(
            f"the {what} of a job is too long",
            expected=f"up to {MOST_JSON:,} characters of JSON",
            got=f"{len(text):,}",
            next_step="put what is large into a file of the project, and name that",
        )
    return text


def clean(text: str, most: int = 10_000) -> str:
    """Text that every database takes: no NUL, no half of a character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")[:most]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
