"""Meta (Facebook, Instagram): insights of an ad account by campaign and day, in its own time zone.

What its reference says and money depends on:

- Deleted and archived campaigns are left out unless the filter names them; the account's total has them.
- ``clicks`` counts likes and comments too: a click is one on a link, ``inline_link_clicks``.
- The last page is the one without a link to the next; a page may be empty and have one.
- What is too much for an answer isn't for a report, which Meta makes in its own time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mediamix.core.errors import shown
from mediamix.ingest.clients.meta import APP_SECRET, PLATFORM, TOKEN, Graph
from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.meta_actions import ACTION, AD_SET, ATTRIBUTION, Conversions, conversions_of
from mediamix.ingest.source import (
    Account,
    Asked,
    Days,
    Dropped,
    Reply,
    Secret,
    Source,
    SourceError,
    TooMuch,
    Unavailable,
)
from mediamix.ingest.wire import amount_of

_ACCOUNT = "account_id,name,currency,timezone_name"
_FIELDS = (
    "campaign_id,campaign_name,account_currency,spend,impressions,inline_link_clicks,reach,frequency,actions,"
    "action_values,attribution_setting"
)
_ALL_STATES = ["ACTIVE", "PAUSED", "IN_PROCESS", "WITH_ISSUES", "ARCHIVED", "DELETED"]
#: Seconds between looks at a report that Meta makes: half an hour in all.
_LOOKS = (1.0, 2.0, 4.0, 8.0, 15.0, *[30.0] * 59)

_Page = tuple[str, list[dict[str, Any]]]


class Meta:
    """Ad accounts, signed in.

    Args:
        graph: The API.
        accounts: Ids that were asked for.
        conversions: What counts as one.
        deleted: Whether deleted and archived campaigns are asked for.
        wait: Waits for some seconds.
    """

    def __init__(
        self,
        graph: Graph,
        accounts: Sequence[str],
        conversions: Conversions,
        deleted: bool,
        wait: Callable[[float], None],
    ) -> None:
        self._graph, self._asked, self._conversions = graph, accounts, conversions
        self._deleted, self._wait = deleted, wait

    def accounts(self) -> Sequence[Account]:
        """Of `Connection`."""
        if self._asked:
            found = [self._graph.call("GET", f"act_{one}", {"fields": _ACCOUNT})[1] for one in self._asked]
        else:
            pages = self._pages("me/adaccounts", {"fields": _ACCOUNT, "limit": 100})
            found = [entry for _, page in pages for entry in page]
        accounts = (Account(*(str(one.get(field) or "") for field in _ACCOUNT.split(","))) for one in found)
        return tuple({one.id: one for one in accounts}.values())

    def pull(self, account: Account, days: Days) -> Iterator[Reply]:
        """Of `Connection`."""
        seen: set[tuple[object, object]] = set()
        for body, page in self._insights(account, days):
            for one in page:
                _same_currency(account, one)
            keys = {(one.get("campaign_id"), one.get("date_start")) for one in page}
            if keys & seen:
                raise Dropped(f"{PLATFORM}'s pages have shifted: {len(keys & seen)} rows came on two of them")
            seen |= keys
            yield Reply(body, [self._row(one) for one in page], self._conversions.notes(page))

    def total(self, account: Account, days: Days) -> Decimal | None:
        """Of `Connection`: the insights of the account itself, which know its deleted campaigns, too."""
        params = {"level": "account", "time_range": _range(days), "fields": "spend,account_currency"}
        spent = Decimal()
        for _, page in self._pages(f"act_{account.id}/insights", params, window=True):
            for one in page:
                _same_currency(account, one)
                spent += amount_of(PLATFORM, account.id, one.get("spend"))
        return spent

    def _insights(self, account: Account, days: Days) -> Iterator[_Page]:
        path = f"act_{account.id}/insights"
        params: dict[str, object] = {
            "level": "campaign",
            "time_increment": 1,
            "time_range": _range(days),
            "fields": _FIELDS,
            "limit": 500,
        }
        if self._deleted:
            params["filtering"] = [
                {"field": "campaign.effective_status", "operator": "IN", "value": _ALL_STATES}
            ]
        if self._conversions.windows:
            params["action_attribution_windows"] = list(self._conversions.windows)
        pages = self._pages(path, params, window=True)
        first: _Page | None = None
        try:
            first = next(pages)
        except TooMuch:
            if len(days) > 1:
                raise
        if first is None:
            pages = self._pages(f"{self._report(path, params)}/insights", {"limit": 500})
        else:
            yield first
        yield from pages

    def _report(self, path: str, params: Mapping[str, object]) -> str:
        """Have a report made; its id, once it is done."""
        run = str(self._graph.call("POST", path, params)[1].get("report_run_id") or "")
        for seconds in _LOOKS if run.isdigit() else ():
            state = self._graph.call("GET", run, {"fields": "async_status,async_percent_completion"})[1]
            if state.get("async_status") == "Job Completed" and state.get("async_percent_completion") == 100:
                return run
            if state.get("async_status") in ("Job Failed", "Job Skipped"):
                break
            self._wait(seconds)
        raise Unavailable(f"{PLATFORM} didn't make the report of a day that is too much for one answer")

    def _pages(self, path: str, params: Mapping[str, object], *, window: bool = False) -> Iterator[_Page]:
        after: object = None
        while True:
            where = {} if after is None else {"after": after}
            body, answer = self._graph.call("GET", path, {**params, **where}, window=window)
            page = answer.get("data")
            if not isinstance(page, list) or not all(isinstance(one, dict) for one in page):
                raise Dropped(f"{PLATFORM}'s answer has no list of rows")
            yield body, page
            paging = answer.get("paging")
            if not isinstance(paging, dict) or "next" not in paging:
                return
            cursors = paging.get("cursors")
            before, after = after, cursors.get("after") if isinstance(cursors, dict) else None
            if after is None or after == before:
                raise Dropped(f"{PLATFORM}'s page has a next one, but no way to it")

    def _row(self, one: Mapping[str, Any]) -> dict[str, object]:
        first, last = one.get("date_start"), one.get("date_stop")
        return {
            # A row of several days has no day: whatever reads it puts it aside.
            "date": first if first == last else f"{first} to {last}",
            "campaign_id": one.get("campaign_id"),
            "campaign_name": one.get("campaign_name"),
            "impressions": one.get("impressions"),
            "clicks": one.get("inline_link_clicks"),
            "reach": one.get("reach"),
            "frequency": one.get("frequency"),
            "spend": one.get("spend"),
            "conversions": self._conversions.counted(one.get("actions")),
            "conversions_value": self._conversions.counted(one.get("action_values")),
            "attribution_window": self._conversions.window(one),
            "conversion_time_basis": self._conversions.basis,
        }


def _range(days: Days) -> dict[str, str]:
    return {"since": days.first.isoformat(), "until": days.last.isoformat()}


def _same_currency(account: Account, one: Mapping[str, Any]) -> None:
    currency = one.get("account_currency", account.currency)
    if currency != account.currency:
        raise SourceError(
            f"{PLATFORM} reports account {account.id} in two currencies",
            expected=account.currency,
            got=shown(currency),
            next_step="set `since` to the day from which the account has its currency",
        )


def connect(asked: Asked, wait: Callable[[float], None] = time.sleep) -> Meta:
    """Sign in; nothing is asked yet.

    Raises:
        SourceError: An account, an option or the token can't be one.
        ExtraError: The client isn't installed.
    """
    accounts = [one.strip().removeprefix("act_") for one in asked.accounts]
    deleted = asked.options.get("deleted", "yes").strip()
    conversions, findings = conversions_of(asked.options)
    if deleted not in ("yes", "no"):
        findings.append(f"options: deleted: {shown(deleted)} is neither yes nor no")
    findings += [
        f"accounts: {shown(one)} isn't the number of an ad account" for one in accounts if not one.isdigit()
    ]
    if findings:
        raise SourceError(
            f"{PLATFORM} can't be asked like this",
            details=findings,
            next_step="mend `sources: meta` in the spec",
        )
    return Meta(Graph(asked), tuple(dict.fromkeys(accounts)), conversions, deleted == "yes", wait)


META = Source(
    name="meta",
    title=PLATFORM,
    lands=CAMPAIGN_DAY,
    secrets=(
        Secret(TOKEN, "access token with the permission ads_read (Business settings › System users)"),
        Secret(
            APP_SECRET,
            "the app's secret, if it asks for proof of calls (App settings › Basic)",
            optional=True,
        ),
    ),
    options={
        "action": f"the one type of action that is a conversion ({ACTION})",
        "attribution": f"attribution windows, one of each kind; or {AD_SET}: each ad set's ({ATTRIBUTION})",
        "deleted": "whether deleted and archived campaigns are asked for, yes or no (yes): without them the "
        "sum is less than the account's total",
    },
    restates=28,
    history=1122,  # of 37 months, which have 1,123 days at least
    window=30,
    extra="meta",
    facts=(
        "clicks are those on links (inline_link_clicks), not all clicks",
        "conversions are of one type of action, never a sum of types that count the same",
        "what happens on Meta is dated by the impression, what happens elsewhere by the conversion, and a "
        "type that holds both is `mixed` (since 10 June 2025, whatever is asked for)",
        "deleted and archived campaigns are asked for, too, so that the sum is the account's total",
        "a day is a day in the ad account's time zone",
    ),
    connect=connect,
)
