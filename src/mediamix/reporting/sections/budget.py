"""The recommended budget: today against the plan, what it brings, and what is proved about it."""

from __future__ import annotations

from mediamix.core.numbers import chance, percent, quantity, times
from mediamix.decide.answer.plan import ChannelPlan, Plan
from mediamix.decide.problem.origin import during, length
from mediamix.reporting.blocks import Block, Callout, Cell, Column, Figure, Fold, Legend, Table, Text
from mediamix.reporting.figures import Pair, pairs
from mediamix.reporting.material import Material
from mediamix.reporting.section import Section

TRUST = "whether the model is right is what the sections on trust are for."
LIMITS = {"lower": "lower bound", "upper": "upper bound", "fixed": "fixed"}


def build(material: Material) -> list[Block]:
    """Bars, table, certificate, warnings; nothing without a plan."""
    plan = material.plan
    if plan is None:
        return []
    blocks: list[Block] = []
    if material.verdict.level == "failed":
        blocks.append(
            Callout("error", "Don't act on this plan", "It rests on a model that has not passed its checks.")
        )
    blocks += [Text(_gain(material, plan), "lead"), _bars(material, plan), _table(material, plan)]
    blocks.append(Callout("ok" if _proved(plan) else "warning", _title(plan), _verdict(material, plan)))
    if plan.warnings:
        blocks.append(Callout("warning", "Know this before signing", items=plan.warnings))
    blocks.append(Fold("The proof in numbers", (Text(_mathematics(material, plan)),)))
    sources = () if plan.uplift_alone is None else (_sources(material, plan),)
    notes = (*sources, *plan.notes, *plan.binding)
    if notes:
        blocks.append(Fold("What was assumed, and what limits the plan", tuple(Text(n) for n in notes)))
    return blocks


def _gain(material: Material, plan: Plan) -> str:
    spend = material.spend(plan.spend)
    over = during(plan.origin)
    if plan.uplift is None or plan.current is None:
        o = plan.outcome
        return (
            f"The plan spends {spend}{over} and is expected to bring {material.amount(o.mean)} "
            f"(90% interval {material.amounts(o.p5, o.p95)})."
        )
    if plan.stays:
        o = plan.outcome
        return (
            f"The plan leaves {spend}{over} split as they are today, which is expected to bring "
            f"{material.amount(o.mean)} (90% interval {material.amounts(o.p5, o.p95)})."
        )
    today = sum(plan.current.allocation.values())
    same = abs(today - plan.spend) <= 0.001 * max(today, plan.spend)
    money = f"With the same {spend}" if same else f"With {spend} instead of {material.spend(today)}"
    return (
        f"{money}{over}, the plan is expected to bring {material.more(plan.uplift.mean)} "
        f"(90% interval {material.amounts(plan.uplift.p5, plan.uplift.p95)}). "
        f"The plan beats today's split with {chance(plan.uplift.probability_better)} probability."
    )


def _sources(material: Material, plan: Plan) -> str:
    """Which numbers are the fit's, and which count today's split as evidence."""
    text = (
        "What the channels bring is the fit's, as in the tables of returns; the choice of the split, its "
        "gain and its probability also count today's split as evidence that it is a good one."
    )
    alone = plan.uplift_alone
    if plan.stays or alone is None:
        return text
    return (
        f"{text} By the fit alone the plan would bring {material.more(alone.mean)} "
        f"(90% interval {material.amounts(alone.p5, alone.p95)})."
    )


def _proved(plan: Plan) -> bool:
    return plan.certificate.status == "optimal"


def _title(plan: Plan) -> str:
    if not plan.certificate.known:
        return "Nothing is proved of this split"
    return "No better split was missed" if _proved(plan) else "A better split may exist"


def _verdict(material: Material, plan: Plan) -> str:
    """The proof, in a sentence that needs no mathematics."""
    against = f"With {material.spend(plan.budget)}, " if plan.question.kind == "target" else ""
    if _proved(plan):
        found = f"{against}every other way to split the money within these limits was ruled out"
        found = found[:1].upper() + found[1:]
        return f"{found}: {_aim(plan)} That holds for the curves of this model; {TRUST}"
    if not plan.certificate.known:
        return f"It was found by {plan.solver}, which proves nothing: a better split may exist."
    gap = percent(plan.certificate.gap)
    return (
        f"The search stopped early: another split may bring up to {gap} of what media bring more. "
        f"Whether the curves are right is another question; {TRUST}"
    )


def _aim(plan: Plan) -> str:
    """What the plan is the best at."""
    goal = plan.objective
    if goal is None or goal.kind == "mean":
        what = (
            f"expected {plan.outcome_name or 'outcome'}"
            if goal is None or not goal.margin
            else "expected profit"
        )
        return f"none has a higher {what}."
    if goal.kind == "gain":
        return (
            "none gains more where it counts, namely even if the channels turn out near the unlucky end of "
            "what the data allow."
        )
    return f"none is better by the measure that was asked for ({goal.label})."


def _mathematics(material: Material, plan: Plan) -> str:
    c, goal = plan.certificate, plan.objective
    if not c.known:
        return f"It was found by {plan.solver}, which knows no bound: a better split may exist."
    gap = "zero" if c.gap < 5e-6 else f"at most {percent(c.gap)} of what media bring"
    start = f"With {material.spend(plan.budget)} no split" if plan.question.kind == "target" else "No split"
    if goal is None or (goal.kind == "mean" and goal.margin is None):
        bound, own = _exact(material, c.upper_bound), _exact(material, plan.outcome.mean)
        proof = f"{start} within these bounds can be expected to bring more than {bound} (this plan: {own})."
    else:
        bound, own = (
            chance(v) if goal.kind == "beats_today" else f"{v:,.0f}" for v in (c.upper_bound, goal.value)
        )
        proof = f"{start} within these bounds has more than {bound} of the {goal.label} (this plan: {own})."
    return f"{proof} The gap is {gap}.{_extra(material, plan)}"


def _extra(material: Material, plan: Plan) -> str:
    """What more money would bring, where money is what limits and outcome is what counts."""
    goal = plan.objective
    if plan.certificate.shadow_price <= 0 or (goal is not None and (goal.kind != "mean" or goal.margin)):
        return ""
    worth = plan.certificate.shadow_price
    value = material.fit.dataset.worth
    brings = quantity(worth, material.summary.outcome_unit) if value is None else times(worth * value)
    return f" The next {material.currency} of budget would bring {brings}."


def _exact(material: Material, value: float) -> str:
    """Enough digits to compare a bound with a plan."""
    unit = material.currency if material.is_money else material.summary.outcome_unit
    return f"{unit} {value:,.0f}" if material.is_money else f"{value:,.0f} {unit}"


def _bars(material: Material, plan: Plan) -> Figure:
    known = plan.current is not None
    rows = []
    for name, part in plan.channels.items():
        today = (part.current or 0.0) if known else None
        was = "" if today is None else f"today {material.spend(today)}, "
        said = f"{name}: {was}recommended {material.spend(part.spend)} {_changed(part)}".rstrip()
        rows.append(Pair(name, material.colours[name], today, part.spend, _changed(part), said))
    colour = rows[0].colour
    return Figure(
        spec=pairs(rows, axis=f"spend, {material.currency}"),
        alt="Spend per channel, today and recommended; the table below holds the numbers.",
        title=f"Spend per channel{length(plan.origin)}",
        caption=("The change stands at the right." if known else ""),
        legend=(*([Legend("today", colour, "pale")] if known else []), Legend("recommended", colour)),
    )


def _changed(part: ChannelPlan) -> str:
    relative = _relative(part)
    return "" if relative is None else percent(relative, signed=True)


def _table(material: Material, plan: Plan) -> Table:
    limits = any(part.binding for part in plan.channels.values())
    rows = [_row(material, name, part)[: None if limits else -1] for name, part in plan.channels.items()]
    today = None if plan.current is None else sum(plan.current.allocation.values())
    change = None if today is None else _whole(plan.spend - today, today)
    total: tuple[str | Cell, ...] = (
        "Total",
        material.spend(today),
        material.spend(plan.spend),
        material.spend(change, signed=True),
        percent(change / today if today and change is not None else None, signed=True),
        material.amount(sum(part.contribution.mean for part in plan.channels.values())),
        "",
        "",
    )
    labels = ("Today", "Recommended", "Change", "Change in %", f"Brings ({material.summary.outcome_name})")
    columns = (
        Column("Channel", False),
        *(Column(text) for text in labels),
        Column(f"Next {material.currency} brings"),
        Column("Held by", False),
    )
    if not limits:
        columns, total = columns[:-1], total[:-1]
    return Table(columns, (*rows, total), f"The plan in numbers{during(plan.origin)}")


def _row(material: Material, name: str, part: ChannelPlan) -> tuple[str | Cell, ...]:
    return (
        Cell(name, material.colours[name]),
        material.spend(part.current),
        material.spend(part.spend),
        material.spend(_whole(part.change, part.current), signed=True),
        percent(_relative(part), signed=True),
        material.amount(part.contribution.mean),
        _marginal(material, part),
        LIMITS.get(part.binding or "", ""),
    )


def _relative(part: ChannelPlan) -> float | None:
    """Change as a part of today's spend, if there is any."""
    if not part.current or part.change is None:
        return None
    return _whole(part.change / part.current, 1.0)


def _whole(change: float | None, size: float | None) -> float | None:
    """Changes of rounding size are none."""
    if change is None or abs(change) <= 1e-6 * (size or 0.0):
        return None if change is None else 0.0
    return change


def _marginal(material: Material, part: ChannelPlan) -> str:
    if part.mroi is not None:
        return times(part.mroi.mean)
    return quantity(part.marginal.mean, material.summary.outcome_unit)


SECTION = Section("budget", "Recommended budget", 30, "decide", build)
