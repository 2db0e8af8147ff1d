"""The restatement ledger: what a pull changes of days that had been pulled before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from mediamix.ingest.cleaning import Cell
from mediamix.ingest.contracts import Contract
from mediamix.ingest.landed import Sums, exact, metrics_of
from mediamix.ingest.pulled import Restatement
from mediamix.ingest.source import Account, Days

#: Sums of floats differ in their last digits by the order of their terms: that is no restatement.
_NOTHING = Decimal("0.00001")


def restated(
    contract: Contract,
    account: Account,
    windows: Sequence[Days],
    rows: Iterable[Mapping[str, Cell]],
    before: Mapping[date, Sums],
) -> list[Restatement]:
    """Sums by month and metric that change when `rows` replace the days of `windows`.

    A month's sum goes over all of its days that had landed, so that the change is one of the month as it
    was known; days that land for the first time are news, no restatement.

    Args:
        contract: Of the rows.
        account: Whose.
        windows: The days that are replaced.
        rows: What replaces them.
        before: Sums per day that had landed, of all months that `windows` touch.
    """
    metrics = metrics_of(contract)
    again = {day for day in before if any(days.first <= day <= days.last for days in windows)}
    news: dict[date, dict[str, Decimal]] = {day: dict.fromkeys(metrics, Decimal()) for day in again}
    for row in rows:
        day = row["date"]
        if isinstance(day, date) and day in again:
            for name in metrics:
                news[day][name] += exact(row.get(name))
    found = []
    for month in sorted({day.replace(day=1) for day in again}):
        known = {day: sums for day, sums in before.items() if day.replace(day=1) == month}
        for name in metrics:
            was = sum((sums[name] for sums in known.values()), Decimal())
            now = sum((news.get(day, sums)[name] for day, sums in known.items()), Decimal())
            if abs(now - was) >= _NOTHING:
                found.append(Restatement(account.id, month, account.currency, name, was, now))
    return found


def ledger_rows(source: str, found: Iterable[Restatement], pulled_at: datetime) -> list[dict[str, Cell]]:
    """As rows of the table ``restated``."""
    return [
        {
            "source": source,
            "account_id": one.account_id,
            "month": one.month,
            "currency": one.currency,
            "metric": one.metric,
            "before": one.before,
            "after": one.after,
            "pulled_at": pulled_at,
        }
        for one in found
    ]
