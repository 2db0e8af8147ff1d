"""What pairs of channels bring beyond their own responses, and how it is divided: half to each.

The half is the pair's Shapley value: the mean, over both orders in which the channels can join, of what each
adds. Taken away alone, a channel takes the whole of its pairs with it: its removal effect.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Inexact

from mediamix.models.base import ChannelEffect, Fit
from mediamix.models.synergy import unit_response

#: Relative step of the exposure for a slope: responses are smooth.
STEP = 1e-4


def half_of_pairs(
    fit: Fit,
    channel: int,
    series_gtc: Inexact[np.ndarray, "geo series channel"],
    effects: Sequence[ChannelEffect],
) -> Float[np.ndarray, "draw series"]:
    """A channel's half of what its pairs bring.

    Args:
        fit: A national fit.
        channel: Position.
        series_gtc: Exposure from the first period with known media on.
        effects: The channels' effects over that time.
    """
    return 0.5 * whole_of_pairs(fit, channel, series_gtc, effects)


def whole_of_pairs(
    fit: Fit,
    channel: int,
    series_gtc: Inexact[np.ndarray, "geo series channel"],
    effects: Sequence[ChannelEffect],
) -> Float[np.ndarray, "draw series"]:
    """What the pairs bring that a channel is in; zeros where it is in none."""
    total = np.zeros((len(effects[channel].theta_dk), series_gtc.shape[1]))
    if fit.together is None:
        return total
    own: Float[np.ndarray, "draw series"] | None = None
    for pair, other in fit.together.of(channel):
        if own is None:
            own = unit_response(effects[channel], series_gtc[:, :, channel])
        beside = unit_response(effects[other], series_gtc[:, :, other])
        total += fit.together.contribution(pair, own, beside)
    return total


def slope_of_pairs(fit: Fit, channel: int) -> Float[np.ndarray, " draw"]:
    """Derivative of what all pairs bring over the window, in a factor on the channel's exposure in it."""
    data = fit.dataset
    sums = []
    for multiple in (1.0 - STEP, 1.0 + STEP):
        series_gtc = data.delivered_gtc.copy()
        series_gtc[:, data.n_before :, channel] *= multiple
        sums.append(whole_of_pairs(fit, channel, series_gtc, fit.channels)[:, data.n_before :].sum(axis=1))
    return np.asarray((sums[1] - sums[0]) / (2 * STEP))
