"""What a run is, and how far it is: `runs/ID/run.json`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from mediamix.core.errors import FolderError
from mediamix.core.files import write_json

RECORD, LOG = "run.json", "log.txt"


class State(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing about the run changes any more."""
        return self in (State.DONE, State.FAILED, State.CANCELLED)


@dataclass(frozen=True)
class Record:
    """A run.

    Args:
        id: Its name, which sorts by time.
        state: Where it stands.
        who: Who asked for it.
        asked: When, UTC.
        started: When its work began.
        ended: When it ended.
        seconds: Stage → seconds.
        hashes: Of data, spec and seed: what it is made of.
        verdict: Of its fit.
        message: Why it failed, in words for people; empty where it didn't.
        variant: The spec's variant; None: the project's spec.
        process: Of its worker, while it runs.
    """

    id: str
    state: State
    who: str
    asked: str
    hashes: dict[str, str]
    started: str | None = None
    ended: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    verdict: str | None = None
    message: str = ""
    variant: str | None = None
    process: int | None = None

    @property
    def job(self) -> str:
        """What the run is made of, short: the same job has the same."""
        return job_of(self.hashes)

    def write(self, folder: Path) -> None:
        """Into a run's folder, whole or not at all.

        Raises:
            FolderError: It can't be written.
        """
        write_json(folder / RECORD, self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """For JSON: what `run.json` holds."""
        return asdict(self)

    @classmethod
    def read(cls, folder: Path) -> Record:
        """From a run's folder.

        Raises:
            FolderError: It isn't one, or its record can't be read.
        """
        path = folder / RECORD
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{**raw, "state": State(raw["state"])})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FolderError(
                f"{folder} is not a run that can be read",
                expected=f"a folder with a {RECORD} that mediamix wrote",
                got=str(error).splitlines()[0] if str(error) else type(error).__name__,
                next_step="run again, or remove the folder",
            ) from error


def job_of(hashes: Mapping[str, Any]) -> str:
    """Eight hexadecimal digits of what a job is made of."""
    text = json.dumps(dict(sorted(hashes.items())), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
