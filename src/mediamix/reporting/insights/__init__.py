"""What a fit and its plan say, in plain words, ranked by money at stake.

A finder is a module with `find`: it looks at a fit's summary and its plan, and says only what an interval
supports. Nothing is said of a fit whose verdict is failed.
"""

from __future__ import annotations

from mediamix.decide.answer.plan import Plan
from mediamix.measure.summary import Summary
from mediamix.reporting.insights import margins, move, stay, totals, untold
from mediamix.reporting.insights.insight import Insight, Known

FINDERS = (move, margins, totals, untold, stay)

__all__ = ["FINDERS", "Insight", "insights"]


def insights(summary: Summary, plan: Plan | None = None, worth: float | None = None) -> tuple[Insight, ...]:
    """Insights, the one with most money at stake first.

    Args:
        summary: Of a fit.
        plan: Its recommended budget, if there is one.
        worth: Money per unit of the outcome (1 where it is money); None: it has no value.
    """
    if summary.judged.failed:
        return ()
    known = Known(summary, plan, worth)
    found = [insight for finder in FINDERS for insight in finder.find(known)]
    return tuple(sorted(found, key=lambda insight: -insight.stake))
