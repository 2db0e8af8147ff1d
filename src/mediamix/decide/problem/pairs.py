"""Pairs: what two channels bring together beyond their own curves, at spends of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from mediamix.core.card import Brief
from mediamix.core.construct import says
from mediamix.core.errors import DataError
from mediamix.core.registry import suggestion


@says(DataError)
@dataclass(frozen=True, eq=False, repr=False)
class Pair(Brief):
    """Contribution of two channels together, bilinear between points of their spends.

    Added to the contributions of the two by themselves; below zero where they take from each other.

    Args:
        one: A channel.
        other: Another one.
        at_one: Spends of the first [points], among the points of its curve, to both of its ends.
        at_other: Of the second, alike.
        contribution: At these spends, ``[points, other points]`` or ``[draws, points, other points]``.

    Raises:
        DataError: They aren't numbers.
    """

    one: str
    other: str
    at_one: np.ndarray
    at_other: np.ndarray
    contribution: np.ndarray

    def __post_init__(self) -> None:
        for name in ("at_one", "at_other", "contribution"):
            # Draws are neighbours in memory.
            array = np.array(getattr(self, name), dtype=np.float64, order="F")
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def channels(self) -> tuple[str, str]:
        """Both names."""
        return self.one, self.other

    @property
    def n_draws(self) -> int:
        """Number of draws; 1 where it is certain."""
        return self.contribution.shape[0] if self.contribution.ndim == 3 else 1

    @cached_property
    def mean(self) -> Float[np.ndarray, "point other_point"]:
        """Expected contribution at the points."""
        return self.contribution.mean(axis=0) if self.contribution.ndim == 3 else self.contribution

    def weighted(self, weights: Float[np.ndarray, " draw"]) -> Float[np.ndarray, "point other_point"]:
        """A weighted sum over the draws."""
        if self.contribution.ndim == 2:
            return np.asarray(weights.sum() * self.contribution)
        flat = weights @ self.contribution.reshape(self.n_draws, -1, order="F")
        return np.asarray(flat.reshape(self.contribution.shape[1:], order="F"))

    def on_draw(self, d: int) -> Float[np.ndarray, "point other_point"]:
        """One draw's; the only one of what is certain."""
        return self.contribution if self.contribution.ndim == 2 else self.contribution[d]

    def at(self, spend: Mapping[str, float]) -> Float[np.ndarray, " draw"]:
        """Draws of the contribution at spends of channels ([1] where it is certain)."""
        along_dp = self.along(self.one, spend[self.other])
        cell, weight = place(self.at_one, spend[self.one])
        return np.asarray((1.0 - weight) * along_dp[:, cell] + weight * along_dp[:, cell + 1])

    def along(self, channel: str, beside: float) -> Float[np.ndarray, "draw point"]:
        """Draws at the points of one of its channels, where the other one spends `beside`."""
        values = self.contribution if self.contribution.ndim == 3 else self.contribution[None]
        if channel == self.one:
            cell, weight = place(self.at_other, beside)
            return np.asarray((1.0 - weight) * values[:, :, cell] + weight * values[:, :, cell + 1])
        cell, weight = place(self.at_one, beside)
        return np.asarray((1.0 - weight) * values[:, cell] + weight * values[:, cell + 1])

    def points(self, channel: str) -> Float[np.ndarray, " point"]:
        """Of one of its channels."""
        return self.at_one if channel == self.one else self.at_other

    def sides(self) -> Iterator[tuple[str, str]]:
        """Each channel with the other one."""
        yield self.one, self.other
        yield self.other, self.one


def place(points: Float[np.ndarray, " point"], at: float) -> tuple[int, float]:
    """The piece that holds a spend, and how far into it; the ends hold what is beyond."""
    cell = min(max(int(points.searchsorted(at, side="right")) - 1, 0), len(points) - 2)
    weight = float((at - points[cell]) / (points[cell + 1] - points[cell]))
    return cell, min(max(weight, 0.0), 1.0)


def between(
    points: Float[np.ndarray, " point"], values: Float[np.ndarray, "draw point"], at: np.ndarray
) -> Float[np.ndarray, "draw at"]:
    """Draws of a piecewise-linear function at some spends within its points."""
    cell = np.clip(np.searchsorted(points, at, side="right") - 1, 0, len(points) - 2)
    weight = np.clip((at - points[cell]) / (points[cell + 1] - points[cell]), 0.0, 1.0)
    return np.asarray((1.0 - weight) * values[:, cell] + weight * values[:, cell + 1])


def pair_findings(pairs: Sequence[Pair], grids: Mapping[str, np.ndarray | None]) -> list[str]:
    """What is wrong with the names, the points and the shapes of pairs."""
    found: list[str] = []
    seen: set[frozenset[str]] = set()
    for pair in pairs:
        label = f"the pair {pair.one} × {pair.other}"
        strangers = [name for name in pair.channels if name not in grids]
        found += [
            f"{label} names '{n}', which has no curve {suggestion(n, grids)}".rstrip() for n in strangers
        ]
        if pair.one == pair.other:
            found.append(f"{label} is a channel with itself, which its curve holds already")
        elif frozenset(pair.channels) in seen:
            found.append(f"{label} is there twice")
        seen.add(frozenset(pair.channels))
        if not strangers:
            found += _point_findings(label, pair, grids)
    return found


def _point_findings(label: str, pair: Pair, grids: Mapping[str, np.ndarray | None]) -> list[str]:
    found = []
    wanted = tuple(np.size(pair.points(name)) for name in pair.channels)
    values = np.asarray(pair.contribution)
    if values.ndim not in (2, 3) or values.shape[-2:] != wanted or values.size == 0:
        found.append(f"{label}: contribution must be {[*wanted]} or [draws, {wanted[0]}, {wanted[1]}], "
                     f"got {[*values.shape]}")  # fmt: skip
    elif not np.isfinite(values).all():
        found.append(f"{label}: contribution holds missing or infinite values")
    for name in pair.channels:
        points, grid = np.asarray(pair.points(name)), grids[name]
        if grid is None or grid.ndim != 1 or grid.size < 2:
            continue
        if points.ndim != 1 or points.size < 2 or (np.diff(points) <= 0).any():
            found.append(f"{label}: the points of {name} must be two at least, and increase strictly")
        elif not np.isin(points, grid).all() or (points[[0, -1]] != grid[[0, -1]]).any():
            found.append(f"{label}: the points of {name} must be points of its curve, both ends among them")
    return found
