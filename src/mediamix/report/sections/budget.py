"""The recommended budget: today against the plan, what it brings, and what is proved about it."""

from __future__ import annotations

from typing import Any

from mediamix.core.numbers import chance, percent, quantity, scale, times
from mediamix.decide.plan import ChannelPlan, Plan
from mediamix.report.blocks import Block, Callout, Cell, Column, Figure, Fold, Legend, Table, Text
from mediamix.report.figures import label, points
from mediamix.report.material import Material
from mediamix.report.palette import INK, MUTED, faded
from mediamix.report.section import Section
from mediamix.report.verdict import judge


def build(material: Material) -> list[Block]:
    """Bars, table, certificate, warnings; nothing without a plan."""
    plan = material.plan
    if plan is None:
        return []
    blocks: list[Block] = []
    if judge(material).level == "failed":
        blocks.append(
            Callout("error", "Don't act on this plan", "It rests on a model that has not passed its checks.")
        )
    blocks += [Text(_gain(material, plan), "lead"), _bars(material, plan), _table(material, plan)]
    blocks.append(Callout("ok" if _proved(plan) else "warning", _title(plan), _certificate(material, plan)))
    if plan.warnings:
        blocks.append(Callout("warning", "Know this before signing", items=plan.warnings))
    notes = (*plan.notes, *plan.binding)
    if notes:
        blocks.append(Fold("What was assumed, and what limits the plan", tuple(Text(n) for n in notes)))
    return blocks


def _gain(material: Material, plan: Plan) -> str:
    if plan.uplift is None or plan.current is None:
        return f"The plan spends {material.spend(plan.spend)} and is expected to bring {_outcome(material, plan)}."
    today = sum(plan.current.allocation.values())
    same = abs(today - plan.spend) <= 0.001 * max(today, plan.spend)
    money = f"With the same {material.spend(plan.spend)}" if same else (
        f"With {material.spend(plan.spend)} instead of {material.spend(today)}"
    )
    return (
        f"{money}, {material.summary.outcome_name} is expected to change by "
        f"{material.amount(plan.uplift.mean, signed=True)} "
        f"(90% interval {material.amounts(plan.uplift.p5, plan.uplift.p95)}). "
        f"The plan beats today's split with {chance(plan.uplift.probability_better)} probability."
    )


def _outcome(material: Material, plan: Plan) -> str:
    o = plan.outcome
    return f"{material.amount(o.mean)} (90% interval {material.amounts(o.p5, o.p95)})"


def _proved(plan: Plan) -> bool:
    return plan.certificate.status == "optimal"


def _title(plan: Plan) -> str:
    return "Proved to be the best split" if _proved(plan) else "The search stopped before a proof"


def _certificate(material: Material, plan: Plan) -> str:
    c = plan.certificate
    gap = "nothing" if c.gap < 5e-6 else f"at most {percent(c.gap)} of what media bring"
    bound = _exact(material, c.upper_bound)
    if plan.question.kind == "target":
        start = f"With {material.spend(plan.budget)} no split within these bounds can be expected to bring more than"
    else:
        start = "No split within these bounds can be expected to bring more than"
    return (
        f"{start} {bound} (this plan: {_exact(material, plan.outcome.mean)}). The gap is {gap}. "
        "This is proved for the model's expected response; whether the response is right is what "
        "the trust sections are for."
    )


def _exact(material: Material, value: float) -> str:
    """Enough digits to compare a bound with a plan."""
    unit = material.currency if material.is_money else material.summary.outcome_unit
    return f"{unit} {value:,.0f}" if material.is_money else f"{value:,.0f} {unit}"


def _bars(material: Material, plan: Plan) -> Figure:
    names = list(plan.channels)
    largest = max([p.spend for p in plan.channels.values()] + [p.current or 0.0 for p in plan.channels.values()])
    divisor, suffix = scale(largest)
    rows = list(range(len(names)))
    colours = [material.colours[name] for name in names]
    data: list[dict[str, Any]] = []
    today = [part.current for part in plan.channels.values()]
    if plan.current is not None:
        data.append(_bar([t or 0.0 for t in today], rows, [faded(c, 0.32) for c in colours], "today", divisor, -0.19))
    data.append(_bar([p.spend for p in plan.channels.values()], rows, colours, "recommended", divisor, 0.19))
    for trace in data:
        trace["hovertext"] = [
            f"{label(name)}, {trace['name']}: {material.spend(x * divisor)}"
            for name, x in zip(names, trace["x"], strict=True)
        ]
    layout = {
        "barmode": "overlay",
        "margin": {"l": 8, "r": 76, "t": 8, "b": 8},
        "hovermode": "closest",
        "xaxis": {
            "title": {"text": f"{material.currency} {suffix}".strip(), "font": {"size": 12, "color": MUTED}},
            "rangemode": "tozero",
            "fixedrange": True,
        },
        "yaxis": {
            "range": [len(names) - 0.4, -0.6],
            "tickvals": rows,
            "ticktext": [label(name) + "  " for name in names],
            "tickfont": {"color": INK},
            "showgrid": False,
            "fixedrange": True,
        },
        "annotations": [_change(i, part) for i, part in enumerate(plan.channels.values())],
    }
    legend = (Legend("recommended", colours[0]),)
    if plan.current is not None:
        legend = (Legend("today (pale)", faded(colours[0], 0.32)), *legend)
    return Figure(
        data=tuple(data),
        layout=layout,
        height=50 * len(names) + 60,
        alt="Spend per channel, today and recommended; the table below holds the numbers.",
        title="Spend per channel",
        caption="The pale bar is today's spend, the full bar the plan's; the change stands at the right.",
        legend=legend,
    )


def _bar(
    values: list[float], rows: list[int], colours: list[str], name: str, divisor: float, shift: float
) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "x": points([v / divisor for v in values]),
        "y": [row + shift for row in rows],
        "width": 0.34,
        "marker": {"color": colours},
        "hoverinfo": "text",
    }


def _change(row: int, part: ChannelPlan) -> dict[str, Any]:
    text = percent(part.change / part.current, signed=True) if part.current and part.change is not None else ""
    return {
        "text": f"<b>{text}</b>",
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "xshift": 10,
        "y": row,
        "showarrow": False,
    }


def _table(material: Material, plan: Plan) -> Table:
    rows: list[tuple[str | Cell, ...]] = []
    for name, part in plan.channels.items():
        relative = part.change / part.current if part.current and part.change is not None else None
        rows.append(
            (
                Cell(name, material.colours[name]),
                material.spend(part.current),
                material.spend(part.spend),
                material.spend(part.change, signed=True),
                percent(relative, signed=True),
                material.amount(part.contribution.mean),
                _marginal(material, part),
                f"held by its {part.binding} bound" if part.binding in ("lower", "upper") else part.binding or "",
            )
        )
    today = None if plan.current is None else sum(plan.current.allocation.values())
    rows.append(
        (
            "Total",
            material.spend(today),
            material.spend(plan.spend),
            material.spend(None if today is None else plan.spend - today, signed=True),
            percent(None if not today else plan.spend / today - 1, signed=True),
            material.amount(sum(part.contribution.mean for part in plan.channels.values())),
            "",
            "",
        )
    )
    outcome = f"Expected {material.summary.outcome_name}"
    marginal = f"Next {material.currency} brings"
    columns = (
        Column("Channel", False),
        *(Column(c) for c in ("Today", "Recommended", "Change", "Change in %", outcome, marginal)),
        Column("Limit", False),
    )
    return Table(columns, tuple(rows), "The plan in numbers", folded=False)


def _marginal(material: Material, part: ChannelPlan) -> str:
    if material.is_money:
        return times(part.mroi.mean)
    return quantity(part.mroi.mean, material.summary.outcome_unit)


SECTION = Section("budget", "Recommended budget", 30, "decide", build)
