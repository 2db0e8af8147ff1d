"""Delayed adstock: the effect peaks some periods after the exposure."""

from __future__ import annotations

import math

from mediamix.transforms.base import Adstock, Parameter, adstock_kernel


@adstock_kernel
def _kernel(exposure, theta, max_lag, out, d_theta):  # type: ignore[no-untyped-def]
    delay = theta[0]
    spread = theta[1]
    n = exposure.size
    lags = max_lag if max_lag > 0 else n
    wanted = d_theta.shape[0] > 0
    # Weights are relative to the largest one, so that a narrow bump far from any lag can't make
    # all of them underflow.
    nearest = (min(max(round(delay), 0), lags - 1) - delay) / spread
    largest = 0.5 * nearest * nearest
    # Normalised weights and mean scores first: d log w_l = score_l − Σ w score.
    total = 0.0
    delay_score = 0.0
    spread_score = 0.0
    for lag in range(lags):
        z = (lag - delay) / spread
        w = math.exp(largest - 0.5 * z * z)
        total += w
        delay_score += w * z / spread
        spread_score += w * z * z / spread
    delay_score /= total
    spread_score /= total
    for t in range(n):
        out[t] = 0.0
        for j in range(d_theta.shape[0]):
            d_theta[j, t] = 0.0
    for lag in range(min(lags, n)):
        z = (lag - delay) / spread
        w = math.exp(largest - 0.5 * z * z) / total
        for t in range(lag, n):
            out[t] += w * exposure[t - lag]
        if wanted:
            d_delay = w * (z / spread - delay_score)
            d_spread = w * (z * z / spread - spread_score)
            for t in range(lag, n):
                d_theta[0, t] += d_delay * exposure[t - lag]
                d_theta[1, t] += d_spread * exposure[t - lag]


DELAYED = Adstock(
    name="delayed",
    formula="a_t = Σ_l w_l x_{t−l} / Σ_l w_l, w_l = exp(−½ ((l − delay) / spread)²) = α^((l−delay)²)",
    source="Jin et al. (2017), Bayesian methods for media mix modeling, eq. 2; α = exp(−1 / (2 spread²))",
    parameters=(
        Parameter(
            "delay", "positive", median=7.0, p95=28.0, scale="days", meaning="periods until the effect peaks"
        ),
        Parameter(
            "spread",
            "positive",
            # Seldom under half a week: weights narrower than a period jump with the delay, and no
            # sampler follows a jump.
            median=10.5,
            p95=28.0,
            scale="days",
            meaning="width of the effect around its peak, in periods (a standard deviation)",
        ),
    ),
    kernel=_kernel,
    max_lag_days=91.0,
)
