"""Concave envelopes of piecewise-linear curves: the smallest concave function above one.

On an interval the envelope is the upper hull of the curve's points there. A concave curve is its
own envelope; under an S-shaped one the envelope replaces the convex start by a straight line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True)
class Envelope:
    """A concave piecewise-linear function on ``[lower, upper]``.

    Args:
        lower: Where it starts, in units of spend.
        upper: Where it ends.
        start: Its value at `lower`, in units of the outcome; the curve's own value too.
        length: Length of each piece, in units of spend.
        slope: Outcome per unit of spend on each piece, strictly falling.
    """

    lower: float
    upper: float
    start: float
    length: Float[np.ndarray, " piece"]
    slope: Float[np.ndarray, " piece"]


def envelope(
    grid: Float[np.ndarray, " point"], value: Float[np.ndarray, " point"], lower: float, upper: float
) -> Envelope:
    """The concave envelope of a piecewise-linear curve over ``lower <= spend <= upper``.

    Both ends lie within the grid.
    """
    first, last = np.searchsorted(grid, lower, side="right"), np.searchsorted(grid, upper, side="left")
    ends = np.interp([lower, upper], grid, value)
    if upper <= lower:
        return Envelope(lower, lower, float(ends[0]), np.empty(0), np.empty(0))
    x = np.concatenate(([lower], grid[first:last], [upper]))
    y = np.concatenate((ends[:1], value[first:last], ends[1:]))
    keep = upper_hull(x, y)
    length = np.diff(x[keep])
    return Envelope(lower, upper, float(ends[0]), length, np.diff(y[keep]) / length)


def upper_hull(x: Float[np.ndarray, " point"], y: Float[np.ndarray, " point"]) -> Int[np.ndarray, " vertex"]:
    """Indices of the corners of the upper convex hull of points with increasing `x`.

    A point on or under a line between two others is no corner. Each round drops every such point
    that its neighbours show, and, from the first and the last place where the slope rises, all
    points under the steepest line to the right and the flattest to the left. Few rounds of array
    work do, where a point-by-point scan would loop in Python.
    """
    keep = np.arange(x.size)
    while keep.size > 2:
        xs, ys = x[keep], y[keep]
        slope = np.diff(ys) / np.diff(xs)
        rises = slope[:-1] <= slope[1:]
        if not rises.any():
            break
        corner = np.ones(keep.size, dtype=bool)
        corner[1:-1] = ~rises
        left = int(np.argmax(rises))
        ahead = (ys[left + 1 :] - ys[left]) / (xs[left + 1 :] - xs[left])
        corner[left + 1 : keep.size - 1 - int(np.argmax(ahead[::-1]))] = False
        right = keep.size - 1 - int(np.argmax(rises[::-1]))
        behind = (ys[right] - ys[:right]) / (xs[right] - xs[:right])
        corner[int(np.argmin(behind)) + 1 : right] = False
        keep = keep[corner]
    return keep
