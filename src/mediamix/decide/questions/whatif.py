"""What-ifs: named moves of money and levels of controls, evaluated as they are, beside today's spend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mediamix.core.construct import refuse_other
from mediamix.core.errors import BudgetError
from mediamix.core.registry import suggestion
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.levels import Level
from mediamix.decide.problem.moves import Change, Move, Off, Shift, moves_of
from mediamix.decide.problem.value import returns
from mediamix.decide.problem.wording import amount
from mediamix.measure.interval import Interval

if TYPE_CHECKING:
    import pandas as pd


def moved(
    curves: Curves, moves: Iterable[Move], start: Mapping[str, float] | None = None
) -> dict[str, float]:
    """The allocation after some moves, from `start` or from today's spend.

    Raises:
        BudgetError: A channel isn't known, money is missing, or a curve doesn't reach so far; all
            findings at once.
    """
    origin = curves.current if start is None else start
    if origin is None:
        raise BudgetError(
            "a what-if needs a spend to start from",
            expected="curves with today's spend, or a plan's allocation",
            next_step="build the curves with `current`, or give `start`",
        )
    spend = dict(origin)
    findings: list[str] = []
    for move in moves:
        if isinstance(move, Level):
            findings += _unknown_control(curves, move)
        else:
            findings += _apply(spend, move, curves.idle)
    for name, value in spend.items():
        grid = curves.spend[name]
        if not grid[0] * (1 - 1e-9) <= value <= grid[-1] * (1 + 1e-9):
            findings.append(
                f"{name} would spend {amount(value, curves.currency)}, but its curve is known from "
                f"{amount(float(grid[0]), curves.currency)} to {amount(float(grid[-1]), curves.currency)}"
            )
    if findings:
        raise BudgetError(
            findings[0] if len(findings) == 1 else "this what-if can't be computed",
            details=findings if len(findings) > 1 else (),
            next_step="correct the move",
        )
    return spend


def _unknown_control(curves: Curves, move: Level) -> list[str]:
    if move.control in curves.levers:
        return []
    known = ", ".join(curves.levers) or "none: only a fit knows what controls do"
    hint = suggestion(move.control, curves.levers) or f"known are {known}"
    return [f"a what-if names '{move.control}', which is no control: {hint}"]


def _apply(spend: dict[str, float], move: Change | Shift | Off, idle: Sequence[str]) -> list[str]:
    if not isinstance(move, Shift) and move.channel in idle:
        return []  # nothing, changed or switched off, is nothing
    named = (move.origin, move.to) if isinstance(move, Shift) else (move.channel,)
    unknown = [name for name in named if name not in spend]
    if unknown:
        known = ", ".join(spend)
        return [
            f"a what-if names '{name}', which has no curve: {suggestion(name, spend) or f'known are {known}'}"
            for name in unknown
        ]
    if isinstance(move, Off):
        spend[move.channel] = 0.0
    elif isinstance(move, Change):
        spend[move.channel] *= 1.0 + move.by
    elif move.amount > spend[move.origin] * (1 + 1e-9) or -move.amount > spend[move.to] * (1 + 1e-9):
        return [f"{move.origin} has {spend[move.origin]:,g} to give, not {move.amount:,g}"]
    else:
        spend[move.origin] = max(0.0, spend[move.origin] - move.amount)
        spend[move.to] = max(0.0, spend[move.to] + move.amount)
    return []


def what_if(
    curves: Curves,
    moves: Mapping[str, Move | Sequence[Move]],
    *,
    start: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """What named moves of money, or levels of controls, would bring, a row each, after one for their start.

    Columns: ``scenario, spend, outcome, outcome_p5, outcome_p95, roi, change, change_p5, change_p95,
    probability_better`` and ``spend_<channel>``. `change` is the outcome less that of the first row, draw
    by draw; `roi` the value of the expected contribution per unit of spend (of a count without a value
    `cost_per_unit` instead). Outcomes and ROI are read from `Curves.levels`, changes and probabilities
    count today's split as evidence where the curves do. Nothing is re-optimised. A control's change is its
    coefficient's, linear and the same whatever is spent.

    Args:
        curves: What the channels bring.
        moves: Name -> one move or several, applied in order.
        start: Allocation to start from; absent: today's spend.

    Raises:
        BudgetError: A scenario can't be computed.
    """
    import pandas as pd

    refuse_other(moves, Mapping, BudgetError, "name each one: mm.what_if(curves, {'no tv': mm.Off('tv')})")
    origin = moved(curves, (), start)
    base = curves.outcome_at(origin)
    rows = []
    first: tuple[str, Move | Sequence[Move]] = ("today" if start is None else "start", ())
    for name, given in [first, *moves.items()]:
        parts = moves_of(given)
        allocation = moved(curves, parts, start)
        draws = _outcome(curves, allocation, parts)
        outcome = Interval.of(_outcome(curves.levels, allocation, parts))
        change, spent = Interval.of(draws - base), sum(allocation.values())
        contribution = float(curves.levels.outcome_at(allocation).mean()) - curves.levels.baseline_mean
        rows.append(
            {
                "scenario": name,
                "spend": spent,
                "outcome": outcome.mean,
                "outcome_p5": outcome.p5,
                "outcome_p95": outcome.p95,
                **returns(curves, contribution, spent),
                "change": change.mean,
                "change_p5": change.p5,
                "change_p95": change.p95,
                "probability_better": float((draws - base > 1e-12 * abs(base)).mean()),
                **{f"spend_{channel}": value for channel, value in allocation.items()},
            }
        )
    return pd.DataFrame(rows)


def _outcome(curves: Curves, allocation: Mapping[str, float], parts: Sequence[Move]) -> np.ndarray:
    """Draws of the outcome of an allocation, with controls at other levels."""
    changes = sum(curves.levers[m.control].change(m) for m in parts if isinstance(m, Level))
    return np.asarray(curves.outcome_at(allocation) + changes)
