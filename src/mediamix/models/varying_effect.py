"""A channel whose effect isn't the same all the time: its part of a fit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Inexact, Int

from mediamix.models.base import ChannelEffect
from mediamix.models.varying import Course
from mediamix.transforms.media import Responses

#: Relative step of the exposure for the slope of a response, which is smooth: good to eight digits.
STEP = 1e-4


@dataclass(frozen=True, repr=False, kw_only=True)
class VaryingEffect(ChannelEffect):
    """A `ChannelEffect` times a factor over the periods, the same in all geos.

    Exposure that is asked about begins with the first period whose media are known.

    Args:
        course: Columns of the factor.
        weight_dk: Their weights.
    """

    course: Course
    weight_dk: Float[np.ndarray, "draw column"]

    @property
    def varies(self) -> bool:
        """As of a `ChannelEffect`."""
        return True

    def factor(self, periods: int) -> Float[np.ndarray, "draw series"]:
        """What the response is multiplied by, from the first period whose media are known."""
        return self.course.factor(self.weight_dk, periods)

    def contribution(
        self,
        exposure_gt: Inexact[np.ndarray, "geo time"],
        geo: int | None = None,
        before_gt: Inexact[np.ndarray, "geo before"] | None = None,
    ) -> Float[np.ndarray, "draw time"]:
        """As of a `ChannelEffect`."""
        if self.through:
            return super().contribution(exposure_gt, geo, before_gt)
        n_before = 0 if before_gt is None else before_gt.shape[1]
        plain = super().contribution(exposure_gt, geo, before_gt)
        return np.asarray(plain * self.factor(n_before + plain.shape[1])[:, n_before:])

    def responses(
        self,
        exposure_gt: Inexact[np.ndarray, "geo time"],
        n_before: int = 0,
        apart: tuple[Int[np.ndarray, " row"], Float[np.ndarray, "geo row window"]] | None = None,
    ) -> Responses:
        """As of a `ChannelEffect`; the slope from two responses beside each other."""
        if self.through:
            return super().responses(exposure_gt, n_before, apart)
        draws, geos = len(self.theta_dk), len(exposure_gt)
        window_dt = self.factor(exposure_gt.shape[1])[:, n_before:]
        over_time_dt = np.zeros((draws, exposure_gt.shape[1] - n_before))
        total_dg, slope_dg, carried_dg = (np.empty((draws, geos)) for _ in range(3))
        own_gt, carried_gt = exposure_gt.copy(), exposure_gt.copy()
        own_gt[:, :n_before], carried_gt[:, n_before:] = 0.0, 0.0
        for g in range(geos):

            def made(multiple: float, g: int = g) -> Float[np.ndarray, "draw window"]:
                series_gt = carried_gt + multiple * own_gt
                return np.asarray(
                    super(VaryingEffect, self).contribution(series_gt, g)[:, n_before:] * window_dt
                )

            now_dt = made(1.0)
            over_time_dt += now_dt
            total_dg[:, g] = now_dt.sum(axis=1)
            slope_dg[:, g] = (made(1.0 + STEP) - made(1.0 - STEP)).sum(axis=1) / (2 * STEP)
            carried_dg[:, g] = made(0.0).sum(axis=1) if n_before else 0.0
            if apart is not None:
                apart[1][g] += now_dt[apart[0]]
        return Responses(over_time_dt, total_dg, slope_dg, carried_dg)

    def response(
        self,
        exposure_gt: Inexact[np.ndarray, "geo time"],
        carried_gt: Inexact[np.ndarray, "geo time"],
        multiplier_p: Float[np.ndarray, " point"],
        geo: int | None = None,
    ) -> Float[np.ndarray, "draw point"]:
        """As of a `ChannelEffect`."""
        if self.through:
            return super().response(exposure_gt, carried_gt, multiplier_p, geo)
        sums = [self.contribution(carried_gt + m * exposure_gt, geo).sum(axis=1) for m in multiplier_p]
        return np.column_stack(sums)

    def thinned(self, rows: np.ndarray) -> VaryingEffect:
        """The same with some of the draws."""
        return replace(
            self,
            theta_dk=self.theta_dk[rows],
            beta_dg=self.beta_dg[rows],
            weight_dk=self.weight_dk[rows],
            through=tuple(path.thinned(rows) for path in self.through),
        )
