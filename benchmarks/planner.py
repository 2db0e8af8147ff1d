"""How long the planner takes: median wall time of `optimize` and `reach` on generated curves.

Run it with ``python benchmarks/planner.py``.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

from mediamix.decide.curves import Curves
from mediamix.decide.maximise import optimize
from mediamix.decide.problem import Budget
from mediamix.decide.target import reach


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


def median_ms(ask: Callable[[Curves], object], problems: list[Callable[[], Curves]]) -> float:
    """Median time in milliseconds; each problem is built outside of the clock."""
    times = []
    for build in problems:
        curves = build()
        start = time.perf_counter()
        ask(curves)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def main() -> None:
    """Print one line per size."""
    print(f"{'channels':>8} {'draws':>6} {'points':>6} {'optimize ms':>12} {'reach ms':>9}")
    for channels, draws, points in [(5, 1, 201), (5, 4000, 201), (20, 1, 201), (20, 1000, 201)]:
        problems = [
            lambda seed=seed, size=(channels, draws, points): generated(*size, seed) for seed in range(7)
        ]
        total = 200.0 * channels
        best = median_ms(lambda curves, total=total: optimize(curves, Budget(total)), problems)
        wanted = median_ms(lambda curves, wanted=5000 + 60.0 * channels: reach(curves, wanted), problems)
        print(f"{channels:>8} {draws:>6} {points:>6} {best:>12.2f} {wanted:>9.1f}")


if __name__ == "__main__":
    main()
