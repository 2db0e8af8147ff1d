"""Pictures of what the priors say before any data: the outcome over time, and what channels return."""

from __future__ import annotations

from pathlib import Path

from mediamix.core.numbers import amount, span, times
from mediamix.measure.beforehand import PriorCheck
from mediamix.reporting.bins import bins
from mediamix.reporting.figures import Row, follow, forest
from mediamix.reporting.figures.theme import Spec
from mediamix.reporting.palette import channel_colours
from mediamix.reporting.pictures import write_pictures


def figures(check: PriorCheck) -> dict[str, Spec]:
    """``outcome``: observed and before the data, over time; ``returns``: ROI per channel, if there is one."""
    data = check.fit.dataset
    axis = bins(data.dates, data.every)
    mean, low, high = (axis.mean(check.bands[name]) for name in ("p50", "p5", "p95"))

    def words(value: float) -> str:
        return amount(value, data.outcome_unit, data.currency)

    found = {
        "outcome": follow(
            axis,
            actual=axis.mean(check.observed_t),
            mean=mean,
            low=low,
            high=high,
            said=[
                f"{when}: before the data {words(float(m))} ({span(float(a), float(b), words)})"
                for when, m, a, b in zip(axis.names, mean, low, high, strict=True)
            ],
            unit=f"{data.outcome_name} {axis.per}; dots: observed, band: 90% before the data",
        )
    }
    colours = channel_colours(data.channel_names)
    rows = [
        Row(m.name, colours[m.name], m.roi.p50, m.roi.p5, m.roi.p95, times(m.roi.p50),
            f"{m.name}: {times(m.roi.p50)} ({span(m.roi.p5, m.roi.p95, times)})")
        for m in check.channels
        if m.roi is not None
    ]  # fmt: skip
    if rows:
        axis_title = "return per unit of spend before the data, median and 90%"
        found["returns"] = forest(rows, axis=axis_title, kind="times", line=(1.0, "break-even"))
    return found


def draw_beforehand(check: PriorCheck, path: Path) -> list[Path]:
    """Write them beside each other: of `prior.svg` also `prior-returns.svg`.

    Raises:
        SpecError: Another ending than .png or .svg.
        FolderError: A file can't be written.
        ModuleNotFoundError: vl_convert is not installed.
    """
    return write_pictures(figures(check), path)
