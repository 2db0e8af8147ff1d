"""How much the data said about a parameter: the overlap of its prior and its posterior.

``∫ min(p(θ), p(θ | y)) dθ`` is the same in any coordinate, so it is measured where the prior is uniform: on
the prior's probabilities of the draws.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mediamix.measure.checking import Belief, ChannelEvidence
from mediamix.models.priors import Prior

#: Pieces of equal prior probability: few enough that draws of one distribution overlap in 0.97 or more.
PIECES = 12
#: From this overlap on a posterior is called its prior.
ONLY_PRIOR = 0.85


def overlap(rank_d: Float[np.ndarray, " draw"]) -> float:
    """Overlap of a posterior with its prior, 0 to 1.

    Args:
        rank_d: The prior's probability below each draw.
    """
    counts = np.histogram(rank_d, bins=PIECES, range=(0.0, 1.0))[0]
    return float(np.minimum(counts / len(rank_d), 1.0 / PIECES).sum())


def ranks(prior: Prior, theta_d: Float[np.ndarray, " draw"]) -> Float[np.ndarray, " draw"]:
    """The prior's probability below each value."""
    from scipy.special import ndtr

    return np.asarray(ndtr(prior.standard(theta_d)))


def belief(prior: Prior, theta_d: Float[np.ndarray, " draw"], unit: float = 1.0) -> Belief:
    """A parameter before and after the data; `unit` turns the prior's unit into the one shown."""
    rank_d = ranks(prior, theta_d)
    median = float(np.median(theta_d))
    p50, p95 = (float(v) * unit for v in prior.natural(np.array([0.0, 1.6448536269514722])))
    return Belief(
        name=prior.name,
        prior_p50=p50,
        prior_p95=p95,
        median=median * unit,
        rank=float(np.median(rank_d)),
        outside=float(np.mean((rank_d < 0.025) | (rank_d > 0.975))),
    )


def empirical(
    name: str, prior_n: Float[np.ndarray, " prior_draw"], theta_d: Float[np.ndarray, " draw"]
) -> tuple[float, Belief]:
    """`overlap` and `belief` where draws are all that is known of the prior."""
    prior_n = np.sort(prior_n)
    rank_d = np.searchsorted(prior_n, theta_d) / len(prior_n)
    p50, p95 = np.quantile(prior_n, (0.5, 0.95))
    outside = float(np.mean((rank_d < 0.025) | (rank_d > 0.975)))
    rank = float(np.median(rank_d))
    return overlap(rank_d), Belief(name, float(p50), float(p95), float(np.median(theta_d)), rank, outside)


def known(channel: ChannelEvidence) -> dict[str, float | bool]:
    """What the data said of a channel, for `summary.json`: ``prior_overlap`` and ``only_prior``."""
    return {"prior_overlap": round(channel.overlap, 4), "only_prior": channel.overlap >= ONLY_PRIOR}
