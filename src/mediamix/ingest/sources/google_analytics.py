"""Google Analytics 4, by the Data API (`runReport`): visits, key events and revenue of a property.

Every value comes as text. The report names its currency and time zone, and says where its numbers aren't
whole: sampled, held back below a threshold, rolled into a row called ``(other)``.
`mediamix.ingest.clients.google_analytics` calls the client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from mediamix.core.errors import SpecError
from mediamix.core.extras import extras_of
from mediamix.ingest.clients.google_analytics import KEY, TITLE, Client
from mediamix.ingest.contracts import TRAFFIC_DAY
from mediamix.ingest.source import (
    Account,
    Asked,
    Connection,
    Days,
    Dropped,
    Reply,
    Secret,
    Source,
)

#: Name in the report → column of the contract.
DIMENSIONS = {
    "date": "date",
    "sessionCampaignName": "campaign",
    "sessionSourceMedium": "source_medium",
    "sessionDefaultChannelGroup": "channel_group",
}
METRICS = {"sessions": "sessions", "keyEvents": "key_events", "totalRevenue": "revenue"}

#: What `quality` says → what a reader is told.
WORDS = {
    "sampled": "estimated from a part of the events",
    "thresholded": "rows with few users are held back, so that sums fall short",
    "other_row": "small campaigns are rolled into a row called (other)",
    "truncated": "the report lacks a part of its data",
    "restricted": "the user may not see revenue: it is left empty, not zero",
}


class GoogleAnalytics:
    """The properties that were named.

    Args:
        asked: Accounts, options, secrets, address.
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._page = _page(asked.options.get("rows", "10000"))
        self._client = Client(asked)

    def accounts(self) -> Sequence[Account]:
        """Their currency and time zone are those of an empty report: this API has no call for settings."""
        found = []
        for number in _properties(self._asked.accounts):
            yesterday = date.today() - timedelta(days=1)  # any day will do
            _, report = self._client.report(number, Days(yesterday, yesterday), (), ("sessions",))
            said = report.metadata
            found.append(Account(number, f"property {number}", said.currency_code, said.time_zone))
        return found

    def pull(self, account: Account, days: Days) -> Iterator[Reply]:
        """As many pages as it takes; all must be of one report."""
        offset, whole = 0, None
        while whole is None or offset < whole:
            body, report = self._client.report(
                account.id, days, tuple(DIMENSIONS), tuple(METRICS), account.currency, offset, self._page
            )
            if whole not in (None, report.row_count):
                raise Dropped(f"{TITLE} changed the report while it was read")
            whole = report.row_count
            if not report.rows and offset < whole:
                raise Dropped(f"{TITLE} gave {offset:,} of {whole:,} rows")
            quality = _quality(report.metadata)
            rows = [_row(report, values, quality) for values in report.rows]
            offset += len(rows)
            yield Reply(body, rows, tuple(f"{word}: {WORDS[word.split()[0]]}" for word in quality))

    def total(self, account: Account, days: Days) -> Decimal | None:
        """None: it counts visits, not spend."""
        return None


def _row(report: Any, values: Any, quality: Sequence[str]) -> Mapping[str, object]:
    """A row by the names of its headers: a column that came or went moves no other."""
    named = {h.name: v.value for h, v in zip(report.dimension_headers, values.dimension_values, strict=True)}
    named |= {h.name: v.value for h, v in zip(report.metric_headers, values.metric_values, strict=True)}
    row: dict[str, object] = {column: named.get(name) for name, column in (DIMENSIONS | METRICS).items()}
    row["date"] = _iso(row["date"])
    if "restricted" in quality:
        row["revenue"] = None
    return row | {"quality": ", ".join(quality) or None}


def _iso(text: object) -> object:
    """``20260131`` as a date; what is none (the row ``(other)`` may have no day) stays and is put aside."""
    try:
        return date(int(str(text)[:4]), int(str(text)[4:6]), int(str(text)[6:])).isoformat()
    except ValueError:
        return text


def _quality(said: Any) -> tuple[str, ...]:
    """What of a report isn't whole."""
    limits = said.schema_restriction_response.active_metric_restrictions
    marks = {
        "thresholded": said.subject_to_thresholding,
        "other_row": said.data_loss_from_other_row,
        "truncated": bool(said.data_truncation_reasons),
        "restricted": any(one.metric_name == "totalRevenue" for one in limits),
    }
    sampled = (f"sampled {_percent(one)} %" for one in said.sampling_metadatas)
    return (*sampled, *(word for word, holds in marks.items() if holds))


def _percent(sample: Any) -> str:
    whole = Decimal(sample.sampling_space_size or 1)
    return f"{Decimal(sample.samples_read_count) * 100 / whole:.1f}"


def _page(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 250_000:
        raise SpecError(
            "option 'rows' of google_analytics says how many rows a page has",
            expected="a whole number from 1 to 250000",
            got=repr(text),
            next_step="mend `sources: google_analytics: options`",
        )
    return int(text)


def _properties(accounts: Sequence[str]) -> list[str]:
    """Numbers of the properties that are named, each once.

    Raises:
        SpecError: None is named (the Data API lists none), or a name is no number: ``G-…`` is a stream.
    """
    numbers = [one.strip().removeprefix("properties/") for one in accounts]
    wrong = [one for one, number in zip(accounts, numbers, strict=True) if not number.isdigit()]
    if wrong or not numbers:
        raise SpecError(
            f"{TITLE} needs the numbers of its properties",
            expected="digits such as 213025502: Admin > Property details > property id",
            got=", ".join(wrong) or "none, and this API lists none",
            next_step="name them under `sources: google_analytics: accounts`"
            + ("; G-… is a stream's id, UA-… a property of the analytics before" if wrong else ""),
        )
    return list(dict.fromkeys(numbers))


@extras_of("Google Analytics")
def connect(asked: Asked) -> Connection:
    """Get ready; Google is asked when accounts are.

    Raises:
        SourceError: There is no key, or it is none.
        SpecError: An option makes no sense.
        ExtraError: The official client isn't installed.
    """
    return GoogleAnalytics(asked)


GOOGLE_ANALYTICS = Source(
    name="google_analytics",
    title=TITLE,
    lands=TRAFFIC_DAY,
    secrets=(Secret(KEY, "path of a service account's key (JSON), a viewer of the property", optional=True),),
    options={"rows": "rows a page, 1 to 250000; absent: 10000"},
    restates=5,
    monthly=True,
    window=30,
    extra="google-analytics",
    facts=(
        "Days are days in the property's own time zone; money is in its own currency.",
        "Properties must be named in `accounts`: this API lists none.",
        "Sampled, thresholded and rolled-up reports say so in the column quality.",
        "'(not set)' is a campaign like any other: visits that named none.",
        "A month is fetched again as a whole once it has ended.",
    ),
    connect=connect,
)
