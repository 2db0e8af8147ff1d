"""What all paid media together brought, as a share of the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from mediamix.inference.density import Density
from mediamix.models.beliefs.layout import on_top
from mediamix.models.priors import WEIBULL, Prior

if TYPE_CHECKING:
    from mediamix.models.problem import Problem

#: Points of the table of the implied density, and the part of its mass beyond them at either end.
POINTS, BEYOND = 129, 5e-4
#: Width of the kernel that smooths draws, in their standard deviations: it adds 1 % to the variance.
SMOOTH = 0.1


@dataclass(frozen=True)
class MediaShare:
    """The belief, and what the other priors imply without it.

    Args:
        prior: Of the share.
        effects: Indices in u of the paid channels' effects.
        part_c: Share of the outcome per unit of the effect.
        first: Log of a share where the table begins.
        step: Distance of its points.
        table_j: Log of the implied density of the share's log.
        slope_j: Its derivative.
    """

    prior: Prior
    effects: tuple[int, ...]
    part_c: Float[np.ndarray, " channel"]
    first: float
    step: float
    table_j: Float[np.ndarray, " point"]
    slope_j: Float[np.ndarray, " point"]

    @classmethod
    def of(
        cls, problem: Problem, prior: Prior, channels: list[int], u_dk: Float[np.ndarray, "draw parameter"]
    ) -> MediaShare:
        """Of the channels at these positions.

        Args:
            problem: With all other beliefs.
            prior: The belief.
            channels: Positions of the paid channels.
            u_dk: Draws from all other priors.
        """
        model = problem.model
        effects = [model.starts[c] for c in channels]
        part = model.effect_scale_c[channels] / problem.total
        x = np.log(shares(problem, effects, part, u_dk))
        width = SMOOTH * float(x.std())
        first, last = np.quantile(x, [BEYOND, 1 - BEYOND])
        points = np.linspace(first, last, POINTS)
        away = (points[:, None] - x) / width
        kernel = np.exp(-0.5 * away**2)
        table = np.log(kernel.mean(axis=1) / (width * np.sqrt(2 * np.pi)))
        slope = -(kernel * away).sum(axis=1) / (width * kernel.sum(axis=1))
        return cls(
            prior, tuple(effects), part, float(first), float(points[1] - points[0]), table, np.asarray(slope)
        )

    def density(self, inner: Density, priors: tuple[Prior, ...]) -> Density:
        """The belief on top of `inner`."""
        # Kernels are compiled when they are imported: only for who needs them.
        from mediamix.models.beliefs.share_density import log_shared

        numbers = [
            np.array([self.prior.location, self.prior.scale, self.first, self.step]),
            self.part_c,
            self.table_j,
            self.slope_j,
        ]
        return on_top(inner, log_shared, priors, [self.prior.link, POINTS, *self.effects], numbers, 0)

    def log_weight(
        self, problem: Problem, u_dk: Float[np.ndarray, "draw parameter"]
    ) -> Float[np.ndarray, " draw"]:
        """Log of the belief's density over the implied one, for draws from all other priors."""
        x = np.log(shares(problem, list(self.effects), self.part_c, u_dk))
        z = (x - self.prior.location) / self.prior.scale
        log_q = z - np.exp(z) if self.prior.link == WEIBULL else -0.5 * z**2
        last = self.first + self.step * (POINTS - 1)
        inside = np.interp(x, np.linspace(self.first, last, POINTS), self.table_j)
        below, above = np.minimum(x - self.first, 0.0), np.maximum(x - last, 0.0)
        return np.asarray(log_q - inside - self.slope_j[0] * below - self.slope_j[-1] * above)


def shares(
    problem: Problem,
    effects: list[int],
    part_c: Float[np.ndarray, " channel"],
    u_dk: Float[np.ndarray, "draw parameter"],
) -> Float[np.ndarray, " draw"]:
    """Share of the outcome that the channels with these effects bring, per draw."""
    priors = problem.model.priors
    theta = np.column_stack([priors[i].natural(u_dk[:, i]) for i in effects])
    return np.asarray(np.maximum(theta @ part_c, 1e-300))
