"""A channel's future as one model sees it, or several: each draw responds as its model says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mediamix.transforms.ahead import Ahead, Lines

#: The straight starts of every model's envelopes.
Starts = tuple[Lines | None, ...]
Period = Float[np.ndarray, " period"]


@dataclass(frozen=True, eq=False)
class Beside:
    """Futures of one channel whose rows follow each other; as an `Ahead` of all of them together.

    Args:
        parts: One a model; of one window.
    """

    parts: tuple[Ahead, ...]

    @property
    def horizon(self) -> int:
        """Periods of the window."""
        return self.parts[0].horizon

    @property
    def periods(self) -> int:
        """Of the window and the longest tail."""
        return max(part.periods for part in self.parts)

    def value(self, x_s: Period, lines: Starts | None = None) -> float:
        """As of `Ahead`."""
        return sum(part.value(x_s, own) for part, own in self._with(lines))

    def slope(self, x_s: Period, lines: Starts | None = None) -> tuple[float, Period]:
        """As of `Ahead`."""
        found = [part.slope(x_s, own) for part, own in self._with(lines)]
        return sum(value for value, _ in found), np.sum([slope_s for _, slope_s in found], axis=0)

    def curvature(self, x_s: Period, lines: Starts | None = None) -> Float[np.ndarray, "period period"]:
        """As of `Ahead`."""
        return np.asarray(sum(part.curvature(x_s, own) for part, own in self._with(lines)))

    def rows(self, x_s: Period) -> Float[np.ndarray, "row time"]:
        """As of `Ahead`; after a model's own tail there is nothing."""
        found = [part.rows(x_s) for part in self.parts]
        return np.concatenate([np.pad(r, ((0, 0), (0, self.periods - r.shape[1]))) for r in found])

    def lines(self, low_s: Period, high_s: Period, most: float) -> Starts | None:
        """As of `Ahead`."""
        found = tuple(part.lines(low_s, high_s, most) for part in self.parts)
        return None if all(one is None for one in found) else found

    def _with(self, lines: Starts | None) -> Sequence[tuple[Ahead, Lines | None]]:
        return list(zip(self.parts, lines or (None,) * len(self.parts), strict=True))
