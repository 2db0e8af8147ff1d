"""Courses of effects in native code: ``log f_t = a Σ_k φ_k(t) w_k``, and its derivatives. See `varying`."""

from __future__ import annotations

import numba

from mediamix.transforms.native import INNER

#: Integers per channel's course: columns, index of the first weight, index of its size (−1: there is none),
#: first column.
PER_COURSE = 4


@numba.njit(**INNER)
def log_factor(info, theta, columns, out):  # type: ignore[no-untyped-def]
    """``out_t = log f_t``."""
    size = theta[info[2]] if info[2] >= 0 else 1.0
    for s in range(out.size):
        out[s] = 0.0
    for k in range(info[0]):
        weight, column = size * theta[info[1] + k], columns[info[3] + k]
        for s in range(out.size):
            out[s] += weight * column[s]


@numba.njit(**INNER)
def course_back(info, theta, columns, course, along, gradient):  # type: ignore[no-untyped-def]
    """From ``∂/∂ log f_t`` to the derivatives in weights and size, into `gradient`; `course` is log f."""
    size = theta[info[2]] if info[2] >= 0 else 1.0
    for k in range(info[0]):
        column, push = columns[info[3] + k], 0.0
        for s in range(along.size):
            push += along[s] * column[s]
        gradient[info[1] + k] = size * push
    if info[2] >= 0:
        push = 0.0
        for s in range(along.size):
            push += along[s] * course[s]
        gradient[info[2]] = push / size
