"""Sums of curves that touch a problem with pairs at a plan, and lie above it, or below it, everywhere else.

Of a pair, around the plan (a₀, b₀), with u ⊗ v the leading part of what both do only together there,

    S(a, b) <= φ(a) + ψ(b),   φ(a) = S(a, b₀) − S(a₀, b₀) + ½ r u(a)²,   ψ(b) = max_a S(a, b) − φ(a)

for any r > 0 and any φ: ψ is what makes it true, and in (a₀, b₀) both sides are the same, slopes included.
S is bilinear and φ linear between points, so that the maximum is at one of them. Then φ is lowered to
max_b S(a, b) − ψ(b), the least that goes with ψ. With minus signs and minima the same lies below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from mediamix.decide.problem.coupled import Coupled, Surface
from mediamix.decide.problem.separable import Separable

#: Spends closer than this part of a curve's length are the same.
SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Touch:
    """A pair's two curves.

    Args:
        surface: The pair.
        at_one: Points of the first channel.
        at_other: Of the other.
        first: φ.
        second: ψ.
        u: How the first channel takes part in what both do only together.
        v: The other.
    """

    surface: Surface
    at_one: Float[np.ndarray, " point"]
    at_other: Float[np.ndarray, " other_point"]
    first: Float[np.ndarray, " point"]
    second: Float[np.ndarray, " other_point"]
    u: Float[np.ndarray, " point"]
    v: Float[np.ndarray, " other_point"]

    def excess(self, x: Float[np.ndarray, " channel"]) -> float:
        """How far its curves are above the pair's worth at a plan; below zero where they are below it."""
        first = np.interp(x[self.surface.one], self.at_one, self.first)
        second = np.interp(x[self.surface.other], self.at_other, self.second)
        return float(first + second - self.surface.at(x))

    def taking_part(self, x: Float[np.ndarray, " channel"]) -> tuple[float, float]:
        """How far u and v are from nothing at a plan."""
        first = np.interp(x[self.surface.one], self.at_one, self.u)
        second = np.interp(x[self.surface.other], self.at_other, self.v)
        return abs(float(first)), abs(float(second))


def touching(
    problem: Coupled,
    at: Float[np.ndarray, " channel"],
    ratios: Sequence[float] | None = None,
    *,
    above: bool = True,
) -> tuple[Separable, list[Touch]]:
    """A separable problem nowhere below (or above) one with pairs within its bounds, and alike at a point.

    Args:
        problem: With pairs.
        at: Where both are alike, within the bounds; limits need not hold there.
        ratios: Per pair r, relative to one by which both channels bend alike for their worth.
        above: Or below.
    """
    at = np.array([_on(problem.grids[c], spend) for c, spend in enumerate(at)])
    touches = [
        _touch(problem, surface, at, 1.0 if ratios is None else ratios[k], above)
        for k, surface in enumerate(problem.surfaces)
    ]
    parts: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
    for touch in touches:
        parts.setdefault(touch.surface.one, []).append((touch.at_one, touch.first))
        parts.setdefault(touch.surface.other, []).append((touch.at_other, touch.second))
    grids, values = list(problem.grids), list(problem.values)
    for c, added in parts.items():
        grid = np.union1d(problem.grids[c], at[c : c + 1])
        values[c] = np.interp(grid, problem.grids[c], problem.values[c])
        for points, curve in added:
            values[c] = values[c] + np.interp(grid, points, curve)
        grids[c] = grid
    return replace(problem.alone(), grids=grids, values=values), touches


def _on(grid: Float[np.ndarray, " point"], spend: float) -> float:
    """A spend, or the grid's point that it is."""
    near = float(grid[np.argmin(np.abs(grid - spend))])
    return near if abs(near - spend) <= SAME * grid[-1] else float(spend)


def _touch(problem: Coupled, surface: Surface, at: np.ndarray, ratio: float, above: bool) -> Touch:
    a, b = surface.one, surface.other
    at_one, i = _points(problem, a, surface.at_one, float(at[a]))
    at_other, j = _points(problem, b, surface.at_other, float(at[b]))
    worth = surface.between(at_one, at_other)
    rest = worth - worth[:, j : j + 1] - worth[i : i + 1] + worth[i, j]
    u, v = _leading(rest)
    size = [float(np.ptp(np.interp(p, problem.grids[c], problem.values[c]))) for c, p in
            ((a, at_one), (b, at_other))]  # fmt: skip
    bends = float(np.abs(u).max()) ** 2 * size[1], float(np.abs(v).max()) ** 2 * size[0]
    if min(bends) > 0:
        ratio = ratio * float(np.sqrt(bends[1] / bends[0]))
    bend = 0.5 * ratio * u**2
    if above:
        first = worth[:, j] - worth[i, j] + bend
        second = (worth - first[:, None]).max(axis=0)
        first = (worth - second).max(axis=1)
    else:
        first = worth[:, j] - worth[i, j] - bend
        second = (worth - first[:, None]).min(axis=0)
        first = (worth - second).min(axis=1)
    root = float(np.sqrt(ratio))
    return Touch(surface, at_one, at_other, first, second, root * u, v / root)


def _points(
    problem: Coupled, c: int, points: Float[np.ndarray, " point"], at: float
) -> tuple[Float[np.ndarray, " inside"], int]:
    """The points of a surface within a channel's bounds, finer around a spend, and where that is.

    Bounds are drawn outwards to points of the grid.
    """
    grid = problem.grids[c]
    low, high = float(problem.lower[c]), float(problem.upper[c])
    first = max(int(grid.searchsorted(low, side="right")) - 1, 0)
    last = min(int(grid.searchsorted(high, side="left")), grid.size - 1)
    cell = min(max(int(points.searchsorted(at, side="right")) - 1, 0), len(points) - 2)
    near = grid[(grid >= points[max(cell - 1, 0)]) & (grid <= points[min(cell + 2, len(points) - 1)])]
    found = np.union1d(np.union1d(points, near), (grid[first], grid[last], at))
    found = found[(found >= min(grid[first], at)) & (found <= max(grid[last], at))]
    return found, int(found.searchsorted(at))


def _leading(rest: Float[np.ndarray, "point other_point"]) -> tuple[np.ndarray, np.ndarray]:
    """The nearest u ⊗ v, by a few steps of power iteration."""
    v = rest[np.argmax(np.abs(rest).sum(axis=1))]
    size = float(v @ v)
    if size <= 0:
        return np.zeros(rest.shape[0]), np.zeros(rest.shape[1])
    for _ in range(3):
        u = rest @ v / float(v @ v)
        v = rest.T @ u / float(u @ u)
    return u, v
