"""What has landed, as `mediamix status` and a report tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mediamix.data.ledger import Entry


@dataclass(frozen=True)
class AccountStatus:
    """An account of a platform.

    Args:
        source: Of the platform, or of a delivery of files.
        platform: Whose account it is.
        account_id: The account.
        currency: Of its money.
        time_zone: Of its days.
        rows: Landed, without those that only say that a day was fetched.
        money: Sum of its spend (of a shop's property: revenue).
        first: First day that was fetched.
        last: The last one: complete, since a connector never fetches an account's today.
        pulled_at: When it was fetched last, UTC.
        landed: Of the months that the platform states: what landed.
        stated: What it states for them; None: it states nothing.
        quarantined: Rows that can't be read.
    """

    source: str
    platform: str
    account_id: str
    currency: str
    time_zone: str
    rows: int
    money: Decimal
    first: date
    last: date
    pulled_at: datetime
    landed: Decimal | None
    stated: Decimal | None
    quarantined: int

    @property
    def difference(self) -> Decimal | None:
        """Landed minus stated: zero when all is well."""
        return None if self.stated is None or self.landed is None else self.landed - self.stated


@dataclass(frozen=True)
class DeliveryStatus:
    """A delivery of tables: files, or the spec's.

    Args:
        source: Its name.
        table: Where its rows are.
        rows: Of them.
        spend: Of media rows.
        first: Its first day.
        last: Its last day.
        landed_at: When, UTC.
    """

    source: str
    table: str
    rows: int
    spend: Decimal | None
    first: date | None
    last: date | None
    landed_at: datetime


@dataclass(frozen=True)
class BuildStatus:
    """A build of the mart.

    Args:
        started_at: When, UTC.
        steps: How many.
        failed: Of them.
    """

    started_at: datetime
    steps: int
    failed: int


@dataclass(frozen=True)
class Status:
    """All of it.

    Args:
        accounts: Of platforms.
        deliveries: Of tables.
        ledger: What was restated, newest month first.
        changes: Columns that came after a table was made: table → names.
        builds: Newest first, the last few.
        unread: Rows that can't be read, by source, field and reason: how many.
    """

    accounts: tuple[AccountStatus, ...]
    deliveries: tuple[DeliveryStatus, ...]
    ledger: tuple[Entry, ...]
    changes: Mapping[str, tuple[str, ...]]
    builds: tuple[BuildStatus, ...]
    unread: tuple[tuple[str, str, str, int], ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON; money as text, since a float would round it."""
        accounts = [{**asdict(one), "difference": one.difference} for one in self.accounts]
        return {
            "accounts": [_plain(one) for one in accounts],
            "deliveries": [_plain(asdict(one)) for one in self.deliveries],
            "restated": [entry.to_dict() for entry in self.ledger],
            "schema_changes": {table: list(names) for table, names in self.changes.items()},
            "quarantine": [
                {"source": source, "field": field, "reason": reason, "rows": rows}
                for source, field, reason, rows in self.unread
            ],
            "builds": [_plain(asdict(one)) for one in self.builds],
        }


def _plain(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat()
        if isinstance(value, date)
        else str(value)
        if isinstance(value, Decimal)
        else value
        for key, value in one.items()
    }
