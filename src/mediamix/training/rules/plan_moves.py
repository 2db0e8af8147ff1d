"""A plan that moves much of the budget from one training to the next."""

from __future__ import annotations

from collections.abc import Mapping

from mediamix.core.numbers import percent
from mediamix.training.bounds import Bound
from mediamix.training.case import Case
from mediamix.training.rule import Answer, Rule


def judge(case: Case, bounds: Mapping[str, float]) -> Answer:
    """Half the sum of differences of shares: the part of the budget that is elsewhere than it was."""
    if case.old is None:
        return Answer(None, "no run is promoted")
    before, after = (_shares(side.plan.allocation) for side in (case.old, case.new))
    moves = {name: after.get(name, 0.0) - before.get(name, 0.0) for name in {**before, **after}}
    moved = sum(map(abs, moves.values())) / 2.0
    words = f"{percent(moved)} of the recommended budget is elsewhere than in the promoted run's plan"
    if moved <= bounds["moved"]:
        return Answer(True, words, numbers={"moved": moved})
    largest = sorted(moves, key=lambda name: -abs(moves[name]))[:3]
    words += f" ({', '.join(f'{name} {percent(moves[name], signed=True)}' for name in largest)})"
    return Answer(False, words, {"budget": words}, {"moved": moved})


def _shares(allocation: Mapping[str, float]) -> dict[str, float]:
    total = sum(allocation.values())
    return {name: spend / total for name, spend in allocation.items()} if total > 0 else {}


RULE = Rule(
    name="plan_moves",
    title="The plan moves little of the budget",
    why="a plan that is another one each week can't be followed, and what can't be followed helps nobody",
    advice="look at the two plans side by side before anybody moves money",
    concern="plan",
    bounds=(
        Bound(
            "moved", 0.2, "share of the budget that may be elsewhere than in the promoted run's plan", 0, 1
        ),
    ),
    judge=judge,
)
