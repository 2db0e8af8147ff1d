"""One channel beyond its numbers: what was believed of it before the data, and how its effect fades."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from mediamix.measure import fading
from mediamix.measure.gather import gather
from mediamix.measure.interval import Interval, bands
from mediamix.measure.thinning import thinned_rows
from mediamix.models.base import Fit

#: Draws that the fading is shown of: its bands don't change with more.
DRAWS = 1000


def prior_return(fit: Fit, channel: int) -> Interval | None:
    """What the prior says of a channel's ROI; its mean stands for its median. None where there is none."""
    known = gather(fit).channels
    effect = known[channel].effect if known else None
    return effect.prior if effect is not None and effect.name == "roi" else None


def still_to_come(fit: Fit, channel: int, periods: int) -> Mapping[str, Float[np.ndarray, " lag"]]:
    """Part of an exposure's effect that is still to come after 0, 1, … periods: mean, p5, p50, p95."""
    rows = thinned_rows(fit.n_draws, DRAWS)
    return bands(np.clip(fading.still_to_come(fit, channel, rows, periods), 0.0, 1.0))
