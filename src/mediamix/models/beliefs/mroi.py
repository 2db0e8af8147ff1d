"""Marginal returns that somebody has a belief about: what the next money of a channel brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from mediamix.inference.density import Density
from mediamix.models.beliefs.layout import on_top
from mediamix.models.panel import PanelModel
from mediamix.models.priors import Prior
from mediamix.models.rises import STEP
from mediamix.transforms.base import address
from mediamix.transforms.order import part_of

if TYPE_CHECKING:
    from mediamix.models.problem import Problem

#: Draws of shapes that the implied prior of a ROI is made from.
DRAWS = 500


@dataclass(frozen=True)
class Mroi:
    """The belief, and all that the marginal returns follow from.

    Args:
        channels: Positions.
        priors: Of their marginal returns, in money per money.
        info: Integers for `rises.rise_of`, one channel after the other.
        constant_m: From the log of effect × rise ÷ total to that of the marginal return.
        exposure_gml: Of the data and, as zeros, of half a year after.
        before_gml: Of the periods before the window.
        size_g: Of the geos.
        t: Periods of the data, those before the window too.
    """

    channels: tuple[int, ...]
    priors: tuple[Prior, ...]
    info: Int[np.ndarray, " number"]
    constant_m: Float[np.ndarray, " channel"]
    exposure_gml: Float[np.ndarray, "geo row time"]
    before_gml: Float[np.ndarray, "geo row time"]
    size_g: Float[np.ndarray, " geo"]
    t: int

    @classmethod
    def of(cls, problem: Problem, beliefs: dict[int, Prior]) -> Mroi:
        """Of the channels at these positions, over the whole window."""
        model, data = problem.model, problem.dataset
        channels = list(beliefs)
        exposure_gct = model.exposure_gct if isinstance(model, PanelModel) else model.exposure_ct[None]
        geos, _, t = exposure_gct.shape
        # As long as the response curves count carry-over out of a window.
        length = t + round(data.every.per_year / 2)
        rows, codes = part_of(model.transforms, channels)
        own, before = np.zeros((2, geos, len(rows), length))
        own[..., data.n_before : t] = exposure_gct[:, rows, data.n_before :]
        before[..., : data.n_before] = exposure_gct[:, rows, : data.n_before]
        info = []
        for c, code in zip(channels, codes, strict=True):
            media = model.transforms[c]
            info += [
                model.starts[c],
                address(media.adstock.kernel), len(media.adstock.parameters), code,
                address(media.saturation.kernel), len(media.saturation.parameters),
            ]  # fmt: skip
        money_c = model.effect_scale_c * problem.outcome.mean * (data.worth or 1.0)
        constant = np.log(money_c[channels] / (STEP * data.spend_c[channels]))
        return cls(
            tuple(channels), tuple(beliefs.values()), np.array(info), constant, own, before, problem.size_g, t
        )

    def log_multiple(
        self, theta_dk: Float[np.ndarray, "draw parameter"]
    ) -> Float[np.ndarray, "draw channel"]:
        """Log of a marginal return over the channel's effect, per draw of all parameters."""
        from mediamix.models.beliefs.mroi_density import log_multiples

        k, length = theta_dk.shape[1], self.exposure_gml.shape[2]
        out = np.empty((len(theta_dk), len(self.channels)))
        log_multiples(
            np.ascontiguousarray(theta_dk), self.info, np.ascontiguousarray(self.size_g), STEP, self.t,
            bool(self.before_gml.any()), self.exposure_gml, self.before_gml, np.zeros(6 * length),
            np.zeros((3, k, length)), np.zeros((2, k)), out,
        )  # fmt: skip
        return np.asarray(out + self.constant_m)

    def implied(self, problem: Problem) -> dict[int, Prior]:
        """Per index in u a log-normal prior of the effect, as wide as what the belief implies."""
        priors = problem.model.priors
        u = np.random.default_rng(0).standard_normal((DRAWS, len(priors)))
        theta = np.column_stack([prior.natural(u[:, i]) for i, prior in enumerate(priors)])
        multiple_dm = self.log_multiple(theta)
        found = {}
        for m, (c, belief) in enumerate(zip(self.channels, self.priors, strict=True)):
            at = problem.model.starts[c]
            middle = belief.log_mean - float(multiple_dm[:, m].mean())
            width = float(np.hypot(belief.log_sd, multiple_dm[:, m].std()))
            found[at] = Prior(priors[at].name, "positive", middle, width)
        return found

    def density(self, inner: Density, priors: tuple[Prior, ...]) -> Density:
        """The belief on top of `inner`."""
        # Kernels are compiled when they are imported: only for who needs them.
        from mediamix.models.beliefs.mroi_density import log_believed

        geos, length, m = len(self.size_g), self.exposure_gml.shape[2], len(self.channels)
        integers = [m, geos, self.t, length, int(self.before_gml.any()), *self.info.tolist()]
        numbers = [
            np.array([STEP]),
            self.size_g,
            self.constant_m,
            np.array([prior.location for prior in self.priors]),
            np.array([prior.scale for prior in self.priors]),
            self.exposure_gml,
            self.before_gml,
        ]
        scratch = 2 * len(priors) + (6 + 3 * len(priors)) * length
        return on_top(
            inner, log_believed, priors, [*integers, *(p.link for p in self.priors)], numbers, scratch
        )

    def place(
        self, problem: Problem, u_dk: Float[np.ndarray, "draw parameter"], rng: np.random.Generator
    ) -> None:
        """Draw the effects' coordinates from the belief, given the shapes in `u_dk`; in place."""
        priors = problem.model.priors
        theta = np.column_stack([prior.natural(u_dk[:, i]) for i, prior in enumerate(priors)])
        multiple_dm = self.log_multiple(theta)
        for m, (c, belief) in enumerate(zip(self.channels, self.priors, strict=True)):
            at = problem.model.starts[c]
            log_mroi = np.log(np.maximum(belief.natural(rng.standard_normal(len(u_dk))), 1e-300))
            u_dk[:, at] = (log_mroi - multiple_dm[:, m] - priors[at].location) / priors[at].scale
