"""Accounts as a pull takes them: each once, with a currency and a time zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mediamix.core.errors import DataError
from mediamix.ingest.source import Account, Source, SourceError

_CURRENCY = re.compile(r"[A-Z]{3}")


def checked(source: Source, accounts: Sequence[Account]) -> list[Account]:
    """The accounts, each id once, in their order.

    Raises:
        SourceError: There are none.
        DataError: One has no currency or no time zone that is known; all of them at once.
    """
    if not accounts:
        raise SourceError(
            f"{source.title} shows no account to these credentials",
            expected="one account at least",
            next_step="give the user or the app behind them access to the account",
        )
    once: dict[str, Account] = {}
    for account in accounts:
        once.setdefault(account.id, account)
    findings = []
    for account in once.values():
        if not _CURRENCY.fullmatch(account.currency or ""):
            findings.append(f"account {account.id} ({account.name}): no currency, but {account.currency!r}")
        try:
            zone_of(account)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            findings.append(f"account {account.id} ({account.name}): no time zone, but {account.time_zone!r}")
    if findings:
        raise DataError(
            f"{source.title} has accounts whose money or days can't be told",
            details=findings,
            expected="an ISO 4217 code such as EUR and an IANA name such as Europe/Berlin, never a guess",
            next_step="set them on the platform, or name the other accounts in `sources: "
            f"{source.name}: accounts`; nothing was landed",
        )
    return list(once.values())


def zone_of(account: Account) -> ZoneInfo:
    """The account's time zone."""
    if not account.time_zone:
        raise ValueError("no time zone")
    return ZoneInfo(account.time_zone)


def today_of(account: Account, now: datetime) -> date:
    """The day that it is in the account's own time zone.

    Args:
        account: Whose.
        now: The moment, with a time zone.
    """
    return now.astimezone(zone_of(account)).date()
