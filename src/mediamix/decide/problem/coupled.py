"""A problem whose worth is more than a sum over channels: pairs add to it, or take from it.

    maximise  Σ_c f_c(x_c) + Σ_p S_p(x_a, x_b)     within the limits of `Separable`

with S piecewise bilinear in the spends of the pair's two channels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Float

from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.pairs import Pair, between, place
from mediamix.decide.problem.separable import Separable


@dataclass(frozen=True, eq=False)
class Surface:
    """Worth of two channels together.

    Args:
        one: Position of a channel.
        other: Of the other one.
        at_one: Spends of the first, among the points of its grid.
        at_other: Of the other, alike.
        worth: At these spends.
    """

    one: int
    other: int
    at_one: Float[np.ndarray, " point"]
    at_other: Float[np.ndarray, " other_point"]
    worth: Float[np.ndarray, "point other_point"]

    def at(self, x: Float[np.ndarray, " channel"]) -> float:
        """Worth at a plan."""
        (i, u), (j, v) = place(self.at_one, x[self.one]), place(self.at_other, x[self.other])
        corners = self.worth[i : i + 2, j : j + 2]
        return float(np.array([1.0 - u, u]) @ corners @ np.array([1.0 - v, v]))

    def between(
        self, one: Float[np.ndarray, " point"], other: Float[np.ndarray, " other_point"]
    ) -> Float[np.ndarray, "point other_point"]:
        """Worth at all pairs of some spends."""
        rows = between(self.at_other, self.worth, other)
        return np.asarray(between(self.at_one, np.ascontiguousarray(rows.T), one).T)


@dataclass(frozen=True)
class Coupled(Separable):
    """A `Separable` problem with pairs; `values` are of each channel by itself.

    Args:
        surfaces: Of the pairs.
    """

    surfaces: tuple[Surface, ...] = ()

    def value(self, x: Float[np.ndarray, " channel"]) -> Float[np.ndarray, " channel"]:
        """Worth per channel at spend `x`, halves of its pairs included: the sum is that of the plan."""
        found = super().value(x)
        for surface in self.surfaces:
            found[[surface.one, surface.other]] += 0.5 * surface.at(x)
        return found

    def around(self, x: Float[np.ndarray, " channel"]) -> Separable:
        """The separable problem that is this one, but for a constant, where one channel leaves a plan."""
        values = list(self.values)
        for surface in self.surfaces:
            a, b = surface.one, surface.other
            (i, u), (j, v) = place(surface.at_one, x[a]), place(surface.at_other, x[b])
            along_a = (1.0 - v) * surface.worth[:, j] + v * surface.worth[:, j + 1]
            along_b = (1.0 - u) * surface.worth[i] + u * surface.worth[i + 1]
            values[a] = values[a] + np.interp(self.grids[a], surface.at_one, along_a)
            values[b] = values[b] + np.interp(self.grids[b], surface.at_other, along_b)
        return replace(self.alone(), values=values)

    def alone(self) -> Separable:
        """The same with each channel by itself, without the pairs."""
        return Separable(**{entry.name: getattr(self, entry.name) for entry in fields(Separable)})


def with_pairs(
    frame: Separable, curves: Curves, made: Callable[[Pair], Float[np.ndarray, "point other_point"]]
) -> Separable:
    """A problem with the pairs of its curves, their worth as `made` of each; as it is where there are none.

    Args:
        frame: Limits, and the worth of the channels by themselves, in the order of the curves.
        curves: With the pairs.
        made: Worth at a pair's points.
    """
    if not curves.pairs:
        return frame
    index = {name: c for c, name in enumerate(curves.channels)}
    surfaces = tuple(
        Surface(index[pair.one], index[pair.other], pair.at_one, pair.at_other, made(pair))
        for pair in curves.pairs
    )
    own = {entry.name: getattr(frame, entry.name) for entry in fields(Separable)}
    return Coupled(**own, surfaces=surfaces)
