"""From standard-normal coordinates to parameters, in native code: see `priors`.

It is part of all densities. Numba's cache watches their files only: touch them after an edit here.
"""

from __future__ import annotations

import math

import numba

from mediamix.transforms.native import INNER


@numba.njit(**INNER)
def natural(u, location, scale, links, theta, d_theta):  # type: ignore[no-untyped-def]
    """θ and its slope in u, log or logit of θ being ``location + scale · u``; the log prior."""
    value = 0.0
    for i in range(u.size):
        z = location[i] + scale[i] * u[i]
        if links[i] == 1:
            theta[i] = 1.0 / (1.0 + math.exp(-z))
            d_theta[i] = scale[i] * theta[i] * (1.0 - theta[i])
        else:
            theta[i] = math.exp(z)
            d_theta[i] = scale[i] * theta[i]
        value -= 0.5 * u[i] * u[i]
    return value
