"""The likelihood of a national model given its media, for every kind of noise, in native code.

Integers: kind of noise, columns that the rows can see, index of sigma in θ (the noise's other parameter, if
it has one, comes next); numbers and what else there is as `models.likelihood` packs it. Numba's cache
watches the densities' files only: touch them after an edit here.
"""

from __future__ import annotations

import numba

from mediamix.inference import ar1, linear, student
from mediamix.transforms.native import INNER

#: Kinds of noise; heavy tails have the coordinates of the baseline's coefficients behind all parameters, and
#: their parameter is ν − 2, so that the noise has a variance.
NORMAL, AR1, STUDENT = 0, 1, 2
LEAST_NU = 2.0
HEADER = 3


@numba.njit(**INNER)
def log_likelihood(u, gradient, media, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log density of the observed rows given θ, and of coefficients where they are sampled.

    Fills `media.slope_rows` from `media.residual`, and `gradient` at the noise's parameters (derivatives in
    θ) and coordinates.
    """
    kind, rank, sigma = integers[0], integers[1], integers[2]
    n, k, theta = media.residual.size, media.theta.size, media.theta
    singular = numbers[:rank]
    columns = numbers[rank : rank + n * rank].reshape((rank, n))
    if kind == AR1:
        n_lags = integers[HEADER]
        lags = integers[HEADER + 1 : HEADER + 1 + 2 * n_lags].reshape((n_lags, 2))
        lag_i = integers[HEADER + 1 + 2 * n_lags : HEADER + 1 + 2 * n_lags + n]
        at = rank + n * rank
        tables = numbers[at : at + 2 * n_lags * rank * rank].reshape((2 * n_lags, rank, rank))
        value, gradient[sigma], gradient[sigma + 1] = ar1.log_marginal(
            media.residual, columns, singular, lag_i, lags, tables, theta[sigma], theta[sigma + 1],
            media.slope_rows, scratch,
        )  # fmt: skip
        return value
    if kind == STUDENT:
        value, gradient[sigma], gradient[sigma + 1] = student.log_joint(
            media.residual, columns, singular, theta[sigma], theta[sigma + 1] + LEAST_NU, u[k:],
            media.slope_rows, gradient[k:], scratch,
        )  # fmt: skip
        return value
    value, gradient[sigma] = linear.log_marginal(
        media.residual, columns, singular, theta[sigma], scratch, media.slope_rows
    )
    return value
