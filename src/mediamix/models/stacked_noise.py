"""The noise of a stacked fit: each draw's is that of its member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mediamix.models.mixed import Mixed
from mediamix.models.noise import Noise


@dataclass(frozen=True)
class StackedNoise(Noise):
    """Noise of several kinds; `rho_d` is that of those that remember, 0 of the others.

    Args:
        parts: The members', with the draws that count.
        mixed: Whose each draw is.
    """

    parts: tuple[Noise, ...] = ()
    mixed: Mixed | None = None

    @classmethod
    def of_parts(cls, parts: Sequence[Noise], mixed: Mixed) -> Noise:
        """Plain where all members' is."""
        if all(part.plain for part in parts):
            return Noise()
        rho_d = None
        if any(part.rho_d is not None for part in parts):
            rho_d = mixed.spread([part.rho_d for part in parts])
        return cls(rho_d, None, tuple(parts), mixed)

    @property
    def plain(self) -> bool:
        """Whether it is normal and independent."""
        return False

    @property
    def words(self) -> str | None:
        """For people."""
        return "; ".join(dict.fromkeys(part.words or "normal noise" for part in self.parts))

    def thinned(self, rows: np.ndarray) -> Noise:
        """The same with some of the draws."""
        assert self.mixed is not None
        mixed, own = self.mixed.picked(rows, len(self.parts))
        parts = tuple(part.thinned(which) for part, which in zip(self.parts, own, strict=True))
        return StackedNoise(None if self.rho_d is None else self.rho_d[rows], None, parts, mixed)

    def shaped(
        self,
        normal_dt: Float[np.ndarray, "draw time"],
        rng: np.random.Generator,
        before_d: Float[np.ndarray, " draw"] | None = None,
        gap: int = 1,
    ) -> Float[np.ndarray, "draw time"]:
        """As of `Noise`."""
        assert self.mixed is not None
        out = np.empty_like(normal_dt)
        for m, part in enumerate(self.parts):
            own = self.mixed.rows(m)
            known = None if before_d is None or part.rho_d is None else before_d[own]
            out[own] = part.shaped(normal_dt[own], rng, known, gap)
        return out

    def scores(
        self, residual_t: Float[np.ndarray, " time"], deviation_d: Float[np.ndarray, " draw"]
    ) -> Float[np.ndarray, " time"]:
        """The mean of what the members make of them, each counting as much as it has draws."""
        assert self.mixed is not None
        found = [
            len(own) * part.scores(residual_t, deviation_d[own])
            for m, part in enumerate(self.parts)
            if len(own := self.mixed.rows(m))
        ]
        return np.asarray(np.sum(found, axis=0) / len(deviation_d))
