"""Can a channel be told from one that brings nothing? A probability, and the words for it.

Nothing is a tenth of what a channel is expected to bring before any data: a ROI under 0.1. Without a
ROI it is the same part of the default prior's median share: of an organic channel 0.3 % of the outcome,
of a count without a value 2.5 % of the outcome times the channel's part of the spend.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from jaxtyping import Float

from mediamix.models.priors import ORGANIC_MEDIAN, PAID_SHARE

#: A ROI below is nothing.
NOTHING_ROI: Final = 0.1
#: The same as a part of what is expected of a channel whose ROI isn't known.
NOTHING_PART: Final = 0.1
#: From this probability on a channel can't be told from nothing: its 90 % interval reaches down to it.
UNTOLD: Final = 0.05
#: From this one on it is called nothing.
CALLED: Final = 0.9


def nothing_limit(spend: float, value: float | None, part: float, outcome: float) -> float:
    """The contribution below which a channel brings nothing, in outcome units.

    Args:
        spend: Of the channel; 0 for an organic one.
        value: Money per unit of the outcome, if known.
        part: The channel's part of all spend.
        outcome: Of the window.
    """
    if spend > 0 and value:
        return NOTHING_ROI * spend / value
    expected = PAID_SHARE * part if spend > 0 else ORGANIC_MEDIAN
    return NOTHING_PART * expected * outcome


def probability_nothing(effect_d: Float[np.ndarray, " draw"], limit: float) -> float:
    """How much of the posterior lies below the limit; ``effect_d`` in its unit."""
    return float(np.mean(effect_d < limit))


def told(probability: float) -> str | None:
    """In words; None where the channel clearly brings something."""
    if probability < UNTOLD:
        return None
    words = "brings next to nothing" if probability > CALLED else "can't be told from nothing"
    return f"{words} ({probability:.0%})"
