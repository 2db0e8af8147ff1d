"""What is known of an account before a pull, and becomes known in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from mediamix.ingest.by_geo import unknown_money
from mediamix.ingest.cleaning import Aside, Cell
from mediamix.ingest.fetched import Part
from mediamix.ingest.landed import exact, money_of
from mediamix.ingest.pulled import MonthTotal, PulledAccount
from mediamix.ingest.shapes import Shape, shape_of
from mediamix.ingest.source import Account, Days, Source
from mediamix.ingest.windows import Windows

#: Pages of a pull that are looked at for their shape.
_LOOKED_AT = 10


@dataclass
class Progress:
    """An account during a pull.

    Args:
        account: Which.
        windows: What is asked for.
        days: Days that have landed, these and earlier ones.
        columns: Columns that had ever held a value before.
        shape: What the platform's answers looked like before.
    """

    account: Account
    windows: Windows
    days: set[date]
    columns: frozenset[str]
    shape: Shape
    fetched: list[Days] = field(default_factory=list)
    rows: int = 0
    money: Decimal = Decimal()
    nowhere: Decimal = Decimal()
    months: dict[date, MonthTotal] = field(default_factory=dict)
    aside: list[Aside] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    repeated: int = 0
    new_columns: set[str] = field(default_factory=set)
    bodies: list[str] = field(default_factory=list)

    def took(self, source: Source, part: Part, landed: Sequence[Decimal]) -> None:
        """Count what has landed.

        Args:
            source: The connector.
            part: It.
            landed: What is in the warehouse of the months of `part`.
        """
        money = money_of(source.lands)
        self.fetched += part.windows
        self.rows += len(part.rows)
        self.money += sum((exact(row.get(money)) for row in part.rows if self._counts(row)), Decimal())
        self.nowhere += unknown_money(part.rows, money)
        for month, there in zip(part.months, landed, strict=True):
            self.months[month.month] = replace(month, landed=there)
        self.aside += [one for _, one in part.aside]
        self.notes |= part.notes
        self.repeated += part.repeated
        self.new_columns |= {name for row in part.rows for name, cell in row.items() if cell is not None}
        self.bodies += [body for _, _, body in part.replies[: _LOOKED_AT - len(self.bodies)]]

    def _counts(self, row: Mapping[str, Cell]) -> bool:
        """Whether a row is money of the account's currency: a deal may be in another one, or deleted."""
        return row.get("currency") in (None, self.account.currency) and not row.get("is_deleted")

    @property
    def new_shape(self) -> Shape:
        """What its answers look like now."""
        return shape_of(self.bodies)

    @property
    def result(self) -> PulledAccount:
        """What is told of it."""
        return PulledAccount(
            self.account,
            tuple(self.fetched),
            self.rows,
            self.money,
            tuple(self.months[month] for month in sorted(self.months)),
            len(self.aside),
        )
