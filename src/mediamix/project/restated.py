"""What other data did to ROI: a project's promoted run against the one before it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mediamix.core.numbers import percent, times
from mediamix.project.folder import FIT, SPEC, Project
from mediamix.project.record import Record, State
from mediamix.project.runs import all_runs, current

#: Returns that differ by less than this share of themselves haven't moved.
LEAST = 0.005


@dataclass(frozen=True)
class Moved:
    """The ROI of a channel, in two runs of the same spec on other data.

    Args:
        channel: Its name.
        before: In the run before.
        after: In the promoted run.
        run_before: Its id.
        run_after: Its id.
        spend: Whether its spend over the window is another, too.
    """

    channel: str
    before: float
    after: float
    run_before: str
    run_after: str
    spend: bool

    def words(self) -> str:
        """``ROI of tv 1.20× → 1.31× (+9 %), and so is its spend``."""
        by = (
            percent((self.after - self.before) / abs(self.before), signed=True)
            if self.before
            else "from nothing"
        )
        also = "; its spend is another, too" if self.spend else ""
        moved = f"{times(self.before)} → {times(self.after)} ({by.replace('%', ' %')})"
        return f"ROI of {self.channel} {moved}{also}"

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def roi_moved(folder: Path) -> list[Moved]:
    """What moved between a project's promoted run and the last one before it of the same spec and seed whose
    data were others; nothing where there are no two such runs.

    Both windows may differ in their last periods: that, too, is other data.
    """
    if not (folder / SPEC).is_file():
        return []
    project = Project.at(folder)
    name = current(project)
    done = [record for record in all_runs(project) if record.state is State.DONE]
    now = next((record for record in done if record.id == name), None)
    if now is None:
        return []
    before = next((record for record in done if record.id < now.id and _same_question(record, now)), None)
    if before is None:
        return []
    was, is_ = _channels(project, before), _channels(project, now)
    found = []
    for channel, measure in is_.items():
        earlier = was.get(channel, {}).get("roi")
        if earlier is None or measure.get("roi") is None:
            continue
        a, b = float(earlier["mean"]), float(measure["roi"]["mean"])
        if abs(b - a) > LEAST * max(abs(a), abs(b)):
            spend = was[channel].get("spend") != measure.get("spend")
            found.append(Moved(channel, a, b, before.id, now.id, spend))
    return sorted(found, key=lambda one: -abs(one.after - one.before))


def _same_question(one: Record, other: Record) -> bool:
    """Whether only the data are others."""
    if one.variant != other.variant or one.hashes.get("data") == other.hashes.get("data"):
        return False
    rest = {key: value for key, value in one.hashes.items() if key != "data"}
    return rest == {key: value for key, value in other.hashes.items() if key != "data"}


def _channels(project: Project, record: Record) -> dict[str, dict[str, Any]]:
    try:
        path = project.runs / record.id / FIT / "summary.json"
        found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["channels"]
    except (OSError, ValueError, KeyError, TypeError):  # a damaged run is no reason to show nothing else
        return {}
    return found
