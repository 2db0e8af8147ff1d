"""The card of a `FlightPlan`: money per channel and when, and what it brings."""

from __future__ import annotations

from mediamix.core.card import Card
from mediamix.core.numbers import amount, chance, money, quantity, span
from mediamix.decide.answer.returns import return_header, return_of
from mediamix.decide.flighting.plan import FlightPlan
from mediamix.decide.problem.origin import during
from mediamix.showing.pictures import over_time


def card(plan: FlightPlan) -> Card:
    """Budget, outcome, comparisons, proof; a row per channel; spend over the periods."""
    first, last = plan.dates[0].astype("datetime64[D]"), plan.dates[-1].astype("datetime64[D]")
    lines = [] if plan.origin is None else [("verdict", str(plan.origin.verdict))]
    lines += [
        (
            "periods",
            f"{len(plan.dates):,}, {first} to {last}" if plan.origin is None else str(plan.origin.window),
        ),
        ("brings", f"{amount(plan.contribution.mean, plan.unit, plan.currency)} of {plan.outcome_name}"),
    ]
    for part in plan.comparisons.values():
        gain = part.uplift
        lines.append(
            (
                "against",
                f"{part.meaning}: {amount(gain.mean, plan.unit, plan.currency, signed=True)}, better with a "
                f"probability of {chance(gain.probability_better)}",
            )
        )
    proof = plan.certificate
    lines.append(("proof", f"{proof.status}, gap {proof.gap:.2%} of what the media bring"))
    lines += [("warning", words) for words in plan.warnings[:1]]
    rows = [
        (
            name,
            quantity(part.spend),
            f"{part.on} of {len(plan.dates)}",
            quantity(part.contribution.mean),
            return_of(plan, part),
            span(*part.total, quantity),
        )
        for name, part in sorted(plan.channels.items(), key=lambda item: -item[1].spend)
    ]
    return Card(
        title=f"FlightPlan: {money(plan.budget, plan.currency)} over {len(plan.channels)} channels"
        f"{during(plan.origin)}",
        lines=tuple(lines),
        columns=(
            "channel",
            f"spend, {plan.currency}",
            "periods on",
            f"brings, {plan.unit}",
            return_header(plan),
            "allowed",
        ),
        rows=tuple(rows),
        picture=over_time(
            plan.outcome_t["mean"].tolist(),
            plan.spend_ct.sum(axis=0).tolist(),
            f"expected {plan.outcome_name} (line) and spend (bars) per period",
            (str(first), str(last)),
        ),
        next_step="plan.table(), or plan.periods()",
    )
