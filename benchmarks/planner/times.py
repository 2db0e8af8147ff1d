"""How long the planner takes, on generated curves and on a fit.

Run it with ``uv run python benchmarks/planner/times.py``. It prints a table and writes
``benchmarks/planner/times.md``. Times are the median and the least of several problems, each new to
the planner; curves are there before the clock starts, but for the rows that make them.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np

from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions
from mediamix.core.spec import Spec
from mediamix.core.types import Window
from mediamix.decide.answer.information import value_of_information
from mediamix.decide.fitted.curves import curves_of
from mediamix.decide.fitted.history import evidence as weigh
from mediamix.decide.fitted.history import marginal_returns
from mediamix.decide.problem.bounds import Bound
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.problem import Budget, Group, Ratio
from mediamix.decide.questions.maximise import optimize
from mediamix.decide.questions.scenarios import frontier, scenarios
from mediamix.decide.questions.target import reach
from mediamix.models.again import sample_again
from mediamix.models.base import Fit
from mediamix.models.bayes import fit
from mediamix.models.returns import alike_of
from mediamix.simulate import Scenario, simulate

RESULT = Path(__file__).with_name("times.md")
TIMES = 5


@dataclass(frozen=True)
class Timed:
    """What was asked, and its times in milliseconds: on the clock, and of the processor."""

    question: str
    size: str
    milliseconds: tuple[float, ...]
    processor: tuple[float, ...]


def generated(channels: int, draws: int, points: int, seed: int) -> Curves:
    """Hill curves, half of them S-shaped, with lognormal uncertainty in height and half-effect."""
    rng = np.random.default_rng(seed)
    spend, contribution = {}, {}
    for c in range(channels):
        grid = np.linspace(0.0, 1000.0, points)
        slope = 3.0 if c % 2 else 0.9
        half = rng.uniform(200, 800) * rng.lognormal(0, 0.2, (draws, 1))
        height = rng.uniform(100, 900) * rng.lognormal(0, 0.3, (draws, 1))
        spend[f"c{c}"] = grid
        contribution[f"c{c}"] = height * grid**slope / (grid**slope + half**slope)
    return Curves(spend, contribution, baseline=5000.0)


def budget_of(curves: Curves) -> Budget:
    """A fifth of what the curves could take, every channel free."""
    return Budget(200.0 * len(curves.channels), dict.fromkeys(curves.channels, (0.0, 1000.0)))


def limited(curves: Curves) -> Budget:
    """The same with a share, a ratio, an overlap and least buys: the mixed-integer program."""
    names, plain = curves.channels, budget_of(curves)
    bounds = {name: Bound(minimum_buy=60.0) for name in names}
    groups = [Group(names[:2], max_share=0.5), Group(names[1:4], 0.6 * (plain.highest or 0.0))]
    return Budget(plain.total, bounds, groups, [Ratio(names[0], names[2], max=2.0)])


QUESTIONS: dict[str, Callable[[Curves], object]] = {
    "maximise the mean": lambda curves: optimize(curves, budget_of(curves)),
    "reach an outcome": lambda curves: reach(curves, 5000 + 60.0 * len(curves.channels)),
    "50 budgets": lambda curves: scenarios(
        curves, list(np.linspace(0.5, 1.5, 50) * 200 * len(curves.channels)), budget=budget_of(curves)
    ),
    "shares, ratios, overlaps, least buys": lambda curves: optimize(curves, limited(curves)),
    "gain:0.2, a fit's default": lambda curves: optimize(
        replace(curves, current=dict.fromkeys(curves.channels, 200.0)), budget_of(curves), "gain:0.2"
    ),
    "cvar:0.05": lambda curves: optimize(curves, budget_of(curves), "cvar:0.05"),
    "mean_sd:1": lambda curves: optimize(curves, budget_of(curves), "mean_sd:1"),
    "quantile:0.05": lambda curves: optimize(curves, budget_of(curves), "quantile:0.05"),
    "frontier of 5 plans": lambda curves: frontier(curves, budget_of(curves)),
    "value of information": lambda curves: value_of_information(curves, budget_of(curves)),
}
#: Channels, draws, points; and which of the questions.
SIZES = [
    (5, 500, 401, list(QUESTIONS)),
    (5, 4000, 401, list(QUESTIONS)[:8]),
    (20, 500, 401, list(QUESTIONS)[:7]),
    (240, 200, 41, ["maximise the mean", "50 budgets"]),
]


def timed(ask: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of one call: on the clock, and of the processor (all threads)."""
    began, busy = time.perf_counter(), time.process_time()
    ask()
    return 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - busy)


def _timed(question: str, size: str, taken: Sequence[tuple[float, float]]) -> Timed:
    return Timed(question, size, tuple(t[0] for t in taken), tuple(t[1] for t in taken))


def ask_all(sizes: Sequence[tuple[int, int, int, list[str]]] = SIZES, times: int = TIMES) -> list[Timed]:
    """Time all questions."""
    found = []
    for channels, draws, points, names in sizes:
        for name in names:
            taken = []
            for seed in range(times):
                curves = generated(channels, draws, points, seed)
                # The mean curves are part of the table that stands before a slider moves.
                _ = curves.mean
                taken.append(timed(partial(QUESTIONS[name], curves)))
            size = f"{channels} channels × {draws:,} draws × {points} points"
            found.append(_timed(name, size, taken))
    return found


def tables(times: int = TIMES) -> list[Timed]:
    """Time the response table of a fit."""
    found = []
    for name, scenario in (("156 weeks", Scenario.weekly(1)), ("1,095 days", Scenario())):
        fitted = fit(simulate(scenario).dataset, Spec(sampler={"chains": 4, "draws": 1000, "tune": 300}))
        for draws in (500, 4000):
            taken = [timed(partial(_table, fitted, draws)) for _ in range(times)]
            size = f"5 channels × {draws:,} draws, {name}"
            found.append(_timed("the response table of a fit", size, taken))
    return found


def _table(fitted: Fit, draws: int) -> None:
    _ = curves_of(fitted, draws=draws, history=False).mean


def evidence(times: int = TIMES) -> list[Timed]:
    """Time what today's split as evidence costs: weights, and sampling again where they don't do."""
    found = []
    for channels in (5, 10, 20):
        fitted = fit(simulate(replace(Scenario.weekly(1), channels=channels)).dataset, Spec())
        named, window = list(range(channels)), Window(0, fitted.dataset.n_periods)
        alike = alike_of(fitted, named)
        size = f"{channels} channels × 156 weeks"
        asked = {
            "today's split as evidence, by weights of 4,000 draws": partial(_weights, fitted, named, window),
            "the same, by sampling again": partial(
                sample_again, fitted, named, alike, window, starts=np.arange(fitted.n_draws)
            ),
        }
        for name, question in asked.items():
            question()
            found.append(_timed(name, size, [timed(question) for _ in range(times)]))
    return found


def _weights(fitted: Fit, channels: list[int], window: Window) -> None:
    weigh(marginal_returns(fitted, channels, window), alike_of(fitted, channels))


def markdown(found: list[Timed]) -> str:
    """The report, with the machine it was made on."""
    machine = host()
    described = ", ".join(f"{name} {version}" for name, version in versions().items())
    lines = [
        "| question | size | median ms | least ms | processor, median ms |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {t.question} | {t.size} | {statistics.median(t.milliseconds):,.1f} "
        f"| {min(t.milliseconds):,.1f} | {statistics.median(t.processor):,.1f} |"
        for t in found
    ]
    return "\n\n".join(
        [
            "# How long the planner takes",
            f"Made by `uv run python benchmarks/planner/times.py` on {date.today().isoformat()}: "
            f"{machine['cores']} cores, {machine['system']} {machine['machine']}; {described}. "
            "Half of the generated curves are S-shaped. "
            "Each time is that of a problem the planner sees for the first time; the machine had other "
            "work beside it, so that the processor's time (of all threads) is nearer to what a free "
            "machine needs.",
            "\n".join(lines),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Time, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--times", type=int, default=TIMES, help="problems per row")
    parser.add_argument("--out", type=Path, default=RESULT, help="the Markdown report")
    options = parser.parse_args(arguments)
    found = [*tables(options.times), *evidence(options.times), *ask_all(times=options.times)]
    report = markdown(found)
    print(report)
    write_text(options.out, report + "\n")


if __name__ == "__main__":
    main()
