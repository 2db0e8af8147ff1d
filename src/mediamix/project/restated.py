"""What other data did to ROI: a project's newest run against the promoted one, or the one before it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mediamix.core.errors import UserError
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
        after: In the newest run.
        clear: Whether each estimate lies outside of the other's 90 % interval.
        why: What of the data is another that bears on it: restated periods, new ones.
        run_before: Its id.
        run_after: Its id.
    """

    channel: str
    before: float
    after: float
    clear: bool
    why: tuple[str, ...]
    run_before: str
    run_after: str

    def words(self) -> str:
        """``ROI of tv 1.20× → 1.31× (+9 %, within its interval): spend of tv restated in 3 of 60 …``."""
        by = (
            percent((self.after - self.before) / abs(self.before), signed=True).replace("%", " %")
            if self.before
            else "from nothing"
        )
        sure = "more than its interval" if self.clear else "within its interval"
        why = f": {'; '.join(self.why)}" if self.why else ""
        return f"ROI of {self.channel} {times(self.before)} → {times(self.after)} ({by}, {sure}){why}"

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def roi_moved(folder: Path) -> list[Moved]:
    """What moved between a project's newest run and an earlier one of the same spec and seed whose data were
    others: the promoted one, else the last; nothing where there are no two such runs.

    Both windows may differ in their last periods: that, too, is other data, and is said.
    """
    if not (folder / SPEC).is_file():
        return []
    project = Project.at(folder)
    done = [record for record in all_runs(project) if record.state is State.DONE]
    now, before = _pair(done, current(project))
    if now is None or before is None:
        return []
    from mediamix.measure.interval import Interval
    from mediamix.reporting.changes import Earlier, is_clear, news_of

    try:
        was, is_ = (Earlier.read(project.runs / one.id / FIT) for one in (before, now))
    except UserError:  # a damaged run is no reason to show nothing else
        return []
    news = news_of(was.dataset, is_.dataset)
    found = []
    for channel, measure in is_.summary["channels"].items():
        then, here = was.summary["channels"].get(channel, {}).get("roi"), measure.get("roi")
        if then is None or here is None:
            continue
        a, b = Interval(**then), Interval(**here)
        if abs(b.mean - a.mean) > LEAST * max(abs(a.mean), abs(b.mean)):
            why = news.bearing_on(channel)
            found.append(Moved(channel, a.mean, b.mean, is_clear(a, b), why, before.id, now.id))
    return sorted(found, key=lambda one: -abs(one.after - one.before))


def _pair(done: list[Record], promoted: str | None) -> tuple[Record | None, Record | None]:
    """The newest run, and the one that it is compared with."""
    if not done:
        return None, None
    now, *others = done
    earlier = [record for record in others if _same_question(record, now)]
    return now, next((one for one in earlier if one.id == promoted), earlier[0] if earlier else None)


def _same_question(one: Record, other: Record) -> bool:
    """Whether only the data are others."""
    if one.variant != other.variant or one.hashes.get("data") == other.hashes.get("data"):
        return False
    rest = {key: value for key, value in one.hashes.items() if key != "data"}
    return rest == {key: value for key, value in other.hashes.items() if key != "data"}
