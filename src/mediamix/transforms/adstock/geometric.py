"""Geometric adstock: the effect decays by the same factor every period."""

from __future__ import annotations

import math

from mediamix.transforms.base import Adstock, Parameter, adstock_kernel


@adstock_kernel
def _kernel(exposure, theta, max_lag, out, d_theta):  # type: ignore[no-untyped-def]
    half_life = theta[0]
    alpha = 2.0 ** (-1.0 / half_life)
    d_alpha = alpha * math.log(2.0) / (half_life * half_life)
    n = exposure.size
    wanted = d_theta.shape[0] > 0
    # Running sum s_t = Σ_{l<max_lag} α^l x_{t-l} and its derivative in α; the weights' total
    # (1-α^n)/(1-α) normalises it.
    leaving = alpha**max_lag if max_lag > 0 else 0.0
    total = (1.0 - leaving) / (1.0 - alpha)
    d_leaving = max_lag * alpha ** (max_lag - 1) if max_lag > 0 else 0.0
    d_total = ((1.0 - leaving) / (1.0 - alpha) - d_leaving) / (1.0 - alpha)
    share = 1.0 / total
    d_share = d_alpha * share
    shrink = d_total * share
    s = 0.0
    ds = 0.0
    for t in range(n):
        ds = s + alpha * ds
        s = alpha * s + exposure[t]
        if max_lag > 0 and t >= max_lag:
            ds -= d_leaving * exposure[t - max_lag]
            s -= leaving * exposure[t - max_lag]
        out[t] = s * share
        if wanted:
            d_theta[0, t] = d_share * (ds - s * shrink)


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
