"""A break of scale that stays: cents become euros, thousands become units, a currency changes.

For every point of a series of active values, the medians of the windows before and after are
compared; a break is a factor of five or more that separates the two windows, is there within
three values and holds for the whole series. The price of exposure (spend per unit) is looked at
too: it shows a break of one of the two at once.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.types import Every, Finding
from mediamix.data.checking import Check, Evidence, activity_tc, found, outcome_t
from mediamix.data.dataset import Dataset

FACTOR = 5.0
WINDOW = {Every.DAY: 28, Every.WEEK: 10, Every.FORTNIGHT: 6, Every.MONTH: 6, Every.QUARTER: 6, Every.YEAR: 6}
NEAR = 3  # values on either side that must show most of the break


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning per series with the date and the factor of its break."""
    dataset = evidence.dataset
    if dataset is None:
        return
    for where, series in _series(dataset):
        seen = jump(series, WINDOW[dataset.every])
        if seen is not None:
            index, factor = seen
            times = factor if factor > 1 else 1 / factor
            yield found(
                "warning",
                f"{where} at {dataset.dates[index]}",
                f"the level {'rises' if factor > 1 else 'falls'} by a factor of {times:,.1f} and stays there",
            )


def jump(values: np.ndarray, window: int) -> tuple[int, float] | None:
    """Index of the first value after the steepest lasting break of level, and its factor."""
    active = np.flatnonzero(np.isfinite(values) & (values > 0))
    if len(active) < 2 * window:
        return None
    logs = np.log(values[active])
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(logs, window), axis=1)
    before, after = windows[:-window], windows[window:]
    shift = np.median(after, axis=1) - np.median(before, axis=1)
    # one value of each side may lie on the wrong side of the gap
    apart = np.where(shift > 0, after[:, 1] - before[:, -2], before[:, 1] - after[:, -2]) > 0
    candidates = np.flatnonzero((np.abs(shift) >= np.log(FACTOR)) & apart) + window
    best, steepest = None, 0.0
    for k in candidates:
        near = float(np.median(logs[k : k + NEAR]) - np.median(logs[k - NEAR : k]))
        lasting = float(np.median(logs[k:]) - np.median(logs[:k]))
        sign = np.sign(shift[k - window])
        if sign * near < np.log(FACTOR) * 0.8 or sign * lasting < np.log(FACTOR):
            continue
        step = abs(float(logs[k] - logs[k - 1]))
        if step > steepest:
            best, steepest = (int(active[k]), float(np.exp(shift[k - window]))), step
    return best


def _series(dataset: Dataset) -> Iterator[tuple[str, np.ndarray]]:
    yield f"outcome '{dataset.outcome_name}'", outcome_t(dataset)
    exposure_tc, spend_tc = dataset.exposure_gtc.sum(axis=0), dataset.spend_gtc.sum(axis=0)
    activity = activity_tc(dataset)
    for index, channel in enumerate(dataset.channels):
        yield channel.name, activity[:, index]
        if channel.exposure != "spend" and spend_tc[:, index].any():
            both = (spend_tc[:, index] > 0) & (exposure_tc[:, index] > 0)
            price = np.full(len(both), np.nan)
            price[both] = spend_tc[both, index] / exposure_tc[both, index]
            yield f"{channel.name}, {channel.exposure}", exposure_tc[:, index]
            yield f"{channel.name}, spend per {channel.exposure}", price


CHECK = Check(
    name="unit_jump",
    title="A break of scale that stays",
    why="two units in one column make a response curve of nothing",
    advice="find out what changed on that date (currency, cents, thousands) and convert one side",
    find=find,
)
