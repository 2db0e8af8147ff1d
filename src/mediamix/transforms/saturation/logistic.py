"""Logistic saturation: concave, with a sharper knee than Hill."""

from __future__ import annotations

import math

from mediamix.transforms.base import Parameter, Saturation, saturation_kernel

LOG3 = math.log(3.0)


@saturation_kernel
def _kernel(x, theta, out, d_x, d_theta):  # type: ignore[no-untyped-def]
    rate = LOG3 / theta[0]
    wanted = d_theta.shape[0] > 0
    for t in range(x.size):
        h = math.tanh(0.5 * rate * x[t])
        out[t] = h
        if wanted:
            slope = 0.5 * (1.0 - h * h)
            d_x[t] = slope * rate
            d_theta[0, t] = -slope * x[t] * rate / theta[0]


LOGISTIC = Saturation(
    name="logistic",
    formula="h(x) = (1 − e^(−λx)) / (1 + e^(−λx)), λ = ln 3 / half_effect",
    source="PyMC-Marketing's logistic saturation, in terms of the half effect",
    parameters=(
        Parameter(
            "half_effect",
            "positive",
            median=1.0,
            p95=4.0,
            scale="exposure",
            meaning="adstocked exposure per period at which half of the maximum effect is reached",
        ),
    ),
    kernel=_kernel,
    bounded=True,
    concave=True,
)
