"""What is fetched of an account until it lands: rows with their account, quarantine, raw replies."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from urllib.parse import quote

from mediamix.ingest.cleaning import Aside, Cell, clean
from mediamix.ingest.landed import by_day
from mediamix.ingest.pulled import MonthTotal
from mediamix.ingest.source import Account, Days, Reply, Source

_TOKEN = re.compile(
    r"((?:access|refresh|bearer|developer)[-_]?token\"?\s*[=:]\s*\"?)[^&\"\s\\]+", re.IGNORECASE
)
_SHORTEST = 6  # characters; a shorter secret is as likely a word


@dataclass
class Part:
    """The part of an account that is landed together.

    Args:
        source: The connector.
        account: Whose.
        hide: Takes secrets out of a text.
        months: What the platform itself says of the months that are touched.
    """

    source: Source
    account: Account
    hide: Callable[[str], str]
    windows: list[Days] = field(default_factory=list)
    rows: list[dict[str, Cell]] = field(default_factory=list)
    aside: list[tuple[Days, Aside]] = field(default_factory=list)
    replies: list[tuple[Days, int, str]] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    repeated: int = 0
    months: list[MonthTotal] = field(default_factory=list)

    def add(self, days: Days, replies: Sequence[Reply]) -> None:
        """Take the pages of a window, all of them."""
        raw = [row for reply in replies for row in reply.rows]
        cleaned = clean(raw, self.source.lands, days)
        self.windows.append(days)
        self.rows += cleaned.rows
        self.repeated += cleaned.repeated
        self.aside += [(days, self._hidden(one)) for one in cleaned.aside]
        self.replies += [(days, page, self.hide(reply.body)) for page, reply in enumerate(replies, start=1)]
        self.notes.update(dict.fromkeys(note for reply in replies for note in reply.notes))

    def _hidden(self, one: Aside) -> Aside:
        value = None if one.value is None else self.hide(one.value)
        return replace(one, value=value, body=self.hide(one.body))

    @property
    def size(self) -> int:
        """Roughly how much memory it takes, in characters."""
        return 400 * len(self.rows) + sum(len(body) for _, _, body in self.replies)

    def landing_rows(self, pulled_at: datetime, restates: int) -> list[dict[str, Cell]]:
        """Rows of the contract, and one per day that says that the day was fetched.

        Args:
            pulled_at: Of all of them (UTC).
            restates: Days after which a day doesn't change any more.
        """
        names = {column.name for column in self.source.lands.all_columns}
        who: dict[str, Cell] = {
            "source": self.source.name,
            "account_id": self.account.id,
            "platform": self.source.name,
            "account_name": self.account.name,
            "currency": self.account.currency,
            "time_zone": self.account.time_zone,
            "pulled_at": pulled_at,
        }
        who = {name: value for name, value in who.items() if name in names}
        marked = by_day(self.source.lands)
        fetched: list[dict[str, Cell]] = [
            {"date": day} for days in self.windows for day in days.each if marked
        ]
        result = []
        for row in [*fetched, *self.rows]:
            full = {**who, **{name: value for name, value in row.items() if value is not None}}
            if "restated_until" in names and isinstance(day := row.get("date"), date):
                full["restated_until"] = day + timedelta(days=restates)
            result.append(full)
        return result

    def quarantine_rows(self, pulled_at: datetime) -> list[dict[str, Cell]]:
        """As rows of the table; where a row's date can't be read, of the first day of its window."""
        found: dict[tuple[Cell, ...], dict[str, Cell]] = {}
        for days, one in self.aside:
            day = one.day or days.first
            if not days.first <= day <= days.last:
                day = days.first
            found[day, one.field, one.body] = {
                "source": self.source.name,
                "account_id": self.account.id,
                "date": day,
                "field": one.field,
                "value": one.value,
                "reason": one.reason,
                "body": one.body,
                "pulled_at": pulled_at,
            }
        return list(found.values())

    def month_rows(self, pulled_at: datetime) -> list[dict[str, Cell]]:
        """As rows of the table of the platform's own totals."""
        return [
            {
                "source": self.source.name,
                "account_id": self.account.id,
                "month": one.month,
                "currency": self.account.currency,
                "first_day": one.first_day,
                "last_day": one.last_day,
                "spend": one.total,
                "pulled_at": pulled_at,
            }
            for one in self.months
        ]

    def reply_rows(self, pulled_at: datetime) -> list[dict[str, Cell]]:
        """As rows of the table of raw replies."""
        return [
            {
                "source": self.source.name,
                "account_id": self.account.id,
                "first_day": days.first,
                "last_day": days.last,
                "page": page,
                "body": body,
                "pulled_at": pulled_at,
            }
            for days, page, body in self.replies
        ]


def hider(secrets: Mapping[str, str]) -> Callable[[str], str]:
    """What takes secrets out of a text, also out of an address that carries one."""
    values = [value for value in secrets.values() if len(value) >= _SHORTEST]
    forms = {form for value in values for form in (value, quote(value, safe=""))}
    plain = sorted(forms, key=len, reverse=True)

    def hide(text: str) -> str:
        for value in plain:
            text = text.replace(value, "…")
        return _TOKEN.sub(r"\1…", text)

    return hide
