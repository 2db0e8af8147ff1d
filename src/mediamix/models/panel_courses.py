"""Courses of effects in panels: one factor per channel and period, the same in all geos.

    r_gct = f_ct h_gct
    ∂ log p/∂ log f_ct = Σ_g G_gct r_gct − (∂ log p/∂ log β_c) Σ_g size_g r_gct / Σ_gt size_g r_gct

with G the gradient in the rows of a geo's responses. What a geo adds is summed over geos on the way.
"""

from __future__ import annotations

import numba

from mediamix.models.course_kernel import PER_COURSE, course_back, log_factor
from mediamix.models.panel_memory import HEADER, PER_CHANNEL
from mediamix.transforms.elementary import exp
from mediamix.transforms.native import INNER


@numba.njit(**INNER)
def _info(c, integers, n):  # type: ignore[no-untyped-def]
    at = HEADER + PER_CHANNEL * n.channels + n.parameters + PER_COURSE * c
    return integers[at : at + PER_COURSE]


@numba.njit(**INNER)
def courses_of(integers, n, data, memory):  # type: ignore[no-untyped-def]
    """Log f and f of all channels; nothing summed yet."""
    for c in range(n.channels):
        info = _info(c, integers, n)
        course, factor = memory.course[0, c], memory.course[1, c]
        log_factor(info, memory.theta[0], data.columns, course)
        for t in range(n.length):
            factor[t] = exp(course[t])
            memory.course[2, c, t] = 0.0
            memory.course[3, c, t] = 0.0


@numba.njit(**INNER)
def follow(c, size, n, memory, response, rows):  # type: ignore[no-untyped-def]
    """From a geo's h to r = f h, and its derivatives."""
    factor, mass = memory.course[1, c], memory.course[3, c]
    for t in range(n.length):
        response[t] *= factor[t]
        mass[t] += size * response[t]
    for j in range(rows.shape[0]):
        for t in range(n.length):
            rows[j, t] *= factor[t]


@numba.njit(**INNER)
def gather(c, n, memory, slope, response):  # type: ignore[no-untyped-def]
    """A geo's part of the derivative in log f."""
    along = memory.course[2, c]
    for t in range(n.length):
        along[t] += slope[t] * response[t]


@numba.njit(**INNER)
def back(integers, n, data, memory, gradient):  # type: ignore[no-untyped-def]
    """Derivatives in all courses' weights and sizes."""
    total, d_log_beta = memory.beta[2], memory.beta[3]
    for c in range(n.channels):
        info = _info(c, integers, n)
        if info[0] > 0:
            along, mass = memory.course[2, c], memory.course[3, c]
            for t in range(n.length):
                along[t] -= d_log_beta[c] * mass[t] / total[c]
            course_back(info, memory.theta[0], data.columns, memory.course[0, c], along, gradient)
