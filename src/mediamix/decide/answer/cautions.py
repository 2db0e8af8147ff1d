"""What to know before signing a plan: extrapolation, weak support, bounds that cost, unspent money."""

from __future__ import annotations

from collections.abc import Mapping

from mediamix.core.numbers import chance
from mediamix.decide.answer.margins import Margins, bound_of, is_full, unspent, worth_unit
from mediamix.decide.answer.plan import Certificate, Uplift
from mediamix.decide.problem.resolve import Resolved
from mediamix.decide.problem.wording import amount, listed

# Below this share of draws in which the plan wins, the posterior doesn't support the move.
SUPPORT = 0.7


def warnings_of(
    problem: Resolved,
    allocation: Mapping[str, float],
    certificate: Certificate,
    uplift: Uplift | None,
    margins: Margins,
) -> list[str]:
    """All warnings of a plan, the gravest first."""
    found = []
    if not certificate.known:
        found.append(
            "no certificate: this method knows no bound, so that nothing says how much better another split "
            "could be"
        )
    elif certificate.status != "optimal":
        found.append(
            f"the search stopped before a proof: a plan better by up to {certificate.gap:.2%} of what the "
            "media add may exist"
        )
    if uplift is not None and uplift.probability_better < SUPPORT and _moves(problem, allocation):
        found.append(
            f"the posterior doesn't support this move: the plan beats today's spend with a probability "
            f"of {chance(uplift.probability_better)}"
        )
    found += [
        f"{name}: no trained period shows it, so what it brings here is its prior, not the data's answer"
        for name in problem.curves.only_prior
        if allocation.get(name, 0.0) > 0
    ]
    found += _extrapolations(problem, allocation)
    found += _unspent(problem, allocation)
    found += _bounds(problem, allocation, margins)
    return found


def _moves(problem: Resolved, allocation: Mapping[str, float]) -> bool:
    """Whether the plan differs from today's spend."""
    today = problem.curves.current or {}
    size = max([*today.values(), 1e-300])
    return any(abs(spend - today.get(name, spend)) > 1e-6 * size for name, spend in allocation.items())


def _extrapolations(problem: Resolved, allocation: Mapping[str, float]) -> list[str]:
    found = []
    currency = problem.curves.currency
    for name, (low, high) in (problem.curves.observed or {}).items():
        spend = allocation[name]
        if spend > high * (1 + 1e-9):
            above = f"{spend / high - 1:.0%} above" if high > 0 else "above"
            found.append(
                f"{name}: {amount(spend, currency)} is {above} the highest observed spend, "
                f"{amount(high, currency)}; the curve is an extrapolation there"
            )
        elif spend < low * (1 - 1e-9):
            found.append(
                f"{name}: {amount(spend, currency)} is {1 - spend / low:.0%} below the lowest observed "
                f"spend, {amount(low, currency)}; the curve is an extrapolation there"
            )
    return found


def _unspent(problem: Resolved, allocation: Mapping[str, float]) -> list[str]:
    left = unspent(problem, allocation)
    if left == 0:
        return []
    full = {n for cap in problem.caps if is_full(allocation, cap) for n in cap.channels}
    held = ("upper", "fixed", "off")
    stopped = [n for n in allocation if n in full or bound_of(problem, allocation, n) in held]
    idle = [name for name in allocation if name not in stopped]
    reasons = []
    if stopped:
        reasons.append(f"{listed(stopped)} may not spend more")
    if idle:
        why = " that other constraints allow" if problem.rows or problem.buy else ""
        reasons.append(f"more for {listed(idle)}{why} would bring nothing")
    currency = problem.curves.currency
    return [
        f"{amount(left, currency)} of the budget of {amount(problem.total, currency)} is not spent: "
        + "; ".join(reasons)
    ]


def _bounds(problem: Resolved, allocation: Mapping[str, float], margins: Margins) -> list[str]:
    """Bounds that keep money from where it would bring more."""
    found = []
    for name, spend in allocation.items():
        gain = margins.of(name)
        if gain == 0:
            continue
        bound, worth = bound_of(problem, allocation, name), amount(gain, worth_unit(problem))
        end = float(problem.curves.spend[name][-1])
        if bound != "lower" and spend >= end * (1 - 1e-9):
            limit = "the end of its curve; more may be better, but nothing is known there"
        else:
            label = "fixed spend" if bound == "fixed" else f"{bound} bound"
            limit = f"its {label}; each unit by which it is relaxed would bring {worth}"
        found.append(f"{name}: {amount(spend, problem.curves.currency)} is {limit}")
    return found
