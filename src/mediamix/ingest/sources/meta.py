"""Meta (Facebook, Instagram): insights of an ad account by campaign and day, in its own time zone.

What its reference says and money depends on:

- Deleted and archived campaigns are left out unless the filter names them; the account's total has them.
- ``clicks`` counts likes and comments too: a click is ``inline_link_click``.
- ``purchase``, ``omni_purchase`` and ``offsite_conversion.fb_pixel_purchase`` count the same purchases: one type
  is read, never a sum.
- Since 10 June 2025 ``action_report_time`` is disregarded: what happens on Meta is dated by the impression, what
  happens elsewhere by the conversion.
- The last page is the one without a link to the next; a page may be empty and have one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from mediamix.core.errors import shown
from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.graph import APP_SECRET, PLATFORM, TOKEN, Graph
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

_ACCOUNT = "account_id,name,currency,timezone_name"
_FIELDS = (
    "campaign_id,campaign_name,account_currency,spend,impressions,inline_link_clicks,reach,frequency,actions,"
    "action_values,attribution_setting"
)
_ALL_STATES = ("ACTIVE", "PAUSED", "IN_PROCESS", "WITH_ISSUES", "ARCHIVED", "DELETED")
#: Windows that still come, by what they begin with; two of a kind overlap.
_WINDOWS = {
    "1d_click": "click",
    "7d_click": "click",
    "28d_click": "click",
    "1d_ev": "engaged view",
    "1d_view": "view",
}
_AD_SET = "ad_set"
#: What happens on Meta, by how its types of actions begin.
_ON_META = ("onsite_conversion.", "link_click", "leadgen", "post_", "page_engagement", "video_view", "like")
_ELSEWHERE = ("offsite_conversion.", "app_custom_event.", "offline_conversion.")
#: Seconds between looks at a report that Meta makes: half an hour in all.
_LOOKS = (1.0, 2.0, 4.0, 8.0, 15.0, *[30.0] * 59)


class Meta:
    """Ad accounts, signed in.

    Args:
        graph: The API.
        accounts: Ids that were asked for.
        action: The type of action that counts as a conversion.
        windows: Its attribution windows; empty: those of each ad set.
        wait: Waits for some seconds.
    """

    def __init__(
        self,
        graph: Graph,
        accounts: Sequence[str],
        action: str,
        windows: Sequence[str],
        wait: Callable[[float], None],
    ) -> None:
        self._graph, self._asked = graph, accounts
        self._action, self._windows, self._wait = action, windows, wait

    def accounts(self) -> Sequence[Account]:
        """Of `Connection`."""
        if self._asked:
            found = [self._graph.call("GET", f"act_{one}", {"fields": _ACCOUNT})[1] for one in self._asked]
        else:
            pages = self._pages("me/adaccounts", {"fields": _ACCOUNT, "limit": 100}, window=False)
            found = [entry for _, page in pages for entry in page]
        accounts = [
            Account(
                str(one.get("account_id") or ""),
                str(one.get("name") or ""),
                str(one.get("currency") or ""),
                str(one.get("timezone_name") or ""),
            )
            for one in found
        ]
        return tuple({one.id: one for one in accounts}.values())

    def pull(self, account: Account, days: Days) -> Iterator[Reply]:
        """Of `Connection`."""
        seen: set[tuple[object, object]] = set()
        for body, page in self._insights(account, days):
            for one in page:
                self._check(account, one)
                key = (one.get("campaign_id"), one.get("date_start"))
                if key in seen:
                    raise Dropped(f"{PLATFORM}'s pages have shifted: campaign {key[0]} came twice on {key[1]}")
                seen.add(key)
            yield Reply(body, [self._row(one) for one in page], self._notes(page))

    def total(self, account: Account, days: Days) -> Decimal | None:
        """Of `Connection`: the insights of the account itself, which know its deleted campaigns, too."""
        params = {"level": "account", "time_range": _range(days), "fields": "spend,account_currency"}
        sums = [
            self._spent(account, one)
            for _, page in self._pages(f"act_{account.id}/insights", params, window=True)
            for one in page
        ]
        return sum(sums, Decimal())

    def _insights(self, account: Account, days: Days) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        params: dict[str, object] = {
            "level": "campaign",
            "time_increment": 1,
            "time_range": _range(days),
            "fields": _FIELDS,
            "filtering": [{"field": "campaign.effective_status", "operator": "IN", "value": _ALL_STATES}],
            "limit": 500,
        }
        if self._windows:
            params["action_attribution_windows"] = list(self._windows)
        path = f"act_{account.id}/insights"
        try:
            first = self._pages(path, params, window=True)
            yield from first
        except TooMuch:
            if len(days) > 1:
                raise
        else:
            return
        # A day that is too much for an answer isn't for a report.
        yield from self._pages(f"{self._report(path, params)}/insights", {"limit": 500}, window=False)

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

    def _pages(
        self, path: str, params: Mapping[str, object], *, window: bool
    ) -> Iterator[tuple[str, list[dict[str, Any]]]]:
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

    def _check(self, account: Account, one: Mapping[str, Any]) -> None:
        currency = one.get("account_currency", account.currency)
        if currency != account.currency:
            raise SourceError(
                f"{PLATFORM} account {account.id} has changed its currency",
                expected=account.currency,
                got=shown(currency),
                next_step="name the account anew in the spec, with `since` after the change",
            )

    def _spent(self, account: Account, one: Mapping[str, Any]) -> Decimal:
        self._check(account, one)
        try:
            spent = Decimal(str(one.get("spend")))
        except InvalidOperation:
            spent = Decimal("nan")
        if not spent.is_finite():
            raise SourceError(
                f"{PLATFORM}'s total of account {account.id} isn't a number",
                expected="an amount of money",
                got=shown(one.get("spend")),
                next_step="try again; if it stays, the platform has changed what it says",
            )
        return spent

    def _row(self, one: Mapping[str, Any]) -> dict[str, object]:
        first, last = one.get("date_start"), one.get("date_stop")
        return {
            # A row of several days has no day: what reads it puts it aside.
            "date": first if first == last else f"{first} to {last}",
            "campaign_id": one.get("campaign_id"),
            "campaign_name": one.get("campaign_name"),
            "impressions": one.get("impressions"),
            "clicks": one.get("inline_link_clicks"),
            "reach": one.get("reach"),
            "frequency": one.get("frequency"),
            "spend": one.get("spend"),
            "conversions": self._counted(one.get("actions")),
            "conversions_value": self._counted(one.get("action_values")),
            "attribution_window": ",".join(self._windows) or one.get("attribution_setting"),
            "conversion_time_basis": _basis(self._action),
        }

    def _counted(self, entries: object) -> object:
        """The one type's number; Meta leaves out what is zero. What isn't a number stays as it came."""
        if not isinstance(entries, list):
            return Decimal() if entries is None else shown(entries)
        numbers = [
            one[window]
            for one in entries
            if isinstance(one, dict) and one.get("action_type") == self._action
            for window in self._windows or ("value",)
            if window in one
        ]
        total = Decimal()
        for number in numbers:
            try:
                total += Decimal(str(number))
            except InvalidOperation:
                return str(number)
        return total

    def _notes(self, page: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        types = {
            one.get("action_type")
            for row in page
            for one in (row.get("actions") if isinstance(row.get("actions"), list) else ())
            if isinstance(one, dict)
        }
        if not types or self._action in types:
            return ()
        return (f"no action is of the type '{self._action}' (option `action`), so conversions are zero",)


def _range(days: Days) -> dict[str, str]:
    return {"since": days.first.isoformat(), "until": days.last.isoformat()}


def _basis(action: str) -> str:
    """By what Meta dates a type of action; ``mixed`` where it is both, as ``omni_purchase`` is."""
    if action.startswith(_ELSEWHERE):
        return "conversion"
    return "impression" if action.startswith(_ON_META) else "mixed"


def connect(asked: Asked, wait: Callable[[float], None] = time.sleep) -> Meta:
    """Sign in; nothing is asked yet.

    Raises:
        SourceError: An account, an option or the token can't be one.
        ExtraError: The client isn't installed.
    """
    accounts = [one.strip().removeprefix("act_") for one in asked.accounts]
    action = asked.options.get("action", "omni_purchase").strip()
    attribution = asked.options.get("attribution", "7d_click,1d_view").strip()
    windows = [] if attribution == _AD_SET else [one.strip() for one in attribution.split(",")]
    findings = [f"accounts: {shown(one)} isn't the number of an ad account" for one in accounts if not one.isdigit()]
    if not re.fullmatch(r"[a-z0-9_]+(\.[A-Za-z0-9_]+)*", action):
        findings.append(
            f"options: action: {shown(action)} isn't one type of action, as omni_purchase or "
            "offsite_conversion.fb_pixel_lead; of several that count the same the sum would be wrong"
        )
    kinds = [_WINDOWS.get(one) for one in windows]
    if None in kinds or len(set(kinds)) < len(kinds):
        findings.append(
            f"options: attribution: {shown(attribution)} is neither '{_AD_SET}' nor one or more of "
            f"{', '.join(_WINDOWS)}, at most one of each kind, since a longer window holds the shorter"
        )
    if findings:
        raise SourceError(
            f"{PLATFORM} can't be asked like this", details=findings, next_step="mend `sources: meta` in the spec"
        )
    return Meta(Graph(asked), tuple(dict.fromkeys(accounts)), action, windows, wait)


META = Source(
    name="meta",
    title=PLATFORM,
    lands=CAMPAIGN_DAY,
    secrets=(
        Secret(TOKEN, "access token with the permission ads_read (Business settings › System users)"),
        Secret(APP_SECRET, "the app's secret, where it asks for proof of calls (App settings › Basic)", optional=True),
    ),
    options={
        "action": "the one type of action that is a conversion (omni_purchase)",
        "attribution": f"attribution windows, one of each kind; {_AD_SET}: as each ad set has it (7d_click,1d_view)",
    },
    restates=28,
    history=37 * 30,
    window=30,
    extra="meta",
    facts=(
        "clicks are clicks on links (inline_link_clicks), not all clicks",
        "conversions are of one type of action, never a sum of types that count the same",
        "what happens on Meta is dated by the impression, what happens elsewhere by the conversion, and a type that "
        "holds both is mixed, whatever is asked for (since 10 June 2025)",
        "campaigns that were deleted or archived are asked for, too, so that the sum is the account's total",
        "a day is a day in the ad account's time zone",
    ),
    connect=connect,
)
