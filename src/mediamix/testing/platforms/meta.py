"""Meta's Graph API, as far as insights go: for `facebook-business` on this machine.

Like the original it puts the access token into the links of its pages, leaves out deleted campaigns that
nobody asks for, says the same purchases under three names, and answers too large a question with code 100.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlencode

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

TOKEN = "EAABlocal%2Ftest|token+of/nobody"  # noqa: S105  # with signs that addresses and JSON write differently
_STATES = ("ACTIVE", "PAUSED", "ARCHIVED", "DELETED")
_DEFAULT_LIMIT = 25


class MetaServer(HttpServer):
    """Ad accounts of a world.

    Attributes:
        page_size: Rows of a page at most, whatever is asked for.
        most_days: More at once is too much (code 100/1504018); None: nothing is.
        looks: How often a report is looked at before it is done.
        deleted: Campaigns that are in the account's total, but in a list only when it is asked for them.
        app_secret: If there is one, calls have to prove that they know it.
        forbidden: Accounts that the token may not see.
        text: Field → what stands there in place of the number: a schema that has changed.
        textual: Campaigns that `text` concerns; None: all.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.page_size = 40
        self.most_days: int | None = None
        self.looks = 2
        self.deleted: set[str] = set()
        self.app_secret: str | None = None
        self.forbidden: set[str] = set()
        self.text: dict[str, str] = {}
        self.textual: set[str] | None = None
        self._reports: dict[str, tuple[str, dict[str, str]]] = {}
        self._looked: dict[str, int] = {}

    @property
    def secrets(self) -> Mapping[str, str]:
        proof = {} if self.app_secret is None else {"META_APP_SECRET": self.app_secret}
        return {"META_ACCESS_TOKEN": TOKEN, **proof}

    def counts(self, request: Request) -> bool:
        return request.method == "GET" and request.path.endswith("/insights") and not _of_account(request)

    def failure(self, fault: Fault, request: Request) -> Answer:
        if fault.kind == "throttle":
            minutes = 0 if fault.seconds is None else -(-fault.seconds // 60)
            usage = {"type": "ads_insights", "call_count": 100, "total_cputime": 60, "total_time": 70}
            headers = {
                "x-business-use-case-usage": json.dumps(
                    {"10": [{**usage, "estimated_time_to_regain_access": minutes}]}
                ),
                "x-fb-ads-insights-throttle": '{"app_id_util_pct": 100, "acc_id_util_pct": 100}',
            }
            return _refusal(
                80_000, "There have been too many calls to this ad-account.", 2_446_079, headers=headers
            )
        if fault.kind == "expire":
            return _refusal(190, f"Error validating access token: {TOKEN} has expired on Sunday.", 463)
        if len(self.faults.happened) % 2:
            return _refusal(1, "An unknown error occurred", status=500)
        page = b"<html><title>502 error</title><body>no success</body></html>"
        return Answer(page, 502, {"Content-Type": "text/html"})

    def answer(self, request: Request) -> Answer:
        """As the Graph API answers."""
        query = {**{name: values[0] for name, values in request.query.items()}, **request.form}
        if "access_token" not in query:
            return _refusal(2500, "An active access token must be used to query information")
        if query["access_token"] != TOKEN:
            return _refusal(190, f"Malformed access token {query['access_token']}")
        if self.app_secret is not None and query.get("appsecret_proof") != _proof(self.app_secret):
            return _refusal(100, "API calls from the server require an appsecret_proof argument")
        _, version, *path = request.path.split("/")
        if not re.fullmatch(r"v\d+\.\d+", version):
            return _refusal(2635, "You are calling a deprecated version of the Ads API.")
        match path:
            case ["me", "adaccounts"]:
                seen = [one for one in self.world.accounts if one.id not in self.forbidden]
                # An account that is seen by two ways comes twice.
                return self._paged([_account(one) for one in (*seen, *seen[:1])], request, query)
            case [run] if run in self._reports:
                return self._state(run)
            case [run, "insights"] if run in self._reports:
                account_id, asked = self._reports[run]
                return self._paged(self._rows(account_id, asked), request, query)
        account = next((one for one in self.world.accounts if path[0] == f"act_{one.id}"), None)
        if account is None:
            return _refusal(100, f"Unsupported get request. Object with ID '{path[0]}' does not exist", 33)
        if account.id in self.forbidden:
            return _refusal(
                200, "(#200) Ad account owner has NOT grant ads_management or ads_read permission", 0
            )
        if path[1:] == ["insights"]:
            return self._insights(account, request, query)
        return Answer({"id": path[0], **_account(account)})

    def _insights(self, account: WorldAccount, request: Request, query: Mapping[str, str]) -> Answer:
        first, last = _days(query)
        if first < self.world.last - timedelta(days=1126):
            return _refusal(
                3018, "The start date of the time range cannot be beyond 37 months from the current date"
            )
        if query.get("level") == "account":
            spent = {"account_currency": account.currency, "spend": str(self.truth(account.id, first, last))}
            rows: list[dict[str, object]] = [{**spent, "date_start": str(first), "date_stop": str(last)}]
            return self._paged(rows if self.world.rows(account.id, first, last) else [], request, query)
        if request.method == "POST":
            run = str(6_000_000 + len(self._reports))
            self._reports[run] = (account.id, dict(query))
            return Answer({"report_run_id": run})
        if self.most_days is not None and (last - first).days + 1 > self.most_days:
            return _refusal(100, "Please try a shorter date range", 1_504_018)
        return self._paged(self._rows(account.id, query), request, query)

    def _state(self, run: str) -> Answer:
        self._looked[run] = self._looked.get(run, 0) + 1
        done = self._looked[run] >= self.looks
        return Answer(
            {
                "id": run,
                "async_status": "Job Completed" if done else "Job Running",
                "async_percent_completion": 100 if done else 40,
            }
        )

    def _rows(self, account_id: str, query: Mapping[str, str]) -> list[dict[str, object]]:
        wanted = set(query.get("fields", "").split(","))
        windows = json.loads(query.get("action_attribution_windows", "[]"))
        filters = json.loads(query.get("filtering", "[]"))
        states = next(
            (one["value"] for one in filters if one["field"] == "campaign.effective_status"), _STATES[:2]
        )
        currency = next(one.currency for one in self.world.accounts if one.id == account_id)
        return [
            {
                name: self._drifted(one, name, value)
                for name, value in _row(one, currency, windows).items()
                if name in wanted or name.startswith("date_")
            }
            for one in self.world.rows(account_id, *_days(query))
            if ("DELETED" if one.campaign_id in self.deleted else "ACTIVE") in states
        ]

    def _drifted(self, one: Delivery, name: str, value: object) -> object:
        concerned = self.textual is None or one.campaign_id in self.textual
        return self.text.get(name, value) if concerned else value

    def _paged(self, rows: list[dict[str, object]], request: Request, query: Mapping[str, str]) -> Answer:
        start = int(query.get("after", "0").removeprefix("C"))
        end = start + min(int(query.get("limit", _DEFAULT_LIMIT)), self.page_size)
        paging: dict[str, object] = {"cursors": {"before": f"C{start}", "after": f"C{end}"}}
        if end < len(rows):
            link = urlencode({**query, "after": f"C{end}"})
            paging["next"] = f"https://graph.facebook.com{request.path}?{link}"
        return Answer({"data": rows[start:end], **({"paging": paging} if rows else {})})


def _row(one: Delivery, currency: str, windows: list[str]) -> dict[str, object]:
    return {
        "campaign_id": one.campaign_id,
        "campaign_name": one.campaign_name,
        "account_currency": currency,
        "spend": str(one.spend),
        "impressions": str(one.impressions),
        "clicks": str(one.clicks * 2 + 1),
        "inline_link_clicks": str(one.clicks),
        "reach": str(one.reach),
        "frequency": f"{one.impressions / one.reach:.6f}",
        **_said("actions", one.conversions, windows),
        **_said("action_values", one.conversions_value, windows),
        "attribution_setting": "7d_click_1d_view",
        "date_start": one.date.isoformat(),
        "date_stop": one.date.isoformat(),
    }


def _said(field: str, number: Decimal, windows: list[str]) -> dict[str, object]:
    """The same purchases under three names, beside other actions; nothing where there are none."""
    clicked = (number / 2).quantize(Decimal("0.01"))
    parts = {"7d_click": clicked, "1d_view": number - clicked, "1d_click": clicked / 2, "28d_click": clicked}
    asked = {name: str(parts[name]) for name in windows if parts.get(name)}
    if not number:
        return {}
    names = ("link_click", "purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase")
    return {field: [{"action_type": name, "value": str(number), **asked} for name in names]}


def _account(one: WorldAccount) -> dict[str, object]:
    said = {"account_id": one.id, "name": one.name, "currency": one.currency, "timezone_name": one.time_zone}
    return {name: value for name, value in said.items() if value}


def _days(query: Mapping[str, str]) -> tuple[date, date]:
    asked = json.loads(query["time_range"])
    return date.fromisoformat(asked["since"]), date.fromisoformat(asked["until"])


def _of_account(request: Request) -> bool:
    return request.query.get("level") == ["account"]


def _proof(secret: str) -> str:
    return hmac.new(secret.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()


def _refusal(
    code: int,
    said: str,
    detail: int | None = None,
    *,
    status: int = 400,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    error: dict[str, object] = {"message": said, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    if detail is not None:
        error["error_subcode"] = detail
    return Answer({"error": error}, status, headers or {})


PLATFORM = Platform("meta", MetaServer)
