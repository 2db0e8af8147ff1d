"""The tables that stand beside a plan: budgets of a sweep, what-ifs, risk, the worth of tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mediamix.cli.console import table

if TYPE_CHECKING:
    from mediamix.decide.answer.plan import Plan


def _returned(row: Mapping[str, Any], plan: Plan) -> list[str]:
    """A row's ROI; of a count without a value what a unit costs."""
    from mediamix.core.numbers import money, times

    return [times(row["roi"]) if plan.has_value else money(row["cost_per_unit"], plan.currency)]


def _print_sweep(rows: list[dict[str, Any]], plan: Plan) -> None:
    from mediamix.core.numbers import quantity, span, times
    from mediamix.decide.answer.returns import return_header

    cells = [
        [
            f"{row['multiple']:.2f}×",
            quantity(row["budget"]),
            quantity(row["outcome"]),
            span(row["outcome_p5"], row["outcome_p95"], quantity),
            *_returned(row, plan),
            *([times(row["mroi"])] if plan.has_value else []),
        ]
        for row in rows
    ]
    returns = [return_header(plan), *(["next unit"] if plan.has_value else [])]
    title = f"Budgets from {rows[0]['multiple']:.2f} to {rows[-1]['multiple']:.2f} times today's"
    table(title, ["today", "budget", plan.outcome_name, "90 % interval", *returns], cells)


def _print_what_ifs(rows: list[dict[str, Any]], plan: Plan) -> None:
    from mediamix.core.numbers import chance, quantity, span
    from mediamix.decide.answer.returns import return_header

    cells = [
        [
            row["scenario"],
            quantity(row["spend"]),
            quantity(row["outcome"]),
            quantity(row["change"]) if index else "–",
            span(row["change_p5"], row["change_p95"], quantity) if index else "–",
            chance(row["probability_better"]) if index else "–",
            *_returned(row, plan),
        ]
        for index, row in enumerate(rows)
    ]
    headers = [
        "what if",
        "spend",
        plan.outcome_name,
        "change",
        "90 % interval",
        "better",
        return_header(plan),
    ]
    table("What-ifs, from today's spend", headers, cells)


def _print_frontier(rows: list[dict[str, Any]], plan: Plan) -> None:
    from mediamix.core.numbers import percent, quantity, span

    names = list(plan.allocation)
    cells = [
        [
            f"{row['aversion']:g}",
            quantity(row["mean"]),
            quantity(row["sd"]),
            span(row["p5"], row["p95"], quantity),
            quantity(row["cvar"]),
            *(percent(row[f"spend_{name}"] / (row["spend"] or 1.0)) for name in names),
        ]
        for row in rows
    ]
    headers = ["aversion", "mean", "spread", "90 % interval", "worst 5 %", *names]
    table("Mean against risk: plans that give up mean for a smaller spread", headers, cells)


def _print_information(rows: list[dict[str, Any]], plan: Plan) -> None:
    from mediamix.core.numbers import percent, quantity

    cells = [
        [row["channel"], quantity(row["value"]), quantity(row["moved"]), percent(row["changed"])]
        for row in rows
    ]
    title = "What perfect knowledge of a channel could add to this plan (a real test tells less)"
    table(title, ["channel", f"worth ({plan.outcome_name})", "money moved", "plan changes"], cells)


PRINTERS = {
    "what_ifs": _print_what_ifs,
    "frontier": _print_frontier,
    "information": _print_information,
    "scenarios": _print_sweep,
}
