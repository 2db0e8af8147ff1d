"""A response in the other order, ``adstock(saturation(exposure))``, with its derivatives: for the densities.

Adstock is linear: the derivative in a parameter of the saturation is the adstock of its derivative.
Nothing is compiled for it until a density is.
"""

from __future__ import annotations

import numba

from mediamix.transforms.base import call_adstock, call_saturation
from mediamix.transforms.native import INNER


@numba.njit(**INNER)
def respond_once(  # type: ignore[no-untyped-def]
    adstock, saturation, n_adstock, max_lag, exposure, theta, level, room, out, jacobian
):
    """One response with its derivatives in `theta`: the adstock's rows first.

    `level` becomes the saturated exposure; `room` is memory, and full of ones in the end: the derivative
    of the response in what the adstock gives.
    """
    own, rest = theta[:n_adstock], theta[n_adstock:]
    call_saturation(saturation, exposure, rest, level, room, jacobian[n_adstock:])
    no_rows = jacobian[:0]
    for j in range(n_adstock, theta.size):
        for t in range(exposure.size):
            room[t] = jacobian[j, t]
        call_adstock(adstock, room, own, max_lag, jacobian[j], no_rows)
    call_adstock(adstock, level, own, max_lag, out, jacobian[:n_adstock])
    room[:] = 1.0
