"""Can the answer be true? Signs of a model that credits media with what they can't have caused."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Finding

#: A baseline that is negative in more than this share of draws is reported.
NEGATIVE_BASELINE = 0.05
#: Media credited with more than this share of the outcome are reported.
MEDIA_SHARE = 0.8


def plausibility(
    media_d: Float[np.ndarray, " draw"], baseline_d: Float[np.ndarray, " draw"], outcome: float
) -> tuple[Finding, ...]:
    """Findings about the split of the outcome between media and baseline.

    Args:
        media_d: Contribution of all channels over the window, outcome units.
        baseline_d: Outcome over the window with all media at zero.
        outcome: Observed, over the window.
    """
    found = []
    negative = float(np.mean(baseline_d < 0))
    if negative > NEGATIVE_BASELINE:
        found.append(
            Finding(
                "negative_baseline",
                "warning",
                "baseline",
                f"without media the outcome would be negative in {negative:.0%} of the draws",
                "media are credited with more than the whole outcome: part of it is demand, or one "
                "channel's curve is not identified",
                "look at the channel with the widest interval; add controls and events that move demand, "
                "or state what you know of its roi as a prior",
            )
        )
    share = float(media_d.mean() / outcome)
    if share > MEDIA_SHARE and not found:
        found.append(
            Finding(
                "media_share",
                "warning",
                "media",
                f"media are credited with {share:.0%} of the outcome",
                "few businesses would lose that much without media: part of it may be demand",
                "add controls and events that move demand, or state what you know of the roi as a prior",
            )
        )
    return tuple(found)
