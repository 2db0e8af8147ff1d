"""Single periods far away from the rest, on the log scale and by robust deviation.

The outcome is compared with its running median, so that trend and season are no outliers (one with
negative values by amounts instead of logs); controls (per geo) by the size of their other values.

A channel in flights has no usual value, so that deviations from one say nothing. Its largest few are
compared with the next smaller: sorted, the logs of a usual upper tail have gaps of about ``γ / rank``, with
γ the mean excess of the tail (Hill 1975, A simple general approach to inference about the tail of a
distribution; Rényi 1953, on the gaps), so a gap of six times γ and a factor of three comes by chance in one
channel of 400; see docs: findings, counted.
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
WINDOW = {Every.DAY: 29, Every.WEEK: 13, Every.FORTNIGHT: 7, Every.MONTH: 5, Every.QUARTER: 5, Every.YEAR: 5}
CONTROL_FACTOR, FEW = 100.0, 0.05  # times the next smaller value; of a control's values at most
FLOOR = 0.02  # of the robust deviation of logs, for series that hardly move
MANY = 0.1  # of the periods: so many outliers are none
GAPS, TAIL = 6.0, 0.2  # mean excesses of the tail; the part of the active periods that it is
ALWAYS = 8.0  # times the next smaller value is an outlier in any tail


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
            yield from _spikes(name, series[active], dataset.dates[active])
    yield from _controls(dataset)


def spikes(values: np.ndarray) -> np.ndarray:
    """Which of a channel's active values stand apart above the others; few, or none.

    Only above: small amounts around the start and end of a flight are usual.
    """
    ordered = np.sort(values)
    few = max(2, int(FEW * len(ordered)))
    tail = max(5, int(TAIL * len(ordered)))
    if len(ordered) < few + tail + 1:
        return np.zeros(len(values), dtype=bool)
    rest = np.log(ordered[:-few])
    excess = float((rest[-tail:] - rest[-tail - 1]).mean())
    gaps = np.diff(np.log(ordered[-few - 1 :]))
    wanted = min(max(np.log(MIN_FACTOR), GAPS * excess), np.log(ALWAYS))
    far = np.flatnonzero(gaps > wanted)
    return np.asarray(values >= ordered[-few:][far[0]]) if len(far) else np.zeros(len(values), dtype=bool)


def _spikes(where: str, values: np.ndarray, dates: np.ndarray) -> Iterator[Finding]:
    far = spikes(values)
    if far.any():
        usual = float(np.median(values[~far]))
        shown = [f"{d} (×{v / usual:.2g})" for d, v in zip(dates[far], values[far], strict=True)]
        yield found("warning", where, f"far from the usual value in {far.sum()} periods: {some(shown)}")


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


def _far(where: str, deviation: np.ndarray, dates: np.ndarray) -> Iterator[Finding]:
    basis = deviation[np.isfinite(deviation)]
    if not len(basis):
        return
    scale = max(1.4826 * float(np.median(np.abs(basis - np.median(basis)))), FLOOR)
    far = np.abs(np.nan_to_num(deviation)) > max(THRESHOLD * scale, np.log(MIN_FACTOR))
    if far.any() and far.sum() <= max(1, MANY * len(basis)):
        factors = [f"{d} (×{np.exp(f):.2g})" for d, f in zip(dates[far], deviation[far], strict=True)]
        yield found("warning", where, f"far from the usual value in {far.sum()} periods: {some(factors)}")


CHECK = Check(
    name="outliers",
    title="Single periods far from the rest",
    why="one period can decide an effect, or stretch a response curve to where it was never seen",
    advice="correct the value if it is an error; name an event if it happened",
    find=find,
)
