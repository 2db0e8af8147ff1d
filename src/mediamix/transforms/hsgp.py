"""Gaussian processes over time as a few columns, by their Hilbert-space approximation: Matérn 5/2.

On the interval [0, W] the columns and their prior standard deviations are

    φ_j(x) = √(2/W) sin(ω_j x),   ω_j = π j / W,   √S(ω_j),   S(ω) = 16·5^{5/2} / (3 ℓ⁵ (5/ℓ² + ω²)³)

so that Σ_j S(ω_j) φ_j(x) φ_j(x') ≈ k(x − x'), away from the ends of the interval, where the sum is zero. The
window of the data lies inside with room on both sides: half of its half-length at least (a boundary factor of
1.5).

Source: Solin & Särkkä (2020), Hilbert space methods for reduced-rank Gaussian process regression;
Riutort-Mayol, Bürkner, Andersen, Solin & Vehtari (2023), for the number of columns: m = 2.65 · (W/2) / ℓ.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from mediamix.transforms.basis import Block

COLUMNS = 2.65
#: Half-lengths of the window on each side of it, at least; length-scales from which on the ends aren't felt.
ROOM, FELT = 0.5, 1.5
#: The same of courses of effects, whose columns are sampled: they are left out from where their variance is
#: this share of the first one's.
ROOM_OF_COURSES, NEGLIGIBLE = 4.0, 0.02


def density(omega_j: Float[np.ndarray, " column"], length: float) -> Float[np.ndarray, " column"]:
    """S: the spectral density of a process of variance 1 and length-scale ℓ."""
    return np.asarray(16 * 5**2.5 / (3 * length**5 * (5 / length**2 + omega_j**2) ** 3))


def waves(
    x_t: Float[np.ndarray, " time"], width: float, omega_j: Float[np.ndarray, " column"], length: float
) -> Float[np.ndarray, "time column"]:
    """``φ_j(x) √S(ω_j)``: columns whose weights are standard normal."""
    return np.asarray(
        math.sqrt(2 / width) * np.sin(np.outer(x_t, omega_j)) * np.sqrt(density(omega_j, length))
    )


def hsgp_trend(periods: int, length: float, year: float) -> Block:
    """The columns of a smooth trend over the window.

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
    """Those of a trend at any periods, 0 the first of the window; more than a year behind it they stay.

    Columns are scaled so that with standard normal coefficients the level changes by 1 (one standard
    deviation) in a year.

    Args:
        period_t: Where.
        periods: Of the window.
        length: Length-scale ℓ in periods.
        year: Periods of a year.
    """
    room = max(FELT * length, ROOM * (periods - 1) / 2)
    behind = max(room, year + FELT * length)
    width = room + (periods - 1) + behind
    omega_j = math.pi / width * np.arange(1, math.ceil(COLUMNS * width / 2 / length) + 1)
    x_t = room + np.minimum(period_t, periods - 1 + behind - FELT * length)
    yearly = math.sqrt(2 * (1 - matern(year / length)))
    return waves(x_t, width, omega_j, length) / yearly


def course_columns(
    period_t: Float[np.ndarray, " time"], periods: int, length: float
) -> Float[np.ndarray, "time column"]:
    """Those of a course of an effect at any periods, 0 the first of the window; it has variance 1.

    Beyond the interval it is zero: at its mean.

    Args:
        period_t: Where.
        periods: Of the window.
        length: Length-scale ℓ in periods.
    """
    half = (periods - 1) / 2
    border = max((1 + ROOM) * half, ROOM_OF_COURSES * length)
    omega_j = math.pi / (2 * border) * np.arange(1, 10_000)
    power_j = density(omega_j, length)
    x_t = np.clip(period_t - half + border, 0.0, 2 * border)
    return waves(x_t, 2 * border, omega_j[power_j >= NEGLIGIBLE * power_j[0]], length)


def matern(distance: float) -> float:
    """Correlation of two levels so many length-scales apart."""
    r = math.sqrt(5) * abs(distance)
    return (1 + r + r * r / 3) * math.exp(-r)
