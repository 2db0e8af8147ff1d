"""What the priors say of each channel's marginal return, before any data have spoken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mediamix.models.base import Fit
from mediamix.models.problem import pose

#: Draws from the priors of carry-over and saturation; of large panels fewer.
DRAWS, FEWEST_DRAWS = 1000, 100
#: Saturations that are evaluated per channel at most.
EVALUATIONS = 1e8
#: Multiples of the exposure between which a marginal return is taken.
STEP = 0.01
AROUND = np.array([1.0 - STEP, 1.0 + STEP])


@dataclass(frozen=True)
class ReturnPrior:
    """Normal priors of the logs of marginal returns, channels independent of each other.

    ``log mROI_c = log(effect_c · scale_c / spend_c) + log e_c``: the effect (ROI or share) is
    log-normal, and so nearly is the elasticity ``e_c = d log contribution / d log spend``.

    Args:
        location_c: Means; outcome units per unit of spend, logs.
        scale_c: Standard deviations.
    """

    location_c: Float[np.ndarray, " channel"]
    scale_c: Float[np.ndarray, " channel"]


def return_prior(fit: Fit, channels: list[int]) -> ReturnPrior:
    """The prior of the marginal return at today's spend, over all periods and geos.

    Args:
        fit: For its data and priors.
        channels: Positions of channels with spend.
    """
    problem = pose(fit.dataset, fit.spec)
    data, model = fit.dataset, problem.model
    rng = np.random.default_rng(0)
    most = int(EVALUATIONS / (len(AROUND) * data.outcome_gt.size))
    shape = (max(FEWEST_DRAWS, min(DRAWS, most)), len(model.priors))
    u = rng.standard_normal(shape)
    location, scale = [], []
    for c in channels:
        start, transform = model.starts[c], model.transforms[c]
        own = model.priors[start + 1 : start + 1 + len(transform.parameters)]
        units = [
            problem.exposure.reference_c[c] if parameter.scale == "exposure" else 1.0
            for parameter in transform.parameters
        ]
        theta_dk = np.column_stack(
            [prior.natural(u[:, start + 1 + i]) * units[i] for i, prior in enumerate(own)]
        )
        exposure_gt = data.exposure_gtc[:, :, c] / problem.size_g[:, None]
        weight_dg = np.broadcast_to(problem.size_g, (len(u), len(problem.size_g)))
        low, high = transform.respond_scaled(
            exposure_gt, np.zeros_like(exposure_gt), theta_dk, weight_dg, AROUND
        ).T
        elasticity = np.log(elasticity_of(low, high))
        effect = model.priors[start]
        money = model.effect_scale_c[c] * problem.outcome.mean / data.spend_c[c]
        location.append(effect.location + np.log(money) + elasticity.mean())
        scale.append(np.hypot(effect.scale, elasticity.std()))
    return ReturnPrior(np.array(location), np.array(scale))


def elasticity_of(low: Float[np.ndarray, " draw"], high: Float[np.ndarray, " draw"]) -> np.ndarray:
    """``d log contribution / d log spend`` from contributions at `AROUND`, at least a thousandth.

    A saturation that is all but flat has an elasticity of 0 in double precision, which has no log.
    """
    middle = np.maximum(0.5 * (low + high), 1e-300)
    return np.asarray(np.maximum((high - low) / (2 * STEP * middle), 1e-3))
