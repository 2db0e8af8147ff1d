"""How long flighting takes, and how good its answers are proved to be: 20 channels × 52 weeks and others.

Run it with ``uv run python benchmarks/planner/flighting.py``. It fits simulated markets, plans the weeks
after their data, prints a table and writes ``benchmarks/planner/flighting.md``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

import mediamix as mm
from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions
from mediamix.core.spec import parse_spec
from mediamix.models.base import Fit
from mediamix.simulate import Scenario, simulate

RESULT = Path(__file__).with_name("flighting.md")
HEAD = (
    "problem",
    "channels × periods",
    "gap",
    "status",
    "plan against last year's pattern",
    "plan against the same everywhere",
    "its timing alone",
    "cost of the burst rules",
    "seconds",
    "CPU seconds",
)


@dataclass(frozen=True)
class Result:
    """One problem, planned.

    Args:
        problem: In words.
        plan: The answer.
        wall_s: From the fit to the plan with its intervals.
        cpu_s: The same over all cores.
    """

    problem: str
    plan: mm.FlightPlan
    wall_s: float
    cpu_s: float


def bursts(fit: Fit) -> dict[str, mm.ChannelRules]:
    """Every second channel: three periods at least, gaps of six at most."""
    return {name: mm.ChannelRules(burst=3, gap=6) for name in fit.dataset.channel_names[::2]}


def flights(fit: Fit) -> dict[str, mm.ChannelRules]:
    """Every second channel: three times its mean spend or nothing, two periods at least."""
    data = fit.dataset
    return {
        name: mm.ChannelRules(minimum_buy=float(3 * data.spend_gtc[..., c].mean()), burst=2)
        for c, name in enumerate(data.channel_names)
        if c % 2 == 0
    }


def measure(problem: str, fit: Fit, rules: mm.Flighting) -> Result:
    """Plan once, with the clock running."""
    wall, cpu = time.perf_counter(), time.process_time()
    plan = mm.flighting(fit, rules)
    return Result(problem, plan, time.perf_counter() - wall, time.process_time() - cpu)


def results(seed: int) -> list[Result]:
    """All problems."""
    large = simulate(Scenario(every="week", periods=156, channels=20, seed=seed, noise=0.03)).dataset
    small = simulate(Scenario.weekly(seed)).dataset
    daily = simulate(Scenario(seed=seed)).dataset
    concave = parse_spec({"channels": {n: {"saturation": {"kind": "logistic"}} for n in large.channel_names}})
    mixed, logistic = mm.fit(large, mm.Spec()), mm.fit(large, concave)
    year = {"periods": 52}
    mm.flighting(mm.fit(small, mm.Spec()), mm.Flighting(periods=4))  # imports, compilation
    return [
        measure("concave curves (logistic)", logistic, mm.Flighting(**year)),
        measure("Hill curves, some S-shaped", mixed, mm.Flighting(**year)),
        measure("the same, half of the budget", mixed, mm.Flighting(_half(mixed), **year)),
        measure("the same, limits per week", mixed, mm.Flighting(**year, period=(0, _week(mixed)))),
        measure("the same, bursts of 3, gaps of 6", mixed, mm.Flighting(**year, channels=bursts(mixed))),
        measure(
            "the same, three times the mean or nothing", mixed, mm.Flighting(**year, channels=flights(mixed))
        ),
        measure("a quarter", mm.fit(small, mm.Spec()), mm.Flighting()),
        measure("90 days", mm.fit(daily, mm.Spec()), mm.Flighting(periods=90)),
    ]


def _half(fit: Fit) -> float:
    return float(fit.dataset.spend_gtc[:, -52:].sum()) / 2


def _week(fit: Fit) -> float:
    """A little above what a week has on average."""
    return float(fit.dataset.spend_gtc[:, -52:].sum()) / 52 * 1.05


def rows(found: Sequence[Result]) -> list[tuple[str, ...]]:
    """A line per problem."""
    lines = []
    for r in found:
        plan = r.plan
        gains = [
            plan.comparisons[name].uplift.mean / plan.contribution.mean
            for name in ("last_year", "even", "flat")
        ]
        lines.append(
            (
                r.problem,
                f"{len(plan.names)} × {len(plan.dates)}",
                f"{plan.certificate.gap:.3%}",
                plan.certificate.status,
                *(f"{gain:+.2%}" for gain in gains),
                f"{plan.rules_cost / plan.contribution.mean:.2%}" if plan.rules_cost else "–",
                f"{r.wall_s:.1f}",
                f"{r.cpu_s:.1f}",
            )
        )
    return lines


def markdown(found: Sequence[Result]) -> str:
    """The report, with the machine it was made on (no names, no paths)."""
    machine = host()
    described = ", ".join(f"{name} {version}" for name, version in versions().items())
    table = [HEAD, ["---"] * len(HEAD), *rows(found)]
    slowest = max(r.wall_s for r in found if len(r.plan.names) == 20)
    busiest = max(r.cpu_s for r in found if len(r.plan.names) == 20)
    parts = [
        "# Flighting",
        "Simulated weekly markets (156 weeks of history) with 20 and 5 channels and the daily default, "
        "fitted by NUTS; the plan starts after the data. "
        "Made by `uv run python benchmarks/planner/flighting.py` on "
        f"{date.today().isoformat()}: {machine['cores']} cores, {machine['system']} {machine['machine']}; "
        f"{described}.",
        f"20 channels × 52 weeks took {slowest:.1f} s at most ({busiest:.1f} s of CPU time, about what a "
        f"free machine needs), expectation over {found[0].plan.draws} draws, bound and intervals "
        "included. The gap is how much more of the media's "
        "contribution a better plan could bring at most: the bound knows limits and longest gaps, but no "
        "shortest bursts and no minimum buys, so with such rules most of the gap is what the rules cost. "
        "Comparisons are parts of the plan's contribution at the same spend; negative where the other plan "
        "doesn't keep the rules.",
        "\n".join("| " + " | ".join(line) + " |" for line in table),
    ]
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print the table, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=3, help="of the markets")
    parser.add_argument("--out", type=Path, default=RESULT, help="the Markdown report")
    options = parser.parse_args(arguments)
    found = results(options.seed)
    table = Table(*HEAD)
    for row in rows(found):
        table.add_row(*row)
    Console().print(table)
    if not np.all([np.isfinite(r.plan.certificate.gap) for r in found]):
        raise ArithmeticError("a bound is not finite")
    write_text(options.out, markdown(found))


if __name__ == "__main__":
    main()
