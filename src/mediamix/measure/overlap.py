"""How much the data said about a parameter: the overlap of its prior and its posterior.

``∫ min(p(θ), p(θ | y)) dθ`` is the same in any coordinate, so it is measured where the prior is uniform: on
the prior's probabilities of the draws.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from mediamix.measure.checking import Belief, ChannelEvidence
from mediamix.measure.interval import Interval
from mediamix.models.beliefs.whole import NO_BELIEFS, draw
from mediamix.models.priors import Prior
from mediamix.models.problem import Problem
from mediamix.models.solving import Z95

#: Pieces of equal prior probability: few enough that draws of one distribution overlap in 0.97 or more.
PIECES = 12
#: From this overlap on a posterior is called its prior.
ONLY_PRIOR = 0.85
#: Draws from a prior that has no formula.
DRAWS = 4000


def overlap(rank_d: Float[np.ndarray, " draw"]) -> float:
    """Overlap of a posterior with its prior, 0 to 1.

    Args:
        rank_d: The prior's probability below each draw.
    """
    counts = np.histogram(rank_d, bins=PIECES, range=(0.0, 1.0))[0]
    return float(np.minimum(counts / len(rank_d), 1.0 / PIECES).sum())


def ranks(
    prior: Prior, theta_d: Float[np.ndarray, " draw"], before_n: Float[np.ndarray, " number"] | None = None
) -> Float[np.ndarray, " draw"]:
    """The prior's probability below each value.

    Args:
        prior: By itself.
        theta_d: Values.
        before_n: Sorted draws from the whole prior, where that is more than `prior`.
    """
    if before_n is not None:
        return np.asarray(np.searchsorted(before_n, theta_d) / len(before_n))
    from scipy.special import ndtr

    return np.asarray(ndtr(prior.standard(theta_d)))


def belief(
    prior: Prior,
    theta_d: Float[np.ndarray, " draw"],
    unit: float = 1.0,
    before_n: Float[np.ndarray, " number"] | None = None,
) -> Belief:
    """A parameter before and after the data; `unit` turns the prior's unit into the one shown."""
    rank_d = ranks(prior, theta_d, before_n)
    if before_n is None:
        ends = prior.natural(np.array([-Z95, 0.0, Z95]))
    else:
        ends = np.quantile(before_n, [0.05, 0.5, 0.95])
    p5, p50, p95 = (float(v) * unit for v in ends)
    return Belief(
        name=prior.name,
        prior_p50=p50,
        prior_p95=p95,
        median=float(np.median(theta_d)) * unit,
        rank=float(np.median(rank_d)),
        outside=float(np.mean((rank_d < 0.025) | (rank_d > 0.975))),
        prior=Interval(p50, p5, p50, p95),
        posterior=Interval.of(theta_d * unit),
        overlap=overlap(rank_d),
    )


def before(problem: Problem) -> list[Float[np.ndarray, " number"] | None]:
    """Per parameter sorted draws from the whole prior; None for each where nothing ties them together."""
    priors = problem.model.priors
    if problem.beliefs == NO_BELIEFS:
        return [None] * len(priors)
    u_dk = draw(problem, DRAWS, np.random.default_rng(0))
    return [np.sort(prior.natural(u_dk[:, i])) for i, prior in enumerate(priors)]


def learned(channel: ChannelEvidence) -> dict[str, dict[str, Any]]:
    """Per parameter of a channel what was believed before and after, for `summary.json`."""
    return {
        one.name: {
            "prior": one.prior.to_dict(),
            "posterior": one.posterior.to_dict(),
            "overlap": round(one.overlap, 4),
            "only_prior": one.overlap >= ONLY_PRIOR,
        }
        for one in (channel.effect, *channel.shape)
        if one is not None and one.prior is not None and one.posterior is not None
    }


def known(channel: ChannelEvidence) -> dict[str, float | bool]:
    """What the data said of a channel, for `summary.json`: ``prior_overlap`` and ``only_prior``, and
    ``unseen_cause_that_halves`` where that is known (`measure.sensitivity`).
    """
    found: dict[str, float | bool] = {
        "prior_overlap": round(channel.overlap, 4),
        "only_prior": channel.overlap >= ONLY_PRIOR,
    }
    if channel.halving is not None:
        found["unseen_cause_that_halves"] = round(channel.halving, 4)
    return found
