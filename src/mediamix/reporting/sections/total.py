"""What the total budget should be: what the last unit of money returns at other totals."""

from __future__ import annotations

import numpy as np

from mediamix.core.numbers import percent, quantity, span, times
from mediamix.decide.answer.outlook import Total
from mediamix.decide.answer.plan import Plan
from mediamix.measure.interval import Interval
from mediamix.reporting.blocks import Block, Column, Figure, Fold, Legend, Table, Text
from mediamix.reporting.figures import Stop, level
from mediamix.reporting.insights.totals import nearest, pays_until
from mediamix.reporting.material import Material
from mediamix.reporting.palette import ACCENT, INK
from mediamix.reporting.section import Section


def build(material: Material) -> list[Block]:
    """A sentence, the curve, and all totals in numbers; nothing without a plan that looked at them."""
    plan = material.plan
    if plan is None or not plan.totals or material.verdict.level == "failed":
        return []
    return [
        Text(_sentence(material, plan), "lead"),
        _figure(material, plan),
        Fold("All totals in numbers", (_table(material, plan),)),
    ]


def _sentence(material: Material, plan: Plan) -> str:
    here, currency = nearest(plan), material.currency
    text = (
        f"At today's total of {material.spend(here.spend)}, split as well as can be, the last {currency} "
        f"brings {_last(material, here.last)}."
    )
    worth = material.fit.dataset.worth
    if worth is None:
        return f"{text} What a unit is worth to you decides how far to go."
    margin = _margin(plan)
    until, price = pays_until(plan, worth, margin or 1.0), f"{currency} 1"
    kept = f"at a margin of {percent(margin)}" if margin else "even if all of it were profit"
    low, high = plan.totals[0], plan.totals[-1]
    if until is None:
        below = worth * (margin or 1.0) * here.last.mean < 1
        end = material.spend(low.spend if below else high.spend)
        side = "less than it costs from" if below else "more than it costs up to"
        text += f" {_capital(kept)}, money brings {side} {end} on, the end of what was looked at."
        text = text.replace("up to " + end + " on", "up to " + end)
    else:
        text += f" {_capital(kept)}, the next {price} pays for itself up to about {material.spend(until)}."
    if margin is None:
        text += " With your margin (--margin) it is less."
    return text


def _margin(plan: Plan) -> float | None:
    return None if plan.objective is None else plan.objective.margin


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _last(material: Material, last: Interval) -> str:
    worth = material.fit.dataset.worth
    if worth is None:
        low, high = quantity(last.p5), quantity(last.p95)
        return f"{quantity(last.mean)} {material.summary.outcome_unit} ({low} to {high})"
    return f"{times(worth * last.mean)} ({span(worth * last.p5, worth * last.p95, times)})"


def _figure(material: Material, plan: Plan) -> Figure:
    worth, margin = material.fit.dataset.worth, _margin(plan)
    per = 1.0 if worth is None else worth
    at = nearest(plan)
    here = Stop(
        at.spend, per * at.last.mean, f"today: {material.spend(at.spend)} → {_last(material, at.last)}"
    )
    line = (
        None
        if worth is None
        else (1.0 / (margin or 1.0), "break-even" + (" at your margin" if margin else ""))
    )
    unit = "return of the last unit of money" if worth is not None else material.summary.outcome_unit
    each = [(per * t.last.mean, per * t.last.p5, per * t.last.p95) for t in plan.totals]
    mean, low, high = (np.array(values) for values in zip(*each, strict=True))
    return Figure(
        spec=level(
            np.array([t.spend for t in plan.totals]),
            mean=mean,
            low=low,
            high=high,
            stops=[here],
            said=[f"{material.spend(t.spend)} → {_last(material, t.last)}" for t in plan.totals],
            line=line,
            axis=f"total budget, {material.currency}",
            unit=unit,
            kind="quantity" if worth is None else "times",
        ),
        alt=(
            f"What the last {material.currency} brings by total budget: {_last(material, at.last)} today, "
            f"{_last(material, plan.totals[-1].last)} at {material.spend(plan.totals[-1].spend)}."
        ),
        caption=(
            "Each total is split as well as these curves allow. Where the line is below break-even, the last "
            f"{material.currency} costs more than it brings."
            if worth is not None
            else "Each total is split as well as these curves allow."
        ),
        legend=(
            Legend(f"what the last {material.currency} brings", ACCENT, "line"),
            Legend("90% interval", ACCENT, "pale"),
            Legend("today's total", INK, "dot"),
        ),
    )


def _table(material: Material, plan: Plan) -> Table:
    columns = (
        Column("Of today's"),
        Column("Total"),
        Column("Media bring"),
        Column("90% interval"),
        *([Column("On average")] if material.has_value else []),
        Column(f"The last {material.currency}"),
    )
    return Table(columns, tuple(_row(material, total) for total in plan.totals))


def _row(material: Material, total: Total) -> tuple[str, ...]:
    brought, worth = total.contribution, material.fit.dataset.worth
    return (
        percent(total.multiple),
        material.spend(total.spend),
        material.amount(brought.mean),
        material.amounts(brought.p5, brought.p95),
        *([times(worth * brought.mean / total.spend)] if worth is not None else []),
        _last(material, total.last),
    )


SECTION = Section("total", "What the total should be", 32, "decide", build)
