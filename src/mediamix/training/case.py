"""A new run beside the promoted one: what rules of promotion look at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediamix.core.errors import FolderError
from mediamix.project.folder import FIT, PLAN, Project
from mediamix.project.record import Record
from mediamix.project.runs import read

if TYPE_CHECKING:
    from mediamix.decide.answer.plan import Plan
    from mediamix.models.base import Fit
    from mediamix.training.ahead import Ahead


@dataclass(frozen=True)
class Side:
    """A run that is done; what it made is read when it is asked for.

    Args:
        record: Of the run.
        folder: Of the run.
    """

    record: Record
    folder: Path

    @classmethod
    def of(cls, project: Project, run: str) -> Side:
        """A run of a project.

        Raises:
            FolderError: There is no such run.
        """
        record = read(project, run)
        return cls(record, project.runs / record.id)

    @cached_property
    def summary(self) -> Mapping[str, Any]:
        """Its `summary.json`.

        Raises:
            FolderError: It can't be read.
        """
        return self._json(self.folder / FIT / "summary.json")

    @property
    def engine(self) -> str:
        """The version of mediamix that made it."""
        return str(self._json(self.folder / FIT / "run.json").get("versions", {}).get("mediamix", ""))

    @cached_property
    def plan(self) -> Plan:
        """Its recommended budget.

        Raises:
            FolderError: It can't be read.
        """
        from mediamix.decide.answer.plan import Plan

        return Plan.from_dict(self._json(self.folder / PLAN))

    @cached_property
    def fit(self) -> Fit:
        """Its fit.

        Raises:
            FolderError: It can't be read.
        """
        from mediamix import pipeline

        return pipeline.load(self.folder / FIT)

    def _json(self, path: Path) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise FolderError(
                f"the run {self.record.id} can't be compared: {path.name} can't be read",
                expected="a run that is done, as mediamix wrote it",
                got=str(error).splitlines()[0],
                next_step="promote another run, or remove the damaged one",
            ) from error
        return found


@dataclass(frozen=True)
class Case:
    """A new run, and the promoted one.

    Args:
        new: The run that asks to be promoted.
        old: The promoted one; None: there is none.
        until: Account of a platform → its last whole day; empty: the data come from tables.
    """

    new: Side
    old: Side | None = None
    until: Mapping[str, date] = field(default_factory=dict)

    @cached_property
    def ahead(self) -> Ahead | str:
        """How both forecast the periods that neither was trained on; text: why that can't be said."""
        from mediamix.training.ahead import look_ahead

        return "no run is promoted" if self.old is None else look_ahead(self.new, self.old)
