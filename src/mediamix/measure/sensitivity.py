r"""How strong an unseen cause would have to be to halve a channel's return.

Let a cause that nobody measured explain the part :math:`R^2` of what is left of the outcome's movements, and
the same part of what is left of the channel's, after all that is in the model. Left out, it moves the data's
estimate :math:`\hat b` of the channel's effect, a multiple of the fitted one with the standard error s, by

.. math:: |\text{bias}| = s \sqrt{\nu}\, B,\qquad B = \frac{R^2}{\sqrt{1 - R^2}},

with ν the rows less what the model has used. The fit weighs :math:`\hat b` by :math:`w = v / s^2` against its
prior and its experiments, v the posterior variance of the effect in the same multiples. So the return is
halved by :math:`w\, s \sqrt{\nu}\, B = 1/2`, and solved for R²

.. math:: R^2 = \tfrac12 \left(\sqrt{B^4 + 4 B^2} - B^2\right).

That is Cinelli and Hazlett's robustness value, with q = ½ and the prior's share taken out of the bias: what
experiments say of a channel makes it more robust. Source: Cinelli & Hazlett (2020), Making sense of
sensitivity: extending omitted variable bias, equations 7 and 18.
"""

from __future__ import annotations

import math

import numpy as np

from mediamix.measure.tangent import Tangent

#: A return that takes so much of both is called robust; under the second number it is fragile. Conventions.
ROBUST, FRAGILE = 0.30, 0.10


def halving(local: Tangent, channel: int, spread: float) -> float | None:
    """R² of an unseen cause, with outcome and channel alike, that halves the return; 1: none can.

    Args:
        local: The linearised model.
        channel: Position.
        spread: Posterior standard deviation of the effect, of its mean.

    Returns:
        None where the data say nothing of the channel.
    """
    _, error = local.free(channel)
    if not (math.isfinite(error) and error > 0 and spread > 0):
        return None
    weight = min(spread**2 / error**2, 1.0)
    bias = 0.5 / (weight * error * math.sqrt(max(local.freedom, 1.0)))
    # B² (√(1 + 4/B²) − 1)/2, which keeps its digits where B is large.
    square = bias * bias
    return float(min(2.0 / (np.sqrt(1.0 + 4.0 / square) + 1.0), 1.0))


def in_words(part: float) -> str:
    """What that means."""
    if part >= ROBUST:
        return "robust"
    return "fragile" if part < FRAGILE else "in between"
