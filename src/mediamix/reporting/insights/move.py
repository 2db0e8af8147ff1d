"""Moving money: said where the plan is better than today in nearly all draws."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import chance
from mediamix.decide.problem.origin import during
from mediamix.reporting.insights.insight import SMALL, Insight, Known

#: How probable it has to be that the plan beats today.
SURE = 0.9


def find(known: Known) -> Iterator[Insight]:
    """One insight: the largest moves of the plan, and what they bring together."""
    plan = known.plan
    if plan is None or plan.uplift is None or plan.current is None or plan.stays:
        return
    gain = plan.uplift
    if gain.probability_better < SURE or gain.p5 <= 0:
        return
    today = sum(plan.current.allocation.values())
    if abs(today - plan.spend) > SMALL * max(today, plan.spend):
        return  # another total: what it brings isn't what a move brings
    moved = sum(abs(part.change or 0.0) for part in plan.channels.values()) / 2
    more = sorted(plan.channels, key=lambda name: -(plan.channels[name].change or 0.0))
    receives = [name for name in more if (known.change(name) or 0.0) > 0][:2]
    gives = [name for name in reversed(more) if (known.change(name) or 0.0) < 0][:2]
    if not receives or not gives:
        return
    yield Insight(
        kind="move",
        channel=receives[0],
        text=(
            f"Moving {known.spend(moved)} from {' and '.join(gives)} to {' and '.join(receives)} is worth "
            f"{known.brought(gain.mean)} of {plan.outcome_name}{during(plan.origin)} "
            f"({known.brought_span(gain.p5, gain.p95)})."
        ),
        evidence=f"It beats today's split with {chance(gain.probability_better)} probability.",
        action="Move it, in steps if it is much; the recommended budget has the amounts per channel.",
        stake=gain.mean * (known.worth or 0.0),
        interval=(gain.p5, gain.p95),
    )
