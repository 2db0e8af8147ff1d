"""`Tables`: the four long tables with known names and types, before they become arrays.

Every source (files, frames, one wide table, the warehouse mart) is brought into this form first,
so that checks and the warehouse meet one shape only.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from mediamix.core.card import Brief
from mediamix.core.types import Finding


@dataclass(frozen=True, repr=False)
class Tables(Brief):
    """Long tables; ``date`` is ``datetime64``, ``geo`` is always there (``national`` if not given).

    Args:
        media: ``date, geo, channel, spend`` and any further numeric columns (impressions,
            clicks, …). `spend` is NaN for a channel that is bought with nothing (organic).
        outcome: ``date, geo`` and every numeric outcome column; optional ``population``.
        controls: ``date, geo`` and one numeric column per control, or None.
        events: ``date, end_date, event, geo``, or None; ``geo`` is None (missing) where it
            holds for all.
        findings: What reading them had to tell, such as rows that later ones replaced.
    """

    media: pd.DataFrame
    outcome: pd.DataFrame
    controls: pd.DataFrame | None = None
    events: pd.DataFrame | None = None
    findings: tuple[Finding, ...] = ()
