"""What has landed of a source so far: asked of the landing tables themselves, through dlt's SQL client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mediamix.core.errors import FolderError
from mediamix.core.moments import naive
from mediamix.ingest.contracts import QUARANTINE, RAW_REPLY, RESTATED, Contract
from mediamix.ingest.source import Days

#: Metrics that add up over campaigns and days; reach and frequency don't.
ADDITIVE = (
    "impressions",
    "clicks",
    "spend",
    "conversions",
    "conversions_value",
    "sessions",
    "key_events",
    "revenue",
)
_MONEY = ("spend", "revenue", "amount")
_SIXTH = Decimal("0.000001")
#: Raw replies that are looked at for what a platform's answer looked like.
_REMEMBERED = 10

Sums = Mapping[str, Decimal]


def money_of(contract: Contract) -> str:
    """The column that is reconciled."""
    return next(name for name in _MONEY if name in {column.name for column in contract.columns})


def metrics_of(contract: Contract) -> tuple[str, ...]:
    """The columns whose sums are followed."""
    names = {column.name for column in contract.columns}
    return tuple(name for name in ADDITIVE if name in names)


def by_day(contract: Contract) -> bool:
    """Whether its rows are days of an account, which are replaced as a whole."""
    return "date" in contract.replaces


class Landed:
    """The landing tables of one source; a table that isn't there yet has no rows.

    Args:
        client: dlt's, open, of the landing schema.
        source: Name of the source.
    """

    def __init__(self, client: Any, source: str) -> None:
        self._client, self._source = client, source

    def days(self, contract: Contract, account_id: str) -> dict[date, datetime]:
        """Day that has landed → when it was pulled last (UTC)."""
        rows = self._rows(contract, "date, max(pulled_at)", "account_id = %s group by date", account_id)
        return {day: naive(at) for day, at in rows}

    def changed(self, contract: Contract, account_id: str) -> tuple[datetime, datetime] | None:
        """Of a CRM: first and last change of the deals that have landed (UTC)."""
        rows = self._rows(contract, "min(modified_at), max(modified_at)", "account_id = %s", account_id)
        return (naive(rows[0][0]), naive(rows[0][1])) if rows and rows[0][0] is not None else None

    def last_pull(self, contract: Contract) -> datetime | None:
        """When the newest row of the source was pulled (UTC)."""
        rows = self._rows(contract, "max(pulled_at)", "1 = 1")
        return naive(rows[0][0]) if rows and rows[0][0] is not None else None

    def sums(self, contract: Contract, account_id: str, days: Days) -> dict[date, Sums]:
        """Metric → sum, per day that has landed."""
        metrics = metrics_of(contract)
        totals = ", ".join(f"sum({name})" for name in metrics)
        rows = self._rows(
            contract,
            f"date, {totals}",
            "account_id = %s and date between %s and %s group by date",
            account_id,
            days.first,
            days.last,
        )
        return {day: dict(zip(metrics, map(exact, values), strict=True)) for day, *values in rows}

    def money(self, contract: Contract, account_id: str, days: Days) -> Decimal:
        """What has landed, exact."""
        rows = self._rows(
            contract,
            f"sum({money_of(contract)})",
            "account_id = %s and date between %s and %s",
            account_id,
            days.first,
            days.last,
        )
        return exact(rows[0][0]) if rows else Decimal()

    def filled(self, contract: Contract, account_id: str) -> frozenset[str]:
        """Columns that have ever held a value for this account."""
        there = self._columns(contract)
        names = [column.name for column in contract.columns if column.name in there]
        if not names:
            return frozenset()
        rows = self._rows(
            contract, ", ".join(f"count({name})" for name in names), "account_id = %s", account_id
        )
        counts = rows[0] if rows else ()
        return frozenset(name for name, count in zip(names, counts, strict=False) if count)

    def replies(self, account_id: str) -> list[str]:
        """The newest raw replies of an account."""
        rows = self._rows(
            RAW_REPLY, "body", f"account_id = %s order by pulled_at desc limit {_REMEMBERED}", account_id
        )
        return [body for (body,) in rows]

    def forget(self, contract: Contract, account_id: str, windows: Sequence[Days]) -> None:
        """Take back what goes before a delivery: the old quarantine of its days, and what a pull that was
        killed has said of restated days that then never landed.
        """
        for days in windows:
            self._delete(
                QUARANTINE, "account_id = %s and date between %s and %s", account_id, days.first, days.last
            )
        newest = self._rows(contract, "max(pulled_at)", "account_id = %s", account_id)
        if newest and newest[0][0] is not None:
            self._delete(RESTATED, "account_id = %s and pulled_at > %s", account_id, newest[0][0])

    def check_form(self, contracts: Iterable[Contract]) -> None:
        """Tables of an older form get their new columns, unless these may not be empty.

        Raises:
            FolderError: One lacks a column that every row must have.
        """
        for contract in contracts:
            there = self._columns(contract)
            needed = [column.name for column in contract.all_columns if not column.nullable]
            lacking = [name for name in needed if there and name not in there]
            if lacking:
                raise FolderError(
                    f"{contract.table} has another form, made by another version of mediamix",
                    expected=", ".join(needed),
                    got="no column " + ", ".join(lacking),
                    next_step=f"drop {contract.table} and the table of days; the next pull fills both",
                )

    def _columns(self, contract: Contract) -> frozenset[str]:
        """Of the table as it is: another version may have made it."""
        from dlt.destinations.exceptions import DatabaseUndefinedRelation

        with suppress(DatabaseUndefinedRelation):
            table = self._client.make_qualified_table_name(contract.name)
            with self._client.execute_query(f"select * from {table} where 1 = 0") as cursor:
                return frozenset(column[0] for column in cursor.description)
        return frozenset()

    def _rows(self, contract: Contract, what: str, where: str, *values: object) -> list[Sequence[Any]]:
        return self._execute(contract, f"select {what} from", where, *values)

    def _delete(self, contract: Contract, where: str, *values: object) -> None:
        self._execute(contract, "delete from", where, *values)

    def _execute(self, contract: Contract, verb: str, where: str, *values: object) -> list[Sequence[Any]]:
        from dlt.destinations.exceptions import DatabaseUndefinedRelation

        table = self._client.make_qualified_table_name(contract.name)
        try:
            found = self._client.execute_sql(
                f"{verb} {table} where source = %s and {where}", self._source, *values
            )
        except DatabaseUndefinedRelation:
            return []
        return list(found or [])


def exact(value: object) -> Decimal:
    """A sum as a decimal of the landing tables' scale; nothing is zero."""
    if value is None:
        return Decimal()
    return Decimal(repr(value) if isinstance(value, float) else str(value)).quantize(_SIXTH)
