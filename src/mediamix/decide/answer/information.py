"""What an experiment would be worth: the value of knowing a channel's response before planning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from mediamix.core.card import Shown
from mediamix.core.errors import BudgetError
from mediamix.decide.problem.coupled import Coupled
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.objective import Objective
from mediamix.decide.problem.pairs import Pair
from mediamix.decide.problem.problem import Budget
from mediamix.decide.problem.resolve import resolve
from mediamix.decide.problem.separable import PROVED, Separable
from mediamix.decide.problem.value import priced
from mediamix.decide.solvers.chain import climb, maximise

if TYPE_CHECKING:
    import pandas as pd

#: Problems that are solved at most, shared out over the channels, and draws each gets at least.
SOLVES, FEWEST = 1500, 60
#: Shapes of a channel's curve that the others are regressed on.
SHAPES = 2


@dataclass(frozen=True)
class Worth:
    """What perfect knowledge would add to a plan.

    Args:
        value: Expected gain of the objective, in its unit.
        error: Its Monte Carlo standard error.
        moved: Money that the plan would move because of it, on average.
        changed: Share of the draws in which the plan would move more than 1 % of the budget.
    """

    value: float
    error: float
    moved: float
    changed: float


@dataclass(frozen=True, repr=False)
class Information(Shown):
    """The value of information about a plan.

    Args:
        perfect: Knowing every channel's response (EVPI).
        channels: Knowing one channel's response (EVPPI), the most valuable first.
        currency: Of spend.
        unit: Of the objective.
    """

    perfect: Worth
    channels: Mapping[str, Worth]
    currency: str
    unit: str

    @property
    def best_test(self) -> str | None:
        """The channel whose perfect test is worth most; None if none is worth anything."""
        name = max(self.channels, key=lambda key: self.channels[key].value)
        return name if self.channels[name].value > 0 else None

    def table(self) -> pd.DataFrame:
        """A row per channel, and one for all of them: ``channel, value, error, moved, changed``."""
        import pandas as pd

        rows = {**self.channels, "all": self.perfect}
        return pd.DataFrame(
            [
                {"channel": n, "value": w.value, "error": w.error, "moved": w.moved, "changed": w.changed}
                for n, w in rows.items()
            ]
        )


def value_of_information(
    curves: Curves,
    budget: Budget,
    objective: Objective | None = None,
    *,
    of: Sequence[str] | None = None,
    solves: int = SOLVES,
) -> Information:
    """What it would be worth to know a channel's response before the budget is split.

    ``EVPPI_c = E[ max over plans of E[outcome | curve of c] ] - max over plans of E[outcome]``, and EVPI
    the same with all curves known. A real test tells less than the whole curve: these are upper
    limits of what it can be worth over the planned window.

    Given a channel's curve, its own draw is used as it is, and the expectation of the others is their
    regression on the leading shapes of that curve over the draws (Strong, Oakley & Brennan, 2014).

    Args:
        curves: With draws.
        budget: As for `optimize`.
        objective: The expected outcome, or the expected profit.
        of: Channels that are looked at; absent: all.
        solves: Problems that are solved about, shared out over them.

    Raises:
        BudgetError: The curves have no draws, the objective isn't an expectation, or the budget
            can't be planned.
    """
    goal = priced(objective or Objective(), curves)
    if curves.n_draws == 1:
        raise BudgetError(
            "the value of information needs draws of the curves",
            expected="contribution as [draws, points]",
            got="certain curves",
            next_step="give draws; what is certain needs no test",
        )
    if not goal.separable:
        raise BudgetError(
            f"the value of information is one of expectations, not of the {goal.label}",
            expected="the objective mean, with or without a margin",
            next_step="leave the objective out",
        )
    problem = resolve(curves, budget, goal)
    frame = problem.separable()
    best = maximise(frame, PROVED).x
    names = curves.channels
    tables = [_worth(curves, goal, name) for name in names]
    # Beyond the channels' own curves: what pairs bring is known only as far as a curve tells it.
    shapes = [pair.mean.shape for pair in curves.pairs]
    tables += [goal.scale * _flat(pair) for pair in curves.pairs]
    asked = names if of is None else tuple(of)
    count = min(curves.n_draws, max(FEWEST, solves // (len(asked) + 1)))
    rows = np.unique(np.linspace(0, curves.n_draws - 1, count).astype(int))
    channels = {}
    for name in asked:
        c = names.index(name)
        known = _conditional(tables, c, rows)
        channels[name] = _gain(frame, best, shapes, [[table[r] for table in known] for r in range(len(rows))])
    perfect = _gain(frame, best, shapes, [[t[min(d, len(t) - 1)] for t in tables] for d in rows])
    ordered = dict(sorted(channels.items(), key=lambda item: -item[1].value))
    unit = curves.unit if goal.margin is None else curves.currency
    return Information(perfect, ordered, curves.currency, unit)


def _worth(curves: Curves, goal: Objective, name: str) -> Float[np.ndarray, "draw point"]:
    """Draws of what a channel's spend adds to the objective; one row if it is certain."""
    drawn = np.atleast_2d(curves.contribution[name])
    worth: np.ndarray = goal.scale * drawn - goal.cost * curves.spend[name]
    return worth


def _conditional(
    tables: list[Float[np.ndarray, "_ _"]], c: int, rows: Int[np.ndarray, " row"]
) -> list[Float[np.ndarray, "row _"]]:
    """On some draws the expected curves of all channels, given that channel `c` has its draw's curve."""
    draws = max(len(table) for table in tables)
    own = np.broadcast_to(tables[c], (draws, tables[c].shape[1]))
    # A few points carry the shape, and keep the decomposition cheap.
    few = own[:, np.linspace(0, own.shape[1] - 1, min(own.shape[1], 24)).astype(int)]
    left, size, _ = np.linalg.svd(few - few.mean(axis=0), full_matrices=False)
    used = size[:SHAPES] > 1e-9 * max(float(size[0]), 1e-300)
    basis = np.column_stack([np.ones(draws), left[:, :SHAPES][:, used]])
    fitted = []
    for k, table in enumerate(tables):
        if k == c:
            fitted.append(own[rows])
        elif len(table) == 1:
            fitted.append(np.broadcast_to(table, (len(rows), table.shape[1])))
        else:
            fitted.append(basis[rows] @ np.linalg.lstsq(basis, table, rcond=None)[0])
    return fitted


def _flat(pair: Pair) -> Float[np.ndarray, "draw number"]:
    """A pair's contribution at all of its points; one row if it is certain."""
    values = pair.contribution if pair.contribution.ndim == 3 else pair.contribution[None]
    return values.reshape(len(values), -1)


def _known(
    frame: Separable, values: list[Float[np.ndarray, " _"]], shapes: Sequence[Sequence[int]]
) -> Separable:
    """The problem of known curves, and of pairs after them."""
    there = replace(frame, values=values[: frame.size])
    if not isinstance(there, Coupled):
        return there
    worths = [part.reshape(shape) for part, shape in zip(values[frame.size :], shapes, strict=True)]
    surfaces = [replace(s, worth=worth) for s, worth in zip(there.surfaces, worths, strict=True)]
    return replace(there, surfaces=tuple(surfaces))


def _gain(
    frame: Separable,
    best: Float[np.ndarray, " channel"],
    shapes: Sequence[Sequence[int]],
    known: list[list[Float[np.ndarray, " _"]]],
) -> Worth:
    """What replanning with known curves adds to the plan that knows only their means."""
    gains, moves = np.empty(len(known)), np.empty(len(known))
    for d, values in enumerate(known):
        there = _known(frame, values, shapes)
        stay = float(there.value(best).sum())
        x, value = climb(there, best)
        gains[d] = max(0.0, value - stay)
        moves[d] = 0.5 * np.abs(x - best).sum() if gains[d] > 0 else 0.0
    return Worth(
        value=float(gains.mean()),
        error=float(gains.std() / np.sqrt(len(known))),
        moved=float(moves.mean()),
        changed=float((moves > 0.01 * frame.total).mean()),
    )
