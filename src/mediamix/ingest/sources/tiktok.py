"""TikTok: the basic report of auction ads by campaign and day, in the advertiser's time zone.

What its reference says and money depends on:

- Every number is a text; ``-`` is none.
- Deleted campaigns are left out unless the filter asks for all states; the advertiser's total has them.
- With a day among the dimensions 30 days at most are answered, without 365.
- ``conversion`` is dated by the impression, ``real_time_conversion`` by the conversion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mediamix.core.errors import shown
from mediamix.ingest.clients.tiktok import APP_ID, APP_SECRET, PLATFORM, TOKEN, Api
from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.source import Account, Asked, Days, Dropped, Reply, Secret, Source, SourceError, TooMuch
from mediamix.ingest.wire import amount_of

_PAGE, _MOST_DAYS, _MOST_DAYS_SUMMED, _MOST_IDS = 1000, 30, 365, 100
_ALL_STATES = [{"field_name": "campaign_status", "filter_type": "IN", "filter_value": '["STATUS_ALL"]'}]
_ACCOUNT = ["advertiser_id", "name", "currency", "timezone", "display_timezone"]
_CONVERSIONS, _VALUE = "conversion", "total_purchase_value"


class TikTok:
    """Advertisers, signed in.

    Args:
        api: The API.
        accounts: Ids that were asked for.
        app: Id and secret of the app, of which it needs both to name its advertisers.
        conversions: The metric that counts them.
        value: The metric of their worth.
    """

    def __init__(
        self, api: Api, accounts: Sequence[str], app: Mapping[str, str], conversions: str, value: str
    ) -> None:
        self._api, self._asked, self._app = api, accounts, app
        self._conversions, self._value = conversions, value

    def accounts(self) -> Sequence[Account]:
        """Of `Connection`."""
        wanted = tuple(self._asked or self._granted())
        found: dict[str, Account] = {}
        for start in range(0, len(wanted), _MOST_IDS):
            ids = list(wanted[start : start + _MOST_IDS])
            _, data = self._api.get("advertiser/info/", {"advertiser_ids": ids, "fields": _ACCOUNT})
            for one in _entries(data):
                said = {field: str(one.get(field) or "") for field in _ACCOUNT}
                # `display_timezone` knows summer time, `timezone` is a distance from UTC.
                zone = said["display_timezone"] or said["timezone"]
                found[said["advertiser_id"]] = Account(
                    said["advertiser_id"], said["name"], said["currency"], zone
                )
        lacking = [one for one in wanted if one not in found]
        if lacking:
            raise SourceError(
                f"{PLATFORM} doesn't know all of the advertisers, or the token may not see them",
                details=lacking,
                next_step="look at `accounts` in the spec, and at what the app was authorised for",
            )
        return tuple(found[one] for one in wanted)

    def pull(self, account: Account, days: Days) -> Iterator[Reply]:
        """Of `Connection`."""
        if len(days) > _MOST_DAYS:
            raise TooMuch(f"{PLATFORM} answers for {_MOST_DAYS} days at most")
        metrics = ("campaign_name", "spend", "impressions", "clicks", "reach", "frequency")
        params = {
            "data_level": "AUCTION_CAMPAIGN",
            "dimensions": ["campaign_id", "stat_time_day"],
            "metrics": list(dict.fromkeys((*metrics, self._conversions, self._value))),
            "filtering": _ALL_STATES,
        }
        seen: set[tuple[object, object]] = set()
        count = 0
        said: object = None
        for body, data in self._pages(account, days, params):
            rows = [self._row(one) for one in _entries(data)]
            keys = {(row["campaign_id"], row["date"]) for row in rows}
            if keys & seen:
                raise Dropped(f"{PLATFORM}'s pages have shifted: {len(keys & seen)} rows came on two of them")
            seen, count = seen | keys, count + len(rows)
            yield Reply(body, rows)
            said = data["page_info"].get("total_number")
        if isinstance(said, int) and count != said:
            raise Dropped(f"{PLATFORM}'s pages have shifted: {count} rows of {said} came")

    def total(self, account: Account, days: Days) -> Decimal | None:
        """Of `Connection`: the report of the advertiser itself."""
        if len(days) > _MOST_DAYS_SUMMED:
            raise TooMuch(f"{PLATFORM} sums up {_MOST_DAYS_SUMMED} days at most")
        params = {"data_level": "AUCTION_ADVERTISER", "dimensions": ["advertiser_id"], "metrics": ["spend"]}
        spent = Decimal()
        for _, data in self._pages(account, days, params):
            for one in _entries(data):
                spent += amount_of(PLATFORM, account.id, _part(one, "metrics").get("spend"))
        return spent

    def _granted(self) -> list[str]:
        """Advertisers that the app was authorised for."""
        if not all(self._app.values()):
            raise SourceError(
                f"{PLATFORM} names the advertisers of a token to its app only",
                expected=f"`accounts` in the spec, or {APP_ID} and {APP_SECRET} in the environment",
                next_step="name the advertisers under `sources: tiktok: accounts`",
            )
        _, data = self._api.get("oauth2/advertiser/get/", self._app)
        ids = dict.fromkeys(str(one.get("advertiser_id") or "") for one in _entries(data))
        if not ids:
            raise SourceError(
                f"{PLATFORM}: the app isn't authorised for any advertiser",
                next_step="have an advertiser authorise it",
            )
        return list(ids)

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
            body, data = self._api.get("report/integrated/get/", {**asked, "page": page})
            info = data.get("page_info")
            if not isinstance(info, dict) or not isinstance(info.get("total_page"), int):
                raise Dropped(f"{PLATFORM}'s answer doesn't say how many pages there are")
            yield body, data
            page, pages = page + 1, info["total_page"]

    def _row(self, one: Mapping[str, Any]) -> dict[str, object]:
        dimensions = _part(one, "dimensions")
        metrics = {name: None if value == "-" else value for name, value in _part(one, "metrics").items()}
        day = dimensions.get("stat_time_day")
        real_time = self._conversions.startswith("real_time_")
        return {
            "date": day.removesuffix(" 00:00:00") if isinstance(day, str) else day,
            "campaign_id": dimensions.get("campaign_id"),
            "campaign_name": metrics.get("campaign_name"),
            "impressions": metrics.get("impressions"),
            "clicks": metrics.get("clicks"),
            "reach": metrics.get("reach"),
            "frequency": metrics.get("frequency"),
            "spend": metrics.get("spend"),
            "conversions": metrics.get(self._conversions),
            "conversions_value": metrics.get(self._value),
            "conversion_time_basis": "conversion" if real_time else "impression",
        }


def _entries(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = data.get("list")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Dropped(f"{PLATFORM}'s answer has no list of rows")
    return found


def _part(one: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = one.get(name)
    return found if isinstance(found, dict) else {}


def connect(asked: Asked) -> TikTok:
    """Sign in; nothing is asked yet.

    Raises:
        SourceError: An account, an option or the token can't be one.
        ExtraError: requests isn't installed.
    """
    accounts = [one.strip() for one in asked.accounts]
    conversions = asked.options.get("conversions", _CONVERSIONS).strip()
    value = asked.options.get("value", _VALUE).strip()
    findings = [
        f"accounts: {shown(one)} isn't the number of an advertiser" for one in accounts if not one.isdigit()
    ]
    findings += [
        f"options: {name}: {shown(metric)} isn't one metric of TikTok's, as complete_payment is"
        for name, metric in (("conversions", conversions), ("value", value))
        if not re.fullmatch(r"[a-z0-9_]+", metric)
    ]
    if findings:
        raise SourceError(
            f"{PLATFORM} can't be asked like this",
            details=findings,
            next_step="mend `sources: tiktok` in the spec",
        )
    secrets = asked.secrets
    app = {"app_id": secrets.get(APP_ID, "").strip(), "secret": secrets.get(APP_SECRET, "").strip()}
    return TikTok(Api(asked), tuple(dict.fromkeys(accounts)), app, conversions, value)


TIKTOK = Source(
    name="tiktok",
    title=PLATFORM,
    lands=CAMPAIGN_DAY,
    secrets=(
        Secret(TOKEN, "long-lived access token of the app (TikTok API for Business › My apps)"),
        Secret(APP_ID, "id of the app; only to find all of its advertisers", optional=True),
        Secret(APP_SECRET, "secret of the app; only to find all of its advertisers", optional=True),
    ),
    options={
        "conversions": f"the metric that counts conversions ({_CONVERSIONS})",
        "value": f"the metric of their worth ({_VALUE}: purchases in apps; "
        "total_complete_payment_rate: on websites)",
    },
    restates=30,
    window=_MOST_DAYS,
    extra="ingest",
    facts=(
        "auction ads only: reservations aren't in this report",
        "conversions are dated by the impression; a metric that begins with real_time_ by the conversion",
        "deleted campaigns are asked for, too, so that the sum is the advertiser's total",
        "a day is a day in the advertiser's time zone",
    ),
    connect=connect,
)
