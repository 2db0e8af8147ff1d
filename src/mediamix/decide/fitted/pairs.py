"""What plans can't count yet: channels that work together."""

from __future__ import annotations

from mediamix.core.errors import SpecError
from mediamix.models.base import Fit


def refuse_pairs(fit: Fit) -> None:
    """Stop before a plan that would take what channels bring for the sum of their curves.

    Raises:
        SpecError: Channels of the fit work together.
    """
    if fit.together is None:
        return
    raise SpecError(
        "synergy: plans take channels for the sum of their curves, and these channels work together",
        expected="a fit without 'synergy'",
        got=f"{len(fit.together.pairs):,} pairs",
        next_step="fit without 'synergy' to plan; what the pairs bring is in `mm.synergies` and the report",
    )
