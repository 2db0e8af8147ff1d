"""The data check `outliers`: planted spikes that it finds, and series without one that it calls so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from findings.market import flights
from mediamix.data.checks.outliers import MIN_POINTS, spikes

SERIES, WEEKS = 400, (104, 156)
FACTORS = (15, 5, 3)


@dataclass(frozen=True)
class Counts:
    """Of one kind of spend.

    Args:
        kind: In words.
        series: How many were made.
        false: In how many of them a spike was seen that nobody planted.
        found: Factor over the channel's maximum → planted spikes that were seen.
        two: Series with two spikes of the first factor in which both were seen.
    """

    kind: str
    series: int
    false: int
    found: dict[int, int]
    two: int


def kinds(rng: np.random.Generator, n: int) -> Iterator[tuple[str, np.ndarray]]:
    """Spend as it looks: a series of every kind."""
    on = rng.random(n) < 0.2
    yield "in flights or always on", flights(rng, n, 1.0)
    yield "log-normal, sd 0.5", np.exp(0.5 * rng.standard_normal(n))
    yield "log-normal, sd 1", np.exp(rng.standard_normal(n))
    yield "rare bursts", np.where(on, np.exp(0.3 * rng.standard_normal(n)), 0.0)
    upkeep = 0.02 * np.exp(0.2 * rng.standard_normal(n))
    yield (
        "upkeep, and flights fifty times that",
        upkeep + np.where(flights(rng, n, 1.0) > 0, 1.0, 0.0) * np.exp(0.3 * rng.standard_normal(n)),
    )
    bursts = np.where(on, np.exp(0.3 * rng.standard_normal(n)), 0.0)
    yield "bursts that decay", np.convolve(bursts, 0.6 ** np.arange(20))[:n]


def count_spikes(seed: int = 1) -> list[Counts]:
    """Counts of every kind."""
    rng = np.random.default_rng([12, seed])
    made: dict[str, list[np.ndarray]] = {}
    for _ in range(SERIES):
        for weeks in WEEKS:
            for kind, series in kinds(rng, weeks):
                if (series > 0).sum() >= MIN_POINTS:
                    made.setdefault(kind, []).append(series[series > 0])
    counts = []
    for kind, all_of_it in made.items():
        found = dict.fromkeys(FACTORS, 0)
        false = two = 0
        for series in all_of_it:
            false += bool(spikes(series).any())
            for factor in FACTORS:
                at = rng.choice(len(series), 1)
                found[factor] += bool(spikes(_planted(series, at, factor))[at].all())
            at = rng.choice(len(series), 2, replace=False)
            two += bool(spikes(_planted(series, at, FACTORS[0]))[at].all())
        counts.append(Counts(kind, len(all_of_it), false, found, two))
    return counts


def _planted(series: np.ndarray, at: np.ndarray, factor: float) -> np.ndarray:
    changed = series.copy()
    changed[at] = factor * series.max()
    return changed
