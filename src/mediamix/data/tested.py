"""What a test changed in a channel's exposure, and the exposure that there had been without it.

The data hold what happened, the test included. Where something ran in the tested window, the exposure
without the test is a multiple of it; where (nearly) nothing ran, what had been is spread evenly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Experiment, Window
from mediamix.data.dataset import Dataset
from mediamix.data.periods import TimeAxis

#: Where less than this part of what had been without the test ran, it tells no pattern of what is missing.
PATTERN = 0.2
#: More than this part of the usual spend in a window that is said to be off contradicts that.
OFF = 0.5
#: A change of spend may exceed what was spent by this part, for rounding.
ROUNDING = 0.01


@dataclass(frozen=True)
class Change:
    """As a table says it.

    Args:
        kind: ``money``, ``relative`` to what had been without the test, ``off``: the data show the channel
            switched off, ``on``: they show it running, and the test compares with nothing.
        size: Money or part; of ``off`` the money, if it is known.
    """

    kind: Literal["money", "relative", "off", "on"]
    size: float | None = None


def window_of_test(dataset: Dataset, start: np.datetime64, end: np.datetime64) -> Window:
    """The periods that hold the days from `start` to `end`."""
    first, last = TimeAxis(dataset.dates, dataset.every).place(np.array([start, end]))
    return Window(int(first), int(last) + 1)


def rows_of(dataset: Dataset, geos: tuple[str, ...]) -> list[int]:
    """Positions of geos; all where none is named."""
    return [dataset.geos.index(geo) for geo in geos] or list(range(len(dataset.geos)))


def changed(
    dataset: Dataset,
    channel: str,
    geos: tuple[str, ...],
    start: np.datetime64,
    end: np.datetime64,
    change: Change,
) -> tuple[float, float | None] | str:
    """Change of exposure and of spend (None without spend); or what is wrong, in words."""
    c, rows = dataset.channel_names.index(channel), rows_of(dataset, geos)
    window = window_of_test(dataset, start, end)
    exposure_t, spend_t = (a[rows, :, c].sum(axis=0) for a in (dataset.exposure_gtc, dataset.spend_gtc))
    paid = bool(spend_t.sum() > 0)
    exposure, spend = exposure_t[window.slice].sum(), spend_t[window.slice].sum()
    amount = spend if paid else exposure
    if change.kind in ("money", "off") and change.size is not None:
        if not paid:
            return f"column 'spend_change': {channel} has no spend there; expected 'change': off, on or -30%"
        money = change.size
        if money > (1 + ROUNDING) * spend:
            return (
                f"column 'spend_change': {money:,.0f} more was spent because of the test, but the data show "
                f"{spend:,.0f} for {channel} in its window; expected at most that"
            )
        money = min(money, spend)
    elif change.kind == "off":
        usual_t = (spend_t if paid else exposure_t)[max(window.start - len(window), 0) : window.start]
        if not usual_t.any():
            return (
                f"column 'change': off, but nothing was spent on {channel} before that could be switched "
                "off; expected 'spend_change': the money that the test saved, as a negative number"
            )
        usual = usual_t.mean() * len(window)
        if amount > OFF * usual:
            return (
                f"column 'change': off, but the data show {amount:,.0f} for {channel} in its window; if the "
                "test compares that with nothing spent, say 'on'"
            )
        money = amount - usual
    elif not amount > 0:
        return f"column 'change': {change.kind}, but nothing was spent on {channel} in its window"
    else:
        assert change.kind == "on" or change.size is not None
        money = amount if change.size is None else amount * change.size / (1.0 + change.size)
    if not paid:
        return float(money), None
    rate = exposure / spend if spend > 0 and exposure > 0 else exposure_t.sum() / spend_t.sum()
    return float(money * rate), float(money)


def without_test(dataset: Dataset, one: Experiment) -> Float[np.ndarray, "geo time"]:
    """The tested channel's exposure as it had been without the test, all geos and periods of the window."""
    c, rows = dataset.channel_names.index(one.channel), rows_of(dataset, one.geos)
    exposure_gt = dataset.exposure_gtc[:, :, c].copy()
    window = window_of_test(dataset, one.start, one.end)
    own = exposure_gt[rows, window.slice]
    had_been = own.sum() - one.exposure_change
    if own.sum() > PATTERN * had_been:
        exposure_gt[rows, window.slice] = own * max(had_been, 0.0) / own.sum()
        return exposure_gt
    usual_g = exposure_gt[rows].sum(axis=1)
    share_g = usual_g / usual_g.sum() if usual_g.sum() > 0 else np.full(len(rows), 1 / len(rows))
    exposure_gt[rows, window.slice] = own - one.exposure_change * share_g[:, None] / len(window)
    return exposure_gt
