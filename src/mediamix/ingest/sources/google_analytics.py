"""Google Analytics 4, by the Data API (`runReport`): visits, key events and revenue of a property.

Every value comes as text. The report names its currency and time zone, and says where its numbers aren't
whole: sampled, held back below a threshold, rolled into a row called ``(other)``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from mediamix.core.extras import extras_of
from mediamix.ingest.asking import on_this_machine
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
    SourceError,
    Throttled,
    Unavailable,
)
from mediamix.ingest.wire import on_the_wire

TITLE = "Google Analytics"
KEY = "GOOGLE_APPLICATION_CREDENTIALS"
SCOPE = "https://www.googleapis.com/auth/analytics.readonly"

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
    "thresholded": "rows with few users are held back, so that sums fall short",
    "other_row": "small campaigns are rolled into a row called (other)",
    "truncated": "the report lacks a part of its data",
    "restricted": "the user may not see revenue: it is left empty, not zero",
    "sampled": "estimated from a part of the events",
}


class _GoogleAnalytics:
    """Properties, signed in."""

    def __init__(self, client: Any, asked: Asked) -> None:
        self._client = client
        self._asked = asked
        self._page = _page(asked.options.get("rows", "10000"))
        self._body = ""
        session = client.transport._session
        session.hooks["response"].append(self._keep)
        if asked.endpoint is not None:
            session.trust_env = False  # no proxy on the way to this machine

    def _keep(self, response: Any, *_: object, **__: object) -> None:
        self._body = response.text

    def accounts(self) -> Sequence[Account]:
        return [self._account(one) for one in _properties(self._asked.accounts)]

    def _account(self, number: str) -> Account:
        """The Data API has no call for a property's settings: an empty report names them."""
        yesterday = date.today() - timedelta(days=1)  # any day will do
        said = self._report(number, Days(yesterday, yesterday), 0, 1).metadata
        if not said.currency_code or not said.time_zone:
            raise SourceError(
                f"{TITLE} names no {'time zone' if said.currency_code else 'currency'} for property {number}",
                expected="both, from the settings of a Google Analytics 4 property",
                next_step="look at Admin > Property details",
            )
        return Account(number, f"property {number}", said.currency_code, said.time_zone)

    def pull(self, account: Account, days: Days) -> Iterator[Reply]:
        offset, whole = 0, None
        while whole is None or offset < whole:
            report = self._report(account.id, days, offset, self._page, account.currency)
            if whole not in (None, report.row_count):
                raise Dropped(f"{TITLE} changed the report while it was read")
            whole = report.row_count
            if not report.rows and offset < whole:
                raise Dropped(f"{TITLE} gave {offset:,} of {whole:,} rows")
            quality = _quality(report.metadata)
            rows = [_row(report, values, quality) for values in report.rows]
            offset += len(rows)
            notes = tuple(f"{word}: {WORDS[word.split()[0]]}" for word in quality)
            yield Reply(self._body, rows, notes)

    def total(self, account: Account, days: Days) -> Decimal | None:
        """None: it counts visits, not spend."""
        return None

    def _report(self, number: str, days: Days, offset: int, limit: int, currency: str = "") -> Any:
        """One page. The order is said, since an offset into rows in any order loses and doubles some."""
        from google.analytics.data_v1beta.types import RunReportRequest

        request = RunReportRequest(
            property=f"properties/{number}",
            dimensions=[{"name": name} for name in DIMENSIONS],
            metrics=[{"name": name} for name in METRICS],
            date_ranges=[{"start_date": days.first.isoformat(), "end_date": days.last.isoformat()}],
            order_bys=[{"dimension": {"dimension_name": name}} for name in DIMENSIONS],
            currency_code=currency,
            offset=offset,
            limit=limit,
        )
        with on_the_wire(TITLE), _answers(number):
            return self._client.run_report(request, retry=None, timeout=self._asked.timeout_s)


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
    words = [f"sampled {_percent(one)} %" for one in said.sampling_metadatas]
    limits = said.schema_restriction_response.active_metric_restrictions
    marks = {
        "thresholded": said.subject_to_thresholding,
        "other_row": said.data_loss_from_other_row,
        "truncated": bool(said.data_truncation_reasons),
        "restricted": any(one.metric_name == "totalRevenue" for one in limits),
    }
    return (*words, *(word for word, holds in marks.items() if holds))


def _percent(sample: Any) -> str:
    whole = Decimal(sample.sampling_space_size or 1)
    return f"{Decimal(sample.samples_read_count) * 100 / whole:.1f}"


def _page(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 250_000:
        raise SourceError(
            f"{TITLE}: rows a page can't be read",
            expected="a whole number from 1 to 250000",
            got=text,
            next_step="mend `options: {rows: …}` in the spec",
        )
    return int(text)


def _properties(accounts: Sequence[str]) -> Sequence[str]:
    """Numbers of the properties that are named, each once.

    Raises:
        SourceError: None is named (the Data API lists none), or a name is no number: ``G-…`` is a stream.
    """
    numbers = [one.strip().removeprefix("properties/") for one in accounts]
    wrong = [one for one, number in zip(accounts, numbers, strict=True) if not number.isdigit()]
    if wrong or not numbers:
        raise SourceError(
            f"{TITLE} needs the numbers of its properties",
            expected="digits such as 213025502: Admin > Property details > property id",
            got=", ".join(wrong) or "none: the Data API lists no properties",
            next_step="name them under `sources: google_analytics: accounts:` in the spec"
            + (
                "; G-… is a stream's measurement id, UA-… a property of the analytics before" if wrong else ""
            ),
        )
    return list(dict.fromkeys(numbers))


@contextmanager
def _answers(number: str) -> Iterator[None]:
    """Inside, what Google answers instead of a report is one of our errors."""
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import GoogleAuthError, TransportError
    from google.protobuf.json_format import ParseError

    try:
        yield
    except GoogleAPICallError as error:
        raise _refusal(error, number) from None
    except TransportError:
        raise Unavailable(f"{TITLE}: the sign-in can't be reached") from None
    except GoogleAuthError:
        raise SourceError(
            f"{TITLE} doesn't take the key",
            expected=f"the file that {KEY} names: a service account's key that is still good",
            next_step="make a new key in the Google Cloud console, or look at this machine's clock",
        ) from None
    except (ParseError, UnicodeDecodeError):
        raise Unavailable(f"{TITLE} answered with something that isn't a report") from None


def _refusal(error: Any, number: str) -> Exception:
    """What an error of the API means. 429 names the quota; a day's isn't worth waiting for."""
    said = str(error.message or "")[:300]
    match int(error.code or 0):
        case 429 if "per day" not in said.lower():
            return Throttled(f"{TITLE}: {said}", _retry_after(error))
        case 429:
            what, next_step = "has no calls left today", "pull again after midnight, Pacific time"
        case 401:
            what, next_step = "doesn't take the key", f"look at the file that {KEY} names"
        case 403:
            what = f"lets this key see no property {number}"
            next_step = "add the service account's address to the property, as a viewer"
        case 404:
            what, next_step = f"knows no property {number}", "look at Admin > Property details"
        case code if code >= 500:
            return Unavailable(f"{TITLE} failed ({code})")
        case code:
            what, next_step = f"refuses the report ({code})", "look at what it says"
    return SourceError(f"{TITLE} {what}", got=said, next_step=next_step)


def _retry_after(error: Any) -> float | None:
    text = str(getattr(error.response, "headers", {}).get("Retry-After", ""))
    return float(text) if text.isdigit() else None


def _credentials(asked: Asked) -> Any:
    """Of the key file; of nobody for a server on this machine that asks for none."""
    from google.auth.credentials import AnonymousCredentials
    from google.oauth2 import credentials, service_account

    path = asked.secrets.get(KEY, "")
    if not path and asked.endpoint is not None and on_this_machine(asked.endpoint):
        return AnonymousCredentials()
    try:
        key = json.loads(Path(path).read_text(encoding="utf-8"))
        kind = key.get("type") if isinstance(key, Mapping) else None
        if kind == "service_account":
            return service_account.Credentials.from_service_account_info(key, scopes=[SCOPE])
        if kind == "authorized_user":
            return credentials.Credentials.from_authorized_user_info(key, scopes=[SCOPE])
        got = f"a file of type {kind!r}"
    except OSError:
        got = f"no file that can be read at {path}" if path else f"{KEY} isn't set"
    except (ValueError, TypeError):
        got = "a file that isn't a key"
    raise SourceError(
        f"{TITLE} can't sign in",
        expected=f"{KEY}: path of a service account's key (JSON)",
        got=got,
        next_step="make a key in the Google Cloud console and give its account the role of a viewer",
    )


@extras_of("pulling Google Analytics")
def _connect(asked: Asked) -> Connection:
    from google.analytics.data_v1beta import BetaAnalyticsDataClient

    address = None if asked.endpoint is None else {"api_endpoint": asked.endpoint}
    client = BetaAnalyticsDataClient(
        credentials=_credentials(asked), transport="rest", client_options=address
    )
    return _GoogleAnalytics(client, asked)


SOURCE = Source(
    name="google_analytics",
    title="Google Analytics 4",
    lands=TRAFFIC_DAY,
    secrets=(Secret(KEY, "path of a service account's key (JSON), a viewer of the property", optional=True),),
    restates=5,
    monthly=True,
    window=30,
    extra="google-analytics",
    facts=(
        "days are those of the property's time zone, money is in its currency",
        "the properties must be named: the Data API lists none",
        "sampled, thresholded and rolled-up reports are marked in the column quality",
        "(not set) is a campaign like any other: visits that named none",
        "the last 5 days are fetched again each time, and a month as a whole once it has ended",
    ),
    connect=_connect,
    options={"rows": "rows a page, 1 to 250000; 10000"},
)
