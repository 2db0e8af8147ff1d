"""Binomial adstock: the effect falls to zero at the end of a window, early or late."""

from __future__ import annotations

import math

from mediamix.transforms.base import Adstock, Parameter, adstock_kernel


@adstock_kernel
def _kernel(exposure, theta, max_lag, out, d_theta):  # type: ignore[no-untyped-def]
    power = 1.0 / theta[0] - 1.0
    d_power = -1.0 / (theta[0] * theta[0])
    n = exposure.size
    lags = max_lag if max_lag > 0 else n
    wanted = d_theta.shape[0] > 0
    # Normalised weights and mean score first: d log w_l = score_l − Σ w score.
    total = 0.0
    mean_score = 0.0
    for lag in range(lags):
        left = math.log1p(-lag / lags)
        w = math.exp(power * left)
        total += w
        mean_score += w * left
    mean_score /= total
    for t in range(n):
        out[t] = 0.0
        for j in range(d_theta.shape[0]):
            d_theta[j, t] = 0.0
    for lag in range(min(lags, n)):
        left = math.log1p(-lag / lags)
        w = math.exp(power * left) / total
        for t in range(lag, n):
            out[t] += w * exposure[t - lag]
        if wanted:
            d_alpha = w * (left - mean_score) * d_power
            for t in range(lag, n):
                d_theta[0, t] += d_alpha * exposure[t - lag]


BINOMIAL = Adstock(
    name="binomial",
    formula="a_t = Σ_l w_l x_{t−l} / Σ_l w_l, w_l = (1 − l / max_lag)^(1/alpha − 1), l < max_lag",
    source="Google's Meridian, adstock_decay_spec 'binomial', whose max_lag L is ours less one",
    parameters=(
        Parameter(
            "alpha",
            "unit",
            # In a window of 91 days half of the effect has happened after 6 days, seldom after 30:
            # what the geometric adstock expects.
            median=0.1,
            p95=0.6,
            meaning="how late the effect comes: at 0 at once, at ½ falling in a straight line to the end of "
            "the window, at 1 evenly over it",
        ),
    ),
    kernel=_kernel,
    max_lag_days=91.0,
)
