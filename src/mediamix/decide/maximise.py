"""The first question: the best split of a fixed budget."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from mediamix.decide.cautions import warnings_of
from mediamix.decide.curves import Curves
from mediamix.decide.margins import binding_words, bound_of, shadow_price
from mediamix.decide.plan import Certificate, ChannelPlan, Current, Plan, Question, Uplift
from mediamix.decide.problem import Budget, Problem, resolve
from mediamix.decide.solve import Solution
from mediamix.decide.solve import maximise as solve
from mediamix.decide.wording import amount
from mediamix.measure.interval import Interval

FEW_DRAWS = 200


def optimize(curves: Curves, budget: Budget) -> Plan:
    """The plan with the highest expected outcome within the budget, with a proof.

    ``maximise mean over draws of Σ_c contribution_c(spend_c)`` subject to the budget, bounds and
    groups; then evaluated on every draw.

    The uplift is read on the draws that chose the plan, which flatters it. That part is small: on
    simulated posteriors of five channels, 1 % of the uplift with 100 draws and under 0.5 % from
    1000 draws on, less than the Monte Carlo error of the mean itself. What no evaluation on these
    draws can show is a posterior that is wrong: the plan leans towards channels that the model
    overrates. Experiments and backtests measure that, not the planner.

    Raises:
        BudgetError: The budget doesn't fit the curves, or no plan can keep its constraints.
    """
    problem = resolve(curves, budget)
    return make_plan(problem, solve(problem.separable()), Question("maximise", problem.total))


def make_plan(problem: Problem, solution: Solution, question: Question, notes: tuple[str, ...] = ()) -> Plan:
    """Evaluate a solution on all draws and say what is to be known about it."""
    curves = problem.curves
    allocation = {name: float(x) for name, x in zip(curves.channels, solution.x, strict=True)}
    draws = curves.outcome_at(allocation)
    outcome = Interval.of(draws)
    price = shadow_price(problem, allocation)
    # The bound holds for the sum of mean curves; adding the baseline may round below the mean.
    upper = max(solution.upper + curves.baseline_mean, outcome.mean)
    certificate = Certificate(upper, solution.gap, solution.status, price)
    current, uplift = _against_today(curves, draws)
    return Plan(
        question=question,
        budget=problem.total,
        allocation=allocation,
        outcome=outcome,
        current=current,
        uplift=uplift,
        certificate=certificate,
        channels={name: _channel(problem, allocation, name) for name in allocation},
        binding=tuple(binding_words(problem, allocation, price)),
        warnings=tuple(warnings_of(problem, allocation, certificate, uplift)),
        notes=(*problem.notes, *notes, *_comparison_notes(problem, current)),
        currency=curves.currency,
        outcome_name=curves.outcome,
        unit=curves.unit,
    )


def _against_today(
    curves: Curves, plan_draws: Float[np.ndarray, " draw"]
) -> tuple[Current | None, Uplift | None]:
    """Today's outcome, and the plan's advantage draw by draw."""
    if curves.current is None:
        return None, None
    today = curves.outcome_at(curves.current)
    difference = plan_draws - today
    gain = Interval.of(difference)
    # A difference of rounding size is no advantage.
    better = float(np.mean(difference > 1e-12 * np.abs(today)))
    return Current(dict(curves.current), Interval.of(today)), Uplift(gain.mean, gain.p5, gain.p95, better)


def _comparison_notes(problem: Problem, current: Current | None) -> tuple[str, ...]:
    notes = []
    if problem.curves.n_draws == 1:
        notes.append("the curves have no draws: every interval is a point")
    elif problem.curves.n_draws < FEW_DRAWS:
        notes.append(
            f"there are only {problem.curves.n_draws} draws: intervals are rough, the uplift flattered"
        )
    if current is not None:
        today, currency = sum(current.allocation.values()), problem.curves.currency
        if abs(problem.total - today) > 1e-3 * max(today, problem.total):
            notes.append(
                f"the budget, {amount(problem.total, currency)}, differs from today's spend, "
                f"{amount(today, currency)}; the uplift compares the two as they are"
            )
    return tuple(notes)


def _channel(problem: Problem, allocation: Mapping[str, float], name: str) -> ChannelPlan:
    curves, spend = problem.curves, allocation[name]
    contribution = curves.contribution_at(name, spend)
    current = None if curves.current is None else curves.current[name]
    return ChannelPlan(
        spend=spend,
        current=current,
        change=None if current is None else spend - current,
        contribution=Interval.of(contribution),
        roi=Interval.of(contribution / spend) if spend > 0 else None,
        mroi=Interval.of(curves.slope_at(name, spend)),
        bounds=(problem.lower[name], problem.upper[name]),
        binding=bound_of(problem, allocation, name),
    )
