"""Logarithmic saturation: returns diminish from the start, and the effect never levels off."""

from __future__ import annotations

import math

from mediamix.transforms.base import Parameter, Saturation, saturation_kernel


@saturation_kernel
def _kernel(x, theta, out, d_x, d_theta):  # type: ignore[no-untyped-def]
    half_return = theta[0]
    wanted = d_theta.shape[0] > 0
    for t in range(x.size):
        # log1p keeps its digits near zero.
        out[t] = math.log1p(x[t] / half_return)
        if wanted:
            slope = 1.0 / (half_return + x[t])
            d_x[t] = slope
            d_theta[0, t] = -slope * x[t] / half_return


LOG = Saturation(
    name="log",
    formula="h(x) = log(1 + x / half_return)",
    source="the logarithm of marketing econometrics (Leeflang et al., 2000), shifted to be zero at zero",
    parameters=(
        Parameter(
            "half_return",
            "positive",
            median=1.0,
            p95=4.0,
            scale="exposure",
            meaning="adstocked exposure per period at which one more brings half of what the first brought; "
            "there is no half effect, as there is no largest one",
        ),
    ),
    kernel=_kernel,
    bounded=False,
    concave=True,
)
