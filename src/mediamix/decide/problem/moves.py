"""Moves of a what-if as data: money changed, shifted or switched off, and levels of controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mediamix.core.construct import says
from mediamix.core.errors import BudgetError
from mediamix.decide.problem.bounds import is_number
from mediamix.decide.problem.levels import Level


@says(BudgetError)
@dataclass(frozen=True)
class Change:
    """A channel's spend changed by a part of itself: ``Change("tv", 0.2)`` is 20 % more."""

    channel: str
    by: float


@says(BudgetError)
@dataclass(frozen=True)
class Shift:
    """Money moved from one channel to another."""

    origin: str
    to: str
    amount: float


@says(BudgetError)
@dataclass(frozen=True)
class Off:
    """A channel switched off; its money is not spent."""

    channel: str


Move = Change | Shift | Off | Level


def moves_of(raw: object) -> tuple[Move, ...]:
    """Moves from mappings: ``{change: tv, by: 1}``, ``{shift: 5, from: tv, to: ctv}``, ``{without: tv}``,
    ``{control: price, by: -0.05}`` (or ``plus``, or ``to``).

    Raises:
        BudgetError: One of them can't be read.
    """
    given = raw if isinstance(raw, Sequence) and not isinstance(raw, str) else [raw]
    moves: list[Move] = []
    for move in given:
        if isinstance(move, Change | Shift | Off | Level):
            moves.append(move)
            continue
        keys = set(move) if isinstance(move, Mapping) else set()
        if isinstance(move, Mapping) and keys == {"change", "by"} and is_number(move["by"]):
            moves.append(Change(str(move["change"]), float(move["by"])))
        elif isinstance(move, Mapping) and keys == {"shift", "from", "to"} and is_number(move["shift"]):
            moves.append(Shift(str(move["from"]), str(move["to"]), float(move["shift"])))
        elif isinstance(move, Mapping) and keys == {"without"}:
            moves.append(Off(str(move["without"])))
        elif isinstance(move, Mapping) and len(keys) == 2 and keys - {"by", "plus", "to"} == {"control"}:
            moves.append(Level(**{**move, "control": str(move["control"])}))
        else:
            raise BudgetError(
                f"a what-if can't be read: {move!r}",
                expected="{change: tv, by: 0.2}, {shift: 50000, from: tv, to: search}, {without: tv} or "
                "{control: price, by: -0.05}",
                next_step="correct this move",
            )
    return tuple(moves)


def move_dict(move: Move) -> dict[str, Any]:
    """A move as it stands in a file."""
    if isinstance(move, Change):
        return {"change": move.channel, "by": move.by}
    if isinstance(move, Shift):
        return {"shift": move.amount, "from": move.origin, "to": move.to}
    if isinstance(move, Level):
        values = {key: getattr(move, key) for key in ("by", "plus", "to")}
        return {"control": move.control} | {key: value for key, value in values.items() if value is not None}
    return {"without": move.channel}
