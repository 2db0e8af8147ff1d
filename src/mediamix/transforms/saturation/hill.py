"""Hill saturation: concave for a slope up to one, S-shaped above."""

from __future__ import annotations

from mediamix.transforms.base import Parameter, Saturation, saturation_kernel
from mediamix.transforms.elementary import exp, log

#: Stands in for an exposure of zero under the logarithm.
TINY = 1e-300


@saturation_kernel
def _kernel(x, theta, out, d_x, d_theta):  # type: ignore[no-untyped-def]
    # Logistic in log x: neither overflow nor cancellation at either end. At x = 0 every
    # derivative is given as 0 (the one in x is infinite there for a slope under one).
    half_effect = theta[0]
    slope = theta[1]
    log_half = log(half_effect)
    # A loop for the logarithm, a loop for the rest: as one, its chain of dependent operations is
    # too long for the processor to work on enough elements at a time (measured: 1.5 times slower).
    distance = out
    for t in range(x.size):
        distance[t] = log(max(x[t], TINY)) - log_half
    if d_theta.shape[0] == 0:
        for t in range(x.size):
            h = 1.0 / (1.0 + exp(-slope * distance[t]))
            out[t] = h if x[t] > 0.0 else 0.0
        return
    d_half_effect = d_theta[0]
    d_slope = d_theta[1]
    slope_over_half = slope / half_effect
    for t in range(x.size):
        away = distance[t]
        h = 1.0 / (1.0 + exp(-slope * away))
        h = h if x[t] > 0.0 else 0.0
        bend = h * (1.0 - h)
        out[t] = h
        d_x[t] = slope * bend / max(x[t], TINY)
        d_half_effect[t] = -slope_over_half * bend
        d_slope[t] = bend * away


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
            median=1.5,
            p95=2.5,
            meaning="steepness; above 1 the curve is S-shaped",
        ),
    ),
    kernel=_kernel,
    bounded=True,
    concave=False,
)
