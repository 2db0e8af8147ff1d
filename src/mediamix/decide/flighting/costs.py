"""What exposure costs by channel and period, and limits by period, from rules or from the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Window
from mediamix.data.dataset import Dataset
from mediamix.data.periods import DAY, TimeAxis
from mediamix.data.repeat import YEAR
from mediamix.decide.fitted.staged import Staged, cells_of, staged
from mediamix.decide.flighting.rules import ChannelRules
from mediamix.decide.problem.bounds import Bound

#: Periods over which costs of the same season are averaged.
SMOOTHED = 5


def by_period(
    where: str, value: object, axis: TimeAxis, findings: list[str]
) -> tuple[Float[np.ndarray, " time"], Float[np.ndarray, " time"]]:
    """Lowest and highest value in each period."""
    low_t, high_t = np.zeros(len(axis)), np.full(len(axis), np.inf)
    if isinstance(value, Mapping):
        for day, pair in value.items():
            place = int(axis.place(np.array([day], dtype="datetime64[D]"))[0])
            if place < 0:
                findings.append(
                    f"{where}: {day} is not in the window, {axis.starts[0]} to {axis.ends[-1] - DAY}"
                )
            else:
                low_t[place], high_t[place] = pair
    elif isinstance(value, Sequence):
        low_t[:], high_t[:] = value
    return low_t, high_t


def rates_of(
    data: Dataset,
    axis: TimeAxis,
    planned: Sequence[int],
    own: Sequence[ChannelRules],
    season: bool,
    findings: list[str],
) -> Float[np.ndarray, "channel time"]:
    """Exposure per unit of money."""
    rates = np.empty((len(planned), len(axis)))
    for k, (c, part) in enumerate(zip(planned, own, strict=True)):
        name = data.channel_names[c]
        spent = data.channels[c].exposure == "spend"
        usual_t = np.ones(len(axis)) if spent else _usual_cost(data, c, len(axis), season)
        costs = part.cost
        if isinstance(costs, Mapping):
            for day, cost in costs.items():
                place = int(axis.place(np.array([day], dtype="datetime64[D]"))[0])
                if place < 0:
                    findings.append(f"{name}: cost: {day} is not in the window")
                else:
                    usual_t[place] = cost
        elif costs is not None:
            given = np.atleast_1d(np.asarray(costs, dtype=float))
            if given.size not in (1, len(axis)):
                findings.append(f"{name}: cost has {given.size} numbers for {len(axis)} periods")
                continue
            usual_t = np.broadcast_to(given, len(axis))
        rates[k] = 1.0 / usual_t
    return rates


def priced(data: Dataset, rules: Mapping[str, ChannelRules]) -> Staged:
    """Media in which exposure that never cost anything has the spend of its given cost, on average."""
    cells = [cell for cell in cells_of(data, False) if data.spend_c[cell.channel] <= 0]
    costs = {cell.name: rules[cell.name].cost for cell in cells if cell.name in rules}
    bounds = {name: Bound(cost_per_unit=_mean(cost)) for name, cost in costs.items() if cost is not None}
    return staged(data, cells, Window(0, data.n_periods), bounds)


def _mean(cost: float | Sequence[float] | Mapping[str, float]) -> float:
    return float(np.mean(list(cost.values()) if isinstance(cost, Mapping) else cost))


def _usual_cost(data: Dataset, channel: int, periods: int, season: bool) -> Float[np.ndarray, " time"]:
    """Money per unit of exposure in the last year, its mean or that of the same season."""
    year = YEAR[data.every][0]
    spend_t = data.spend_gtc[:, :, channel].sum(axis=0)
    exposure_t = data.exposure_gtc[:, :, channel].sum(axis=0)
    both = (spend_t > 0) & (exposure_t > 0)
    spend_t, exposure_t = np.where(both, spend_t, 0.0), np.where(both, exposure_t, 0.0)
    recent = slice(-year, None) if exposure_t[-year:].sum() > 0 else slice(None)
    mean = spend_t[recent].sum() / max(exposure_t[recent].sum(), 1e-300)
    cost_t = np.full(periods, mean)
    if season and len(spend_t) >= year:
        window = np.ones(SMOOTHED)
        money, seen = (np.convolve(series, window, mode="same") for series in (spend_t, exposure_t))
        source = len(spend_t) - year + np.arange(periods) % year
        there = seen[source] > 0
        cost_t[there] = money[source][there] / seen[source][there]
    return cost_t


def after_window(
    data: Dataset, planned: Sequence[int], periods: int, total: float
) -> Float[np.ndarray, " channel"]:
    """Exposure per period after the window: last year's mean, grown or shrunk as the budget is."""
    year = min(round(data.every.per_year), data.n_periods)
    spend = float(data.spend_gtc[:, -year:][..., list(planned)].sum())
    exposure_c = data.exposure_gtc[:, -year:][..., list(planned)].sum(axis=(0, 1))
    return np.asarray(
        exposure_c / year * (total / periods) / (spend / year) if spend > 0 else 0.0 * exposure_c
    )
