"""Geometric adstock: the effect decays by the same factor every period."""

from __future__ import annotations

import math

import numba

from mediamix.transforms.base import Adstock, Parameter, adstock_kernel


@numba.njit(inline="always")
def _accumulate(alpha, out):  # type: ignore[no-untyped-def]
    """``out_t ← out_t + α out_{t-1}`` in place, t ascending: from what enters to what is there.

    Each period waits for the one before: the latency of an operation is what counts. Four at a
    time, with what they add computed apart, they wait once (measured: 3 times faster).
    """
    n = out.size
    alpha_2 = alpha * alpha
    alpha_4 = alpha_2 * alpha_2
    s = 0.0
    for t in range(0, n - n % 4, 4):
        first, third = out[t], out[t + 2]
        two = alpha * first + out[t + 1]
        four = alpha_2 * two + (alpha * third + out[t + 3])
        middle = alpha_2 * s + two
        out[t] = alpha * s + first
        out[t + 1] = middle
        out[t + 2] = alpha * middle + third
        s = alpha_4 * s + four
        out[t + 3] = s
    for t in range(n - n % 4, n):
        s = alpha * s + out[t]
        out[t] = s


@adstock_kernel
def _kernel(exposure, theta, max_lag, out, d_theta):  # type: ignore[no-untyped-def]
    half_life = theta[0]
    alpha = 2.0 ** (-1.0 / half_life)
    d_alpha = alpha * math.log(2.0) / (half_life * half_life)
    n = exposure.size
    # Running sum s_t = Σ_{l<max_lag} α^l x_{t-l}; the weights' total (1-α^n)/(1-α) normalises it.
    leaving = alpha**max_lag if max_lag > 0 else 0.0
    total = (1.0 - leaving) / (1.0 - alpha)
    d_leaving = max_lag * alpha ** (max_lag - 1) if max_lag > 0 else 0.0
    d_total = ((1.0 - leaving) / (1.0 - alpha) - d_leaving) / (1.0 - alpha)
    share = 1.0 / total
    for t in range(n):
        out[t] = exposure[t]
    if max_lag > 0:
        for t in range(max_lag, n):
            out[t] -= leaving * exposure[t - max_lag]
    _accumulate(alpha, out)
    if d_theta.shape[0] > 0:
        # The sum's derivative in α is such a sum too, of s_{t-1}.
        slope = d_theta[0]
        slope[0] = 0.0
        for t in range(1, n):
            slope[t] = out[t - 1]
        if max_lag > 0:
            for t in range(max_lag, n):
                slope[t] -= d_leaving * exposure[t - max_lag]
        _accumulate(alpha, slope)
        d_share = d_alpha * share
        shrink = d_share * d_total * share
        for t in range(n):
            slope[t] = d_share * slope[t] - shrink * out[t]
    for t in range(n):
        out[t] *= share
    if max_lag > 0:
        # What has left the running sum leaves its rounding, and a power of that is no rounding.
        last = -max_lag
        for t in range(n):
            if exposure[t] != 0.0:
                last = t
            elif t - last >= max_lag:
                out[t] = 0.0
                if d_theta.shape[0] > 0:
                    d_theta[0, t] = 0.0


GEOMETRIC = Adstock(
    name="geometric",
    formula="a_t = Σ_l α^l x_{t−l} / Σ_l α^l, α = 2^(−1 / half_life)",
    source="Broadbent (1979), One way TV advertisements work",
    parameters=(
        Parameter(
            "half_life",
            "positive",
            median=5.0,
            p95=30.0,
            scale="days",
            meaning="periods until half of the effect has happened",
        ),
    ),
    kernel=_kernel,
)
