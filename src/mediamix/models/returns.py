"""Marginal returns before any data have spoken: their prior, and a belief that they are alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Float

from mediamix.models.base import Fit
from mediamix.models.problem import pose

#: How different the marginal returns may be: standard deviations of their logs.
SPREADS = np.geomspace(0.05, 1.0, 24)
#: Draws from the priors of carry-over and saturation; of large panels fewer.
DRAWS, FEWEST_DRAWS = 1000, 100
#: Saturations that are evaluated per channel at most.
EVALUATIONS = 1e8
#: A marginal return is what so many times the spend more brings, and the multiples of exposure for it.
STEP = 0.01
NEXT = np.array([1.0, 1.0 + STEP])


@dataclass(frozen=True)
class Alike:
    """The belief that marginal returns are alike, as a factor on a density that has channels independent.

    With S the sum of squares of the logs of marginal returns around their mean,

        f(S) = log Σ_k exp( −S / (2 τ_k²) ) / Z_k

    over spreads τ_k, and Z_k the prior mean of the numerator.

    Args:
        location_c: Prior means of the logs of marginal returns; outcome units per unit of spend.
        scale_c: Their prior standard deviations. ``log mROI_c = log(effect_c · scale_c / spend_c) +
            log e_c``, with the elasticity ``e_c = d log contribution / d log spend``. Their moments
            count: the effect (ROI or share) of a Weibull prior is only nearly log-normal.
        spread_k: τ_k.
    """

    location_c: Float[np.ndarray, " channel"]
    scale_c: Float[np.ndarray, " channel"]
    spread_k: Float[np.ndarray, " spread"] = field(default_factory=lambda: SPREADS)

    @cached_property
    def log_z(self) -> Float[np.ndarray, " spread"]:
        """``log Z_k``.

        With B an orthonormal basis of what differs between channels, ``y = Bᵀx ~ N(m, V)`` and
        ``Z = |I + V/τ²|^(−½) exp(−½ mᵀ (V + τ² I)⁻¹ m)``.
        """
        n = len(self.location_c)
        # Columns that sum to zero, orthonormal: the centring matrix without its null space.
        basis = np.linalg.svd(np.eye(n) - 1.0 / n)[0][:, : n - 1]
        size, turned = np.linalg.eigh(basis.T @ (self.scale_c[:, None] ** 2 * basis))
        along = (turned.T @ (basis.T @ self.location_c)) ** 2
        square_k = self.spread_k[:, None] ** 2
        log_kj = -0.5 * np.log1p(size / square_k) - 0.5 * along / (size + square_k)
        return np.asarray(log_kj.sum(axis=1))

    def log_terms(self, log_return_dc: Float[np.ndarray, "draw channel"]) -> Float[np.ndarray, "spread draw"]:
        """The terms of f per draw, as logs."""
        apart_d = ((log_return_dc - log_return_dc.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
        return np.asarray(-0.5 * apart_d / self.spread_k[:, None] ** 2 - self.log_z[:, None])

    def without(self, less: float) -> Alike:
        """The same with the spreads below left out."""
        return Alike(self.location_c, self.scale_c, self.spread_k[self.spread_k >= less])


def alike_of(fit: Fit, channels: list[int]) -> Alike:
    """The belief for the channels with spend, at today's spend over all periods and geos.

    Args:
        fit: For its data and priors.
        channels: Positions of channels with spend.
    """
    problem = pose(fit.dataset, fit.spec)
    data, model = fit.dataset, problem.model
    most = int(EVALUATIONS / (len(NEXT) * data.outcome_gt.size))
    shape = (max(FEWEST_DRAWS, min(DRAWS, most)), len(model.priors))
    u = np.random.default_rng(0).standard_normal(shape)
    location, scale = [], []
    for c in channels:
        start, transform = model.starts[c], model.transforms[c]
        theta = [
            model.priors[start + 1 + i].natural(u[:, start + 1 + i])
            * (problem.exposure.reference_c[c] if parameter.scale == "exposure" else 1.0)
            for i, parameter in enumerate(transform.parameters)
        ]
        own_gt = data.series_gtc[:, :, c] / problem.size_g[:, None]
        before_gt = own_gt.copy()
        own_gt[:, : data.n_before], before_gt[:, data.n_before :] = 0.0, 0.0
        weight_dg = np.broadcast_to(problem.size_g, (len(u), len(problem.size_g)))
        now, then = transform.respond_scaled(own_gt, before_gt, np.column_stack(theta), weight_dg, NEXT).T
        elasticity = np.log(elasticity_of(now, then))
        effect = model.priors[start]
        money = model.effect_scale_c[c] * problem.outcome.mean / data.spend_c[c]
        location.append(effect.log_mean + np.log(money) + elasticity.mean())
        scale.append(np.hypot(effect.log_sd, elasticity.std()))
    return Alike(np.array(location), np.array(scale))


def elasticity_of(now: Float[np.ndarray, " draw"], then: Float[np.ndarray, " draw"]) -> np.ndarray:
    """``d log contribution / d log spend`` from contributions at `NEXT`, at least a thousandth.

    A saturation that is all but flat has an elasticity of 0 in double precision, which has no log.
    """
    return np.asarray(np.maximum((then - now) / (STEP * np.maximum(now, 1e-300)), 1e-3))
