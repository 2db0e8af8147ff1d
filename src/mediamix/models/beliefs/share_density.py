"""A density with a belief about what all paid media together brought, in one native pass.

    S = Σ_c a_c effect_c,   x = log S
    log p(u) + log q(x) − log p₀(x)

q is the belief. p₀ is the density of x that the other priors imply, a table: taken out, so that S has the
belief as its prior, and channels split it as their own priors say.
"""

from __future__ import annotations

import math

import numba

from mediamix.inference.density import DENSITY_SIGNATURE, call_density
from mediamix.models.beliefs.layout import HEADER
from mediamix.models.links import natural
from mediamix.transforms.native import INNER, REORDERED


@numba.njit(**INNER)
def tabled(x, first, step, value, slope):  # type: ignore[no-untyped-def]
    """A function and its derivative from values and slopes at even points: cubic, beyond them linear."""
    last = value.size - 1
    at = (x - first) / step
    if at <= 0.0:
        return value[0] + slope[0] * (x - first), slope[0]
    if at >= last:
        return value[last] + slope[last] * (x - first - step * last), slope[last]
    i = min(int(at), last - 1)
    t = at - i
    a, b, m, n = value[i], value[i + 1], step * slope[i], step * slope[i + 1]
    c, d = 3.0 * (b - a) - 2.0 * m - n, 2.0 * (a - b) + m + n
    return a + t * (m + t * (c + t * d)), (m + t * (2.0 * c + 3.0 * t * d)) / step


@numba.njit(DENSITY_SIGNATURE, **REORDERED)
def log_shared(u, gradient, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log density of the standard-normal coordinates; fills `gradient`."""
    k, end = integers[4], integers.size - integers[1]
    links, own = integers[HEADER : HEADER + k], integers[HEADER + k : end]
    form, points, effects = own[0], own[1], own[2:]
    c = effects.size
    held = integers[2] + (-integers[2]) % 8
    location, scale = numbers[held : held + k], numbers[held + k : held + 2 * k]
    at = held + 2 * k
    middle, width, first, step = numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3]
    part = numbers[at + 4 : at + 4 + c]
    at += 4 + c
    table, slopes = numbers[at : at + points], numbers[at + points : at + 2 * points]

    value = call_density(integers[0], u, gradient, integers[end:], numbers[: integers[2]], scratch)

    at = integers[3] + (-integers[3]) % 8
    theta, d_theta = scratch[at : at + k], scratch[at + k : at + 2 * k]
    natural(u, location, scale, links, theta, d_theta)
    total = 1e-300
    for i in range(c):
        total += part[i] * theta[effects[i]]
    x = math.log(total)
    z = (x - middle) / width
    without, along = tabled(x, first, step, table, slopes)
    if form == 2:
        value += z - math.exp(z) - without
        along = (1.0 - math.exp(z)) / width - along
    else:
        value += -0.5 * z * z - without
        along = -z / width - along
    for i in range(c):
        gradient[effects[i]] += along * part[i] * d_theta[effects[i]] / total
    return value
