"""Single periods far away from the rest, on the log scale and by robust deviation.

The outcome is compared with its running median, so that trend and season are no outliers (one with
negative values by amounts instead of logs); channels are compared with their own active periods,
controls (per geo) by the size of their other values.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mediamix.core.types import Every, Finding
from mediamix.data.checking import Check, Evidence, activity_tc, found, outcome_t, some
from mediamix.data.dataset import Dataset

THRESHOLD = 5.0  # robust standard deviations
MIN_FACTOR = 3.0  # and at least that many times the usual value, or one over it
MIN_POINTS = 12
WINDOW = {Every.DAY: 29, Every.WEEK: 13, Every.MONTH: 5, Every.QUARTER: 5, Every.YEAR: 5}
CONTROL_FACTOR, FEW = 100.0, 0.05  # times the next smaller value; of a control's values at most
FLOOR = 0.02  # of the robust deviation of logs, for series that hardly move


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning per series that names the dates and how many times the usual value they are."""
    dataset = evidence.dataset
    if dataset is None:
        return
    total_t, window = outcome_t(dataset), WINDOW[dataset.every]
    where = f"outcome '{dataset.outcome_name}'"
    if np.nanmin(total_t, initial=0.0) < 0:
        yield from _signed(where, total_t, dataset.dates, window)
    elif (total_t > 0).sum() >= MIN_POINTS:
        logs = np.log(np.where(total_t > 0, total_t, np.nan))
        yield from _far(where, logs - _running(logs, window), dataset.dates)
    for name, series in zip(dataset.channel_names, activity_tc(dataset).T, strict=True):
        active = series > 0
        if active.sum() >= MIN_POINTS:
            logs = np.log(series[active])
            # only above: small amounts around the start and end of a flight are usual
            yield from _far(name, np.maximum(logs - np.median(logs), 0), dataset.dates[active], logs)
    yield from _controls(dataset)


def _controls(dataset: Dataset) -> Iterator[Finding]:
    """Controls with a few values a hundred times the next one, or more: a price of 99,999 among tens."""
    for k, name in enumerate(dataset.control_names):
        for geo, values in zip(dataset.geos, dataset.controls_gtk[..., k], strict=True):
            sizes = np.abs(np.nan_to_num(values))
            ordered = np.sort(sizes[sizes > 0])
            if len(ordered) < MIN_POINTS:
                continue
            few = max(1, int(FEW * len(ordered)))
            steps = np.flatnonzero(ordered[-few:] >= CONTROL_FACTOR * ordered[-few - 1 : -1])
            if not len(steps):
                continue
            far = sizes >= ordered[-few:][steps[0]]
            shown = [f"{d} ({v:,.6g})" for d, v in zip(dataset.dates[far], values[far], strict=True)]
            usual = ordered[len(ordered) - few + steps[0] - 1]
            yield found(
                "warning",
                f"control '{name}'" + (f" in {geo}" if len(dataset.geos) > 1 else ""),
                f"far from its other values, which reach {usual:,.6g}, in {far.sum()} periods: {some(shown)}",
            )


def _running(values: np.ndarray, window: int) -> np.ndarray:
    return np.asarray(pd.Series(values).rolling(window, center=True, min_periods=3).median())


def _signed(where: str, total_t: np.ndarray, dates: np.ndarray, window: int) -> Iterator[Finding]:
    """Of an outcome with negative values, such as revenue net of returns: as amounts, not as logs."""
    known = np.isfinite(total_t)
    level = _running(total_t, window)
    deviation = np.where(np.isfinite(level) & known, total_t - level, 0.0)
    if known.sum() < MIN_POINTS or not np.isfinite(level).any():
        return
    usual = float(np.median(np.abs(total_t[known])))
    scale = max(1.4826 * float(np.median(np.abs(deviation[known]))), FLOOR * usual)
    up, down = level * MIN_FACTOR, level / MIN_FACTOR
    inside = np.where(level > 0, (total_t >= down) & (total_t <= up), np.abs(deviation) <= MIN_FACTOR * usual)
    far = (np.abs(deviation) > THRESHOLD * scale) & ~inside
    if far.any():
        shown = [f"{d} ({v:,.6g})" for d, v in zip(dates[far], total_t[far], strict=True)]
        yield found(
            "warning",
            where,
            f"far from the usual value, about {usual:,.6g}, in {far.sum()} periods: {some(shown)}",
        )


def _far(
    where: str, deviation: np.ndarray, dates: np.ndarray, logs: np.ndarray | None = None
) -> Iterator[Finding]:
    basis = deviation[np.isfinite(deviation)] if logs is None else logs - np.median(logs)
    if not len(basis):
        return
    scale = max(1.4826 * float(np.median(np.abs(basis - np.median(basis)))), FLOOR)
    far = np.abs(np.nan_to_num(deviation)) > max(THRESHOLD * scale, np.log(MIN_FACTOR))
    if far.any():
        factors = [f"{d} (×{np.exp(f):.2g})" for d, f in zip(dates[far], deviation[far], strict=True)]
        yield found("warning", where, f"far from the usual value in {far.sum()} periods: {some(factors)}")


CHECK = Check(
    name="outliers",
    title="Single periods far from the rest",
    why="one period can decide an effect, or stretch a response curve to where it was never seen",
    advice="correct the value if it is an error; name an event if it happened",
    find=find,
)
