"""The first question: the best split of a fixed budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from mediamix.core.numbers import chance
from mediamix.decide.answer.cautions import warnings_of
from mediamix.decide.answer.margins import Margins, binding_words, bound_of, margins_of
from mediamix.decide.answer.plan import Certificate, ChannelPlan, Current, Plan, Question, Reached, Uplift
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.objective import Objective, objective_of
from mediamix.decide.problem.problem import Budget
from mediamix.decide.problem.resolve import Resolved, resolve
from mediamix.decide.problem.separable import PROVED, Solution
from mediamix.decide.problem.together import around, brought
from mediamix.decide.problem.wording import amount
from mediamix.decide.solvers.chain import maximise as solve
from mediamix.decide.solvers.gamble import Gamble
from mediamix.decide.solvers.risk import gamble_maximise
from mediamix.decide.solvers.simple import simple
from mediamix.measure.interval import Interval

FEW_DRAWS = 200


def optimize(
    curves: Curves, budget: Budget, objective: Objective | str = "mean", solver: str | None = None
) -> Plan:
    """The plan with the highest objective within the budget, with a proof.

    ``maximise mean over draws of Σ_c contribution_c(spend_c)``, or another `Objective`, subject to
    the budget's limits; then evaluated on every draw.

    The uplift is read on the draws that chose the plan, which flatters it. That part is small: on
    simulated posteriors of five channels, 1 % of the uplift with 100 draws and under 0.5 % from
    1000 draws on, less than the Monte Carlo error of the mean itself. What no evaluation on these
    draws can show is a posterior that is wrong: the plan leans towards channels that the model
    overrates. Experiments and backtests measure that, not the planner.

    With a `solver` (``greedy``, ``slsqp``) the plan is that method's, without a certificate: to compare.

    Raises:
        BudgetError: The budget doesn't fit the curves, no plan can keep its constraints, or there is no
            such solver.
        ExtraError: The constraints or the objective need SciPy, which is not installed.
    """
    problem = resolve(curves, budget, objective_of(objective))
    if solver is not None:
        return make_plan(problem, simple(problem, solver), Question("maximise", problem.total))
    solution = solved(problem)
    notes = _bolder(problem, solution) if problem.objective.kind == "gain" else ()
    return make_plan(problem, solution, Question("maximise", problem.total), notes)


def solved(problem: Resolved, *, bounded: bool = True) -> Solution:
    """The best point of a problem; value and bound are the objective's, baseline included."""
    if problem.objective.separable:
        found = solve(problem.separable())
        base = problem.objective.scale * problem.curves.baseline_mean
        return replace(found, value=found.value + base, upper=found.upper + base)
    gamble = Gamble.of(problem.objective, problem.separable(), problem.curves)
    return gamble_maximise(gamble, bounded=bounded)


def _bolder(problem: Resolved, careful: Solution) -> tuple[str, ...]:
    """What the plan with the highest expectation would bring more, and how likely it beats today."""
    boldest = solved(replace(problem, objective=replace(problem.objective, kind="mean", level=None)))
    gamble = Gamble.of(problem.objective, problem.separable(), problem.curves)
    bold, own = gamble.draws(boldest.x), gamble.draws(careful.x)
    more = float((bold - own).mean())
    if gamble.today is None or more <= PROVED * abs(float((own - gamble.base).mean())):
        return ()
    likely = float(np.mean(bold > gamble.today))
    unit = problem.curves.unit if problem.objective.margin is None else problem.curves.currency
    return (
        f"the highest expectation, whatever its risk, would bring {amount(more, unit)} more than this plan; "
        f"it beats today's split with a probability of {chance(likely)} (objective mean)",
    )


def make_plan(
    problem: Resolved,
    solution: Solution,
    question: Question,
    notes: tuple[str, ...] = (),
    odds: Curves | None = None,
) -> Plan:
    """Evaluate a solution on all draws and say what is to be known about it.

    Outcomes, contributions and returns are read from `Curves.levels`; what the plan is better by, and
    with which probability, from the curves that count today's split as evidence.

    Args:
        problem: What was solved.
        solution: Its answer.
        question: What was asked.
        notes: On top of the problem's.
        odds: Curves for the comparison with today; absent: the problem's.
    """
    curves, objective = problem.curves, problem.objective
    levels = curves.levels
    allocation = {name: float(x) for name, x in zip(curves.channels, solution.x, strict=True)}
    draws = levels.outcome_at(allocation)
    value, upper = solution.value, solution.upper
    if not objective.separable:
        gamble = Gamble.of(objective, problem.separable(), curves)
        problem = replace(problem, weights=gamble.weights(solution.x))
    elif objective.margin is None:
        # The same number as the outcome's mean, however the sums were rounded.
        # With today's split as evidence the bound stands as far above the plan as on those draws.
        upper += float(draws.mean()) - value
        value = float(draws.mean())
    # Pairs by what they are around the plan: margins are of one channel's next unit.
    problem = replace(problem, curves=around(curves, allocation))
    margins = margins_of(problem, allocation)
    certificate = Certificate(max(upper, value), solution.gap, solution.status, margins.price)
    judged = odds or curves
    uplift = _against_today(judged, allocation)
    today = None if levels.current is None else levels.outcome_at(levels.current)
    alone = None if today is None or judged.fitted is None else Interval.of(draws - today)
    current = None if today is None else Current(dict(levels.current or {}), Interval.of(today))
    return Plan(
        question=question,
        budget=problem.total,
        allocation=allocation,
        outcome=Interval.of(draws),
        current=current,
        uplift=uplift,
        certificate=certificate,
        value_per_unit=curves.value_per_unit,
        origin=curves.origin,
        channels=_channels(problem, levels, allocation),
        binding=tuple(binding_words(problem, margins)),
        warnings=tuple(warnings_of(problem, allocation, certificate, uplift, margins)),
        notes=(*problem.notes, *notes, *_notes(problem, current)),
        currency=curves.currency,
        outcome_name=curves.outcome,
        unit=curves.unit,
        objective=Reached(objective.kind, objective.level, objective.margin, objective.label, value),
        shadow_prices=_prices(margins),
        solver=solution.method,
        uplift_alone=alone,
    )


def _prices(margins: Margins) -> dict[str, float]:
    held = {part.label: part.gain for part in margins.held if part.gain > 0}
    return ({"budget": margins.price} if margins.spent else {}) | held


def _against_today(curves: Curves, allocation: Mapping[str, float]) -> Uplift | None:
    """The plan's advantage draw by draw, where today's spend is known."""
    if curves.current is None:
        return None
    today = curves.outcome_at(curves.current)
    difference = curves.outcome_at(allocation) - today
    gain = Interval.of(difference)
    # A difference of rounding size is no advantage.
    better = float(np.mean(difference > 1e-12 * np.abs(today)))
    return Uplift(gain.mean, gain.p5, gain.p95, better)


def _notes(problem: Resolved, current: Current | None) -> tuple[str, ...]:
    """What was maximised and compared, where that isn't the plain case."""
    notes = list(problem.curves.notes)
    if problem.objective != Objective():
        notes.append(f"what is maximised: {problem.objective.label}")
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
                f"the budget, {amount(problem.total, currency)}, differs from today's spend over the "
                f"same periods, {amount(today, currency)}; the uplift compares the two as they are"
            )
    return tuple(notes)


def _channels(problem: Resolved, levels: Curves, allocation: Mapping[str, float]) -> dict[str, ChannelPlan]:
    """Contributions add up to the plan's, half of a pair in each; marginal returns have pairs in full."""
    contribution, near = brought(levels, allocation), around(levels, allocation)
    return {name: _channel(problem, near, allocation, name, contribution[name]) for name in allocation}


def _channel(
    problem: Resolved,
    curves: Curves,
    allocation: Mapping[str, float],
    name: str,
    contribution: Float[np.ndarray, " draw"],
) -> ChannelPlan:
    spend = allocation[name]
    current = None if curves.current is None else curves.current[name]
    slope, worth = curves.slope_at(name, spend), curves.worth
    bought = curves.is_count and spend > 0 and bool((contribution > 0).all())
    return ChannelPlan(
        spend=spend,
        current=current,
        change=None if current is None else spend - current,
        contribution=Interval.of(contribution),
        roi=Interval.of(contribution * worth / spend) if spend > 0 and worth is not None else None,
        mroi=None if worth is None else Interval.of(slope * worth),
        marginal=Interval.of(slope),
        cost_per_unit=Interval.cost(spend, contribution) if bought else None,
        bounds=(problem.lower[name], problem.upper[name]),
        binding=bound_of(problem, allocation, name),
        extrapolation=_extrapolation((curves.observed or {}).get(name), spend),
    )


def _extrapolation(observed: tuple[float, float] | None, spend: float) -> float | None:
    """How far a spend is outside of the observed range, as a part of its nearer end."""
    if observed is None:
        return None
    low, high = observed
    if spend > high * (1 + 1e-9):
        return spend / high - 1 if high > 0 else None
    return spend / low - 1 if spend < low * (1 - 1e-9) else 0.0
