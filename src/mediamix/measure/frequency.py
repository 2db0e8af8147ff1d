"""How often people should see an ad: the frequency at which an impression brings most.

    response per impression at f  ∝  saturation(f) / f        impressions = reach × frequency

At equal money (a unit of it buys as many impressions as today) a plan with a frequency of f reaches
``impressions / f`` people, and its contribution is that of today's impressions times ``saturation(f) / f``.
The optimum is the f at which the mean of this over the draws is highest; its interval is that of the draws'
own optima. Below 1 there is no frequency: a curve that is concave from the start is best at 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Complex, Float

from mediamix.core.delivery import frequency_of, joined
from mediamix.measure.interval import Interval
from mediamix.measure.thinning import thinned_rows
from mediamix.models.base import ChannelEffect, Fit

#: Draws that are used.
DRAWS = 1000
#: Points of the curve, evenly spaced in logs, up to so many times the highest frequency of a cell.
POINTS, BEYOND = 241, 2.0
#: The frequencies that most impressions were bought at.
SEEN = (0.05, 0.95)


@dataclass(frozen=True)
class FrequencyMeasure:
    """What a frequency does in one channel, at today's impressions.

    Args:
        name: Channel.
        average: Of the frequency bought: impressions over reach.
        seen: Between which nine tenths of the impressions were.
        optimal: Where the mean response is highest.
        optimum: Of the draws' own optima.
        gain: What the optimal frequency would bring more than today's, outcome units.
        frequency_p: Points of the curves.
        curves: Contribution of all today's impressions at each of these frequencies: mean, p5 and p95.
    """

    name: str
    average: float
    seen: tuple[float, float]
    optimal: float
    optimum: Interval
    gain: Interval
    frequency_p: Float[np.ndarray, " point"]
    curves: tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"], Float[np.ndarray, " point"]]

    @property
    def at_the_end(self) -> bool:
        """Whether the best frequency is the highest one that was looked at: then it isn't known."""
        return bool(self.optimal >= self.frequency_p[-1])


def optimal_frequency(fit: Fit) -> pd.DataFrame:
    """One row per channel of reach & frequency: what was bought, what is best, what that would bring.

    Intervals are 90 %. Without such channels the table is empty.

    Returns:
        ``channel, average, seen_low, seen_high, optimal, optimum_p5, optimum_p50, optimum_p95, gain_mean,
        gain_p5, gain_p50, gain_p95``: frequencies, and outcome units at equal money.
    """
    names = ("channel", "average", "seen_low", "seen_high", "optimal")
    parts = ("optimum_p5", "optimum_p50", "optimum_p95", "gain_mean", "gain_p5", "gain_p50", "gain_p95")
    rows = [
        (
            *(m.name, m.average, *m.seen, m.optimal, m.optimum.p5, m.optimum.p50, m.optimum.p95),
            *(m.gain.mean, m.gain.p5, m.gain.p50, m.gain.p95),
        )
        for m in measure_frequencies(fit)
    ]
    return pd.DataFrame(rows, columns=[*names, *parts])


def measure_frequencies(fit: Fit) -> list[FrequencyMeasure]:
    """All channels of reach & frequency, in the dataset's order."""
    return [_measured(fit, c) for c, effect in enumerate(fit.channels) if effect.transform.reaches]


def _measured(fit: Fit, c: int) -> FrequencyMeasure:
    effect = fit.channels[c].thinned(thinned_rows(fit.n_draws, DRAWS))
    delivery_gt = fit.dataset.delivery_gt(c)
    impressions_gt, often_gt = np.imag(delivery_gt), frequency_of(delivery_gt)
    highest = max(float(often_gt.max()), 1.0)
    frequency_p = np.geomspace(1.0, BEYOND * max(highest, 2.0), POINTS)
    before = fit.dataset.n_before
    now_d = _total(effect, delivery_gt, before)
    once_d = _total(effect, joined(impressions_gt / highest, np.full(often_gt.shape, highest)), before)
    # From one frequency to all: the same impressions, another saturation(f) / f.
    per_dp = effect.saturated(frequency_p) / frequency_p
    with np.errstate(divide="ignore", invalid="ignore"):
        scale_d = np.nan_to_num(once_d / (effect.saturated(np.array([highest]))[:, 0] / highest))
    total_dp = scale_d[:, None] * per_dp
    best = int(total_dp.mean(axis=0).argmax())
    on = impressions_gt > 0
    return FrequencyMeasure(
        name=effect.channel.name,
        average=float(frequency_of(delivery_gt.sum(keepdims=True))[0, 0]),
        seen=_seen(often_gt[on], impressions_gt[on]),
        optimal=float(frequency_p[best]),
        optimum=Interval.of(frequency_p[per_dp.argmax(axis=1)]),
        gain=Interval.of(total_dp[:, best] - now_d),
        frequency_p=frequency_p,
        curves=(total_dp.mean(axis=0), *np.quantile(total_dp, (0.05, 0.95), axis=0)),
    )


def _total(
    effect: ChannelEffect, delivery_gt: Complex[np.ndarray, "geo time"], before: int
) -> Float[np.ndarray, " draw"]:
    """What media of the window cause in it."""
    nothing_gt = np.zeros((len(delivery_gt), before))
    return np.asarray(effect.contribution(delivery_gt, before_gt=nothing_gt).sum(axis=1))


def _seen(often: Float[np.ndarray, " cell"], impressions: Float[np.ndarray, " cell"]) -> tuple[float, float]:
    """Quantiles of the frequency, each cell as often as it has impressions."""
    order = np.argsort(often)
    share = np.cumsum(impressions[order]) / impressions.sum()
    at = np.minimum(np.searchsorted(share, SEEN), len(order) - 1)
    low, high = often[order][at]
    return float(low), float(high)
