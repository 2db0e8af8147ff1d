"""TikTok's API for Business, as far as the basic report goes.

Like the original it answers HTTP 200 to everything and says in ``code`` what is wrong, writes every number as
text, and leaves out deleted campaigns that nobody asks for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date

from mediamix.testing.platforms.base import (
    Answer,
    Delivery,
    Fault,
    HttpServer,
    Platform,
    Request,
    World,
    WorldAccount,
)

TOKEN, APP_ID, APP_SECRET = "3f9localtoken7", "7300000000000000001", "local/secret of+nobody"

_METRICS: dict[str, Callable[[Delivery], object]] = {
    "campaign_name": lambda one: one.campaign_name,
    "spend": lambda one: one.spend,
    "impressions": lambda one: one.impressions,
    "clicks": lambda one: one.clicks,
    "reach": lambda one: one.reach,
    "frequency": lambda one: f"{one.impressions / one.reach:.2f}",
    "conversion": lambda one: one.conversions,
    "real_time_conversion": lambda one: one.conversions + 1,
    "total_purchase_value": lambda one: one.conversions_value,
    "total_complete_payment_rate": lambda one: one.conversions_value * 2,
}


class TikTokServer(HttpServer):
    """Advertisers of a world.

    Attributes:
        page_size: Rows of a page at most, whatever is asked for.
        deleted: Campaigns that are in the advertiser's total, but in a report only when asked for.
        forbidden: Advertisers that the token may not see.
        text: Metric → what stands there in place of the number: a schema that has changed.
        textual: Campaigns that `text` concerns; None: all.
        shifted: Whether a row of each page comes again on the next.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.page_size = 40
        self.deleted: set[str] = set()
        self.forbidden: set[str] = set()
        self.text: dict[str, str] = {}
        self.textual: set[str] | None = None
        self.shifted = False

    @property
    def secrets(self) -> Mapping[str, str]:
        return {"TIKTOK_ACCESS_TOKEN": TOKEN, "TIKTOK_APP_ID": APP_ID, "TIKTOK_APP_SECRET": APP_SECRET}

    def counts(self, request: Request) -> bool:
        return request.query.get("data_level") == ["AUCTION_CAMPAIGN"]

    def failure(self, fault: Fault, request: Request) -> Answer:
        if fault.kind == "throttle":
            wait = {} if fault.seconds is None else {"Retry-After": str(int(fault.seconds))}
            if len(self.faults.happened) % 2:
                return _refusal(40_100, "Requests made too frequently", headers=wait)
            return Answer(b"too many", 429, {"Content-Type": "text/plain", **wait})
        if fault.kind == "expire":
            return _refusal(40_105, f"Access token is incorrect or has been revoked: {TOKEN}")
        if len(self.faults.happened) % 2:
            return _refusal(50_000, "System error")
        return Answer(b"<html>bad gateway</html>", 502, {"Content-Type": "text/html"})

    def answer(self, request: Request) -> Answer:
        """As the API for Business answers."""
        query = {name: values[0] for name, values in request.query.items()}
        if request.headers.get("access-token") != TOKEN:
            return _refusal(40_105, "Access token is incorrect or has been revoked.")
        match request.path.removeprefix("/open_api/v1.3"):
            case "/oauth2/advertiser/get/":
                return self._granted(query)
            case "/advertiser/info/":
                return self._info(query)
            case "/report/integrated/get/":
                return self._report(query)
        return _refusal(40_007, f"{request.path} does not exist")

    def _granted(self, query: Mapping[str, str]) -> Answer:
        if (query.get("app_id"), query.get("secret")) != (APP_ID, APP_SECRET):
            return _refusal(40_101, "Invalid app id or secret")
        seen = [one for one in self.world.accounts if one.id not in self.forbidden]
        # An advertiser that is seen by two ways comes twice.
        return _data(
            {"list": [{"advertiser_id": one.id, "advertiser_name": one.name} for one in (*seen, *seen[:1])]}
        )

    def _info(self, query: Mapping[str, str]) -> Answer:
        wanted = json.loads(query["advertiser_ids"])
        if len(wanted) > 100:
            return _refusal(40_002, "advertiser_ids: at most 100")
        if refused := [one for one in wanted if one in self.forbidden]:
            return _refusal(40_001, f"No permission to operate advertiser {refused[0]}")
        return _data({"list": [_advertiser(one) for one in self.world.accounts if one.id in wanted]})

    def _report(self, query: Mapping[str, str]) -> Answer:
        account = query["advertiser_id"]
        first, last = date.fromisoformat(query["start_date"]), date.fromisoformat(query["end_date"])
        dimensions = json.loads(query["dimensions"])
        if account in self.forbidden or account not in [one.id for one in self.world.accounts]:
            return _refusal(40_001, f"No permission to operate advertiser {account}")
        most = 30 if "stat_time_day" in dimensions else 365
        if (last - first).days + 1 > most:
            return _refusal(40_002, f"max time span is {most} days when use stat_time_day")
        if int(query.get("page_size", 10)) > 1000:
            return _refusal(40_002, "page_size: at most 1000")
        asked = json.loads(query["metrics"])
        if unknown := [name for name in asked if name not in _METRICS]:
            return _refusal(40_002, f"metrics: {unknown[0]} is not supported")
        if dimensions == ["advertiser_id"]:
            spent = {"spend": str(self.truth(account, first, last))}
            rows = [{"dimensions": {"advertiser_id": account}, "metrics": spent}]
            return self._paged(rows if self.world.rows(account, first, last) else [], query)
        everything = any(
            "STATUS_ALL" in one["filter_value"] for one in json.loads(query.get("filtering", "[]"))
        )
        rows = [
            {
                "dimensions": {"campaign_id": one.campaign_id, "stat_time_day": f"{one.date} 00:00:00"},
                "metrics": {name: self._drifted(one, name, str(_METRICS[name](one))) for name in asked},
            }
            for one in self.world.rows(account, first, last)
            if everything or one.campaign_id not in self.deleted
        ]
        return self._paged(rows, query)

    def _drifted(self, one: Delivery, name: str, value: str) -> str:
        concerned = self.textual is None or one.campaign_id in self.textual
        return self.text.get(name, value) if concerned else value

    def _paged(self, rows: list[dict[str, dict[str, str]]], query: Mapping[str, str]) -> Answer:
        size = min(int(query.get("page_size", 10)), self.page_size)
        page = int(query.get("page", 1))
        start = (page - 1) * size - (1 if self.shifted and page > 1 else 0)
        pages = -(-len(rows) // size) or 1
        info = {"page": page, "page_size": size, "total_number": len(rows), "total_page": pages}
        return _data({"list": rows[start : start + size], "page_info": info})


def _advertiser(one: WorldAccount) -> dict[str, str]:
    said = {"name": one.name, "currency": one.currency, "display_timezone": one.time_zone}
    return {
        "advertiser_id": one.id,
        "timezone": "Etc/GMT-1",
        **{name: text for name, text in said.items() if text},
    }


def _data(data: Mapping[str, object]) -> Answer:
    return Answer({"code": 0, "message": "OK", "request_id": "R1", "data": data})


def _refusal(code: int, said: str, *, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer({"code": code, "message": said, "request_id": "R1", "data": {}}, 200, headers or {})


PLATFORM = Platform("tiktok", TikTokServer)
