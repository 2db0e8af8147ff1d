"""The page's first screen: where to put the next euro, how sure that is, whether to believe it."""

from __future__ import annotations

from mediamix.core.numbers import chance, money, percent, span, times
from mediamix.decide.answer.plan import Plan, Uplift
from mediamix.decide.problem.origin import during, length
from mediamix.measure.contribution import ChannelMeasure
from mediamix.measure.verdict import Verdict
from mediamix.reporting.blocks import Block, Callout, Kpi, Kpis, Text
from mediamix.reporting.material import Material
from mediamix.reporting.section import Section

#: Moves that are named; the rest is in the budget's table.
NAMED = 3
#: A move smaller than this part of the plan's spend isn't worth a meeting.
SMALL = 0.005
#: Below the first probability a move is little better than a guess; from the second on it's likely.
SUPPORT, SURE = 0.7, 0.9


def build(material: Material) -> list[Block]:
    """A banner where the numbers can't be trusted, one sentence, the moves, the verdict."""
    verdict = material.verdict
    if verdict.level == "failed":
        return [
            Callout("error", verdict.sentence, "Why, and what to do next:", _both(verdict)),
            Text("No recommendation yet: the model has to pass its checks first.", "hero"),
            Text(
                "The sections below show what was computed, so that the cause can be found. "
                "None of it is fit for a decision."
            ),
        ]
    blocks: list[Block] = []
    if material.plan is None:
        blocks.append(Text(_next_unit(material), "hero"))
    else:
        blocks += _advice(material, material.plan)
    blocks.append(Text(_share(material), "lead"))
    if verdict.level == "ok":
        blocks.append(Callout("ok", "Can I trust this?", verdict.sentence))
    else:
        blocks.append(Callout("warning", "Can I trust this?", verdict.sentence, _both(verdict)))
    return blocks


def _advice(material: Material, plan: Plan) -> list[Block]:
    moves = _moves(plan)
    asked = plan.question
    over = during(plan.origin)
    if asked.kind == "target" and asked.of in ("roi", "mroi"):
        which = "whose next unit brings" if asked.of == "mroi" else "whose spend is expected to bring"
        hero = f"{material.spend(plan.spend)}{over} is the largest budget {which} {asked.amount:g} per unit."
    elif asked.kind == "target" and asked.of == "cost_per_unit":
        cost = material.spend(asked.amount)
        hero = (
            f"{material.spend(plan.spend)}{over} is the largest budget at {cost} or less per unit of "
            f"{material.summary.outcome_name}."
        )
    elif asked.kind == "target":
        reached = material.amount(asked.amount)
        if material.is_money:
            reached += f" {material.summary.outcome_name}"
        hero = f"{material.spend(plan.spend)}{over} is the smallest budget expected to reach {reached}."
    elif plan.uplift is None or not moves:
        careful = plan.objective is not None and plan.objective.kind == "gain"
        why = "the data support no move" if careful else "no other one is expected to bring more"
        hero = f"Keep today's split of {material.spend(plan.spend)}{over}: within the bounds, {why}."
    elif plan.uplift.probability_better < SUPPORT and not _other_total(plan):
        hero = (
            f"Keep today's split of {material.spend(plan.spend)}{over} for now: the data don't clearly "
            "support moving money."
        )
    else:
        lead = f"With {material.spend(plan.spend)}" if _other_total(plan) else _words(moves)
        hero = f"{lead}: expect {material.more(plan.uplift.mean)}{over}."
    blocks: list[Block] = [Text(hero, "hero")]
    if plan.uplift is not None and moves:
        tiles = [
            _uplift(material, plan, plan.uplift),
            *(_tile(material, plan, *move) for move in moves[:NAMED]),
        ]
        blocks.append(Kpis(tuple(tiles)))
    return blocks


def _other_total(plan: Plan) -> bool:
    """Whether the plan spends more or less than today: then a split isn't all that changes."""
    today = sum(plan.current.allocation.values()) if plan.current else plan.spend
    return abs(plan.spend - today) > SMALL * max(plan.spend, today)


def _moves(plan: Plan) -> list[tuple[str, float]]:
    """Channel and change, the largest first."""
    least = SMALL * plan.spend
    changes = [(name, part.change) for name, part in plan.channels.items() if part.change is not None]
    return sorted((c for c in changes if abs(c[1]) > least), key=lambda c: -abs(c[1]))


def _words(moves: list[tuple[str, float]]) -> str:
    """``Move budget from display and tv to search``: the largest moves of each direction."""
    to = _names([name for name, change in moves if change > 0])
    away = _names([name for name, change in moves if change < 0])
    if to and away:
        return f"Move budget from {away} to {to}"
    return f"Raise {to}" if to else f"Lower {away}"


def _names(names: list[str]) -> str:
    return " and ".join(names[:2])


def _uplift(material: Material, plan: Plan, uplift: Uplift) -> Kpi:
    sure, unsure = uplift.probability_better >= SURE, uplift.probability_better < SUPPORT
    return Kpi(
        f"Expected {'gain' if uplift.mean >= 0 else 'loss'}{length(plan.origin)}",
        material.amount(uplift.mean, signed=True),
        f"90% interval {material.amounts(uplift.p5, uplift.p95)}; "
        f"better than today with {chance(uplift.probability_better)} probability",
        "good" if sure else "caution" if unsure else "plain",
    )


def _tile(material: Material, plan: Plan, name: str, change: float) -> Kpi:
    part = plan.channels[name]
    relative = f" ({percent(change / part.current, signed=True)})" if part.current else ""
    return Kpi(
        name,
        money(change, material.currency, signed=True),
        f"to {material.spend(part.spend)}{relative}",
        colour=material.colours[name],
    )


def _next_unit(material: Material) -> str:
    """Without a plan: which channel earns most with its next unit of money."""
    best = max((m for m in material.summary.channels if m.mroi), key=_marginal, default=None)
    if best is not None and best.mroi is not None:
        return (
            f"The next {material.currency} earns most in {best.name}: {times(best.mroi.mean)} its cost "
            f"(90% interval {span(best.mroi.p5, best.mroi.p95, times)})."
        )
    cheapest = min(
        (m for m in material.summary.channels if m.cost_per_unit),
        key=lambda m: m.cost_per_unit.p50 if m.cost_per_unit else 0.0,
        default=None,
    )
    unit = material.summary.outcome_unit
    if cheapest is not None and cheapest.cost_per_unit is not None:
        cost = cheapest.cost_per_unit
        return (
            f"{cheapest.name} brings {unit} at the lowest cost: {material.spend(cost.p50)} each "
            f"(90% interval {span(cost.p5, cost.p95, material.spend)})."
        )
    largest = max(material.summary.channels, key=lambda m: m.contribution.mean)
    return f"{largest.name} brings most: {percent(largest.share.mean)} of {material.summary.outcome_name}."


def _marginal(measure: ChannelMeasure) -> float:
    return measure.mroi.mean if measure.mroi else float("-inf")


def _share(material: Material) -> str:
    summary, paid = material.summary, material.paid_roi
    text = (
        f"Media brought {percent(summary.media_share.mean)} of {summary.outcome_name} "
        f"(90% interval {span(summary.media_share.p5, summary.media_share.p95, percent)}), "
        f"{material.amount(summary.media.mean)} of {material.amount(summary.outcome_total)} over "
        f"{material.window}."
    )
    if paid is None:
        return text
    return (
        text
        + f" Each {material.currency} spent returned {times(paid.mean)} ({span(paid.p5, paid.p95, times)})."
    )


def _both(verdict: Verdict) -> tuple[str, ...]:
    return (*verdict.reasons, *(f"Next: {step}" for step in verdict.next_steps))


SECTION = Section("headline", "In short", 10, "decide", build)
