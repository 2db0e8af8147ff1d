"""Marginal returns before any data have spoken: their prior, and a belief that they are alike."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import NormalDist

import numpy as np
from jaxtyping import Float, Int

from mediamix.models.alike import FREEDOM, terms_of
from mediamix.models.base import Fit
from mediamix.models.problem import pose
from mediamix.models.rises import STEP

#: How different the marginal returns may be: standard deviations of their logs.
SPREADS = np.geomspace(0.05, 1.0, 5)
#: How likely a channel is to stand apart from the others, before the data.
APART = 0.1
#: Distance of the centres that are summed over, in standard deviations of what C channels say of one.
FINENESS = 2.5
#: Draws from the priors of carry-over and saturation; of large panels fewer.
DRAWS, FEWEST_DRAWS = 1000, 100
#: Equally likely values of an effect under its prior.
QUANTILES = 400
#: Points of a return's prior: so far apart in logs, within these logs of its middle.
BIN, REACH = 0.02, 12.0
#: Part of the priors' mass outside of the centres.
OUTSIDE = 0.05
#: Saturations that are evaluated per channel at most.
EVALUATIONS = 5e6
#: The multiples of exposure that a marginal return follows from.
NEXT = np.array([1.0, 1.0 + STEP])


@dataclass(frozen=True)
class Alike:
    """The belief that marginal returns are alike but for a few: a factor on independent channels.

    Channel by channel the prior p_c of the log x_c of its marginal return is replaced, given what is
    common to all, by one of two: with probability 1 − ε the return is near a common centre μ, with ε it
    stands apart, as its own prior says.

        p(x | μ, τ) = Π_c p_c(x_c) · ( ε + (1 − ε) K((x_c − μ) / τ) / Z_c(μ, τ) ),   Z_c = E_{p_c} K
        K(z) = (1 + z² / 3)^(−2)   (Student's t with three degrees of freedom)
        F(x) = Σ_k Σ_m v_km Π_c ( … at τ_k, μ_km )

    Z_c makes it a density for any prior; all τ_k are equally likely, and centres μ_km as the mean of the
    channels' priors, v_km ∝ Σ_c Z_c. So what one channel may bring is nearly what its prior says; what
    changes is what it says of the others.

    Args:
        point_j: Logs of marginal returns, evenly spaced; outcome units per unit of spend.
        prior_cj: How likely each is before the data, sums 1.
        spread_k: τ_k.
        apart: ε.
        fineness: Distance of the centres, in τ / √C. Coarse ones are a prior too.
    """

    point_j: Float[np.ndarray, " point"]
    prior_cj: Float[np.ndarray, "channel point"]
    spread_k: Float[np.ndarray, " spread"] = field(default_factory=lambda: SPREADS)
    apart: float = APART
    fineness: float = FINENESS

    @cached_property
    def tables(self) -> tuple[Int[np.ndarray, " spread"], Float[np.ndarray, " number"]]:
        """Sizes and numbers that `models.alike` reads."""
        c, k = len(self.prior_cj), len(self.spread_k)
        mass_j = np.cumsum(self.prior_cj.mean(axis=0))
        low, high = (self.point_j[np.searchsorted(mass_j, q)] for q in (OUTSIDE / 2, 1 - OUTSIDE / 2))
        sizes, numbers = [], [np.array([self.apart])]
        for spread in self.spread_k:
            step = self.fineness * spread / np.sqrt(c)
            centre_m = np.arange(low, high + step, step)
            away_mj = (self.point_j - centre_m[:, None]) / spread
            z_cm = self.prior_cj @ (1.0 + away_mj**2 / FREEDOM).T ** -2.0
            weight_m = z_cm.sum(axis=0)
            sizes.append(len(centre_m))
            numbers += [
                np.array([spread, low, step]),
                weight_m / weight_m.sum() / k,
                ((1.0 - self.apart) / z_cm).ravel(),
            ]
        return np.array(sizes), np.concatenate(numbers)

    def terms(self, log_return_dc: Float[np.ndarray, "draw channel"]) -> Float[np.ndarray, "draw spread"]:
        """The terms of F per draw."""
        return np.asarray(terms_of(np.ascontiguousarray(log_return_dc), *self.tables))

    def without(self, less: float) -> Alike:
        """The same with the spreads below left out."""
        return replace(self, spread_k=self.spread_k[self.spread_k >= less])


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
    logs_cn = []
    even = np.array([NormalDist().inv_cdf((i + 0.5) / QUANTILES) for i in range(QUANTILES)])
    for c in channels:
        start, transform = model.starts[c], model.transforms[c]
        theta = [
            model.priors[start + 1 + i].natural(u[:, start + 1 + i])
            * (problem.unit_c[c] if parameter.scale == "exposure" else 1.0)
            for i, parameter in enumerate(transform.parameters)
        ]
        series_gt = np.concatenate([data.before_gt(c), data.delivery_gt(c)], axis=1)
        own_gt = series_gt / problem.size_g[:, None]
        before_gt = own_gt.copy()
        own_gt[:, : data.n_before], before_gt[:, data.n_before :] = 0.0, 0.0
        weight_dg = np.broadcast_to(problem.size_g, (len(u), len(problem.size_g)))
        theta_dk = np.column_stack(theta) if theta else np.empty((len(u), 0))
        now, then = transform.respond_scaled(own_gt, before_gt, theta_dk, weight_dg, NEXT).T
        elasticity = np.log(elasticity_of(now, then))
        effect = np.log(np.maximum(model.priors[start].natural(even), 1e-300))
        money = model.effect_scale_c[c] * problem.outcome.mean / data.spend_c[c]
        # Both are independent before the data: every effect with every elasticity.
        logs_cn.append(
            (
                effect[:, None]
                + np.quantile(elasticity, (np.arange(QUANTILES) + 0.5) / QUANTILES)
                + np.log(money)
            ).ravel()
        )
    middle = float(np.median(logs_cn))
    edge_j = middle + np.arange(-REACH, REACH + BIN, BIN)
    prior_cj = np.array(
        [np.histogram(np.clip(logs_n, edge_j[0], edge_j[-1]), edge_j)[0] for logs_n in logs_cn]
    )
    return Alike(edge_j[:-1] + 0.5 * BIN, prior_cj / prior_cj.sum(axis=1, keepdims=True))


def elasticity_of(now: Float[np.ndarray, " draw"], then: Float[np.ndarray, " draw"]) -> np.ndarray:
    """``d log contribution / d log spend`` from contributions at `NEXT`, at least a thousandth.

    A saturation that is all but flat has an elasticity of 0 in double precision, which has no log.
    """
    return np.asarray(np.maximum((then - now) / (STEP * np.maximum(now, 1e-300)), 1e-3))
