"""What the CRMs share: days of an account as moments of UTC, and back.

A CRM is asked for what was modified on some days, since that is the one thing that every change of a deal
moves: a stage that goes back, a new amount, a deletion. Its moments are UTC, its days are the account's.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from mediamix.ingest.accounts import zone_of
from mediamix.ingest.source import Account, Days

#: Days back that a CRM is asked for again: a slow write is seen late, though it carries the earlier moment.
SETTLES = 2


def bounds(days: Days, account: Account) -> tuple[datetime, datetime]:
    """The first moment (UTC) of a window, and the first one after it: 23 or 25 hours where clocks change."""
    edges = (days.first, days.last + timedelta(days=1))
    first, after = (datetime.combine(edge, time(), zone_of(account)).astimezone(UTC) for edge in edges)
    return first, after


def moment(text: object) -> object:
    """A time stamp with its offset as a `datetime`; what is none stays as it is, for whoever cleans it."""
    try:
        stamp = datetime.fromisoformat(str(text))
    except ValueError:
        return text
    return stamp if stamp.tzinfo else text


def day(text: object, account: Account) -> object:
    """The day of a moment in the account's time zone; a bare date is that day."""
    stamp = moment(text)
    if isinstance(stamp, datetime):
        return stamp.astimezone(zone_of(account)).date()
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return text
