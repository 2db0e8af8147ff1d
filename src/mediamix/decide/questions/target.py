"""The second question: the budget of a wanted outcome, ROI or marginal ROI."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from mediamix.core.errors import BudgetError
from mediamix.decide.answer.plan import Plan, Question
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.objective import Objective
from mediamix.decide.problem.problem import Budget, Target
from mediamix.decide.problem.resolve import Resolved, least_spend, resolve_total, spendable
from mediamix.decide.problem.separable import Solution
from mediamix.decide.problem.value import worth_of
from mediamix.decide.problem.wording import amount
from mediamix.decide.questions.maximise import make_plan, solved

# The budget is found to this part of itself.
PRECISION, ROUGH = 1e-6, 1e-3
ROUNDS = 200


def reach(
    curves: Curves, target: Target | float, budget: Budget | None = None, objective: Objective | None = None
) -> Plan:
    """The plan of the budget that reaches a target.

    - ``Target(outcome=…)``: the smallest budget whose objective (expected outcome, baseline
      included, unless another is given) is at least this. With a probability p it is the smallest
      whose outcome is at least this with probability p, that is, whose 1 - p quantile is.
    - ``Target(roi=…)``: the largest budget whose expected value per unit of spend is at least this.
    - ``Target(cost_per_unit=…)``, of a count: the largest budget whose spend per expected unit is at most
      this.
    - ``Target(mroi=…)``: the budget whose last unit still brings this; the plan maximises
      ``value of the contribution - mroi · spend``.

    A target is one of levels: budgets are searched on `Curves.levels`, which are the fit's own; the odds
    against today's split count it as evidence, where the curves do.

    Channels without bounds get those that `optimize` gives them at each budget; for a marginal ROI,
    the whole range of their curves.

    Raises:
        BudgetError: The target is out of reach (the message names the best that can be reached, and
            its budget), or the limits don't fit the curves.
    """
    wanted = target if isinstance(target, Target) else Target(outcome=target)
    limits = replace(budget or Budget(), total=None)
    least = (budget or Budget()).least
    goal = objective or Objective()
    if wanted.roi is not None or wanted.mroi is not None:
        worth_of(curves, f"a target of {'ROI' if wanted.roi is not None else 'marginal ROI'}")
    odds, curves = curves, curves.levels
    if wanted.mroi is not None:
        return _marginal(curves, wanted.mroi, limits, odds)
    least = max(least, least_spend(curves, limits))
    search = _Search(curves, odds, limits, goal, least, _most(curves, budget))
    if wanted.roi is not None:
        return _return(search, _Ratio("roi", wanted.roi, curves.worth or 1.0))
    if wanted.cost_per_unit is not None:
        _refuse_money(curves)
        return _return(search, _Ratio("cost_per_unit", wanted.cost_per_unit))
    if wanted.probability is not None:
        if not goal.separable:
            raise BudgetError(
                "a probability and an objective on draws were both given",
                expected="one of them",
                next_step="leave one out",
            )
        goal = Objective("quantile", 1.0 - wanted.probability, goal.margin)
    assert wanted.outcome is not None  # `Target` has one of the three
    return _outcome(replace(search, objective=goal), float(wanted.outcome))


@dataclass(frozen=True)
class _Search:
    """Best plans of budgets between two ends."""

    curves: Curves
    odds: Curves
    limits: Budget
    objective: Objective
    low: float
    high: float

    def best(self, total: float, *, bounded: bool = True) -> tuple[Resolved, Solution]:
        problem = resolve_total(self.curves, total, self.limits, self.objective)
        return problem, solved(problem, bounded=bounded)

    @property
    def unit(self) -> str:
        """Of what is wanted."""
        return self.curves.unit if self.objective.margin is None else self.curves.currency


@dataclass(frozen=True)
class _Ratio:
    """A wanted return on spend: a ROI, or a cost per unit of a count.

    Args:
        of: Which.
        wanted: How much.
        worth: Money per unit of the outcome, for a ROI.
    """

    of: Literal["roi", "cost_per_unit"]
    wanted: float
    worth: float = 1.0

    @property
    def per_spend(self) -> float:
        """The same as outcome units per unit of spend."""
        return self.wanted / self.worth if self.of == "roi" else 1.0 / self.wanted

    def label(self, curves: Curves) -> str:
        """``an expected ROI of 1.5``."""
        if self.of == "roi":
            return f"an expected ROI of {self.wanted:g}"
        return f"an expected cost of {amount(self.wanted, curves.currency)} per {curves.unit}"

    def reached(self, per_spend: float, curves: Curves) -> str:
        """The best that can be had, in words."""
        if self.of == "roi":
            return f"at most {per_spend * self.worth:.4g}"
        return f"at least {amount(1.0 / per_spend if per_spend > 0 else math.inf, curves.currency)}"


def _refuse_money(curves: Curves) -> None:
    if not curves.is_count:
        raise BudgetError(
            f"{curves.outcome or 'the outcome'} is money: it has a ROI, not a cost per unit",
            expected="a target of roi or mroi, or a count as the outcome",
            next_step="write --target roi=3 (in Python Target(roi=3))",
        )


@dataclass(frozen=True)
class _Bracket:
    """Two budgets between which a target is reached, and how far each is below or above it.

    Secant steps, a little beyond the root to either side in turn, close it in a few steps where the
    best outcome is smooth; where a step leaves more than half of it, the next one halves it.
    """

    low: float
    high: float
    below: float
    above: float
    stuck: bool = False

    def inside(self, precision: float) -> float:
        """The next budget to try."""
        middle = 0.5 * (self.low + self.high)
        if self.stuck or not self.below < 0 < self.above:
            return middle
        root = self.low + (self.high - self.low) * self.below / (self.below - self.above)
        nudge = 0.4 * precision * self.high
        step = root + nudge if self.high - root > root - self.low else root - nudge
        return step if self.low < step < self.high else middle

    def with_value(self, total: float, value: float) -> _Bracket:
        """The part of the bracket that holds the target."""
        width = self.high - self.low
        if value >= 0:
            return _Bracket(self.low, total, self.below, value, total - self.low > 0.5 * width)
        return _Bracket(total, self.high, value, self.above, self.high - total > 0.5 * width)


def _most(curves: Curves, budget: Budget | None) -> float:
    most = spendable(curves, replace(budget or Budget(), total=None))
    given = None if budget is None else budget.highest
    return most if given is None else min(most, given)


def _outcome(search: _Search, target: float) -> Plan:
    """A bracket over exact solutions: the best outcome can't fall when the budget rises."""
    currency = search.curves.currency
    # Only proofs need bounds, and an objective on draws has dear ones.
    exact = search.objective.separable
    question = Question("target", target, "outcome")
    low, high = search.low, search.high
    problem, solution = search.best(low)
    below = solution.value
    if below >= target:
        note = f"the target is reached with the least that may be spent, {amount(low, currency)}"
        return make_plan(problem, solution, question, (note,), search.odds)
    problem, solution = search.best(high, bounded=exact)
    if solution.value < target * (1 - math.copysign(1e-12, target)):
        raise _out_of_reach(search, target, solution)
    proved, bracket = low, _Bracket(low, high, below - target, solution.value - target)
    precision = PRECISION if exact else ROUGH
    while bracket.high - bracket.low > precision * bracket.high:
        middle = bracket.inside(precision)
        tried = search.best(middle, bounded=exact)
        bracket = bracket.with_value(middle, tried[1].value - target)
        if tried[1].value >= target:
            problem, solution = tried
        elif tried[1].upper < target:
            proved = middle
    if exact:
        note = f"no budget up to {amount(proved, currency)} reaches the target (proved by the bound)"
        return make_plan(problem, solution, question, (note,), search.odds)
    # The search that found the budget was a short one, without a bound.
    full = search.best(bracket.high)
    if full[1].value >= solution.value:
        problem, solution = full
    else:
        solution = replace(solution, upper=max(full[1].upper, solution.value), status="feasible")
    note = "the smallest budget that the search found; a smaller one may reach the target too"
    return make_plan(problem, solution, question, (note,), search.odds)


def _return(search: _Search, ratio: _Ratio) -> Plan:
    """Largest budget B with ``V(B) >= target · B``, where V is the best contribution in outcome units.

    V can't fall when the budget rises. If ``V(B) < target · B``, no budget between ``V(B) / target``
    and B can do either, so that B falls to that, until it stays: the largest such budget, proved.
    """
    curves, question = search.curves, Question("target", ratio.wanted, ratio.of)
    target = ratio.per_spend
    total = search.high
    for _ in range(ROUNDS):
        problem, solution = search.best(max(total, search.low))
        spent = float(solution.x.sum())
        contribution = solution.value - curves.baseline_mean
        if spent > 0 and contribution >= target * spent * (1 - PRECISION):
            worse = "lowers it" if ratio.of == "roi" else "costs more"
            note = f"no larger budget has {ratio.label(curves)} (the next unit of budget {worse})"
            if total >= search.high * (1 - PRECISION):
                note = f"the most that the limits let one spend has {ratio.label(curves)} or better"
            problem = replace(problem, total=max(spent, problem.minimum))
            return make_plan(problem, solution, question, (note,), search.odds)
        following = contribution / target
        if total <= search.low or following <= 1e-9 * search.high:
            break
        total = max(search.low, min(following, total * (1 - PRECISION)))
    best, spend = _best_return(search)
    raise BudgetError(
        f"{ratio.label(curves)} is out of reach within the bounds",
        expected=f"{ratio.reached(best, curves)}, which a budget of {amount(spend, curves.currency)} has",
        got=f"{ratio.wanted:g}",
        next_step=f"{'lower' if ratio.of == 'roi' else 'raise'} the target, or lower the minimums",
    )


def _best_return(search: _Search) -> tuple[float, float]:
    """The highest ROI among some budgets, and its spend."""
    found = []
    for step in range(1, 41):
        total = max(search.low, search.high * step / 40)
        solution = search.best(total)[1]
        spent = float(solution.x.sum())
        if spent > 0:
            found.append(((solution.value - search.curves.baseline_mean) / spent, spent))
    return max(found, default=(0.0, 0.0))


def _marginal(curves: Curves, target: float, limits: Budget, odds: Curves) -> Plan:
    """The best plan where a unit of spend costs `target` units of outcome: profit at margin 1 / target."""
    most = spendable(curves, limits)
    given = {name: (float(grid[0]), float(grid[-1])) for name, grid in curves.spend.items()}
    free = replace(limits, bounds={**given, **limits.bounds})
    problem = resolve_total(curves, most, free, Objective(margin=1.0 / target))
    solution = solved(problem)
    spent = float(solution.x.sum())
    note = (
        "every unit up to this budget brings the wanted marginal ROI, on the curves' envelopes: "
        "no plan has a higher contribution less the wanted return on its spend"
    )
    problem = replace(problem, total=max(spent, problem.minimum))
    return make_plan(problem, solution, Question("target", target, "mroi"), (note,), odds)


def _out_of_reach(search: _Search, target: float, solution: Solution) -> BudgetError:
    best = amount(solution.value, search.unit)
    spent = amount(float(solution.x.sum()), search.curves.currency)
    return BudgetError(
        f"the target of {amount(target, search.unit)} is out of reach within the bounds",
        expected=f"at most {best}, which a budget of {spent} brings",
        got=amount(target, search.unit),
        next_step="lower the target, or raise the upper bounds where the curves are known",
    )
