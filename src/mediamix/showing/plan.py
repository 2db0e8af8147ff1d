"""The card of a `Plan`: the split, what it brings, how sure that is and how it was proved."""

from __future__ import annotations

from mediamix.core.card import Card
from mediamix.core.numbers import amount, chance, money, percent, quantity, span
from mediamix.decide.answer.plan import ChannelPlan, Plan
from mediamix.decide.answer.returns import next_header, next_of, return_header, return_of
from mediamix.decide.problem.origin import during
from mediamix.showing.pictures import pairs


def card(plan: Plan) -> Card:
    """Budget, outcome, comparison with today, proof; a row per channel, the largest first."""
    parts = sorted(plan.channels.items(), key=lambda item: -item[1].spend)
    return Card(
        title=f"Plan: {money(plan.budget, plan.currency)} over {len(parts)} channels{during(plan.origin)}",
        lines=tuple(_lines(plan)),
        columns=(
            "channel",
            f"today, {plan.currency}",
            f"plan, {plan.currency}",
            "change",
            f"brings, {plan.unit}",
            return_header(plan),
            next_header(plan),
            "held by",
        ),
        rows=tuple(_row(plan, name, part) for name, part in parts),
        picture=pairs(
            [(name, part.spend, part.current, quantity(part.spend)) for name, part in parts],
            f"spend: the plan, and {'below it today' if plan.current else 'nothing known of today'}",
        ),
        next_step="mm.report(fit, plan, 'report.html')",
    )


def _lines(plan: Plan) -> list[tuple[str, str]]:
    out = plan.outcome
    words = amount(out.mean, plan.unit, plan.currency)
    lines = [] if plan.origin is None else [("verdict", str(plan.origin.verdict))]
    lines += [
        ("brings", f"{words} of {plan.outcome_name}, baseline included ({span(out.p5, out.p95, quantity)})")
    ]
    if plan.stays:
        lines.append(("today", "nothing moves"))
    elif plan.uplift is not None:
        more = plan.uplift
        lines.append(
            (
                "today",
                f"{amount(more.mean, plan.unit, plan.currency, signed=True)} against it "
                f"({span(more.p5, more.p95, quantity)}), better with a probability of "
                f"{chance(more.probability_better)}",
            )
        )
        if (alone := plan.uplift_alone) is not None:
            words = amount(alone.mean, plan.unit, plan.currency, signed=True)
            lines.append(("alone", f"{words} by the fit alone, today's split no evidence"))
    if plan.objective is not None:
        lines.append(("objective", plan.objective.label))
    proof = plan.certificate
    gap = f", gap {proof.gap:.2%} of what the media bring" if proof.known else ""
    lines.append(("proof", f"{proof.status}{gap}"))
    if plan.warnings:
        others = f" (and {len(plan.warnings) - 1} more)" if len(plan.warnings) > 1 else ""
        lines.append(("warning", plan.warnings[0] + others))
    return lines


def _row(plan: Plan, name: str, part: ChannelPlan) -> tuple[str, ...]:
    moved = percent(part.change / part.current, signed=True) if part.current and part.change else "–"
    return (
        name,
        quantity(part.current),
        quantity(part.spend),
        moved,
        quantity(part.contribution.mean),
        return_of(plan, part),
        next_of(plan, part),
        part.binding or "",
    )
