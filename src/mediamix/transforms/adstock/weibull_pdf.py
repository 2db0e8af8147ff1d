"""Weibull adstock by density: the effect may rise before it falls."""

from __future__ import annotations

import math

from mediamix.transforms.base import Adstock, Parameter, adstock_kernel

#: Logarithm of the largest power that is told from infinity.
LARGEST = 600.0


@adstock_kernel
def _kernel(exposure, theta, max_lag, out, d_theta):  # type: ignore[no-untyped-def]
    shape = theta[0]
    scale = theta[1]
    n = exposure.size
    lags = max_lag if max_lag > 0 else n
    wanted = d_theta.shape[0] > 0
    # All is relative to the lag of the largest weight, so that not all weights can underflow, and
    # powers of a scale much shorter than a period cancel: with r = (l + 1) / (best + 1),
    # z^k − z_best^k = z_best^k (r^k − 1).
    best = 0
    largest = -math.inf
    for lag in range(lags):
        log_z = math.log((lag + 1.0) / scale)
        log_w = (shape - 1.0) * log_z - math.exp(min(shape * log_z, LARGEST))
        if log_w > largest:
            best = lag
            largest = log_w
    log_best = math.log((best + 1.0) / scale)
    power = math.exp(min(shape * log_best, LARGEST))
    # Normalised weights and mean scores first: d log w_l = score_l − Σ w score.
    total = 0.0
    mean_shape = 0.0
    mean_scale = 0.0
    for lag in range(lags):
        log_r = math.log((lag + 1.0) / (best + 1.0))
        rise = power * math.expm1(min(shape * log_r, LARGEST))
        w = math.exp((shape - 1.0) * log_r - rise)
        if w > 0.0:
            total += w
            mean_shape += w * (log_r - rise * log_best - (power + rise) * log_r)
            mean_scale += w * rise
    mean_shape /= total
    mean_scale /= total
    for t in range(n):
        out[t] = 0.0
        for j in range(d_theta.shape[0]):
            d_theta[j, t] = 0.0
    for lag in range(min(lags, n)):
        log_r = math.log((lag + 1.0) / (best + 1.0))
        rise = power * math.expm1(min(shape * log_r, LARGEST))
        w = math.exp((shape - 1.0) * log_r - rise) / total
        if not w > 0.0:
            continue
        for t in range(lag, n):
            out[t] += w * exposure[t - lag]
        if wanted:
            d_shape = w * (log_r - rise * log_best - (power + rise) * log_r - mean_shape)
            d_scale = w * shape / scale * (rise - mean_scale)
            for t in range(lag, n):
                d_theta[0, t] += d_shape * exposure[t - lag]
                d_theta[1, t] += d_scale * exposure[t - lag]


WEIBULL_PDF = Adstock(
    name="weibull_pdf",
    formula="a_t = Σ_l w_l x_{t−l} / Σ_l w_l, w_l = z^(k−1) exp(−z^k), z = (l + 1) / weibull_scale, "
    "k = weibull_shape",
    source="Robyn's and PyMC-Marketing's Weibull PDF adstock, its weights over their sum (theirs: over "
    "their range)",
    parameters=(
        Parameter(
            "weibull_shape",
            "positive",
            median=1.5,
            p95=4.0,
            meaning="up to 1 the effect falls from the start, above 1 it has a peak",
        ),
        Parameter(
            "weibull_scale",
            "positive",
            median=10.0,
            p95=42.0,
            scale="days",
            meaning="periods until about two thirds of the effect have happened",
        ),
    ),
    kernel=_kernel,
    max_lag_days=91.0,
)
