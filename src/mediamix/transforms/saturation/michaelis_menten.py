"""Michaelis–Menten saturation: Hill's with a slope of one, concave and slow to level off."""

from __future__ import annotations

from mediamix.transforms.base import Parameter, Saturation, saturation_kernel


@saturation_kernel
def _kernel(x, theta, out, d_x, d_theta):  # type: ignore[no-untyped-def]
    half_effect = theta[0]
    wanted = d_theta.shape[0] > 0
    for t in range(x.size):
        share = 1.0 / (x[t] + half_effect)
        h = x[t] * share
        out[t] = h
        if wanted:
            d_x[t] = half_effect * share * share
            d_theta[0, t] = -h * share


MICHAELIS_MENTEN = Saturation(
    name="michaelis_menten",
    formula="h(x) = x / (x + half_effect)",
    source="Michaelis & Menten (1913); PyMC-Marketing's, its lam is the half effect",
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
