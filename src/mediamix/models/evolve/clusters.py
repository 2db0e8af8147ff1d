"""Models that are alike: k-means on their returns, with Robyn's rule for the number of groups."""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import Float, Int

#: A further group must explain this part of all differences; Robyn's `wss_var`.
EXPLAINED = 0.06
#: Groups, at least and at most, where the rule chooses.
LEAST, MOST = 3, 30
STARTS, ROUNDS = 10, 100


def k_means(
    points: Float[np.ndarray, "point axis"], k: int, rng: np.random.Generator
) -> tuple[Int[np.ndarray, " point"], float]:
    """Groups by Lloyd's algorithm from k-means++ starts, the best of several, and the sum of squares within.

    Groups are numbered by their size, the largest first.
    """
    best, least = np.zeros(len(points), dtype=np.int64), np.inf
    for _ in range(STARTS):
        label, within = _lloyd(points, _spread(points, k, rng))
        if within < least:
            best, least = label, within
    sizes = np.bincount(best, minlength=k)
    rank = np.empty(k, dtype=np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(k)
    return rank[best], float(least)


def _spread(points: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """k-means++: each centre is drawn with the square of its distance to the nearest one before."""
    centres = points[rng.integers(len(points))][None]
    while len(centres) < k:
        away = _squares(points, centres).min(axis=1)
        total = away.sum()
        part = away / total if total > 0 else np.full(len(points), 1.0 / len(points))
        centres = np.vstack([centres, points[rng.choice(len(points), p=part)]])
    return np.asarray(centres)


def _lloyd(points: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, float]:
    label = np.full(len(points), -1)
    for _ in range(ROUNDS):
        square = _squares(points, centres)
        new = square.argmin(axis=1)
        if (new == label).all():
            break
        label = new
        for j in range(len(centres)):
            if (label == j).any():
                centres[j] = points[label == j].mean(axis=0)
    return label, float(_squares(points, centres)[np.arange(len(points)), label].sum())


def _squares(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return np.asarray(((points[:, None] - centres[None]) ** 2).sum(axis=2))


def grouped(
    points: Float[np.ndarray, "point axis"], wanted: int | Literal["auto"], rng: np.random.Generator
) -> Int[np.ndarray, " point"]:
    """The group of each point.

    Robyn's rule: as many groups as the last one that explains 6 % of all differences, three or more.
    """
    different = len(np.unique(points, axis=0))
    if different < 2:
        return np.zeros(len(points), dtype=np.int64)
    if wanted != "auto":
        return k_means(points, min(wanted, different), rng)[0]
    most = min(different - 1, MOST)
    whole = float(((points - points.mean(axis=0)) ** 2).sum())
    chosen, before = min(LEAST, max(most, 1)), whole
    for k in range(2, most + 1):
        within = k_means(points, k, rng)[1]
        if (before - within) / whole > EXPLAINED:
            chosen = max(chosen, k)
        before = within
    return k_means(points, chosen, rng)[0]
