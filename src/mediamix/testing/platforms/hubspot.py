"""HubSpot's CRM API on this machine: account details, the search of deals, the list of archived ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from mediamix.testing.platforms.base import Answer, Fault, HttpServer, Platform, Request, World
from mediamix.testing.platforms.deals import Deal, DealBook

TOKEN = "pat-eu1-00000000-local"  # noqa: S105  # of a server on this machine
_OPERATORS: Mapping[str, Callable[[int, int], bool]] = {
    "EQ": lambda a, b: a == b,
    "GT": lambda a, b: a > b,
    "GTE": lambda a, b: a >= b,
    "LT": lambda a, b: a < b,
    "LTE": lambda a, b: a <= b,
}


class HubSpotServer(HttpServer):
    """One account, that of the world's first.

    Args:
        world: Its deals are `deals`.
        page: Results a page, at most.
        most: Results of a search, at most.
    """

    def __init__(self, world: World, page: int = 200, most: int = 10_000) -> None:
        super().__init__(world)
        self.deals = DealBook(world)
        self.page, self.most = page, most
        self.token = TOKEN
        self.scopes_missing = False
        self.drifted: dict[str, Any] = {}

    @property
    def secrets(self) -> Mapping[str, str]:
        return {"HUBSPOT_ACCESS_TOKEN": self.token}

    def truth(self, account_id: str, first: date, last: date) -> Decimal:
        return self.deals.truth(first, last)

    def counts(self, request: Request) -> bool:
        return request.path == "/crm/v3/objects/deals/search"

    def failure(self, fault: Fault, request: Request) -> Answer:
        if fault.kind == "throttle":
            headers = {} if fault.seconds is None else {"Retry-After": f"{fault.seconds:.0f}"}
            return _error(429, "You have reached your secondly limit.", headers, policyName="SECONDLY")
        if fault.kind == "expire":
            return _error(401, "The access token expired.", category="EXPIRED_AUTHENTICATION")
        return _error(502, "Bad gateway")

    def answer(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _error(401, "Authentication credentials not found.", category="INVALID_AUTHENTICATION")
        if request.path == "/account-info/v3/details":
            return Answer(self._details())
        if self.scopes_missing:
            wanted = {"context": {"requiredGranularScopes": ["crm.objects.deals.read"]}}
            return _error(403, "This app hasn't been granted all required scopes.", errors=[wanted])
        if request.path == "/crm/v3/objects/deals/search" and request.method == "POST":
            return self._search(request.json)
        if request.path == "/crm/v3/objects/deals" and request.method == "GET":
            return self._list(request)
        return _error(404, "not found")

    def _details(self) -> Mapping[str, object]:
        account = self.deals.account
        return {
            "portalId": int(account.id),
            "accountType": "STANDARD",
            "timeZone": account.time_zone,
            "companyCurrency": account.currency,
            "additionalCurrencies": ["USD", "GBP"],
            "utcOffset": "+00:00",
            "uiDomain": "app-eu1.hubspot.com",
        }

    def _search(self, asked: Mapping[str, Any]) -> Answer:
        """As published: a page ends at `limit`, and behind `most` results nothing comes."""
        limit, after = int(asked.get("limit") or 10), int(asked.get("after") or 0)
        if limit > 200:
            return _error(400, "limit must be less than or equal to 200")
        if after >= self.most:
            return _error(400, f"There was a problem with the request: more than {self.most} results")
        if len(asked.get("sorts") or []) > 1:
            return _error(400, "Only one sort is supported")
        found = [
            deal
            for deal in self.deals.all()
            if not deal.deleted
            and any(all(_holds(deal, one) for one in group["filters"]) for group in asked["filterGroups"])
        ]
        for name in asked.get("sorts") or []:
            found.sort(key=lambda deal: _number(deal, name.lstrip("-")), reverse=name.startswith("-"))
        size = min(limit, self.page)
        shown = found[after : after + size]
        page: dict[str, object] = {
            "total": len(found),
            "results": [self._shown(deal, asked["properties"]) for deal in shown],
        }
        if after + size < len(found):
            page["paging"] = {"next": {"after": str(after + size)}}
        return Answer(page)

    def _list(self, request: Request) -> Answer:
        archived = request.query.get("archived", ["false"])[0].lower() == "true"
        found = [deal for deal in self.deals.all() if deal.deleted == archived]
        after, limit = (int(request.query.get(name, [default])[0]) for name, default in _PAGING)
        size = min(limit, self.page)
        names = [name for text in request.query.get("properties", []) for name in text.split(",")]
        page: dict[str, object] = {"results": [self._shown(deal, names) for deal in found[after:][:size]]}
        if after + size < len(found):
            page["paging"] = {"next": {"after": str(after + size)}}
        return Answer(page)

    def _shown(self, deal: Deal, names: list[str]) -> Mapping[str, object]:
        said = {name: value for name, value in _properties(deal).items() if name in names}
        it: dict[str, object] = {
            "id": str(deal.number),
            "properties": said | {"hs_object_id": str(deal.number)} | self.drifted,
            "createdAt": _iso(deal.created),
            "updatedAt": _iso(deal.modified),
            "archived": deal.deleted,
        }
        return it | ({"archivedAt": _iso(deal.modified)} if deal.deleted else {})


_PAGING = (("after", "0"), ("limit", "10"))


def _properties(deal: Deal) -> Mapping[str, str | None]:
    """All as text; empty ones are null or ``""``."""
    stage = {"won": "closedwon", "lost": "closedlost"}.get(deal.stage, deal.stage)
    return {
        "dealname": deal.name,
        "createdate": _iso(deal.created),
        "closedate": _iso(datetime.combine(deal.closes, deal.created.timetz())),
        "hs_lastmodifieddate": _iso(deal.modified),
        "dealstage": stage,
        "hs_is_closed": str(deal.closed).lower(),
        "hs_is_closed_won": str(deal.won).lower(),
        "amount": "" if deal.amount is None else str(deal.amount),
        "amount_in_home_currency": None if deal.amount is None or deal.currency else str(deal.amount),
        "deal_currency_code": deal.currency,
        "hs_analytics_source": deal.lead_source,
        "hs_campaign": deal.campaign,
    }


def _number(deal: Deal, name: str) -> int:
    if name == "hs_object_id":
        return deal.number
    return round(deal.modified.timestamp() * 1000)


def _holds(deal: Deal, one: Mapping[str, str]) -> bool:
    return _OPERATORS[one["operator"]](_number(deal, one["propertyName"]), int(one["value"]))


def _iso(stamp: datetime) -> str:
    return stamp.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error(status: int, message: str, headers: Mapping[str, str] | None = None, **more: object) -> Answer:
    said = {"status": "error", "message": message, "correlationId": "00000000-0000-0000-0000-000000000000"}
    return Answer(said | more, status, headers or {})


PLATFORM = Platform("hubspot", HubSpotServer)
