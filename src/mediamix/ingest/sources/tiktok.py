"""TikTok: the basic report of auction ads by campaign and day, by plain HTTP (API for Business v1.3).

What its reference says and money depends on:

- Every answer is HTTP 200: whether it is one, its ``code`` says.
- Every number is a text; ``-`` is none.
- Deleted campaigns are left out unless the filter asks for all states; the advertiser's total has them.
- With a day among the dimensions 30 days at most are answered, without 365.
- ``conversion`` is dated by the impression, ``real_time_conversion`` by the conversion.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from mediamix.core.errors import shown
from mediamix.core.extras import extras_of
from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.source import (
    Account,
    Asked,
    Days,
    Dropped,
    Reply,
    Secret,
    Source,
    SourceError,
    Throttled,
    TooMuch,
    Unavailable,
)
from mediamix.ingest.wire import Veil, heard, object_of, quiet_logs, retry_after, token_of, unread

_TITLE = "TikTok"
_HOST = "https://business-api.tiktok.com"
_TOKEN, _APP, _SECRET = "TIKTOK_ACCESS_TOKEN", "TIKTOK_APP_ID", "TIKTOK_APP_SECRET"  # noqa: S105
_PAGE = 1000
_ALL_STATES = [{"field_name": "campaign_status", "filter_type": "IN", "filter_value": '["STATUS_ALL"]'}]

#: Codes of the API for Business, as published.
_THROTTLED = frozenset({40_016, 40_100, 40_132, 40_133, 51_021})
_SIGNED_OUT = frozenset({40_101, 40_102, 40_103, 40_104, 40_105, 40_110})


class TikTok:
    """Advertisers, signed in.

    Args:
        asked: What to sign in with.
        conversions: The metric that counts them.
        value: The metric of their worth.
    """

    @extras_of("the source 'tiktok'")
    def __init__(self, asked: Asked, conversions: str, value: str) -> None:
        import requests

        quiet_logs()
        self._veil = Veil(asked.secrets.values())
        self._session = requests.Session()
        self._session.headers["Access-Token"] = token_of(asked, _TOKEN)
        self._base = f"{(asked.endpoint or _HOST).rstrip('/')}/open_api/v1.3/"
        self._app = {
            name: asked.secrets[variable].strip()
            for name, variable in (("app_id", _APP), ("secret", _SECRET))
            if asked.secrets.get(variable, "").strip()
        }
        self._accounts, self._timeout = tuple(dict.fromkeys(asked.accounts)), asked.timeout_s
        self._conversions, self._value = conversions, value

    def accounts(self) -> Sequence[Account]:
        """Of `Connection`."""
        wanted = list(self._accounts or self._granted())
        found: dict[str, Account] = {}
        for start in range(0, len(wanted), 100):
            _, data = self._get(
                "advertiser/info/",
                {
                    "advertiser_ids": wanted[start : start + 100],
                    "fields": ["advertiser_id", "name", "currency", "timezone", "display_timezone"],
                },
            )
            for one in _entries(data):
                account = str(one.get("advertiser_id") or "")
                # `display_timezone` knows summer time, `timezone` is a distance from UTC.
                zone = str(one.get("display_timezone") or one.get("timezone") or "")
                found[account] = Account(account, str(one.get("name") or ""), str(one.get("currency") or ""), zone)
        lacking = [one for one in wanted if one not in found]
        if lacking:
            raise SourceError(
                f"{_TITLE} doesn't know all of the advertisers, or the token may not see them",
                details=lacking,
                next_step="look at `accounts` in the spec, and at what the app was authorised for",
            )
        return tuple(found[one] for one in wanted)

    def pull(self, account: Account, days: Days) -> Iterator[Reply]:
        """Of `Connection`."""
        if len(days) > 30:
            raise TooMuch(f"{_TITLE} answers for 30 days at most")
        metrics = ("campaign_name", "spend", "impressions", "clicks", "reach", "frequency")
        params = {
            "data_level": "AUCTION_CAMPAIGN",
            "dimensions": ["campaign_id", "stat_time_day"],
            "metrics": list(dict.fromkeys((*metrics, self._conversions, self._value))),
            "filtering": _ALL_STATES,
        }
        seen: set[tuple[object, object]] = set()
        said: object = None
        for body, data in self._pages(account, days, params):
            rows = [self._row(one) for one in _entries(data)]
            seen |= {(row["campaign_id"], row["date"]) for row in rows}
            yield Reply(body, rows)
            said = data["page_info"].get("total_number")
        if said is not None and len(seen) != said:
            raise Dropped(f"{_TITLE}'s pages have shifted: {len(seen)} rows of {said} came")

    def total(self, account: Account, days: Days) -> Decimal | None:
        """Of `Connection`: the report of the advertiser itself."""
        if len(days) > 365:
            raise TooMuch(f"{_TITLE} sums up 365 days at most")
        params = {"data_level": "AUCTION_ADVERTISER", "dimensions": ["advertiser_id"], "metrics": ["spend"]}
        spent = Decimal()
        for _, data in self._pages(account, days, params):
            for one in _entries(data):
                spent += _money(account, _part(one, "metrics").get("spend"))
        return spent

    def _granted(self) -> list[str]:
        """Advertisers that the app was authorised for."""
        if len(self._app) < 2:
            raise SourceError(
                f"{_TITLE} names the advertisers of a token to its app only",
                expected=f"`accounts` in the spec, or {_APP} and {_SECRET} in the environment",
                next_step="name the advertisers under `sources: tiktok: accounts`",
            )
        ids = [str(one.get("advertiser_id") or "") for one in _entries(self._get("oauth2/advertiser/get/", self._app)[1])]
        if not ids:
            raise SourceError(f"{_TITLE}: the app isn't authorised for any advertiser")
        return list(dict.fromkeys(ids))

    def _pages(
        self, account: Account, days: Days, params: Mapping[str, object]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        asked = {
            "advertiser_id": account.id,
            "service_type": "AUCTION",
            "report_type": "BASIC",
            "start_date": days.first.isoformat(),
            "end_date": days.last.isoformat(),
            "page_size": _PAGE,
            **params,
        }
        page, pages = 1, 1
        while page <= pages:
            body, data = self._get("report/integrated/get/", {**asked, "page": page})
            info = data.setdefault("page_info", {})
            pages = info.get("total_page", 1) if isinstance(info, dict) else None
            if not isinstance(pages, int):
                raise Dropped(f"{_TITLE}'s answer doesn't say which page it is")
            yield body, data
            page += 1

    def _get(self, path: str, params: Mapping[str, object]) -> tuple[str, dict[str, Any]]:
        """The body of an answer without secrets, and its data."""
        query = {name: json.dumps(one) if isinstance(one, list) else one for name, one in params.items()}
        answer = heard(
            _TITLE,
            lambda: self._session.get(
                self._base + path, params=query, timeout=self._timeout, allow_redirects=False
            ),
        )
        body = self._veil(answer.content.decode("utf-8", "replace"))
        found = object_of(body)
        if found is None or not isinstance(found.get("code"), int):
            raise unread(_TITLE, answer.status_code, answer.headers)
        code = found["code"]
        if code != 0:
            raise _state(code, str(found.get("message") or "nothing"), retry_after(answer.headers))
        data = found.get("data")
        if not isinstance(data, dict):
            raise Dropped(f"{_TITLE}'s answer has no data")
        return body, data

    def _row(self, one: Mapping[str, Any]) -> dict[str, object]:
        dimensions, metrics = _part(one, "dimensions"), _part(one, "metrics")

        def metric(name: str) -> object:
            return None if metrics.get(name) == "-" else metrics.get(name)

        day = dimensions.get("stat_time_day")
        real_time = self._conversions.startswith("real_time_")
        return {
            "date": day.removesuffix(" 00:00:00") if isinstance(day, str) else day,
            "campaign_id": dimensions.get("campaign_id"),
            "campaign_name": metric("campaign_name"),
            "impressions": metric("impressions"),
            "clicks": metric("clicks"),
            "reach": metric("reach"),
            "frequency": metric("frequency"),
            "spend": metric("spend"),
            "conversions": metric(self._conversions),
            "conversions_value": metric(self._value),
            "conversion_time_basis": "conversion" if real_time else "impression",
        }


def _state(code: int, said: str, seconds: float | None) -> Exception:
    if code in _THROTTLED:
        return Throttled(f"{_TITLE}: too many calls (code {code})", seconds)
    if code in _SIGNED_OUT:
        return SourceError(
            f"{_TITLE} doesn't take the access token",
            expected="a token that the advertiser has granted and hasn't withdrawn",
            got=f"code {code}: {said}",
            next_step=f"authorise the app again, and set {_TOKEN} in the environment",
        )
    if code == 40_001:
        return SourceError(
            f"{_TITLE} doesn't permit this",
            expected="an app with the scopes Ad Account Management and Reporting, authorised by the advertiser",
            got=f"code {code}: {said}",
            next_step="look at `accounts` in the spec, and at the scopes of the app",
        )
    if code == 40_002 and "time span" in said:
        return TooMuch(f"{_TITLE}: {said}")
    if 50_000 <= code < 60_000:
        return Unavailable(f"{_TITLE} failed (code {code}): {said}")
    return SourceError(
        f"{_TITLE} refuses (code {code})", got=said, next_step="look the code up in TikTok's list of return codes"
    )


def _entries(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = data.get("list")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Dropped(f"{_TITLE}'s answer has no list")
    return found


def _part(one: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = one.get(name)
    return found if isinstance(found, dict) else {}


def _money(account: Account, text: object) -> Decimal:
    try:
        spent = Decimal(str(text))
    except InvalidOperation:
        spent = Decimal("nan")
    if not spent.is_finite():
        raise SourceError(
            f"{_TITLE}'s total of advertiser {account.id} isn't a number",
            expected="an amount of money",
            got=shown(text),
            next_step="try again; if it stays, the platform has changed what it says",
        )
    return spent


def connect(asked: Asked) -> TikTok:
    """Sign in; nothing is asked yet.

    Raises:
        SourceError: An account, an option or the token can't be one.
        ExtraError: requests isn't installed.
    """
    chosen = {
        "conversions": asked.options.get("conversions", "conversion").strip(),
        "value": asked.options.get("value", "total_purchase_value").strip(),
    }
    findings = [f"accounts: {shown(one)} isn't the number of an advertiser" for one in asked.accounts if not one.isdigit()]
    findings += [
        f"options: {name}: {shown(metric)} isn't one metric of TikTok, as complete_payment"
        for name, metric in chosen.items()
        if not re.fullmatch(r"[a-z0-9_]+", metric)
    ]
    if findings:
        raise SourceError(
            f"{_TITLE} can't be asked like this", details=findings, next_step="mend `sources: tiktok` in the spec"
        )
    return TikTok(asked, **chosen)


TIKTOK = Source(
    name="tiktok",
    title=_TITLE,
    lands=CAMPAIGN_DAY,
    secrets=(
        Secret(_TOKEN, "long-lived access token of the app (TikTok API for Business › My apps)"),
        Secret(_APP, "id of the app; only to find all of its advertisers", optional=True),
        Secret(_SECRET, "secret of the app; only to find all of its advertisers", optional=True),
    ),
    options={
        "conversions": "the metric that counts conversions (conversion)",
        "value": "the metric of their worth (total_purchase_value: purchases in apps; "
        "total_complete_payment_rate: on a website)",
    },
    restates=30,
    window=30,
    extra="ingest",
    facts=(
        "auction ads only; reservations aren't in this report",
        "conversions are dated by the impression; a metric that begins with real_time_ by the conversion",
        "campaigns that were deleted are asked for, too, so that the sum is the advertiser's total",
        "a day is a day in the advertiser's time zone",
    ),
    connect=connect,
)
