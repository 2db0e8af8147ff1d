"""How an effect fades: what is still to come of it, over all of a channel's paths."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from mediamix.models.base import Fit
from mediamix.transforms.media import half_life


def still_to_come(
    fit: Fit, channel: int, rows: Int[np.ndarray, " row"], periods: int
) -> Float[np.ndarray, "row lag"]:
    """Part of an exposure's effect that is still to come after 0, 1, … periods, 1 at first.

    Paths count as much as they bring over the window; one that does harm counts for nothing.
    """
    effect = fit.channels[channel].thinned(rows)
    left = np.stack([path.still_to_come(periods) for path in effect.paths])
    if len(left) == 1:
        return np.asarray(left[0])
    data = fit.dataset
    exposure_gt, before_gt = data.exposure_gtc[:, :, channel], data.before_gt(channel)
    parts = [path.contribution(exposure_gt, None, before_gt).sum(axis=1) for path in effect.paths]
    brings_pd = np.maximum(np.stack(parts), 1e-300)
    return np.asarray(((brings_pd / brings_pd.sum(axis=0))[:, :, None] * left).sum(axis=0))


def half_life_of(
    fit: Fit, channel: int, rows: Int[np.ndarray, " row"], horizon: int
) -> Float[np.ndarray, " row"]:
    """Periods until half of an exposure's effect has happened, per draw; beyond `horizon`: `horizon`."""
    return half_life(still_to_come(fit, channel, rows, horizon))
