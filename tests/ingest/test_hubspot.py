"""HubSpot: what its answers mean, deals that move, tie, vanish, and what the official client meets."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from connectors import holds, said_by
from recorded import Recorded, rows_of

from mediamix.core.errors import DataError
from mediamix.ingest.accounts import checked
from mediamix.ingest.contracts import DEAL
from mediamix.ingest.source import (
    Asked,
    Connection,
    Days,
    Dropped,
    SourceError,
    Throttled,
    Unavailable,
)
from mediamix.ingest.sources.hubspot import HUBSPOT
from mediamix.ingest.sources.hubspot import connect as opened
from mediamix.testing.platforms.base import Answer, World
from mediamix.testing.platforms.deals import Deal
from mediamix.testing.platforms.hubspot import HubSpotServer

WEEK = Days(date(2026, 3, 2), date(2026, 3, 8))
TOKEN = {"HUBSPOT_ACCESS_TOKEN": "pat-eu1-a-secret"}

DETAILS = {
    "portalId": 123456,
    "accountType": "STANDARD",
    "timeZone": "US/Eastern",
    "companyCurrency": "USD",
    "additionalCurrencies": ["EUR"],
    "utcOffset": "-05:00",
    "utcOffsetMilliseconds": -18000000,
    "uiDomain": "app.hubspot.com",
}
FOUND = {
    "total": 2,
    "results": [
        {
            "id": "9001",
            "properties": {
                "amount": "1234.50",
                "amount_in_home_currency": "1340.05",
                "closedate": "2026-03-03T03:30:00Z",
                "createdate": "2026-01-09T15:04:05.678Z",
                "deal_currency_code": "EUR",
                "dealname": "Nordwind, 40 seats",
                "dealstage": "closedwon",
                "hs_analytics_source": "PAID_SEARCH",
                "hs_campaign": "spring_sale",
                "hs_is_closed": "true",
                "hs_is_closed_won": "true",
                "hs_lastmodifieddate": "2026-03-03T03:31:00.001Z",
                "hs_object_id": "9001",
            },
            "createdAt": "2026-01-09T15:04:05.678Z",
            "updatedAt": "2026-03-03T03:31:00.001Z",
            "archived": False,
        },
        {
            "id": "9002",
            "properties": {
                "amount": "",
                "amount_in_home_currency": None,
                "closedate": "2026-06-30T12:00:00Z",
                "createdate": "2026-03-04T09:00:00Z",
                "deal_currency_code": None,
                "dealname": "",
                "dealstage": "qualifiedtobuy",
                "hs_analytics_source": None,
                "hs_campaign": "",
                "hs_is_closed": "false",
                "hs_is_closed_won": "",
                "hs_lastmodifieddate": "2026-03-04T09:00:01Z",
                "hs_object_id": "9002",
            },
            "createdAt": "2026-03-04T09:00:00Z",
            "updatedAt": "2026-03-04T09:00:01Z",
            "archived": False,
        },
    ],
}
ARCHIVED = {
    "results": [
        {
            "id": "8001",
            "properties": {
                "amount": "10",
                "createdate": "2025-12-01T00:00:00Z",
                "dealname": "a double",
                "dealstage": "closedwon",
                "hs_is_closed": "true",
                "hs_is_closed_won": "true",
                "hs_lastmodifieddate": "2025-12-02T00:00:00Z",
            },
            "createdAt": "2025-12-01T00:00:00Z",
            "updatedAt": "2025-12-02T00:00:00Z",
            "archived": True,
            "archivedAt": "2026-03-05T10:00:00Z",
        },
        {
            "id": "8002",
            "properties": {"amount": "10", "createdate": "2025-12-01T00:00:00Z"},
            "createdAt": "2025-12-01T00:00:00Z",
            "updatedAt": "2025-12-02T00:00:00Z",
            "archived": True,
            "archivedAt": "2026-03-20T10:00:00Z",
        },
    ]
}


@pytest.fixture
def server() -> Iterator[HubSpotServer]:
    with HubSpotServer(World(WEEK.first, WEEK.last), page=2) as server:
        yield server


def connect(
    server: Any,
    secrets: Any = None,
    accounts: tuple[str, ...] = (),
    timeout_s: float = 30,
    **options: str,
) -> Connection:
    given = server.secrets if secrets is None else secrets
    return opened(Asked(accounts, options, given, server.endpoint, timeout_s))


def deal(number: int, modified: datetime, amount: str = "10.01") -> Deal:
    return Deal(number, "more", modified, modified, modified.date(), "won", Decimal(amount))


def recorded() -> Recorded:
    answers = {"deals/search": Answer(FOUND), "archived": Answer(ARCHIVED), "account-info": Answer(DETAILS)}
    return Recorded(answers)


def test_recorded_answers_become_their_rows() -> None:
    with recorded() as server:
        connection = connect(server, TOKEN, campaign="hs_campaign")
        (account,) = connection.accounts()
        found, archived = connection.pull(account, WEEK)
    assert (account.id, account.currency, account.time_zone) == ("123456", "USD", "US/Eastern")
    assert (json.loads(found.body), json.loads(archived.body)) == (FOUND, ARCHIVED)
    assert [*found.rows, *archived.rows] == [
        {
            "deal_id": "9001",
            "name": "Nordwind, 40 seats",
            "created_at": "2026-01-09T15:04:05.678Z",
            "closed_on": date(2026, 3, 2),  # half past ten in the evening, in New York
            "modified_at": "2026-03-03T03:31:00.001Z",
            "stage": "closedwon",
            "is_won": "true",
            "is_deleted": False,
            "amount": "1234.50",
            "currency": "EUR",
            "amount_home": "1340.05",
            "lead_source": "PAID_SEARCH",
            "campaign_id": "spring_sale",
        },
        {
            "deal_id": "9002",
            "name": None,
            "created_at": "2026-03-04T09:00:00Z",
            "closed_on": None,  # only expected
            "modified_at": "2026-03-04T09:00:01Z",
            "stage": "qualifiedtobuy",
            "is_won": "false",
            "is_deleted": False,
            "amount": None,
            "currency": "USD",
            "amount_home": None,
            "lead_source": None,
            "campaign_id": None,
        },
        {
            "deal_id": "8001",
            "name": "a double",
            "created_at": "2025-12-01T00:00:00Z",
            "closed_on": None,
            "modified_at": "2026-03-05T10:00:00Z",
            "stage": "closedwon",
            "is_won": "true",
            "is_deleted": True,
            "amount": "10",
            "currency": "USD",
            "amount_home": None,
            "lead_source": None,
            "campaign_id": None,
        },
    ]
    assert set(found.rows[0]) <= {one.name for one in DEAL.columns}


def test_what_is_asked_for_are_the_days_of_the_account_by_rising_ids() -> None:
    with recorded() as server:
        rows_of(connect(server, TOKEN), WEEK)
        asked = next(one.json for one in server.requests if "search" in one.path)
    midnight = datetime.fromisoformat("2026-03-02T00:00:00-05:00")
    after = datetime.fromisoformat("2026-03-09T00:00:00-04:00")  # clocks changed on the 8th
    assert [tuple(one.values()) for one in asked["filterGroups"][0]["filters"]] == [  # type: ignore[index]
        ("hs_lastmodifieddate", "GTE", str(round(midnight.timestamp() * 1000))),
        ("hs_lastmodifieddate", "LT", str(round(after.timestamp() * 1000))),
        ("hs_object_id", "GT", "0"),
    ]
    assert asked["sorts"] == ["hs_object_id"]
    assert "after" not in asked


def test_deals_of_one_millisecond_are_cut_by_pages_and_none_is_lost(server: HubSpotServer) -> None:
    """Each day's deals of the world share their moment; a page holds two of the three."""
    rows = rows_of(connect(server), WEEK)
    truth = server.deals.all()
    assert [row["deal_id"] for row in rows] == [str(one.number) for one in truth]
    assert sum(Decimal(str(row["amount"])) for row in rows) == server.truth("", WEEK.first, WEEK.last)


def test_more_deals_than_the_search_shows_of_one_moment() -> None:
    """A bulk edit of 90 deals, where the platform answers 400 behind 20 results (really: behind 10,000)."""
    with HubSpotServer(World(WEEK.first, WEEK.first, campaigns=0), page=7, most=20) as server:
        noon = server.deals.noon(WEEK.first)
        for number in range(90):
            server.deals.add(deal(50_000_000_000 + number, noon, f"{number}.01"))
        rows = rows_of(connect(server), WEEK)
        assert len({row["deal_id"] for row in rows}) == len(rows) == 90
        assert sum(Decimal(str(row["amount"])) for row in rows) == server.truth("", WEEK.first, WEEK.last)
        everything = {"filterGroups": [{"filters": []}], "properties": [], "after": "20"}
        assert server._search(everything).status == 400


def test_a_deal_that_is_changed_while_pages_are_read_takes_no_other_with_it(server: HubSpotServer) -> None:
    connection = connect(server)
    replies = connection.pull(connection.accounts()[0], WEEK)
    seen = list(next(replies).rows)
    gone = int(str(seen[0]["deal_id"]))
    server.deals.change(gone, server.deals.noon(WEEK.last + timedelta(days=3)), stage="lost")
    seen += [row for reply in replies for row in reply.rows]
    assert {row["deal_id"] for row in seen} == {str(one.number) for one in server.deals.all()}


def test_a_stage_that_moves_back_is_the_deal_as_it_stands_on_the_day_of_the_change(
    server: HubSpotServer,
) -> None:
    connection = connect(server)
    number = int(str(rows_of(connection, WEEK)[0]["deal_id"]))
    later = WEEK.last + timedelta(days=9)
    server.deals.change(number, server.deals.noon(later), stage="presentationscheduled")
    assert str(number) not in [row["deal_id"] for row in rows_of(connection, WEEK)]
    (row,) = rows_of(connection, Days(later, later))
    assert (row["deal_id"], row["stage"], row["is_won"], row["closed_on"]) == (
        str(number),
        "presentationscheduled",
        "false",
        None,
    )


def test_an_archived_deal_is_said_on_the_day_of_its_archiving(server: HubSpotServer) -> None:
    connection = connect(server)
    number = int(str(rows_of(connection, WEEK)[0]["deal_id"]))
    later = WEEK.last + timedelta(days=9)
    server.deals.change(number, server.deals.noon(later), deleted=True)
    (row,) = rows_of(connection, Days(later, later))
    assert (row["deal_id"], row["is_deleted"]) == (str(number), True)
    assert rows_of(connection, Days(later + timedelta(days=1), later + timedelta(days=5))) == []


def test_every_archived_page_is_read(server: HubSpotServer) -> None:
    numbers = [one.number for one in server.deals.all()]
    for number in numbers:
        server.deals.change(number, server.deals.noon(WEEK.last), deleted=True)
    rows = rows_of(connect(server), Days(WEEK.last, WEEK.last))
    assert [row["deal_id"] for row in rows] == [str(number) for number in numbers]


def test_ids_out_of_order_are_refused_rather_than_lost() -> None:
    with recorded() as server:
        server.by_path["deals/search"] = Answer({**FOUND, "total": 3, "results": FOUND["results"][::-1]})  # type: ignore[index]
        with pytest.raises(SourceError, match="out of the order"):
            rows_of(connect(server, TOKEN), WEEK)


def test_fields_never_seen_before_and_other_types_arrive_as_they_are(server: HubSpotServer) -> None:
    server.drifted = {"hs_new_property": {"nested": [1]}, "amount": 12.3}
    rows = rows_of(connect(server), WEEK)
    assert {row["amount"] for row in rows} == {Decimal("12.3")}


@pytest.mark.parametrize(
    ("fault", "error"),
    [("throttle", Throttled), ("error", Unavailable), ("timeout", Unavailable), ("drop", Dropped)],
)
def test_what_goes_wrong_on_the_way_has_a_name(
    server: HubSpotServer, fault: Any, error: type[Exception]
) -> None:
    connection = connect(server)
    (account,) = connection.accounts()
    server.faults.next(fault)
    hasty = connect(server, timeout_s=0.3) if fault == "timeout" else connection
    with pytest.raises(error, match="HubSpot"):
        list(hasty.pull(account, WEEK))
    assert list(connection.pull(account, WEEK))


def test_a_server_that_isnt_there(server: HubSpotServer) -> None:
    with pytest.raises(Unavailable, match="can't be reached"):
        opened(Asked((), {}, TOKEN, "http://127.0.0.1:9")).accounts()


@pytest.mark.parametrize(
    ("said", "headers", "seconds"),
    [
        ({"policyName": "SECONDLY"}, {}, 1),
        ({"policyName": "TEN_SECONDLY_ROLLING"}, {}, 10),
        ({"policyName": "SECONDLY"}, {"Retry-After": "7"}, 7),
        ({}, {}, None),
    ],
)
def test_the_policy_says_how_long_to_wait(
    said: dict[str, str], headers: dict[str, str], seconds: float | None
) -> None:
    with Recorded({"account-info": Answer({"message": "limit", **said}, 429, headers)}) as server:
        connection = connect(server, TOKEN)
        with pytest.raises(Throttled, match="limit") as caught:
            connection.accounts()
    assert caught.value.seconds == seconds


@pytest.mark.parametrize(
    ("status", "said", "message"),
    [
        (
            429,
            {"policyName": "DAILY", "message": "You have reached your daily limit."},
            "no calls left today",
        ),
        (401, {"category": "EXPIRED_AUTHENTICATION", "message": "expired"}, "doesn't take the token"),
        (403, {"category": "MISSING_SCOPES", "message": "scopes"}, "scope crm.objects.deals.read"),
        (404, {"message": "no such thing"}, "no such thing"),
    ],
)
def test_refusals_say_what_to_do(status: int, said: dict[str, str], message: str) -> None:
    with Recorded({"account-info": Answer(said, status)}) as server:
        connection = connect(server, TOKEN)
        with pytest.raises(SourceError, match=message):
            connection.accounts()


def test_a_missing_scope_is_named(server: HubSpotServer) -> None:
    server.scopes_missing = True
    with pytest.raises(SourceError, match=r"the scopes crm\.objects\.deals\.read"):
        rows_of(connect(server), WEEK)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"results": 3}', b'{"results": [{}]}', b"{}", b""])
def test_an_answer_that_isnt_deals_is_asked_for_again(body: bytes) -> None:
    with recorded() as server:
        server.by_path["deals/search"] = Answer(body)
        with pytest.raises(Unavailable, match="isn't what was asked for"):
            rows_of(connect(server, TOKEN), WEEK)


@pytest.mark.parametrize("missing", ["companyCurrency", "timeZone"])
def test_an_account_needs_currency_and_time_zone(missing: str) -> None:
    with Recorded({"account-info": Answer(DETAILS | {missing: None})}) as server:
        accounts = connect(server, TOKEN).accounts()
    with pytest.raises(DataError, match="123456"):
        checked(HUBSPOT, accounts)


def test_a_token_of_another_account(server: HubSpotServer) -> None:
    with pytest.raises(SourceError, match="of another account"):
        connect(server, accounts=("77",)).accounts()
    with pytest.raises(SourceError, match="HUBSPOT_ACCESS_TOKEN isn't set"):
        opened(Asked())


def test_the_clients_own_logging_changes_nobody_elses(server: HubSpotServer) -> None:
    before = logging.getLogger("urllib3").level
    rows_of(connect(server), WEEK)
    assert logging.getLogger("urllib3").level == before


def test_the_token_is_in_no_reply_message_or_repr(
    server: HubSpotServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    connection = connect(server)
    (account,) = connection.accounts()
    bodies = "".join(reply.body for reply in connection.pull(account, WEEK))
    server.faults.from_now_on("expire")
    with pytest.raises(SourceError, match="doesn't take the token") as caught:
        list(connection.pull(account, WEEK))
    said = "".join((bodies, said_by(caught.value), repr(vars(connection)), caplog.text))
    assert server.token in server.requests[-1].headers["authorization"]
    assert not holds(said, [server.token])
