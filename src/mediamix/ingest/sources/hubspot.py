"""HubSpot, by its CRM API: deals as they stand, archived ones too.

The search stops at 10,000 results and sorts by one property, and an offset into it skips a deal whenever
another one leaves the window. So each page asks for ids above the last one seen, within the days on which
the deals were modified: ids are unique, thousands of deals of one millisecond (a bulk edit) included.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from mediamix.core.extras import extras_of
from mediamix.ingest.contracts import DEAL
from mediamix.ingest.crm import SETTLES, bounds, day, moment, zone
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

TITLE = "HubSpot"
TOKEN = "HUBSPOT_ACCESS_TOKEN"  # noqa: S105  # its name
SEARCHED, LISTED = 200, 100  # results a page, at most

#: Property → column.
PROPERTIES = {
    "dealname": "name",
    "createdate": "created_at",
    "closedate": "closed_on",
    "hs_lastmodifieddate": "modified_at",
    "dealstage": "stage",
    "hs_is_closed": "",
    "hs_is_closed_won": "is_won",
    "amount": "amount",
    "deal_currency_code": "currency",
    "amount_in_home_currency": "amount_home",
    "hs_analytics_source": "lead_source",
}

#: Policy → seconds until its calls are counted anew.
POLICIES = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0}


class _HubSpot:
    """An account, signed in."""

    def __init__(self, asked: Asked) -> None:
        from hubspot import HubSpot
        from hubspot.crm.deals import BasicApi
        from urllib3.util.retry import Retry

        # Bodies are read here, so that the client's own models have nothing to refuse.
        settings: dict[str, Any] = {"retry": Retry(0), "client_side_validation": False}
        if asked.endpoint is not None:
            settings["host"] = asked.endpoint.rstrip("/")
        client = HubSpot(access_token=asked.secrets[TOKEN], **settings)
        self._asked = asked
        self._campaign = asked.options.get("campaign", "")
        self._search_api = client.crm.deals.search_api
        self._api = self._search_api.api_client
        self._basic_api = BasicApi(api_client=self._api)

    def _get(self, call: Any, *args: object, **options: object) -> tuple[str, Mapping[str, Any]]:
        """The answer as it came, and read: the client's own models drop what they don't know."""
        with on_the_wire(TITLE), _answers():
            call(*args, _request_timeout=self._asked.timeout_s, **options)
            body = self._api.last_response.data
            text = body if isinstance(body, str) else body.decode()
            read = json.loads(text, parse_float=Decimal)
            if not isinstance(read, dict):
                raise ValueError("no object")
            return text, read

    def accounts(self) -> Sequence[Account]:
        _, it = self._get(
            self._api.call_api,
            "/account-info/v3/details",
            "GET",
            header_params={"Accept": "application/json"},
            auth_settings=["oauth2"],
            response_types_map={200: "object"},
        )
        number, wanted = str(it.get("portalId", "")), self._asked.accounts
        if any(one != number for one in wanted):
            raise SourceError(
                f"{TITLE}: this token is of another account",
                expected=", ".join(wanted),
                got=number,
                next_step="mend `sources: hubspot: accounts:`, or take a token of that account",
            )
        currency = str(it.get("companyCurrency") or "")
        if not currency:
            raise SourceError(
                f"{TITLE} names no currency of account {number}",
                expected="the company's currency",
                next_step="look at Settings > Account defaults > Currency",
            )
        name = str(it.get("portalName") or f"account {number}")
        zone(str(it.get("timeZone") or ""), TITLE)
        return [Account(number, name, currency, str(it["timeZone"]))]

    def pull(self, account: Account, days: Days) -> Iterator[Reply]:
        yield from self._modified(account, days)
        yield from self._archived(account, days)

    def _modified(self, account: Account, days: Days) -> Iterator[Reply]:
        first, after = (str(int(edge.timestamp() * 1000)) for edge in bounds(days, account))
        last = "0"
        while True:
            asks = [
                ("hs_lastmodifieddate", "GTE", first),
                ("hs_lastmodifieddate", "LT", after),
                ("hs_object_id", "GT", last),
            ]
            filters = [{"propertyName": name, "operator": how, "value": what} for name, how, what in asks]
            request = {
                "filterGroups": [{"filters": filters}],
                "sorts": ["hs_object_id"],
                "properties": self._properties,
                "limit": SEARCHED,
            }
            body, page = self._get(self._search_api.do_search, request)
            found, total = _results(page), int(page.get("total", 0))
            yield Reply(body, [self._row(one, account) for one in found])
            if len(found) >= total:
                return
            if not found:
                raise Dropped(f"{TITLE} gave no deal of {total:,}")
            last = _last([int(one["id"]) for one in found], int(last))

    def _archived(self, account: Account, days: Days) -> Iterator[Reply]:
        """Deals that were archived on these days: the search doesn't see them. Their list is read whole."""
        first, after = bounds(days, account)
        more: str | None = None
        while True:
            body, page = self._get(
                self._basic_api.get_page,
                limit=LISTED,
                archived=True,
                properties=self._properties,
                **({} if more is None else {"after": more}),
            )
            rows = [self._row(one, account) for one in _results(page)]
            there = [row for row in rows if _within(row["modified_at"], first, after)]
            if there:
                yield Reply(body, there)
            more = ((page.get("paging") or {}).get("next") or {}).get("after")
            if more is None:
                return

    @property
    def _properties(self) -> list[str]:
        return [*PROPERTIES, *([self._campaign] if self._campaign else [])]

    def _row(self, it: Mapping[str, Any], account: Account) -> Mapping[str, object]:
        """Properties are text, ``""`` or null where empty; a deal without currency is in the company's."""
        said = {name: None if value == "" else value for name, value in (it.get("properties") or {}).items()}
        archived = bool(it.get("archived"))
        closed = said.get("hs_is_closed") == "true" or said.get("hs_is_closed_won") == "true"
        row: dict[str, object] = {column: said.get(name) for name, column in PROPERTIES.items() if column}
        return row | {
            "deal_id": str(it["id"]),
            "created_at": said.get("createdate") or it.get("createdAt"),
            "modified_at": it.get("archivedAt") if archived else said.get("hs_lastmodifieddate"),
            "closed_on": day(said.get("closedate"), account) if closed else None,
            "is_won": said.get("hs_is_closed_won") or "false",
            "is_deleted": archived,
            "currency": said.get("deal_currency_code") or account.currency,
            "campaign_id": said.get(self._campaign) if self._campaign else None,
        }

    def total(self, account: Account, days: Days) -> Decimal | None:
        """None: a deal leaves its day with its next change, so that no sum of the past stands still."""
        return None


def _results(page: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Of an answer that has some."""
    results = page.get("results")
    if not isinstance(results, list) or not all(isinstance(one, dict) and "id" in one for one in results):
        raise Unavailable(f"{TITLE} answered with something that isn't what was asked for")
    return results


def _last(ids: Sequence[int], before: int) -> str:
    """The id behind which the next page begins; in any other order, deals would be lost in silence."""
    if [before, *ids] != sorted({before, *ids}):
        raise SourceError(
            f"{TITLE} gives deals out of the order of their ids",
            expected=f"ids that rise from {before}",
            got=f"{min(ids)} to {max(ids)}, in another order",
            next_step="report it: nothing of this window has landed",
        )
    return str(ids[-1])


def _within(text: object, first: datetime, after: datetime) -> bool:
    """Whether a moment is in a window; one that can't be read is in each, to be put aside with a reason."""
    stamp = moment(text)
    return first <= stamp < after if isinstance(stamp, datetime) else True


@contextmanager
def _answers() -> Iterator[None]:
    """Inside, what HubSpot answers instead of deals is one of our errors."""
    from hubspot.crm.deals.exceptions import ApiException

    try:
        yield
    except ApiException as error:
        raise _refusal(int(error.status or 0), error.body, error.headers or {}) from None
    except (AttributeError, TypeError, ValueError):  # of the client's models
        raise Unavailable(f"{TITLE} answered with something that isn't what was asked for") from None


def _refusal(status: int, body: Any, headers: Mapping[str, str]) -> Exception:
    """What an error means. 429 names its policy: a second's and ten seconds' calls pass, a day's don't."""
    try:
        it = json.loads(body or "{}")
    except ValueError:
        it = {}
    it = it if isinstance(it, dict) else {}
    said = str(it.get("message", "") or f"status {status}")[:300]
    policy = str(it.get("policyName", ""))
    if status == 429 and policy == "DAILY":
        what, next_step = "has no calls left today", "pull again after midnight in the account's time zone"
    elif status == 429:
        wait = str(headers.get("Retry-After", ""))
        seconds = float(wait) if wait.isdigit() else POLICIES.get(policy)
        return Throttled(f"{TITLE}: {said} ({policy or 'no policy named'})", seconds)
    elif status >= 500 or status in (0, 408, 423, 477):
        return Unavailable(f"{TITLE} failed ({status})")
    elif status == 401:
        what, next_step = "doesn't take the token", f"set {TOKEN} to a token that is still good"
    elif status == 403:
        what = "doesn't let this token read deals"
        next_step = f"give the private app the scope{_scopes(it)}"
    else:
        what, next_step = f"refuses ({status})", "look at what it says"
    return SourceError(f"{TITLE} {what}", got=said, next_step=next_step)


def _scopes(it: Mapping[str, Any]) -> str:
    wanted = [
        str(scope)
        for one in it.get("errors") or []
        for scope in (one.get("context") or {}).get("requiredGranularScopes") or []
    ]
    return f"s {', '.join(wanted)}" if wanted else " crm.objects.deals.read"


@extras_of("pulling HubSpot")
def _connect(asked: Asked) -> Connection:
    if not asked.secrets.get(TOKEN):
        raise SourceError(
            f"{TITLE} can't sign in",
            expected=f"{TOKEN}: the access token of a private app",
            got="none",
            next_step="set it in the environment",
        )
    return _HubSpot(asked)


SOURCE = Source(
    name="hubspot",
    title="HubSpot",
    lands=DEAL,
    secrets=(Secret(TOKEN, "access token of a private app with the scope crm.objects.deals.read"),),
    restates=SETTLES,
    window=90,
    extra="hubspot",
    facts=(
        "fetched by the days on which deals were modified: a deal is landed as it stands, in its stage",
        "closed_on is the close date of closed deals, in the account's time zone; an open deal's is left out",
        "archived deals stay, marked; HubSpot forgets them after 90 days, so pull more often than that",
        "amount_home is HubSpot's own conversion to the company's currency",
        "stage is the stage's id, which stays when a stage is renamed",
    ),
    connect=_connect,
    options={"campaign": "property of a deal that holds its campaign; none"},
)
