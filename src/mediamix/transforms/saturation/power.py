"""Power saturation: each doubling of the exposure brings the same factor; it never levels off."""

from __future__ import annotations

import math

from mediamix.transforms.base import Parameter, Saturation, saturation_kernel

#: Stands in for a smaller exposure where it is divided by.
TINY = 1e-300


@saturation_kernel
def _kernel(x, theta, out, d_x, d_theta):  # type: ignore[no-untyped-def]
    # At x = 0 every derivative is given as 0; the one in x is infinite there.
    exponent = theta[0]
    wanted = d_theta.shape[0] > 0
    for t in range(x.size):
        log_x = math.log(x[t]) if x[t] > 0.0 else 0.0
        h = math.exp(exponent * log_x) if x[t] > 0.0 else 0.0
        out[t] = h
        if wanted:
            d_x[t] = exponent * h / max(x[t], TINY)
            d_theta[0, t] = h * log_x


POWER = Saturation(
    name="power",
    formula="h(x) = x^exponent",
    source="LightweightMMM's carryover model: an exponent on the carried exposure",
    parameters=(
        Parameter(
            "exponent",
            "unit",
            median=0.6,
            p95=0.9,
            meaning="elasticity: by so many per cent the effect grows with one per cent more exposure",
        ),
    ),
    kernel=_kernel,
    bounded=False,
    concave=True,
    unit_free=False,
)
