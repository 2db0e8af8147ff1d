"""The folder of a project: the only module that builds paths in it.

mediamix.yml        the spec; variants in specs/NAME.yml
data/               files that were uploaded or named
warehouse.duckdb    the mart that the last run has built
runs/ID/            one run, never changed after it ended
plans/NAME.yml      saved questions, answers beside them
drafts/ID/          tables that were uploaded and are not yet the project's, with what was answered about them
current             the id of the promoted run
trainings/ID.json   what a training did, step by step; alerts.json says who was told of what
jobs.sqlite         the queue of jobs, unless a server has it; what workers say in workers.log
keys.json           hashes of the API's keys; beside them audit.jsonl (who did what) and repeats.sqlite
baseline/           what `mediamix baseline TABLE --out PROJECT/baseline` wrote: it answers simple clients
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from mediamix.core.errors import FolderError
from mediamix.core.files import unwritable

SPEC, WAREHOUSE = "mediamix.yml", "warehouse.duckdb"
#: What a run leaves in its folder.
FIT, PLAN, REPORT = "fit", "plan.json", "report.html"
#: A run's id: when it was asked for (UTC) and what it is made of.
ID = re.compile(r"\d{8}T\d{4}Z-[0-9a-f]{8}")
#: Names that people give: a file of that name is the same file on every system.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}(?<![. ])")


@dataclass(frozen=True)
class Project:
    """A project's folder.

    Args:
        root: The folder.
    """

    root: Path

    @classmethod
    def at(cls, root: str | Path) -> Project:
        """The project in a folder.

        Raises:
            FolderError: There is none.
        """
        root = Path(root)
        if not os.path.isfile(root / SPEC):
            raise FolderError(
                f"{root} is not a project",
                expected=f"a folder with a {SPEC}",
                got="no such folder" if not os.path.isdir(root) else f"a folder without {SPEC}",
                next_step=f"make one: mediamix init {root}",
            )
        return cls(root)

    @classmethod
    def within(cls, root: str | Path) -> Project:
        """The project that a folder holds or will hold: one without a spec waits for its tables.

        Raises:
            FolderError: There is no such folder.
        """
        root = Path(root)
        if not os.path.isdir(root):
            raise FolderError(
                f"there is no folder {root}",
                expected="the folder of a project, or one that shall become it",
                got="a file" if os.path.exists(root) else "nothing",
                next_step=f"make one: mediamix init {root}",
            )
        return cls(root)

    @property
    def founded(self) -> bool:
        """Whether it has a spec."""
        return os.path.isfile(self.root / SPEC)

    @property
    def data(self) -> Path:
        """Where uploaded files lie."""
        return self.root / "data"

    @property
    def warehouse(self) -> Path:
        """Where the mart is built."""
        return self.root / WAREHOUSE

    @property
    def runs(self) -> Path:
        """Where runs lie."""
        return self.root / "runs"

    @property
    def drafts(self) -> Path:
        """Where uploads lie until somebody says what they are."""
        return self.root / "drafts"

    @property
    def trainings(self) -> Path:
        """Where trainings are recorded."""
        return self.root / "trainings"

    def training(self, name: str) -> Path:
        """The record of a training, by its id."""
        return self.trainings / f"{name}.json"

    @property
    def alerts(self) -> Path:
        """What is wrong now, and who was told of it."""
        return self.root / "alerts.json"

    @property
    def jobs(self) -> Path:
        """The queue of jobs, where no server has it."""
        return self.root / "jobs.sqlite"

    @property
    def workers_log(self) -> Path:
        """What workers say that were begun in the background."""
        return self.root / "workers.log"

    @property
    def keys(self) -> Path:
        """Hashes of the API's keys."""
        return self.root / "keys.json"

    @property
    def audit(self) -> Path:
        """Who did what over the API, a line each."""
        return self.root / "audit.jsonl"

    @property
    def repeats(self) -> Path:
        """Answers to requests that may be sent again."""
        return self.root / "repeats.sqlite"

    @property
    def line(self) -> Path:
        """The line of a table of many brands, where somebody has put one here."""
        return self.root / "baseline" / "pooled.json"

    @property
    def current(self) -> Path:
        """The file that names the promoted run."""
        return self.root / "current"

    def spec(self, variant: str | None = None) -> Path:
        """The spec, or a variant of it.

        Raises:
            FolderError: The variant's name can't be one.
        """
        return self.root / SPEC if variant is None else self.root / "specs" / f"{_named(variant)}.yml"

    def plan(self, name: str) -> Path:
        """A saved question; its answer has the same name and ends with ``.json``.

        Raises:
            FolderError: It can't be a name.
        """
        return self.root / "plans" / f"{_named(name)}.yml"

    def variants(self) -> list[str]:
        """Names of the variants of the spec."""
        return _names(self.root / "specs")

    def plans(self) -> list[str]:
        """Names of the saved questions."""
        return _names(self.root / "plans")

    def make(self) -> None:
        """Make the folders that runs and uploads go to.

        Raises:
            FolderError: They can't be made.
        """
        for folder in (self.data, self.runs, self.root / "specs", self.root / "plans"):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise unwritable(folder, error) from error


def _names(folder: Path) -> list[str]:
    try:
        found = [path.stem for path in folder.glob("*.yml") if path.is_file()]
    except OSError:
        return []
    return sorted(name for name in found if _NAME.fullmatch(name))


def _named(name: str) -> str:
    if _NAME.fullmatch(name):
        return name
    raise FolderError(
        f"{name!r} can't be a name in a project",
        expected="up to 64 letters, digits, spaces, '-', '_' and '.', beginning with a letter or digit",
        got=repr(name),
        next_step="choose another name",
    )
