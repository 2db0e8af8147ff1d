"""How long plans of curves with pairs take, and how tight their proof is.

Run it with ``uv run python benchmarks/planner/pairs.py``. It prints a table and writes
``benchmarks/planner/pairs.md``. Half of the curves are S-shaped; a pair brings a part of what the smaller
of its two channels can, of either sign, and is uncertain like the curves.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.pairs import Pair
from mediamix.decide.questions.maximise import optimize
from planner.times import budget_of, generated

RESULT = Path(__file__).with_name("pairs.md")
#: Problems per row; channels, draws and points of a curve, points of a pair.
TIMES, CHANNELS, DRAWS, POINTS, KNOTS = 5, 5, 500, 401, 41
#: Number of pairs, and mean size of one as a part of what the smaller channel brings at the end of its curve.
SIZES = ((0, 0.0), (1, 0.1), (10, 0.03), (10, 0.1), (10, 0.5))
OBJECTIVES = ("mean", "gain:0.2", "cvar:0.05")


def paired(count: int, strength: float, seed: int) -> Curves:
    """Generated curves with so many pairs."""
    curves, rng = generated(CHANNELS, DRAWS, POINTS, seed), np.random.default_rng(1000 + seed)
    every = list(combinations(curves.channels, 2))
    step = (POINTS - 1) // (KNOTS - 1)
    found = []
    for k in rng.permutation(len(every))[:count]:
        one, other = every[k]
        a, b = (curves.contribution[name][:, ::step] for name in (one, other))
        size = np.minimum(a[:, -1], b[:, -1]) * strength * rng.normal(0.3, 1.0, DRAWS)
        table = np.einsum("d,dp,dq->dpq", size / (a[:, -1] * b[:, -1]), a, b)
        found.append(Pair(one, other, curves.spend[one][::step], curves.spend[other][::step], table))
    return replace(curves, pairs=tuple(found), current=dict.fromkeys(curves.channels, 200.0))


def share(curves: Curves) -> float:
    """What pairs bring or cost today, as a part of what media bring."""
    today = curves.current or {}
    own = sum(float(curves.contribution_at(name, today[name]).mean()) for name in curves.channels)
    return sum(float(np.abs(pair.at(today)).mean()) for pair in curves.pairs) / own


def rows(times: int = TIMES) -> list[str]:
    """The table."""
    lines = [
        "| pairs | together, of what media bring today | objective | median s | most s | median gap "
        "| largest gap | optimal |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for count, strength in SIZES:
        markets = [paired(count, strength, seed) for seed in range(times)]
        size = statistics.median(share(market) for market in markets)
        for objective in OBJECTIVES:
            taken, plans = [], []
            for market in markets:
                began = time.process_time()
                plans.append(optimize(market, budget_of(market), objective))
                taken.append(time.process_time() - began)
            gaps = [plan.certificate.gap for plan in plans]
            proved = sum(plan.certificate.status == "optimal" for plan in plans)
            lines.append(
                f"| {count} | {size:.0%} | {objective} | {statistics.median(taken):.2f} | {max(taken):.2f} "
                f"| {statistics.median(gaps):.1e} | {max(gaps):.1e} | {proved} of {times} |"
            )
    return lines


def markdown(lines: Sequence[str]) -> str:
    """The report, with the machine it was made on."""
    machine = host()
    described = ", ".join(f"{name} {version}" for name, version in versions().items())
    return "\n\n".join(
        [
            "# Plans of channels that work together",
            f"Made by `uv run python benchmarks/planner/pairs.py` on {date.today().isoformat()}: "
            f"{machine['cores']} cores, {machine['system']} {machine['machine']}; {described}. "
            f"{CHANNELS} channels × {DRAWS} draws × {POINTS} points, half of the curves S-shaped; times are "
            "of the processor, all threads. The gap is (bound − plan) / what the media add; `optimal` is up "
            "to 0.01 %.",
            "\n".join(lines),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Plan, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--times", type=int, default=TIMES, help="problems per row")
    parser.add_argument("--out", type=Path, default=RESULT, help="the Markdown report")
    options = parser.parse_args(arguments)
    report = markdown(rows(options.times))
    print(report)
    write_text(options.out, report + "\n")


if __name__ == "__main__":
    main()
