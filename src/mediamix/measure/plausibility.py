"""Can the answer be true? Signs of a model that credits media with what they can't have caused."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Finding

#: A baseline that is negative in more than the first share of draws is reported, from the second on it fails.
NEGATIVE_BASELINE, MOSTLY_NEGATIVE = 0.05, 0.5
#: Media credited with more than the first share of the outcome are reported; above the second it fails.
MEDIA_SHARE, ALL_OF_IT = 0.8, 1.0
#: What to do where media are credited with what they can't have caused.
UNITS = "compare the units of spend and outcome first (thousands, millions, another currency?); then "


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
    share = float(media_d.mean() / outcome)
    if share > ALL_OF_IT:
        found.append(
            Finding(
                "media_share",
                "error",
                "media",
                f"media are credited with {share:.0%} of the outcome",
                "media can't have caused more than there was",
                f"{UNITS}add controls and events that move demand, or state what you know of the roi as a "
                "prior",
            )
        )
    if negative > NEGATIVE_BASELINE:
        found.append(
            Finding(
                "negative_baseline",
                "error" if negative > MOSTLY_NEGATIVE else "warning",
                "baseline",
                f"without media the outcome would be negative in {negative:.0%} of the draws",
                "media are credited with more than the whole outcome: part of it is demand, or one "
                "channel's curve is not identified",
                ("" if negative <= MOSTLY_NEGATIVE else UNITS)
                + "look at the channel with the widest interval; add controls and events that move demand, "
                "or state what you know of its roi as a prior",
            )
        )
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
