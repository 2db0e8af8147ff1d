"""Markets that planners are given: some with their curves, some as data alone, all with the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from jaxtyping import Float
from planner.truth_cases import JUDGED, markets

from mediamix.core.files import write_json, write_text
from mediamix.simulate.generate import Simulation
from mediamix.simulate.optimum import best_multiples
from peers.cases import Case, write_case

MAX_LAG = 13
#: Weeks with spend; after them comes the carry-over, so that all planners count the same weeks.
WEEKS = 104
#: Of known markets. Meridian rounds money to the power of ten above 0.01 % of the total: here 10,000, coarse
#: and therefore fast; today's spend in even multiples of it lies on its grid with all bounds.
TOTAL, STEP = 1.04e7, 2e4
FIRST_DAY = "2024-01-01"
#: Seeds of the markets whose slopes are drawn.
DRAWN = range(11, 31)
#: A market traps a climb that misses more than this part of today's contribution.
TRAP = 0.01
#: Points of the curves that a climb reads.
STEPS = 2001
Vector = Float[np.ndarray, " channel"]


@dataclass(frozen=True)
class Known:
    """Curves that are given away: geometric adstock over `MAX_LAG` weeks that sums to one, then Hill.

    Args:
        retention_c: Per week.
        half_effect_c: Money per week for half of the height.
        slope_c: Above 1 the curve of a week is S-shaped.
        height_c: Largest effect of a week.
        spend_tc: Today's spend.
    """

    retention_c: Vector
    half_effect_c: Vector
    slope_c: Vector
    height_c: Vector
    spend_tc: Float[np.ndarray, "time channel"]

    def scaled(self) -> Self:
        """The same in another currency, today's total about `TOTAL`, each channel's a multiple of `STEP`."""
        spend_c = self.spend_tc.sum(axis=0)
        unit = TOTAL / spend_c.sum()
        rounded_c = np.maximum(STEP, STEP * np.round(unit * spend_c / STEP))
        return replace(
            self,
            half_effect_c=unit * self.half_effect_c,
            height_c=unit * self.height_c,
            spend_tc=self.spend_tc * (rounded_c / spend_c),
        )

    def response(self, multiple: float) -> tuple[Vector, Vector]:
        """Each channel's contribution and its derivative (at nothing: 0), at one multiple of all spend."""
        value_c, slope_c = np.zeros(len(self.slope_c)), np.zeros(len(self.slope_c))
        for c, slope in enumerate(self.slope_c):
            weight_l = self.retention_c[c] ** np.arange(MAX_LAG)
            carried_t = np.convolve(self.spend_tc[:, c], weight_l / weight_l.sum())[: len(self.spend_tc)]
            odds_t = (carried_t * multiple / self.half_effect_c[c]) ** slope
            value_c[c] = self.height_c[c] * (odds_t / (1 + odds_t)).sum()
            if multiple > 0:
                slope_c[c] = self.height_c[c] * slope * (odds_t / (1 + odds_t) ** 2).sum() / multiple
        return value_c, slope_c

    def outcome(self, multiple_c: Vector) -> float:
        """Media contribution when each channel's spend is multiplied.

        ``Σ_c Σ_t height · o/(1+o)``, ``o = (Σ_l w_l x_{t−l} / half effect)^slope``, ``w_l ∝ retention^l``.
        """
        total = 0.0
        for c, multiple in enumerate(multiple_c):
            weight_l = self.retention_c[c] ** np.arange(MAX_LAG)
            weight_l = weight_l / weight_l.sum()
            for t in range(len(self.spend_tc)):
                lags = min(t + 1, MAX_LAG)
                level = weight_l[:lags] @ self.spend_tc[t - lags + 1 : t + 1, c][::-1] * multiple
                odds = (level / self.half_effect_c[c]) ** self.slope_c[c]
                total += self.height_c[c] * odds / (1 + odds)
        return float(total)


@dataclass(frozen=True)
class PlanCase:
    """One market.

    Args:
        name: Of its folder.
        title: In the table.
        s_shaped: Some curve is S-shaped within the bounds, by a wide margin.
        market: Its curves, where planners are given them.
        lower_c: Least spend, as a multiple of today's.
        upper_c: Most.
        today_c: Money.
        outcome: The truth: multiples → media contribution.
        write: Writes what planners are given into a folder.
    """

    name: str
    title: str
    s_shaped: bool
    market: Known | None
    lower_c: Vector
    upper_c: Vector
    today_c: Vector
    outcome: Callable[[Vector], float]
    write: Callable[[Path], None]

    @property
    def known(self) -> bool:
        """Whether planners are given its curves."""
        return self.market is not None

    @cached_property
    def best(self) -> float | None:
        """What is possible on given curves, by dynamic programming: part of today's contribution."""
        if self.market is None:
            return None
        limits = (float(self.lower_c[0]), float(self.upper_c[0]))
        total = float(self.today_c.sum())
        return self._gain(best_multiples(self.today_c, self.market.response, total, limits))

    @cached_property
    def climbed(self) -> float | None:
        """What small steps from today's split reach on given curves: part of today's contribution."""
        if self.market is None:
            return None
        return self._gain(climb(self.market, float(self.lower_c[0]), float(self.upper_c[0])))

    @property
    def traps(self) -> bool:
        """Whether small steps from today's split end where the best plan is out of sight."""
        return self.best is not None and self.climbed is not None and self.best - self.climbed > TRAP

    def _gain(self, multiple_c: Vector) -> float:
        return self.outcome(multiple_c) / self.outcome(np.ones(len(multiple_c))) - 1.0


def climb(market: Known, low: float, high: float) -> Vector:
    """Multiples of today's spend where small steps from today's split end.

    Money moves from the channel whose next unit brings least to the one where it brings most, at most
    0.1 % of the budget at a time, so that no valley is jumped.
    """
    today_c, multiple_c = market.spend_tc.sum(axis=0), np.ones(len(market.slope_c))
    grid = np.linspace(low, high, STEPS)
    values = [market.response(float(m)) for m in grid]
    value_cm, slope_cm = (np.stack(part, axis=1) for part in zip(*values, strict=True))

    def reached(at_c: Vector) -> float:
        return sum(float(np.interp(m, grid, value)) for m, value in zip(at_c, value_cm, strict=True))

    money = 1e-3 * today_c.sum()
    while money > 1e-7 * today_c.sum():
        slopes = zip(multiple_c, slope_cm, today_c, strict=True)
        next_c = np.array([np.interp(m, grid, slope) / spend for m, slope, spend in slopes])
        to = int(np.where(multiple_c < high - 1e-9, next_c, -np.inf).argmax())
        off = int(np.where(multiple_c > low + 1e-9, next_c, np.inf).argmin())
        step = min(money, (high - multiple_c[to]) * today_c[to], (multiple_c[off] - low) * today_c[off])
        moved_c = multiple_c.copy()
        moved_c[to] += step / today_c[to]
        moved_c[off] = max(low, moved_c[off] - step / today_c[off])
        if reached(moved_c) > reached(multiple_c):
            multiple_c = moved_c
        else:
            money /= 2
    return multiple_c


def known_market(slope_c: Vector, seed: int) -> Known:
    """Two years of five channels, two of them in bursts; a week's half effect near its mean spend."""
    rng = np.random.default_rng(seed)
    c = len(slope_c)
    mean_c = rng.uniform(1.0, 6.0, c)
    spend_tc = mean_c * rng.lognormal(0.0, 0.25, (WEEKS, c))
    for burst in range(2):
        on_t = np.arange(WEEKS) // 6 % 2 == burst
        spend_tc[:, burst] *= np.where(on_t, 1.6, 0.4)
    spend_tc = np.concatenate([spend_tc, np.zeros((MAX_LAG, c))])
    half_c = mean_c * rng.uniform(0.7, 1.6, c)
    height_c = mean_c * rng.uniform(1.0, 4.0, c)
    return Known(rng.uniform(0.1, 0.6, c), half_c, slope_c, height_c, spend_tc).scaled()


def textbook() -> Known:
    """An S-curve beside a concave one: the best plan, everything on the first, brings 450 a week.

    Slope 4, half effect 600, height 900; slope 1, half effect 300, height 300; budget 600 per week, today
    in halves; all money scaled alike.
    """
    spend_tc = np.concatenate([np.full((WEEKS, 2), 300.0), np.zeros((MAX_LAG, 2))])
    numbers = ([1e-6, 1e-6], [600.0, 300.0], [4.0, 1.0], [900.0, 300.0])
    retention_c, half_c, slope_c, height_c = map(np.array, numbers)
    return Known(retention_c, half_c, slope_c, height_c, spend_tc).scaled()


def known_case(name: str, title: str, market: Known, lower: float, upper: float) -> PlanCase:
    """A case whose curves are given away."""
    today_c, c = market.spend_tc.sum(axis=0), len(market.slope_c)
    lower_c, upper_c = np.full(c, lower), np.full(c, upper)
    known = {
        "retention": market.retention_c,
        "half_effect": market.half_effect_c,
        "slope": market.slope_c,
        "height": market.height_c,
    }
    plan = {"lower": lower_c.tolist(), "upper": upper_c.tolist()}
    plan["known"] = {key: values.tolist() for key, values in known.items()}
    return PlanCase(
        name, title, bool((market.slope_c >= 2).any()), market, lower_c, upper_c, today_c, market.outcome,
        partial(write_known, name, market, plan),
    )  # fmt: skip


def write_known(name: str, market: Known, plan: dict[str, Any], folder: Path) -> None:
    """The files of a market whose curves are given away; its outcome is media and a little noise."""
    periods, c = market.spend_tc.shape
    names = [f"channel_{k}" for k in range(c)]
    noise_t, weather_t = np.random.default_rng(1).standard_normal((2, periods))
    columns: dict[str, Any] = {
        "date": pd.date_range(FIRST_DAY, periods=periods, freq="W-MON"),
        "geo": "national",
        "population": 1.0,
        "outcome": market.height_c.sum() * (3.0 + 0.1 * noise_t),
        # Meridian's data need a control.
        "control:weather": weather_t,
    }
    for k, channel in enumerate(names):
        columns[f"spend:{channel}"] = market.spend_tc[:, k]
    write_text(folder / "wide.csv", pd.DataFrame(columns).to_csv(index=False))
    write_text(folder / "baseline.csv", pd.DataFrame({"intercept": np.ones(periods)}).to_csv(index=False))
    about = {"name": name, "every": "week", "periods": periods, "geos": ["national"], "channels": names}
    write_json(folder / "case.json", {**about, "max_lag": MAX_LAG, "priors": {}})
    write_json(folder / "plan.json", plan)


def fitted_case(kind: str, seed: int, market: Simulation) -> PlanCase:
    """A market of the benchmark of plans under the truth: planners fit it themselves."""
    truth = market.truth
    c = len(truth.channels)
    lower_c, upper_c = np.full(c, 0.5), np.full(c, 1.5)
    names = [channel.name for channel in truth.channels]
    title = f"{kind}, seed {seed}"
    case = Case(f"{kind.replace(' ', '-')}-{seed}", title, truth.scenario, MAX_LAG)

    def write(folder: Path) -> None:
        write_case(case, folder)
        write_json(
            folder / "plan.json", {"lower": lower_c.tolist(), "upper": upper_c.tolist(), "known": None}
        )

    def outcome(multiple_c: Vector) -> float:
        return float(truth.media_outcome(dict(zip(names, map(float, multiple_c), strict=True))))

    return PlanCase(case.name, title, False, None, lower_c, upper_c, truth.spend_c, outcome, write)


def known_cases() -> list[PlanCase]:
    """Markets whose curves are given away: six made by hand, the others by consecutive seeds."""
    ones, steep = np.ones(5), np.full(5, 3.0)
    mixed = np.array([1.0, 3.0, 0.8, 4.0, 1.0])
    drawn = [
        known_case(
            f"drawn-{seed}",
            f"slopes drawn from 1 to 4 (market {seed}), 0 to 250 %",
            known_market(np.random.default_rng([seed, 1]).uniform(1.0, 4.0, 5), seed),
            0.0,
            2.5,
        )
        for seed in DRAWN
    ]
    return [
        known_case("concave", "concave, 50 to 150 %", known_market(ones, 1), 0.5, 1.5),
        known_case("concave-wide", "concave, 0 to 300 %", known_market(0.8 * ones, 2), 0.0, 3.0),
        known_case("textbook", "an S-curve beside a concave one, 0 to 333 %", textbook(), 0.0, 10 / 3),
        known_case("mixed", "two of five S-shaped, 0 to 250 %", known_market(mixed, 3), 0.0, 2.5),
        known_case("s-shaped", "all S-shaped, 0 to 250 %", known_market(steep, 4), 0.0, 2.5),
        known_case("s-shaped-narrow", "all S-shaped, 50 to 150 %", known_market(steep, 5), 0.5, 1.5),
        *drawn,
    ]


def fitted_cases(each: int) -> list[PlanCase]:
    """The first markets of each kind of the benchmark of plans under the truth."""
    return [fitted_case(kind, seed, market) for kind, seed, market in markets(JUDGED, each, each, 0)]
