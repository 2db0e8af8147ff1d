"""Hyperbolic tangent: in terms of the half effect the same curve as the logistic one."""

from __future__ import annotations

import math

from mediamix.transforms.base import Parameter, Saturation, saturation_kernel

#: artanh ½: the tangent reaches a half there.
HALF = 0.5 * math.log(3.0)


@saturation_kernel
def _kernel(x, theta, out, d_x, d_theta):  # type: ignore[no-untyped-def]
    rate = HALF / theta[0]
    wanted = d_theta.shape[0] > 0
    for t in range(x.size):
        h = math.tanh(rate * x[t])
        out[t] = h
        if wanted:
            slope = 1.0 - h * h
            d_x[t] = slope * rate
            d_theta[0, t] = -slope * x[t] * rate / theta[0]


TANH = Saturation(
    name="tanh",
    formula="h(x) = tanh(x artanh(½) / half_effect), the same as logistic",
    source="PyMC-Marketing's tanh saturation b tanh(x / (b c)), b c = half_effect / artanh(½)",
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
