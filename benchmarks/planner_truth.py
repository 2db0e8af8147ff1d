"""Do plans hold under the truth? Made-up markets, default fits, plans judged by the true curves.

Run it with ``uv run python benchmarks/planner_truth.py [--cases 20] [--design 40]``. It prints its tables
and writes ``benchmarks/results/planner_truth.md``. Three kinds of market, all national, 156 weeks and five
channels:

- *as drawn*: `Scenario.weekly(seed)`, whatever its split is worth;
- *clearly off*: those of them whose best split within the bounds has over 3 % more media contribution;
- *near-optimal*: the same curves, but the history is the true optimum, scattered by 12 % per channel, so
  that at most 1 % more is possible.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from rich.console import Console

from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions
from mediamix.core.spec import Spec
from mediamix.decide.curves import Curves
from mediamix.decide.fitted import curves_of
from mediamix.decide.maximise import optimize
from mediamix.decide.problem import Budget
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate
from mediamix.simulate.generate import Simulation

RESULT = Path(__file__).parent / "results" / "planner_truth.md"
#: First seeds of the markets that the rule was chosen on, and of those that it is judged on.
DESIGN, JUDGED = 1001, 2001
NEAR_MOST, OFF_LEAST = 0.01, 0.03
#: Standard deviation of the logs that a near-optimal history is off by, per channel.
SCATTER = 0.12
#: Steps towards the optimum, each within these multiples of the spend.
MOVES, REACH = 4, (0.4, 2.5)
#: Random shifts between two channels whose stated probability is compared with the truth, per market.
SHIFTS = 20
#: A difference of rounding size is none.
ROUNDING = 1e-9
Kind = Literal["near-optimal", "clearly off", "as drawn"]
DEFAULT = "gain:0.05"
RULES = {
    DEFAULT: "gain in the worst 5 % of draws: **the default**",
    "gain:0.02": "the same, worst 2 %",
    "gain:0.1": "the same, worst 10 %",
    "gain:0.2": "the same, worst 20 %",
    "mean": "expected outcome",
    "half": "half of the move to the highest expected outcome",
    "sure": "highest expected outcome if P(better) ≥ 0.95, else stay",
}


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
    """A random shift of money: stated P(better), and whether it is better."""

    kind: Kind
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


def near_optimal(seed: int) -> Simulation:
    """A market whose history is close to its optimum."""
    market = simulate(Scenario.weekly(seed))
    for _ in range(MOVES):
        best = market.truth.best(bounds=REACH).allocation
        spend_c = market.truth.spend_c
        market = rebased(market, np.array(list(best.values())) / spend_c)
    scatter_c = np.random.default_rng([seed, 7]).standard_normal(len(market.truth.channels))
    return rebased(market, np.exp(SCATTER * scatter_c))


def markets(first: int, near: int, off: int, drawn: int) -> Iterator[tuple[Kind, int, Simulation]]:
    """So many markets of each kind from a seed on; a market that is clearly off may be among the drawn."""
    seeds, found = iter(range(first, first + 100_000)), 0
    while found < near:
        seed = next(seeds)
        market = near_optimal(seed)
        if possible(market) < NEAR_MOST:
            found += 1
            yield "near-optimal", seed, market
    found, seed = 0, first
    while found < off or seed < first + drawn:
        market = simulate(Scenario.weekly(seed))
        is_off = possible(market) > OFF_LEAST and found < off
        if is_off or seed < first + drawn:
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
    curves = curves_of(fit(market.dataset, Spec()))
    today = dict(curves.current or {})
    now_d, media = curves.outcome_at(today), market.truth.media_outcome()
    total = float(market.truth.outcome_gt.sum())
    most = possible(market)

    def asked(allocation: dict[str, float]) -> tuple[np.ndarray, float]:
        truly = market.truth.media_outcome({name: allocation[name] / today[name] for name in today})
        return curves.outcome_at(allocation) - now_d, truly - media

    found = []
    for rule in rules:
        allocation = allocation_of(rule, curves)
        gain_d, gained = asked(allocation)
        low, high = np.quantile(gain_d, (0.05, 0.95)) / media
        found.append(
            Judged(
                kind, seed, rule, most, gained / media, gained / total, float(gain_d.mean()) / media,
                float(low), float(high), float(np.mean(gain_d > 1e-12 * now_d)),
                any(abs(allocation[name] - today[name]) > 1e-6 * today[name] for name in today),
            )
        )  # fmt: skip
    shifts = []
    rng = np.random.default_rng([seed, 11])
    for _ in range(SHIFTS):
        origin, to = rng.choice(list(today), 2, replace=False)
        money = rng.uniform(0.1, 0.5) * min(today[origin], today[to])
        gain_d, gained = asked({**today, origin: today[origin] - money, to: today[to] + money})
        shifts.append(Shift(kind, float(np.mean(gain_d > 0)), gained > 0))
    return found, shifts


def wilson(successes: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a probability.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    if n == 0:
        return 0.0, 1.0
    share, spread = (
        successes / n,
        z * math.sqrt(successes / n * (1 - successes / n) / n + z * z / (4 * n * n)),
    )
    middle, size = share + z * z / (2 * n), 1 + z * z / n
    return max(0.0, (middle - spread) / size), min(1.0, (middle + spread) / size)


Row = tuple[str, ...]
RULE_HEAD = (
    "rule", "cases", "at least today", "stays", "median part of the possible gain", "mean gain",
    "stated gain", "worst, of media", "worst, of outcome",
)  # fmt: skip
BIN_HEAD = ("stated P(better)", "count", "mean stated", "truly better", "95 % interval")
CASE_HEAD = ("market", "seed", "possible", "default", "P(better)", "expected outcome", "P(better)")


def rule_rows(judged: Sequence[Judged]) -> list[Row]:
    """How each rule did."""
    rows: list[Row] = []
    for rule in dict.fromkeys(j.rule for j in judged):
        own = [j for j in judged if j.rule == rule]
        kept = sum(j.gained >= -ROUNDING for j in own)
        rows.append(
            (
                RULES[rule],
                str(len(own)),
                f"{kept} ({kept / len(own):.1%})",
                str(sum(not j.moves for j in own)),
                f"{np.median([j.gained / j.possible for j in own]):.0%}",
                f"{np.mean([j.gained for j in own]):+.2%}",
                f"{np.mean([j.stated for j in own]):+.2%}",
                f"{min(j.gained for j in own):+.2%}",
                f"{min(j.of_outcome for j in own):+.2%}",
            )
        )
    return rows


def bin_rows(pairs: Sequence[tuple[float, bool]], edges: Sequence[float]) -> list[Row]:
    """Reliability: what was stated against what was true, per bin."""
    rows: list[Row] = []
    for low, high in pairwise(edges):
        own = [(p, b) for p, b in pairs if low <= p < high or (high == 1.0 and p == 1.0)]
        if own:
            better = sum(b for _, b in own)
            ends = wilson(better, len(own))
            rows.append(
                (
                    f"{low:g} to {high:g}",
                    str(len(own)),
                    f"{np.mean([p for p, _ in own]):.3f}",
                    f"{better / len(own):.3f}",
                    f"{ends[0]:.2f} to {ends[1]:.2f}",
                )
            )
    return rows


def case_rows(judged: Sequence[Judged]) -> list[Row]:
    """Every market, the default beside the expected outcome."""
    bold = {(j.kind, j.seed): j for j in judged if j.rule == "mean"}
    rows: list[Row] = []
    for j in (j for j in judged if j.rule == DEFAULT):
        other = bold[j.kind, j.seed]
        chance = f"{j.probability:.3f}" if j.moves else "stays"
        rows.append(
            (j.kind, str(j.seed), f"{j.possible:+.2%}", f"{j.gained:+.2%}", chance, f"{other.gained:+.2%}",
             f"{other.probability:.3f}")
        )  # fmt: skip
    return rows


def verdict_rows(judged: Sequence[Judged]) -> list[Row]:
    """The claims of the default, over the near-optimal and clearly off markets."""
    own = [j for j in judged if j.rule == DEFAULT and j.kind != "as drawn"]
    off = [j for j in own if j.kind == "clearly off"]
    kept = sum(j.gained >= -ROUNDING for j in own)
    share = float(np.median([j.gained / j.possible for j in off]))
    worst, whole = min(j.gained for j in own), min(j.of_outcome for j in own)
    low, high = wilson(kept, len(own))

    def met(ok: bool) -> str:
        return "met" if ok else "missed"

    return [
        (
            "outcome at least the historical split's",
            f"{kept} of {len(own)} = {kept / len(own):.1%} (95 % interval {low:.0%} to {high:.0%})",
            "≥ 90 %",
            met(kept >= 0.9 * len(own)),
        ),
        ("worst case, of the media contribution", f"{worst:+.2%}", "≥ -1 %", met(worst >= -0.01)),
        ("worst case, of the whole outcome", f"{whole:+.2%}", "", ""),
        ("median part of the possible gain, clearly off", f"{share:.0%}", "≥ 50 %", met(share >= 0.5)),
    ]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *rows])


def _stated(judged: Sequence[Judged], rule: str, kinds: Sequence[Kind]) -> list[tuple[float, bool]]:
    own = [j for j in judged if j.rule == rule and j.kind in kinds and j.moves]
    return [(j.probability, j.gained > 0) for j in own]


PLAN_EDGES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
SHIFT_EDGES = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
NATURAL: tuple[Kind, ...] = ("clearly off", "as drawn")
PLANNED: tuple[Kind, ...] = ("clearly off", "near-optimal")


def markdown(judged: list[Judged], shifts: list[Shift], design: list[Judged], drawn: int) -> str:
    """The report, with the machine it was made on (no names, no paths)."""
    machine = host()
    described = ", ".join(f"{name} {version}" for name, version in versions().items())
    natural = [j for j in judged if j.kind in NATURAL and j.seed < JUDGED + drawn]
    parts = [
        "# Plans under the truth",
        "Markets with known curves (national, 156 weeks, 5 channels), fitted with `Spec()`, planned with the "
        "same total within 50 to 150 % of each channel's spend, the pattern in time kept; then the **true** "
        "curves say what the plan brings. Made by `uv run python benchmarks/planner_truth.py` on "
        f"{date.today().isoformat()}: {machine['cores']} cores, {machine['system']} {machine['machine']}; "
        f"{described}.",
        "*Clearly off* are markets of `Scenario.weekly(seed)`, as drawn, whose best split has over "
        f"{OFF_LEAST:.0%} more media contribution. Hardly any history is better than that, so *near-optimal* "
        "ones are made: the same curves with a history moved to the true optimum, then scattered by "
        f"{SCATTER:.0%} per channel; under {NEAR_MOST:.0%} more is possible. Gains are parts of the "
        "history's true media contribution, the stricter unit; media are 32 % of the outcome.",
        "## The claims, for the default",
        table(("measure", "value", "wanted", ""), verdict_rows(judged)),
        *_by_rule(judged),
        "## By rule, all markets as drawn",
        f"The first {drawn} seeds, unselected: what to expect where nothing is known about the history.",
        table(RULE_HEAD, rule_rows(natural)),
        *_reliability(judged, natural, shifts),
        "## Every market",
        "Gain of the default plan and of the plan for the expected outcome, under the truth. *As drawn* are "
        f"those of the first {drawn} seeds that are not among the clearly off ones above.",
        table(CASE_HEAD, case_rows(judged)),
    ]
    if design:
        parts += ["## The choice of the rule", f"Made on other markets, seeds from {DESIGN} on."]
        parts += _by_rule(design)
    return "\n\n".join(parts) + "\n"


def _by_rule(judged: Sequence[Judged]) -> list[str]:
    parts = []
    for kind in PLANNED:
        own = [j for j in judged if j.kind == kind]
        parts += [f"### By rule, {kind}", table(RULE_HEAD, rule_rows(own))] if own else []
    return parts


def _reliability(judged: Sequence[Judged], natural: Sequence[Judged], shifts: Sequence[Shift]) -> list[str]:
    """What plans state of themselves against what is true."""
    inside = [j for j in natural if j.rule == "mean"]
    covered = sum(j.low <= j.gained <= j.high for j in inside)
    ends = wilson(covered, len(inside))
    pairs = [(s.probability, s.better) for s in shifts if s.kind in NATURAL]
    return [
        "## Is the stated probability right?",
        "Plans that stay state none. Plans by default, near-optimal and clearly off markets together:",
        table(BIN_HEAD, bin_rows(_stated(judged, DEFAULT, PLANNED), PLAN_EDGES)),
        "Near-optimal markets alone. There hardly a move can be right, and the model, which doesn't know "
        "that the history is good, states too much:",
        table(BIN_HEAD, bin_rows(_stated(judged, DEFAULT, ("near-optimal",)), PLAN_EDGES)),
        "Plans for the expected outcome, near-optimal and clearly off markets together:",
        table(BIN_HEAD, bin_rows(_stated(judged, "mean", PLANNED), PLAN_EDGES)),
        "Plans for the expected outcome, markets as drawn, unselected. The 90 % interval of the gain holds "
        f"the true one in {covered} of {len(inside)} (95 % interval {ends[0]:.0%} to {ends[1]:.0%}):",
        table(BIN_HEAD, bin_rows(_stated(natural, "mean", NATURAL), PLAN_EDGES)),
        f"Not plans but {SHIFTS} random shifts per market as drawn (shifts of one market are not "
        "independent: the intervals are too narrow):",
        table(BIN_HEAD, bin_rows(pairs, SHIFT_EDGES)),
    ]


def judged_all(
    found: Iterator[tuple[Kind, int, Simulation]], say: Callable[[str], None]
) -> tuple[list[Judged], list[Shift]]:
    """Judge every market."""
    judged: list[Judged] = []
    shifts: list[Shift] = []
    for kind, seed, market in found:
        plans, moves = judge(kind, seed, market, list(RULES))
        judged += plans
        shifts += moves
        say(f"{kind} {seed}: possible {plans[0].possible:+.2%}, gained {plans[0].gained:+.2%}")
    return judged, shifts


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print the claims, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=20, help="near-optimal markets, and clearly off ones")
    parser.add_argument("--drawn", type=int, default=40, help="markets as drawn")
    parser.add_argument("--design", type=int, default=40, help="of each kind to choose the rule on; 0: none")
    parser.add_argument("--out", type=Path, default=RESULT, help="the Markdown report")
    options = parser.parse_args(arguments)
    console = Console()

    def say(line: str) -> None:
        console.print(line, highlight=False)

    design: list[Judged] = []
    if options.design:
        design, _ = judged_all(markets(DESIGN, options.design, options.design, options.design), say)
    judged, shifts = judged_all(markets(JUDGED, options.cases, options.cases, options.drawn), say)
    for row in verdict_rows(judged):
        say(" | ".join(row))
    write_text(options.out, markdown(judged, shifts, design, options.drawn))


if __name__ == "__main__":
    main()
