"""Fewer draws where all of them would take too long."""

from __future__ import annotations

import numpy as np

from mediamix.models.base import Fit

#: Draws × geos × periods × channels that tables by geo and response curves are made of; more draws
#: than that are thinned, to no fewer than the second number.
EVALUATIONS, FEWEST_DRAWS = 1.5e8, 100


def for_geos(fit: Fit) -> tuple[Fit, str]:
    """The fit with as many draws as a pass over every geo takes in seconds, and a note if that is fewer."""
    rows = rows_for_geos(fit)
    if len(rows) == fit.n_draws:
        return fit, ""
    return thinned(fit, rows), f"numbers per geo are of {len(rows):,} evenly thinned draws of {fit.n_draws:,}"


def rows_for_geos(fit: Fit) -> np.ndarray:
    """Which draws `for_geos` keeps."""
    most = max(FEWEST_DRAWS, int(EVALUATIONS / fit.dataset.exposure_gtc.size))
    return thinned_rows(fit.n_draws, most)


def thinned(fit: Fit, rows: np.ndarray) -> Fit:
    """The fit with some of its draws, for measures; the named draws of `posterior` stay."""
    return fit.thinned(rows)


def thinned_rows(n: int, most: int | None) -> np.ndarray:
    """Evenly spaced row numbers, at most `most` of them."""
    if most is None or n <= most:
        return np.arange(n)
    return np.linspace(0, n - 1, most).astype(int)
