"""Hill saturation: concave for a slope up to one, S-shaped above."""

from __future__ import annotations

import math

from mediamix.transforms.base import Parameter, Saturation, saturation_kernel


@saturation_kernel
def _kernel(x, theta, out, d_x, d_theta):  # type: ignore[no-untyped-def]
    half_effect = theta[0]
    slope = theta[1]
    wanted = d_theta.shape[0] > 0
    log_half = math.log(half_effect)
    for t in range(x.size):
        # Logistic in log x: neither overflow nor cancellation at either end. At x = 0 every
        # derivative is given as 0 (the one in x is infinite there for a slope under one).
        if x[t] > 0.0:
            distance = math.log(x[t]) - log_half
            h = 1.0 / (1.0 + math.exp(-slope * distance))
            out[t] = h
            if wanted:
                bend = h * (1.0 - h)
                d_x[t] = slope * bend / x[t]
                d_theta[0, t] = -slope * bend / half_effect
                d_theta[1, t] = bend * distance
        else:
            out[t] = 0.0
            if wanted:
                d_x[t] = 0.0
                d_theta[0, t] = 0.0
                d_theta[1, t] = 0.0


HILL = Saturation(
    name="hill",
    formula="h(x) = x^slope / (x^slope + half_effect^slope)",
    source="Hill (1910); Jin et al. (2017), eq. 6",
    parameters=(
        Parameter(
            "half_effect",
            "positive",
            median=1.0,
            p95=4.0,
            scale="exposure",
            meaning="adstocked exposure per period at which half of the maximum effect is reached",
        ),
        Parameter(
            "slope",
            "positive",
            median=1.1,
            p95=1.8,
            meaning="steepness; above 1 the curve is S-shaped",
        ),
    ),
    kernel=_kernel,
    bounded=True,
    concave=False,
)
