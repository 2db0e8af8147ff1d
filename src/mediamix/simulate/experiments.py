"""Lift tests on a made-up market: what a change of one channel's spend really caused, read with an error.

    lift = Σ_t Σ_g (contribution(x) − contribution(x⁰)) + ε,   ε ~ N(0, standard_error²)

x is the spend of the data, which the test is part of, and x⁰ what had been spent without it: the same pattern
in the tested window and geos, times a factor. What is carried over after the window counts up to `until`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError
from mediamix.core.types import Window
from mediamix.data.periods import DAY, TimeAxis
from mediamix.simulate.generate import Simulation


@dataclass(frozen=True)
class LiftTest:
    """One row of a table of experiments, and the truth beside it.

    Args:
        channel: Tested.
        geos: Where; empty: everywhere.
        start: First day of the change.
        end: Last day of the change.
        until: Last day over which the lift was measured.
        spend_change: Money of the window less what there had been without the test.
        lift: As measured, in outcome units.
        standard_error: Of `lift`.
        true_lift: What the change really caused.
    """

    channel: str
    geos: tuple[str, ...]
    start: np.datetime64
    end: np.datetime64
    until: np.datetime64
    spend_change: float
    lift: float
    standard_error: float
    true_lift: float


def lift_test(
    market: Simulation,
    channel: str,
    window: Window,
    change: float,
    *,
    error: float = 0.1,
    geos: Sequence[str] = (),
    after: int = 0,
    seed: int = 1,
) -> LiftTest:
    """Test a channel: in the window its spend was `change` times more than without the test.

    Args:
        market: Its data hold the test.
        channel: Tested.
        window: Periods of the change.
        change: 0.5: half as much again as without the test; −0.5: half of it. ``inf``: there had been
            nothing without it.
        error: Standard error, as a share of the true lift.
        geos: Where; empty: everywhere.
        after: Periods after the window in which carry-over counts.
        seed: Of the error.

    Raises:
        DataError: An unknown channel or geo, a window beyond the data or without spend, or a change or
            error that is none.
    """
    data, names = market.dataset, market.truth.channel_names
    wrong = [f"unknown channel {channel!r}"] * (channel not in names)
    wrong += [f"unknown geo {geo!r}" for geo in geos if geo not in data.geos]
    if window.stop + after > data.n_periods or after < 0:
        wrong.append(f"periods {window.start} to {window.stop + after} of {data.n_periods}")
    if not (change > -1 and change != 0) or not (np.isfinite(error) and error > 0):
        wrong.append(f"a change of {change!r} with an error of {error!r}")
    if wrong:
        raise DataError(
            "there can't be such a test",
            details=wrong,
            expected=f"one of {', '.join(names)}, days of the data, a change above -1 and an error above 0",
        )
    rows = [data.geos.index(geo) for geo in geos] or list(range(len(data.geos)))
    c, spend_gtc = names.index(channel), np.array(data.spend_gtc)
    spent = float(spend_gtc[rows][:, window.slice, c].sum())
    if not spent > 0:
        raise DataError(
            f"there can't be such a test: nothing was spent on {channel} in its window",
            expected="a window in which the channel ran",
            next_step="choose other periods, or other geos",
        )
    factor = 1.0 / (1.0 + change)
    for g in rows:
        spend_gtc[g, window.slice, c] *= factor
    measured = slice(window.start, window.stop + after)
    effects = market.truth.effects
    caused_gtc = effects.contribution(market.dataset.spend_gtc) - effects.contribution(spend_gtc)
    true = float(caused_gtc[rows][:, measured].sum())
    standard_error = error * abs(true)
    noise = float(np.random.default_rng([37, seed]).standard_normal())
    axis = TimeAxis(data.dates, data.every)
    return LiftTest(
        channel=channel,
        geos=tuple(geos),
        start=axis.starts[window.start],
        end=axis.ends[window.stop - 1] - DAY,
        until=axis.ends[window.stop + after - 1] - DAY,
        spend_change=spent * (1 - factor),
        lift=true + standard_error * noise,
        standard_error=standard_error,
        true_lift=true,
    )


def experiments_table(tests: Sequence[LiftTest]) -> pd.DataFrame:
    """The rows of an ``experiments.csv``: what was measured, without the truth."""
    return pd.DataFrame(
        {
            "channel": [test.channel for test in tests],
            "geo": [" + ".join(test.geos) for test in tests],
            "start": pd.DatetimeIndex([test.start for test in tests]),
            "end": pd.DatetimeIndex([test.end for test in tests]),
            "until": pd.DatetimeIndex([test.until for test in tests]),
            "spend_change": [test.spend_change for test in tests],
            "lift": [test.lift for test in tests],
            "se": [test.standard_error for test in tests],
        }
    )
