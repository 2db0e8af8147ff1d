"""Weibull adstock by survival: what is left decays by a factor that itself falls from lag to lag."""

from __future__ import annotations

import math

from mediamix.transforms.base import Adstock, Parameter, adstock_kernel

#: Logarithm of the largest power that is told from infinity.
LARGEST = 600.0


@adstock_kernel
def _kernel(exposure, theta, max_lag, out, d_theta):  # type: ignore[no-untyped-def]
    shape = theta[0]
    fade = theta[1]
    n = exposure.size
    lags = max_lag if max_lag > 0 else n
    wanted = d_theta.shape[0] > 0
    # log w_l = −(shape + 1) Σ_i q_i and its derivatives are running sums over the lags. First the
    # weights' total and mean scores: d log w_l = score_l − Σ w score.
    total = 0.0
    mean_shape = 0.0
    mean_fade = 0.0
    in_weight = 0.0
    in_shape = 0.0
    for lag in range(lags):
        if lag > 0:
            log_z = math.log(lag / fade)
            q = math.exp(min(shape * log_z, LARGEST)) / fade
            in_weight += q
            in_shape += q * (1.0 + (shape + 1.0) * log_z)
        w = math.exp(-(shape + 1.0) * in_weight)
        total += w
        mean_shape -= w * in_shape
        mean_fade += w * in_weight
    mean_shape /= total
    mean_fade /= total
    for t in range(n):
        out[t] = 0.0
        for j in range(d_theta.shape[0]):
            d_theta[j, t] = 0.0
    per_fade = (shape + 1.0) * (shape + 1.0) / fade
    in_weight = 0.0
    in_shape = 0.0
    for lag in range(min(lags, n)):
        if lag > 0:
            log_z = math.log(lag / fade)
            q = math.exp(min(shape * log_z, LARGEST)) / fade
            in_weight += q
            in_shape += q * (1.0 + (shape + 1.0) * log_z)
        w = math.exp(-(shape + 1.0) * in_weight) / total
        for t in range(lag, n):
            out[t] += w * exposure[t - lag]
        if wanted:
            d_shape = w * (-in_shape - mean_shape)
            d_fade = w * per_fade * (in_weight - mean_fade)
            for t in range(lag, n):
                d_theta[0, t] += d_shape * exposure[t - lag]
                d_theta[1, t] += d_fade * exposure[t - lag]


WEIBULL_CDF = Adstock(
    name="weibull_cdf",
    formula="a_t = Σ_l w_l x_{t−l} / Σ_l w_l, w_l = Π_{i≤l} exp(−(i / scale)^k), k = weibull_shape, "
    "scale = (fade^(k+1) / (k + 1))^(1/k)",
    source="Robyn's and PyMC-Marketing's Weibull CDF adstock (cumulated survival), its scale in terms of "
    "the time to fade",
    parameters=(
        Parameter(
            "weibull_shape",
            "positive",
            median=0.5,
            p95=2.0,
            meaning="near 0 a geometric decay, the larger the later and the more sudden the end",
        ),
        # Their scale is no time: the same decay by day and by week has scales that differ by
        # 7^((k+1)/k). A time to fade is one, so that a belief in days holds for any period.
        Parameter(
            "fade",
            "positive",
            median=10.0,
            p95=45.0,
            scale="days",
            meaning="periods until a weight has fallen to about a third (1/e) of the first",
        ),
    ),
    kernel=_kernel,
    max_lag_days=91.0,
)
