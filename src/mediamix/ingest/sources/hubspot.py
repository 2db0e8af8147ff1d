"""HubSpot, by its CRM API: deals as they stand, archived ones too.

The search stops at 10,000 results and sorts by one property, and an offset into it skips a deal whenever
another one leaves the window. So each page asks for ids above the last one seen, within the days on which
the deals were modified: ids are unique, thousands of deals of one millisecond (a bulk edit) included.
`mediamix.ingest.clients.hubspot` calls the client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from mediamix.core.extras import extras_of
from mediamix.ingest.clients.hubspot import TITLE, TOKEN, Client
from mediamix.ingest.contracts import DEAL
from mediamix.ingest.crm import SETTLES, bounds, day, moment
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
)

_LIMIT = 200  # results a page, at most

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


class HubSpot:
    """An account: the token is of one.

    Args:
        asked: Accounts, options, secrets, address.
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._client = Client(asked)
        self._campaign = asked.options.get("campaign", "")
        self._properties = [*PROPERTIES, *([self._campaign] if self._campaign else [])]

    def accounts(self) -> Sequence[Account]:
        it = self._client.details()
        number, wanted = str(it.get("portalId", "")), self._asked.accounts
        if any(one != number for one in wanted):
            raise SourceError(
                f"{TITLE}: this token is of another account",
                expected=", ".join(wanted),
                got=number,
                next_step="mend `sources: hubspot: accounts`, or take a token of that account",
            )
        name = str(it.get("portalName") or f"account {number}")
        return [Account(number, name, str(it.get("companyCurrency") or ""), str(it.get("timeZone") or ""))]

    def pull(self, account: Account, days: Days) -> Iterator[Reply]:
        """Pages of the deals that were modified on these days, then of those that were archived on them."""
        yield from self._modified(account, days)
        yield from self._archived(account, days)

    def _modified(self, account: Account, days: Days) -> Iterator[Reply]:
        first, after = (str(int(edge.timestamp() * 1000)) for edge in bounds(days, account))
        last = 0
        while True:
            asks = [
                ("hs_lastmodifieddate", "GTE", first),
                ("hs_lastmodifieddate", "LT", after),
                ("hs_object_id", "GT", str(last)),
            ]
            filters = [{"propertyName": name, "operator": how, "value": what} for name, how, what in asks]
            body, page = self._client.search(
                {
                    "filterGroups": [{"filters": filters}],
                    "sorts": ["hs_object_id"],
                    "properties": self._properties,
                    "limit": _LIMIT,
                }
            )
            found, whole = page["results"], int(page.get("total", 0))
            yield Reply(body, [self._row(one, account) for one in found])
            if len(found) >= whole:
                return
            if not found:
                raise Dropped(f"{TITLE} gave no deal of {whole:,}")
            last = _last([int(one["id"]) for one in found], last)

    def _archived(self, account: Account, days: Days) -> Iterator[Reply]:
        """The search doesn't see archived deals. Their list is read whole."""
        first, after = bounds(days, account)
        more: str | None = None
        while True:
            body, page = self._client.archived(self._properties, more)
            rows = [self._row(one, account) for one in page["results"]]
            there = [row for row in rows if _within(row["modified_at"], first, after)]
            if there:
                yield Reply(body, there)
            more = ((page.get("paging") or {}).get("next") or {}).get("after")
            if more is None:
                return

    def _row(self, it: Mapping[str, Any], account: Account) -> Mapping[str, object]:
        """Properties are text, ``""`` or null where empty; a deal without currency is in the company's."""
        said = {name: None if value == "" else value for name, value in (it.get("properties") or {}).items()}
        archived = bool(it.get("archived"))
        closed = "true" in (said.get("hs_is_closed"), said.get("hs_is_closed_won"))
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


def _last(ids: Sequence[int], before: int) -> int:
    """The id behind which the next page begins; in any other order, deals would be lost in silence."""
    if [before, *ids] != sorted({before, *ids}):
        raise SourceError(
            f"{TITLE} gives deals out of the order of their ids",
            expected=f"ids that rise from {before}",
            got=f"{min(ids)} to {max(ids)}, in another order",
            next_step="report it: nothing of these days has landed",
        )
    return ids[-1]


def _within(text: object, first: datetime, after: datetime) -> bool:
    """Whether a moment is in a window; one that can't be read is in each, to be put aside with a reason."""
    stamp = moment(text)
    return first <= stamp < after if isinstance(stamp, datetime) else True


@extras_of("HubSpot")
def connect(asked: Asked) -> Connection:
    """Get ready; HubSpot is asked when accounts are.

    Raises:
        SourceError: There is no token.
        ExtraError: The official client isn't installed.
    """
    return HubSpot(asked)


HUBSPOT = Source(
    name="hubspot",
    title=TITLE,
    lands=DEAL,
    secrets=(Secret(TOKEN, "of a private app with the scope crm.objects.deals.read"),),
    options={"campaign": "property of a deal that names its campaign; absent: none"},
    restates=SETTLES,
    window=90,
    extra="hubspot",
    facts=(
        "Asked by the days on which deals were modified: a deal lands as it stands, in its stage.",
        "closed_on is the close date of closed deals, in the account's time zone; open deals have none.",
        "Archived deals stay, marked. HubSpot forgets them after 90 days: pull more often than that.",
        "amount_home is HubSpot's own conversion into the company's currency.",
        "stage is the id of a stage, which stays when the stage is renamed.",
    ),
    connect=connect,
)
