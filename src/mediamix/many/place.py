"""The folder of many fits: the only module that builds paths in it.

fit-all.json        what was asked for
fits/NAME/          one fit each, written aside and renamed: it is there when it is done
jobs/NAME.json      how each ended: attempts, seconds, or why there is no fit
table.csv           a row per fit; table.json holds the same
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediamix.core.errors import FolderError
from mediamix.core.files import unwritable, write_json

ASKED = "fit-all.json"


@dataclass(frozen=True)
class Place:
    """Where many fits lie.

    Args:
        root: The folder.
    """

    root: Path

    def fit(self, name: str) -> Path:
        """The folder of a fit."""
        return self.root / "fits" / name

    @property
    def table(self) -> Path:
        """The table as JSON; as CSV it lies beside it."""
        return self.root / "table.json"

    def done(self, name: str) -> bool:
        """Whether a fit is there: its folder appears whole or not at all."""
        return (self.fit(name) / "run.json").is_file()

    def begin(self, asked: dict[str, Any]) -> None:
        """Make the folder, or go on in one that an earlier call made.

        Raises:
            FolderError: It holds what many fits didn't write, or can't be written.
        """
        if self.root.exists() and not self.root.is_dir():
            raise FolderError(
                f"{self.root} is a file", expected="a folder", next_step="choose another --out folder"
            )
        if self.root.is_dir() and any(self.root.iterdir()) and not (self.root / ASKED).is_file():
            raise FolderError(
                f"the folder {self.root} is already used",
                expected=f"a new or empty folder, or one of earlier fits, with a {ASKED}",
                got="a folder with other content",
                next_step="choose another --out folder",
            )
        try:
            for folder in ("fits", "jobs"):
                (self.root / folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(self.root, error) from error
        write_json(self.root / ASKED, asked)

    def tell(self, name: str, ended: dict[str, Any]) -> None:
        """Write how a job ended.

        Raises:
            FolderError: It can't be written.
        """
        write_json(self._job(name), ended)

    def told(self, name: str) -> dict[str, Any]:
        """How a job ended; empty where nobody said it."""
        try:
            said: dict[str, Any] = json.loads(self._job(name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    def _job(self, name: str) -> Path:
        return self.root / "jobs" / f"{name}.json"
