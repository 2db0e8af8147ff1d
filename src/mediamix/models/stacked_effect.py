"""A channel's part of a stacked fit: each draw is a member's, and responds as that member says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Float, Inexact, Int

from mediamix.models.base import ChannelEffect
from mediamix.models.mixed import Mixed
from mediamix.transforms.media import Responses


@dataclass(frozen=True, repr=False, kw_only=True)
class StackedEffect(ChannelEffect):
    """The effects of one channel in several models; its own transform is the first one's, without parameters.

    Args:
        parts: The members', with the draws that count.
        mixed: Whose each draw is.
    """

    parts: tuple[ChannelEffect, ...]
    mixed: Mixed

    @classmethod
    def of_parts(cls, parts: Sequence[ChannelEffect], mixed: Mixed) -> StackedEffect:
        """From the members' effects; all of them are of the same channel and the same geos."""
        first = parts[0]
        return cls(
            channel=first.channel,
            transform=first.transform,
            theta_dk=np.empty((len(mixed.member_d), 0)),
            beta_dg=mixed.spread([part.beta_dg for part in parts]),
            size_g=first.size_g,
            parts=tuple(parts),
            mixed=mixed,
        )

    @property
    def alike(self) -> tuple[ChannelEffect, ...]:
        """The members' effects, as far as they have draws."""
        return tuple(part for part in self.parts if len(part.beta_dg))

    def _each(self, make: Callable[[ChannelEffect], np.ndarray]) -> np.ndarray:
        """One array over all draws from each member's."""
        return self.mixed.spread([make(part) if len(part.beta_dg) else None for part in self.parts])

    def contribution(
        self,
        exposure_gt: Inexact[np.ndarray, "geo time"],
        geo: int | None = None,
        before_gt: Inexact[np.ndarray, "geo before"] | None = None,
    ) -> Float[np.ndarray, "draw time"]:
        """As of a `ChannelEffect`."""
        return self._each(lambda part: part.contribution(exposure_gt, geo, before_gt))

    def responses(
        self,
        exposure_gt: Inexact[np.ndarray, "geo time"],
        n_before: int = 0,
        apart: tuple[Int[np.ndarray, " row"], Float[np.ndarray, "geo row window"]] | None = None,
    ) -> Responses:
        """As of a `ChannelEffect`."""
        made: list[Responses | None] = []
        for m, part in enumerate(self.parts):
            if not len(part.beta_dg):
                made.append(None)
                continue
            own = None
            if apart is not None:
                at = np.flatnonzero(self.mixed.member_d[apart[0]] == m)
                own = self.mixed.place_d[apart[0][at]], np.ascontiguousarray(apart[1][:, at])
            made.append(part.responses(exposure_gt, n_before, own))
            if apart is not None and own is not None:
                apart[1][:, at] = own[1]
        return Responses(
            *(
                self.mixed.spread([None if one is None else getattr(one, field.name) for one in made])
                for field in fields(Responses)
            )
        )

    def response(
        self,
        exposure_gt: Inexact[np.ndarray, "geo time"],
        carried_gt: Inexact[np.ndarray, "geo time"],
        multiplier_p: Float[np.ndarray, " point"],
        geo: int | None = None,
    ) -> Float[np.ndarray, "draw point"]:
        """As of a `ChannelEffect`."""
        return self._each(lambda part: part.response(exposure_gt, carried_gt, multiplier_p, geo))

    @property
    def varies(self) -> bool:
        """As of a `ChannelEffect`."""
        return any(part.varies for part in self.alike)

    def factor(self, periods: int) -> Float[np.ndarray, "draw series"]:
        """As of a `ChannelEffect`."""
        return self._each(lambda part: part.factor(periods))

    def still_to_come(self, periods: int) -> Float[np.ndarray, "draw lag"]:
        """As of a `ChannelEffect`."""
        return self._each(lambda part: part.still_to_come(periods))

    def saturated(self, level_p: Float[np.ndarray, " point"]) -> Float[np.ndarray, "draw point"]:
        """As of a `ChannelEffect`."""
        return self._each(lambda part: part.saturated(level_p))

    def thinned(self, rows: np.ndarray) -> StackedEffect:
        """The same with some of the draws."""
        mixed, own = self.mixed.picked(rows, len(self.parts))
        parts = tuple(part.thinned(which) for part, which in zip(self.parts, own, strict=True))
        return replace(
            self, theta_dk=self.theta_dk[rows], beta_dg=self.beta_dg[rows], parts=parts, mixed=mixed
        )
