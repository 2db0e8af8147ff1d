"""One row per job: what became of it, and what its fit says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from mediamix.core.files import json_text, write_together
from mediamix.data.csv_text import csv_text
from mediamix.many.job import Job, Refused
from mediamix.many.place import Place

if TYPE_CHECKING:
    import pandas as pd

State = Literal["done", "failed", "waiting"]


@dataclass(frozen=True)
class Row:
    """A job as it stands.

    Args:
        spec: Its spec's name.
        brand: Of its rows; None: all rows.
        state: ``done``: its fit is there; ``failed``: see `reason`; ``waiting``: not begun, or another
            shard's.
        reason: Why there is no fit, for people.
        folder: Of its fit, relative to the folder of all.
        left_out: Channels without anything in these rows.
        summary: Of its fit, as `summary.json`; empty where there is none.
    """

    spec: str
    brand: str | None
    state: State
    reason: str = ""
    folder: str = ""
    left_out: tuple[str, ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """``ok``, ``caution`` or ``failed``; empty where there is no fit."""
        return str(self.summary.get("verdict", {}).get("level", ""))

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        said = self.summary
        channels = {
            name: {key: one.get(key) for key in ("spend", "contribution", "share", "roi", "cost_per_unit")}
            for name, one in said.get("channels", {}).items()
        }
        return {
            "spec": self.spec,
            "brand": self.brand,
            "state": self.state,
            "verdict": self.verdict or None,
            "r2": said.get("fit", {}).get("r2"),
            "mape": said.get("fit", {}).get("mape"),
            "outcome": said.get("outcome"),
            "media": said.get("media"),
            "channels": channels,
            "left_out": list(self.left_out),
            "folder": self.folder or None,
            "reason": self.reason or None,
        }

    def flat(self) -> dict[str, Any]:
        """For a table: a column per number."""
        said = self.to_dict()
        outcome, media = said["outcome"] or {}, said["media"] or {}
        cells = {key: said[key] for key in ("spec", "brand", "state", "verdict", "r2", "mape")}
        cells |= {"outcome": outcome.get("total"), "unit": outcome.get("unit")}
        cells["media share"] = media.get("share", {}).get("mean")
        for name, one in said["channels"].items():
            # Of a count without a value there is no return, but what a unit costs.
            key = "roi" if one["roi"] is not None or one["cost_per_unit"] is None else "cost"
            cells |= _points(f"{key} {name}", one["roi"] if key == "roi" else one["cost_per_unit"])
        return {
            **cells,
            "left out": ", ".join(self.left_out),
            "folder": self.folder,
            "reason": " · ".join(self.reason.splitlines()),
        }


def _points(name: str, interval: Mapping[str, float] | None) -> dict[str, float | None]:
    """Columns of an interval: its mean under the name itself."""
    told = {point: None if interval is None else interval[point] for point in ("mean", "p5", "p95")}
    return {name if point == "mean" else f"{name} {point}": value for point, value in told.items()}


def row_of(job: Job | Refused, place: Place) -> Row:
    """A job as it stands in a folder of many fits."""
    if isinstance(job, Refused):
        return Row(job.spec_name, job.brand, "failed", job.reason)
    if place.done(job.folder):
        from mediamix.models.store import load_summary

        at = place.fit(job.folder)
        said = load_summary(at)
        return Row(
            job.spec_name,
            job.brand,
            "done",
            folder=at.relative_to(place.root).as_posix(),
            left_out=job.left_out,
            summary=said,
        )
    reason = str(place.told(job.folder).get("reason", ""))
    return Row(job.spec_name, job.brand, "failed" if reason else "waiting", reason, left_out=job.left_out)


def frame_of(rows: Sequence[Row]) -> pd.DataFrame:
    """All rows as a table; what only some have is empty in the others."""
    import pandas as pd

    flat = [row.flat() for row in rows]
    last = ["left out", "folder", "reason"]
    columns = dict.fromkeys(name for cells in flat for name in cells if name not in last)
    return pd.DataFrame(flat, columns=[*columns, *last])


def write_table(rows: Sequence[Row], place: Place) -> None:
    """`table.json`, and beside it `table.csv`.

    Raises:
        FolderError: They can't be written.
    """
    texts = {
        place.table: json_text({"rows": [row.to_dict() for row in rows]}),
        place.table.with_suffix(".csv"): csv_text(frame_of(rows)),
    }
    write_together(texts, force=True)
