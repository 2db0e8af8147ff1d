"""From standard-normal coordinates to parameters, in native code: see `priors`.

It is part of all densities. Numba's cache watches their files only: touch them after an edit here.
"""

from __future__ import annotations

import math

import numba

from mediamix.transforms.native import INNER

#: Beyond this the tails of the normal distribution are taken from their expansion: far beyond where
#: it equals the exact value to 1e-9, before the exact value underflows.
FAR = 30.0
LOG_ROOT_2PI = 0.5 * math.log(2.0 * math.pi)
ROOT_2 = math.sqrt(2.0)


def log_exponential(u: float) -> tuple[float, float]:
    """``g(u) = log(−log Φ(−u))``, and its slope: the log of a standard exponential variable.

    With Q(u) = Φ(−u) and H = −log Q, g' = φ / (Q H). To the left H = −log1p(−Φ(u)), to the right the
    logarithm is taken of Q itself, so that the small one of the two probabilities has all its digits.
    Far out log Φ(−|u|) = −u²/2 − log(|u| √2π) − 1/u² + 5/(2u⁴) − 37/(3u⁶) + … (the logarithm
    of Abramowitz & Stegun 26.2.12).
    """
    if abs(u) > FAR:
        away = abs(u)
        inverse = 1.0 / (away * away)
        series = inverse * (1.0 - inverse * (2.5 - inverse * 37.0 / 3.0))
        below = 0.5 * away * away + LOG_ROOT_2PI + math.log(away) + series
        slope = away + (1.0 - inverse * (2.0 - 10.0 * inverse)) / away
        if u < 0.0:
            return -below, slope
        return math.log(below), slope / below
    density = math.exp(-0.5 * u * u - LOG_ROOT_2PI)
    if u < 0.0:
        under = 0.5 * math.erfc(-u / ROOT_2)
        over = 1.0 - under
        hazard = -math.log1p(-under)
    else:
        over = 0.5 * math.erfc(u / ROOT_2)
        hazard = -math.log(over)
    return math.log(hazard), density / (over * hazard)


_log_exponential = numba.njit(**INNER)(log_exponential)
_VALUES = numba.float64[::1]


@numba.njit(numba.void(_VALUES, _VALUES), cache=True, nogil=True)
def log_exponentials(u, out):  # type: ignore[no-untyped-def]
    """``out = g(u)`` of `log_exponential`."""
    for i in range(u.size):
        out[i] = _log_exponential(u[i])[0]


@numba.njit(**INNER)
def natural(u, location, scale, links, theta, d_theta):  # type: ignore[no-untyped-def]
    """θ and its slope in u; the log prior. A link is 0 for log, 1 for logit, 2 for Weibull, 3 for none.

    There may be more coordinates, of other things, behind those of θ.
    """
    value = 0.0
    for i in range(theta.size):
        if links[i] == 2:
            g, slope = _log_exponential(u[i])
            theta[i] = math.exp(location[i] + scale[i] * g)
            d_theta[i] = scale[i] * slope * theta[i]
        elif links[i] == 1:
            theta[i] = 1.0 / (1.0 + math.exp(-(location[i] + scale[i] * u[i])))
            d_theta[i] = scale[i] * theta[i] * (1.0 - theta[i])
        elif links[i] == 3:
            theta[i] = location[i] + scale[i] * u[i]
            d_theta[i] = scale[i]
        else:
            theta[i] = math.exp(location[i] + scale[i] * u[i])
            d_theta[i] = scale[i] * theta[i]
        value -= 0.5 * u[i] * u[i]
    return value
