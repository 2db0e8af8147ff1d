"""A project's runs brought into its tracking store: what is missing there, and which one is promoted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mediamix.core.errors import SpecError
from mediamix.core.locks import sole_writer
from mediamix.core.spec import load_spec
from mediamix.project.folder import Project
from mediamix.project.record import Record, State
from mediamix.project.runs import all_runs, current
from mediamix.records.registry import CURRENT, point, register, versions
from mediamix.records.store import open_store
from mediamix.records.tracking import Done, recorded, track


@dataclass(frozen=True)
class Told:
    """What was brought there.

    Args:
        uri: The store.
        runs: Ids that were missing and are recorded now, the oldest first.
        current: The promoted run, which the alias names.
        moved: Whether the alias named another one before.
    """

    uri: str
    runs: tuple[str, ...]
    current: str | None
    moved: bool

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"uri": self.uri, "recorded": list(self.runs), CURRENT: self.current, "moved": self.moved}


def catch_up(project: Project, on_step: Callable[[str], None] = lambda step: None) -> Told:
    """Record every run of the project that is done and missing in its store, and name the promoted one.

    Nothing is recorded twice, also when two do it at once: what was missed while a server was away comes with
    the next call.

    Raises:
        FolderError: The store can't be reached; what was recorded until then stays.
        SpecError: The spec has no section `records`, or it names what isn't there.
        ExtraError: MLflow isn't installed.
    """
    section = load_spec(project.spec()).records
    if section is None:
        raise SpecError(
            f"{project.spec()} has no section `records`: its runs aren't recorded in MLflow",
            expected="records: {} (a store in the project's folder), or records: {uri: https://…}",
            next_step="add it to the spec, then mediamix runs --record",
        )
    store = open_store(section, project.root)
    with sole_writer(project.runs / "recorded", patience=600.0):
        there, registered = recorded(store), versions(store)
        told: list[str] = []
        for record in reversed(all_runs(project)):
            if record.state is not State.DONE or (record.id in there and record.id in registered):
                continue
            on_step(f"Recording {record.id}")
            known = there.get(record.id)
            tracked = track(store, _done(project, record)) if known is None else known.info.run_id
            tags = {"verdict": record.verdict or "", "who": record.who}
            registered[record.id] = register(store, record.id, tracked, tags)
            told.append(record.id)
        name = current(project)
        moved = point(store, None if name is None else registered.get(name))
    return Told(store.uri, tuple(told), name, moved)


def _done(project: Project, record: Record) -> Done:
    return Done(
        record.id,
        project.runs / record.id,
        record.who,
        record.started or record.asked,
        record.ended or record.asked,
        record.verdict or "",
        record.hashes,
    )
