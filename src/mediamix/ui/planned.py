"""A plan in tables and sentences: what the planner's and the scenarios' pages show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from mediamix.core.numbers import amount, chance, money, percent, span
from mediamix.decide.answer.plan import Plan
from mediamix.project.questions import Saved
from mediamix.reporting.blocks import Figure
from mediamix.reporting.figures import Pair, Row, forest, pairs
from mediamix.reporting.material import Material
from mediamix.reporting.palette import ACCENT
from mediamix.ui.asking import Asked

BEST = "Best split of the same money"
METHODS = {"greedy": "Greedy rule", "slsqp": "SLSQP"}


def headline(of: Material, plan: Plan) -> str:
    """What the plan says, in a sentence."""
    spend, gain = of.spend(plan.spend), plan.uplift
    if plan.stays or gain is None or plan.current is None:
        kept = "Keep today's split: no move is supported. " if plan.stays else ""
        return f"{kept}{spend} is expected to bring {of.amount(plan.outcome.mean)}."
    today = sum(plan.current.allocation.values())
    same = abs(plan.spend - today) <= 1e-3 * max(plan.spend, today)
    start = f"The same {spend}" if same else f"{spend} instead of {of.spend(today)}"
    return (
        f"{start} is expected to bring {of.more(gain.mean)} than today's split "
        f"({of.amounts(gain.p5, gain.p95)} with 90 % probability), and more with a probability of "
        f"{chance(gain.probability_better)}."
    )


def tiles(of: Material, plan: Plan) -> dict[str, tuple[str, str]]:
    """Label → value and what stands under it."""
    shown = {"Budget": (of.spend(plan.spend), _less(of, plan))}
    outcome = plan.outcome
    shown[f"Expected {plan.outcome_name}"] = (
        of.amount(outcome.mean),
        f"90 % interval {of.amounts(outcome.p5, outcome.p95)}",
    )
    if plan.uplift is not None:
        gain = plan.uplift
        shown["More than today"] = (
            "–" if plan.stays else of.amount(gain.mean, signed=True),
            "nothing moves" if plan.stays else f"90 % interval {of.amounts(gain.p5, gain.p95)}",
        )
        shown["Better than today"] = (
            "–" if plan.stays else chance(gain.probability_better),
            "the same as today" if plan.stays else "probability",
        )
    return shown


def _less(of: Material, plan: Plan) -> str:
    if plan.current is None:
        return ""
    today = sum(plan.current.allocation.values())
    return f"today {of.spend(today)}"


def in_geos(of: Material, plan: Plan) -> pd.DataFrame:
    """A plan by geo as a table of geos and channels: spend, and its change."""
    cells: dict[str, dict[str, str]] = {}
    for name, part in plan.channels.items():
        channel, _, geo = name.rpartition("/")
        change = (
            f" ({percent(part.change / part.current, signed=True)})" if part.current and part.change else ""
        )
        cells.setdefault(geo, {"Geo": geo})[channel] = f"{of.spend(part.spend)}{change}"
    return pd.DataFrame(list(cells.values())).fillna("–")


def by_hand_figure(of: Material, plan: Plan) -> Figure:
    """Spend per channel, today and as somebody split it."""
    rows = []
    for name, part in plan.channels.items():
        change = percent(part.change / part.current, signed=True) if part.current and part.change else ""
        said = f"{name}: today {of.spend(part.current)}, by hand {of.spend(part.spend)} {change}".rstrip()
        rows.append(Pair(name, of.colours[name], part.current, part.spend, change, said))
    return Figure(
        spec=pairs(rows, axis=f"spend, {of.currency}"),
        alt="Spend per channel, today and by hand; the table above holds the numbers.",
        title="Spend per channel, today (pale) and by hand",
    )


def unseen(of: Material, plan: Plan) -> list[str]:
    """Channels whose spend the data have not seen, in sentences."""
    return [
        f"{name}: {of.spend(part.spend)} is {percent(abs(part.extrapolation))} "
        f"{'above' if part.extrapolation > 0 else 'below'} any spend that the data have seen; what it "
        "brings there is an extrapolation."
        for name, part in plan.channels.items()
        if part.extrapolation
    ]


def prices(of: Material, plan: Plan) -> list[str]:
    """What each limit that holds the plan costs, in sentences; the dearest first."""
    goal = plan.objective
    if goal is None or goal.kind == "beats_today":
        return []
    unit = of.currency if goal.margin is not None else plan.unit
    where = f", on average over the worst {percent(goal.level)} of the draws" if goal.kind == "gain" else ""
    if goal.kind == "gain" and plan.stays:
        where = ", on average"
    found = []
    for label, price in sorted(plan.shadow_prices.items(), key=lambda item: -item[1]):
        if price <= 0:
            continue
        start = (
            f"{of.currency} 1 more of budget"
            if label == "budget"
            else f"Relaxing {label}, by {of.currency} 1"
        )
        found.append(f"{start} would bring {amount(price, unit, plan.currency)}{where}.")
    return found


def compared_methods(
    of: Material, ours: Plan, others: Mapping[str, Plan]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The planner's answer beside those of methods without a proof: what they reach, and their splits."""
    plans = {"This planner": ours} | {METHODS[name]: plan for name, plan in others.items()}
    rows = []
    for name, plan in plans.items():
        goal, proof = plan.objective, plan.certificate
        rows.append(
            {
                "Method": name,
                "Reaches": "–" if goal is None else of.amount(goal.value),
                "Expected": of.amount(plan.outcome.mean),
                "More than today": _gain(plan),
                "Spends": of.spend(plan.spend),
                "Proof": "best split" if proof.status == "optimal" else _gap(plan),
            }
        )
    splits = pd.DataFrame({n: {c: of.spend(x) for c, x in p.allocation.items()} for n, p in plans.items()})
    return pd.DataFrame(rows), splits.rename_axis("Channel").reset_index()


def reached(plan: Plan) -> str:
    """What the methods are compared by."""
    return "" if plan.objective is None else plan.objective.label


def _gain(plan: Plan) -> str:
    if plan.uplift is None:
        return "–"
    return "nothing moves" if plan.stays else amount(plan.uplift.mean, plan.unit, plan.currency, signed=True)


def _gap(plan: Plan) -> str:
    proof = plan.certificate
    return f"within {percent(proof.gap)}" if proof.known else "none"


def by_hand_splits(of: Material, own: Plan, best: Plan) -> pd.DataFrame:
    """The three splits, a row per channel."""
    rows = [
        {
            "Channel": name,
            "Today": of.spend(part.current),
            "By hand": of.spend(part.spend),
            BEST: of.spend(best.allocation[name]),
        }
        for name, part in own.channels.items()
    ]
    return pd.DataFrame(rows)


def by_hand_beside(of: Material, own: Plan, best: Plan) -> pd.DataFrame:
    """Today, a split made by hand, and the best one of the same money."""
    rows = [_summary(of, "By hand", own), _summary(of, BEST, best)]
    if own.current is not None:
        today = sum(own.current.allocation.values())
        first = {"Split": "Today", "Spends": of.spend(today), "Brings": of.amount(own.current.outcome.mean)}
        rows.insert(0, first | dict.fromkeys(("More than today", "90 % interval", "Better than today"), "–"))
    return pd.DataFrame(rows)


def _summary(of: Material, name: str, plan: Plan) -> dict[str, str]:
    gain = plan.uplift
    moved = gain is not None and not plan.stays
    return {
        "Split": name,
        "Spends": of.spend(plan.spend),
        "Brings": of.amount(plan.outcome.mean),
        "More than today": of.amount(gain.mean, signed=True) if gain and moved else "–",
        "90 % interval": of.amounts(gain.p5, gain.p95) if gain and moved else "–",
        "Better than today": chance(gain.probability_better) if gain and moved else "–",
    }


def limits_table(of: Material, today: Mapping[str, float], asked: Asked) -> pd.DataFrame:
    """What every channel may spend, as it was asked."""
    own = {name: (low, high) for name, low, high in asked.limits}
    rows = []
    for name, spend in today.items():
        low, high = own.get(name, (50, 150))
        share = 100 if name in own or asked.kind == "target" else asked.share
        usual = "" if name in own else "usual"
        rows.append(
            {
                "Channel": name,
                "Today": of.spend(spend),
                "At least": of.spend(spend * low * share / 1e4),
                "At most": of.spend(spend * high * share / 1e4),
                "": "fixed" if low == high else usual,
            }
        )
    return pd.DataFrame(rows)


def compared(found: Sequence[Saved]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Saved questions beside each other: what they bring, and how they split the money."""
    rows, splits = [], {}
    for one in found:
        plan = one.plan
        if plan is None:
            continue
        gain, moved = plan.uplift, not plan.stays
        unit, currency = plan.unit, plan.currency
        rows.append(
            {
                "Scenario": one.name,
                "Asked": asked_in_words(plan),
                "Spends": money(plan.spend, currency),
                "Brings": amount(plan.outcome.mean, unit, currency),
                "More than today": _gain(plan),
                "90 % interval": _range(plan) if moved else "–",
                "Better than today": chance(gain.probability_better) if gain and moved else "–",
                "Proof": "best split" if plan.certificate.status == "optimal" else _gap(plan),
                "Run": one.run,
            }
        )
        splits[one.name] = {name: money(spend, currency) for name, spend in plan.allocation.items()}
    return pd.DataFrame(rows), pd.DataFrame(splits).fillna("–").rename_axis("Channel").reset_index()


def _range(plan: Plan) -> str:
    gain = plan.uplift
    if gain is None:
        return "–"
    return span(gain.p5, gain.p95, partial(amount, unit=plan.unit, currency=plan.currency))


def gains_figure(found: Sequence[Saved]) -> Figure | None:
    """What every scenario brings more than today's split; None where none is compared with it."""
    plans = [(one.name, one.plan) for one in found if one.plan is not None]
    rows = [
        Row(
            name, ACCENT, gain.mean, gain.p5, gain.p95, _gain(plan), f"{name}: {_gain(plan)} ({_range(plan)})"
        )
        for name, plan in plans
        if (gain := plan.uplift) is not None
    ]
    if not rows:
        return None
    first = plans[0][1]
    return Figure(
        spec=forest(rows, axis=f"more {first.outcome_name} than today, {first.unit or first.currency}"),
        alt="What every scenario brings more than today, with 90 % intervals; the table has the numbers.",
        title=f"More {first.outcome_name} than today's split",
        caption="The dot is what is expected, the band its 90 % interval.",
    )


def asked_in_words(plan: Plan) -> str:
    """What a plan answers: ``split EUR 1.2 M``, ``reach EUR 9 M``."""
    question = plan.question
    if question.kind == "maximise":
        return f"split {money(question.amount, plan.currency)}"
    if question.of == "outcome":
        return f"reach {amount(question.amount, plan.unit, plan.currency)}"
    return f"reach {question.of.replace('_', ' ')} {question.amount:g}"
