"""One channel beyond its numbers: what was believed of it before the data, and how its effect fades."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Kind
from mediamix.measure import fading
from mediamix.measure.interval import Interval, bands
from mediamix.measure.mediation import PriorOfPaths
from mediamix.measure.thinning import thinned_rows
from mediamix.models.base import Fit
from mediamix.models.priors import effect_prior

#: Draws that the fading is shown of: its bands don't change with more.
DRAWS = 1000


def prior_return(fit: Fit, channel: int) -> Interval | None:
    """What the prior says of a channel's ROI; its mean stands for its median. None where it has no ROI."""
    data, effect = fit.dataset, fit.channels[channel]
    spend = float(data.spend_c[channel])
    if effect.channel.kind is Kind.ORGANIC or spend <= 0 or data.worth is None:
        return None
    fraction = spend / float(data.spend_c.sum())
    prior = effect_prior(fit.spec.channel(effect.channel.name), has_roi=True, spend_fraction=fraction)
    if prior.name != "roi":
        return None
    if effect.through:
        p5, p50, p95 = np.quantile(PriorOfPaths.of(fit).total(effect), (0.05, 0.5, 0.95)).tolist()
        return Interval(p50, p5, p50, p95)
    p5, p50, p95 = prior.natural(np.array([-1.6448536269514722, 0.0, 1.6448536269514722])).tolist()
    return Interval(p50, p5, p50, p95)


def still_to_come(fit: Fit, channel: int, periods: int) -> Mapping[str, Float[np.ndarray, " lag"]]:
    """Part of an exposure's effect that is still to come after 0, 1, … periods: mean, p5, p50, p95."""
    rows = thinned_rows(fit.n_draws, DRAWS)
    return bands(np.clip(fading.still_to_come(fit, channel, rows, periods), 0.0, 1.0))
