"""A Gaussian process over time as a few columns with normal weights: the Hilbert-space approximation.

    f(x) ≈ Σ_k sqrt(S(ω_k)) φ_k(x) w_k,   w ~ N(0, 1),   φ_k(x) = L^(−½) sin(ω_k (x + L)),   ω_k = k π / 2L

on −L ≤ x ≤ L, with S the spectral density of a Matérn 5/2 covariance of length-scale ℓ and variance 1,

    S(ω) = 16/3 · 5^(5/2) / ℓ⁵ · (5/ℓ² + ω²)^(−3)

Source: Solin & Särkkä (2020), Hilbert space methods for reduced-rank Gaussian process regression;
Riutort-Mayol et al. (2023), Practical Hilbert space approximate Bayesian Gaussian processes.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

#: The borders lie so many half widths of the data from their middle, or so many length-scales if that is
#: more: beyond them the process is zero, and near them its variance falls.
BOUNDARY, LENGTHS = 1.5, 4.0
#: Waves are left out from where their variance is this share of the first one's.
NEGLIGIBLE = 0.02


def density(omega: Float[np.ndarray, " wave"], length: float) -> Float[np.ndarray, " wave"]:
    """S of a Matérn 5/2 process with variance 1."""
    return np.asarray(16.0 / 3.0 * 5.0**2.5 / length**5 * (5.0 / length**2 + omega**2) ** -3.0)


def columns(
    position_t: Float[np.ndarray, " time"], middle: float, half: float, length: float
) -> Float[np.ndarray, "time wave"]:
    """Columns whose weights are standard normal.

    Args:
        position_t: Where, in periods; beyond the borders as at them.
        middle: Of the data.
        half: Half of their width.
        length: ℓ, in periods.
    """
    border = max(BOUNDARY * half, LENGTHS * length)
    first = np.pi / (2.0 * border)
    omega = first * np.arange(1, 10_000)
    power = density(omega, length)
    omega = omega[power >= NEGLIGIBLE * power[0]]
    x_t = np.clip(position_t - middle, -border, border)
    waves = np.sin(np.outer(x_t + border, omega)) / np.sqrt(border)
    return np.asarray(waves * np.sqrt(density(omega, length)))
