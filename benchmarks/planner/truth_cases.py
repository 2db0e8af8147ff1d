"""Markets with known curves, default fits, and plans judged by the true curves: see `planner_truth`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mediamix.core.spec import Spec
from mediamix.decide.fitted.curves import curves_of
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.problem import Budget
from mediamix.decide.questions.maximise import optimize
from mediamix.models.base import Fit
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate
from mediamix.simulate.generate import Simulation

#: First seeds of the markets that the rule was chosen on, of those that it is judged on, of more on which
#: stated probabilities are judged, and of those with more channels.
DESIGN, JUDGED, MORE, MANY = 1001, 2001, 5001, 7001
#: Channels of a market; of those with more.
FEW, WIDE = 5, (10, 20)
NEAR_MOST, OFF_LEAST = 0.01, 0.03
#: Standard deviation of the logs that a near-optimal history is off by, per channel.
SCATTER = 0.12
#: Steps towards the optimum, each within these multiples of the spend.
MOVES, REACH = 4, (0.4, 2.5)
#: Random shifts between two channels whose stated probability is compared with the truth, per market.
SHIFTS = 20
#: A difference of rounding size is none.
ROUNDING = 1e-9
Kind = Literal["near-optimal", "clearly off", "as drawn", "one useless", "one excellent"]
DEFAULT = "gain:0.2"
#: Key → in words. With `PLAIN` today's split doesn't count as evidence (`curves_of(history=False)`).
PLAIN = " plain"
DEFAULT_PLAIN = "gain:0.05" + PLAIN
RULES = {
    DEFAULT: "gain in the worst 20 % of draws: **the default**",
    "gain:0.1": "the same, worst 10 %",
    "gain:0.05": "the same, worst 5 %",
    "mean": "expected outcome",
    "half": "half of the move to the highest expected outcome",
    "sure": "highest expected outcome if P(better) ≥ 0.95, else stay",
    DEFAULT_PLAIN: "gain in the worst 5 % of draws, today's split no evidence: the default then",
    "mean" + PLAIN: "expected outcome, today's split no evidence",
}
#: Those that are tried on many channels.
MAIN_RULES = (DEFAULT, "mean", DEFAULT_PLAIN, "mean" + PLAIN)


@dataclass(frozen=True)
class Judged:
    """One rule's plan for one market; all amounts are parts of the history's true media contribution.

    Args:
        kind: Of market.
        seed: Of market.
        rule: Key of `RULES`.
        possible: What the best split within the bounds would gain.
        gained: What the plan gains under the true curves.
        of_outcome: The same as a part of the whole outcome.
        stated: What the plan says it gains, posterior mean.
        low: Lower end of its 90 % interval.
        high: Upper end.
        probability: P(better) that it states.
        moves: Whether it moves money at all.
    """

    kind: Kind
    seed: int
    rule: str
    possible: float
    gained: float
    of_outcome: float
    stated: float
    low: float
    high: float
    probability: float
    moves: bool


@dataclass(frozen=True)
class Shift:
    """A random shift of money: stated P(better), and whether it is better.

    Args:
        kind: Of market.
        seed: Of market.
        rule: ``""``, or `PLAIN`.
        probability: Stated.
        better: Under the true curves.
    """

    kind: Kind
    seed: int
    rule: str
    probability: float
    better: bool


def possible(market: Simulation) -> float:
    """Gain of the true optimum within 50 to 150 %, as a part of the media contribution."""
    best = market.truth.best()
    return best.outcome / best.historical_outcome - 1.0


def rebased(market: Simulation, multiple_c: np.ndarray) -> Simulation:
    """The same curves with another history: every channel's spend multiplied.

    ROI and half effect are relative to the history, so that they change with it. The generator then
    scales all money alike, so that media still cause the same share of the outcome.
    """
    truth = market.truth
    now_c, then_c = truth.response(1.0)[0], truth.response(multiple_c)[0]
    weight_c = truth.spend_c * multiple_c / truth.spend_c.sum()
    channels = tuple(
        replace(
            channel,
            half_effect=float(channel.half_effect / multiple_c[c]),
            roi=float(channel.roi * then_c[c] / now_c[c] / multiple_c[c]),
            spend_share=float(weight_c[c]),
        )
        for c, channel in enumerate(truth.channels)
    )
    return simulate(replace(truth.scenario, channels=channels))


def drawn(seed: int, channels: int = FEW) -> Simulation:
    """A market of national weeks."""
    return simulate(replace(Scenario.weekly(seed), channels=channels))


def near_optimal(seed: int, channels: int = FEW) -> Simulation:
    """A market whose history is close to its optimum."""
    market = drawn(seed, channels)
    for _ in range(MOVES):
        best = market.truth.best(bounds=REACH).allocation
        spend_c = market.truth.spend_c
        market = rebased(market, np.array(list(best.values())) / spend_c)
    scatter_c = np.random.default_rng([seed, 7]).standard_normal(len(market.truth.channels))
    return rebased(market, np.exp(SCATTER * scatter_c))


def markets(
    first: int, near: int, off: int, as_drawn: int, channels: int = FEW
) -> Iterator[tuple[Kind, int, Simulation]]:
    """So many markets of each kind from a seed on; a market that is clearly off may be among the drawn."""
    seeds, found = iter(range(first, first + 100_000)), 0
    while found < near:
        seed = next(seeds)
        market = near_optimal(seed, channels)
        if possible(market) < NEAR_MOST:
            found += 1
            yield "near-optimal", seed, market
    found, seed = 0, first
    while found < off or seed < first + as_drawn:
        market = drawn(seed, channels)
        is_off = possible(market) > OFF_LEAST and found < off
        if is_off or seed < first + as_drawn:
            found += is_off
            yield "clearly off" if is_off else "as drawn", seed, market
        seed += 1


def allocation_of(rule: str, curves: Curves) -> dict[str, float]:
    """What a rule recommends for today's total within the default bounds."""
    today = dict(curves.current or {})
    if rule not in ("half", "sure"):
        return dict(optimize(curves, Budget(), rule).allocation)
    bold = optimize(curves, Budget(), "mean")
    if rule == "half":
        return {name: 0.5 * (today[name] + bold.allocation[name]) for name in today}
    sure = bold.uplift is not None and bold.uplift.probability_better >= 0.95
    return dict(bold.allocation) if sure else today


def judge(
    kind: Kind, seed: int, market: Simulation, rules: Sequence[str]
) -> tuple[list[Judged], list[Shift]]:
    """Fit a market, plan it by every rule, and ask the truth."""
    return judge_fit(kind, seed, market, fit(market.dataset, Spec()), rules)


def judge_fit(
    kind: Kind, seed: int, market: Simulation, fitted: Fit, rules: Sequence[str]
) -> tuple[list[Judged], list[Shift]]:
    """Plan a fitted market by every rule, and ask the truth."""
    both = {"": curves_of(fitted), PLAIN: curves_of(fitted, history=False)}
    today = dict(both[""].current or {})
    media = market.truth.media_outcome()
    total = float(market.truth.outcome_gt.sum())
    most = possible(market)

    def gain(curves: Curves, allocation: dict[str, float]) -> np.ndarray:
        return curves.outcome_at(allocation) - curves.outcome_at(today)

    def truly(allocation: dict[str, float]) -> float:
        return market.truth.media_outcome({name: allocation[name] / today[name] for name in today}) - media

    found = []
    for rule in rules:
        curves = both[PLAIN if rule.endswith(PLAIN) else ""]
        allocation = allocation_of(rule.removesuffix(PLAIN), curves)
        gain_d, gained = gain(curves, allocation), truly(allocation)
        low, high = np.quantile(gain_d, (0.05, 0.95)) / media
        found.append(
            Judged(
                kind, seed, rule, most, gained / media, gained / total, float(gain_d.mean()) / media,
                float(low), float(high), float(np.mean(gain_d > ROUNDING * media)),
                any(abs(allocation[name] - today[name]) > 1e-6 * today[name] for name in today),
            )
        )  # fmt: skip
    shifts = []
    rng = np.random.default_rng([seed, 11])
    for _ in range(SHIFTS):
        origin, to = rng.choice(list(today), 2, replace=False)
        money = rng.uniform(0.1, 0.5) * min(today[origin], today[to])
        moved = {**today, origin: today[origin] - money, to: today[to] + money}
        better = truly(moved) > 0
        for rule, curves in both.items():
            shifts.append(Shift(kind, seed, rule, float(np.mean(gain(curves, moved) > 0)), better))
    return found, shifts
