"""What the CRMs share: days of an account as moments of UTC, and back.

A CRM is asked for what was modified on some days, since that is the one thing that every change of a deal
moves: a stage that goes back, a new amount, a deletion. Its moments are UTC, its days are the account's.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mediamix.ingest.source import Account, Days, SourceError

#: Days back that a CRM is asked for again: a slow write is seen late, though it carries the earlier moment.
SETTLES = 2


def zone(name: str, platform: str) -> ZoneInfo:
    """The time zone of an account.

    Raises:
        SourceError: There is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise SourceError(
            f"{platform} gives the account a time zone that isn't known here",
            expected="an IANA name such as Europe/Berlin",
            got=name or "none",
            next_step="look at the time zone in the account's settings",
        ) from None


def bounds(days: Days, account: Account) -> tuple[datetime, datetime]:
    """The first moment (UTC) of a window, and the first one after it: 23 or 25 hours where clocks change."""
    there = ZoneInfo(account.time_zone)
    edges = (days.first, days.last + timedelta(days=1))
    first, after = (datetime.combine(day, time(), there).astimezone(UTC) for day in edges)
    return first, after


def moment(text: object) -> datetime | object:
    """A time stamp with its offset as UTC; what is none stays as it is, so that its row is put aside.

    ``""`` and None are None: both CRMs write a field that is empty in either way.
    """
    if text is None or text == "":
        return None
    try:
        stamp = datetime.fromisoformat(str(text))
    except ValueError:
        return text
    return stamp.astimezone(UTC) if stamp.tzinfo else text


def day(text: object, account: Account) -> date | object:
    """The day of a moment in the account's time zone; a bare date is that day."""
    if isinstance(text, str) and len(text) == len("2026-01-31"):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    stamp = moment(text)
    return stamp.astimezone(ZoneInfo(account.time_zone)).date() if isinstance(stamp, datetime) else stamp
