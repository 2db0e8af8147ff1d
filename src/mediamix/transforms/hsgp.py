"""A smooth trend: a Gaussian process with a Matérn 5/2 kernel as columns, by its Hilbert-space approximation.

On the interval [0, W] the columns and their prior standard deviations are

    φ_j(x) = √(2/W) sin(ω_j x),   ω_j = π j / W,   √S(ω_j),   S(ω) = 16·5^{5/2} / (3 ℓ⁵ (5/ℓ² + ω²)³)

so that Σ_j S(ω_j) φ_j(x) φ_j(x') ≈ k(x − x'), away from the ends of the interval, where the sum is zero. The
window of the data lies inside with room on both sides: half of its half-length at least (a boundary factor of
1.5), and behind it a year that a forecast may take. Columns are scaled so that with standard normal
coefficients the level changes by 1 (one standard deviation) in a year.

Source: Solin & Särkkä (2020); Riutort-Mayol, Bürkner, Andersen, Solin & Vehtari (2023), for the number of
columns: m = 2.65 · (W/2) / ℓ.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from mediamix.transforms.basis import Block

COLUMNS = 2.65
#: Half-lengths of the window on each side of it, at least; length-scales from which on the ends aren't felt.
ROOM, FELT = 0.5, 1.5


def hsgp_trend(periods: int, length: float, year: float) -> Block:
    """The columns over the window.

    Args:
        periods: Of the window.
        length: Length-scale ℓ in periods.
        year: Periods of a year.
    """
    columns = hsgp_columns(np.arange(periods), periods, length, year)
    return Block.shared("trend", tuple(f"wave {j + 1}" for j in range(columns.shape[1])), columns)


def hsgp_columns(
    period_t: Float[np.ndarray, " time"], periods: int, length: float, year: float
) -> Float[np.ndarray, "time column"]:
    """The columns at any periods, 0 the first of the window; more than a year behind it they stay.

    Args:
        period_t: Where.
        periods: Of the window.
        length: Length-scale ℓ in periods.
        year: Periods of a year.
    """
    room = max(FELT * length, ROOM * (periods - 1) / 2)
    behind = max(room, year + FELT * length)
    width = room + (periods - 1) + behind
    frequency_j = math.pi / width * np.arange(1, math.ceil(COLUMNS * width / 2 / length) + 1)
    x_t = room + np.minimum(period_t, periods - 1 + behind - FELT * length)
    density_j = 16 * 5**2.5 / (3 * length**5 * (5 / length**2 + frequency_j**2) ** 3)
    yearly = math.sqrt(2 * (1 - matern(year / length)))
    return np.asarray(math.sqrt(2 / width) * np.sin(np.outer(x_t, frequency_j)) * np.sqrt(density_j) / yearly)


def matern(distance: float) -> float:
    """Correlation of two levels so many length-scales apart."""
    r = math.sqrt(5) * abs(distance)
    return (1 + r + r * r / 3) * math.exp(-r)
