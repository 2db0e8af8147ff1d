"""Salesforce: what its answers mean, deals that move and vanish, and what the official client meets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
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
    TooMuch,
    Unavailable,
)
from mediamix.ingest.sources.salesforce import SALESFORCE
from mediamix.ingest.sources.salesforce import connect as opened
from mediamix.testing.platforms.base import Answer, World
from mediamix.testing.platforms.deals import Deal
from mediamix.testing.platforms.salesforce import SalesforceServer

WEEK = Days(date(2026, 3, 2), date(2026, 3, 8))
TOKEN = {"SALESFORCE_INSTANCE_URL": "https://x.my.salesforce.com", "SALESFORCE_ACCESS_TOKEN": "00Dx!secret"}

FIELDS = [
    "Id",
    "Name",
    "Amount",
    "CloseDate",
    "StageName",
    "IsWon",
    "IsClosed",
    "IsDeleted",
    "CampaignId",
    "LeadSource",
    "CreatedDate",
    "SystemModstamp",
    "CurrencyIsoCode",
]
ORGANISATION = {
    "totalSize": 1,
    "done": True,
    "records": [
        {
            "attributes": {"type": "Organization", "url": "/services/data/v62.0/sobjects/Organization/00D"},
            "Id": "00Dxx0000001gEREAY",
            "Name": "Nordwind",
            "TimeZoneSidKey": "Europe/Berlin",
        }
    ],
}
# Text, so that the amounts stay as they are written.
DEALS = """{
  "totalSize" : 2, "done" : true,
  "records" : [ {
    "attributes" : { "type" : "Opportunity", "url" : "/services/data/v62.0/sobjects/Opportunity/006A" },
    "Id" : "006A000000AbCdEIAV", "CreatedDate" : "2026-01-09T15:04:05.000+0000",
    "SystemModstamp" : "2026-03-03T09:00:00.000+0000", "CloseDate" : "2026-03-03", "StageName" : "Closed Won",
    "IsWon" : true, "IsClosed" : true, "IsDeleted" : false, "Amount" : 900719925474.10,
    "Name" : "Nordwind, 40 seats", "CurrencyIsoCode" : "EUR", "LeadSource" : "Web",
    "CampaignId" : "701A000000AbCdEIAV"
  }, {
    "attributes" : { "type" : "Opportunity", "url" : "/services/data/v62.0/sobjects/Opportunity/006B" },
    "Id" : "006B000000AbCdEIAV", "CreatedDate" : "2026-03-01T10:00:00.000+0000",
    "SystemModstamp" : "2026-03-04T09:00:00.000+0000", "CloseDate" : "2026-09-30",
    "StageName" : "Prospecting", "IsWon" : false, "IsClosed" : false, "IsDeleted" : true, "Amount" : null,
    "Name" : "later", "CurrencyIsoCode" : "USD", "LeadSource" : null, "CampaignId" : null
  } ]
}"""


@pytest.fixture
def server() -> Iterator[SalesforceServer]:
    with SalesforceServer(World(WEEK.first, WEEK.last), page=4) as server:
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


def recorded(**more: Answer) -> Recorded:
    describe = {"fields": [{"name": name} for name in FIELDS]}
    corporate = {"totalSize": 1, "done": True, "records": [{"IsoCode": "EUR"}]}
    return Recorded(
        {
            "describe": Answer(describe),
            "Organization": Answer(ORGANISATION),
            "CurrencyType": Answer(corporate),
            "queryAll": Answer(DEALS.encode()),
            **more,
        }
    )


def test_recorded_answers_become_their_rows() -> None:
    with recorded() as server:
        connection = connect(server, TOKEN)
        (account,) = connection.accounts()
        (reply,) = connection.pull(account, WEEK)
    assert (account.id, account.name) == ("00Dxx0000001gEREAY", "Nordwind")
    assert (account.currency, account.time_zone) == ("EUR", "Europe/Berlin")
    assert reply.body == DEALS
    assert reply.notes == ()
    assert reply.rows == [
        {
            "deal_id": "006A000000AbCdEIAV",
            "name": "Nordwind, 40 seats",
            "created_at": "2026-01-09T15:04:05.000+0000",
            "closed_on": date(2026, 3, 3),
            "modified_at": "2026-03-03T09:00:00.000+0000",
            "stage": "Closed Won",
            "is_won": True,
            "is_deleted": False,
            "amount": Decimal("900719925474.10"),
            "currency": "EUR",
            "amount_home": Decimal("900719925474.10"),
            "lead_source": "Web",
            "campaign_id": "701A000000AbCdEIAV",
        },
        {
            "deal_id": "006B000000AbCdEIAV",
            "name": "later",
            "created_at": "2026-03-01T10:00:00.000+0000",
            "closed_on": None,  # only expected
            "modified_at": "2026-03-04T09:00:00.000+0000",
            "stage": "Prospecting",
            "is_won": False,
            "is_deleted": True,
            "amount": None,
            "currency": "USD",
            "amount_home": None,
            "lead_source": None,
            "campaign_id": None,
        },
    ]
    assert set(reply.rows[0]) <= {one.name for one in DEAL.columns}


def test_the_days_are_those_of_the_organisation() -> None:
    with recorded() as server:
        rows_of(connect(server, TOKEN), Days(date(2026, 3, 28), date(2026, 3, 29)))
        (soql,) = server.requests[-1].query["q"]
    # Clocks change in the night to the 29th.
    assert "SystemModstamp >= 2026-03-27T23:00:00Z AND SystemModstamp < 2026-03-29T22:00:00Z" in soql
    assert "CurrencyIsoCode" in soql


def test_batches_of_deals_of_one_moment_hold_each_once(server: SalesforceServer) -> None:
    rows = rows_of(connect(server), WEEK)
    assert sorted(str(row["deal_id"]) for row in rows) == [
        f"006{one.number:015d}" for one in server.deals.all()
    ]
    assert sum(Decimal(str(row["amount"])) for row in rows) == server.truth("", WEEK.first, WEEK.last)
    assert any("/query/01g" in one.path for one in server.requests)


def test_one_currency_is_named_by_soap_and_has_no_field(server: SalesforceServer) -> None:
    connection = connect(server)
    assert connection.accounts()[0].currency == "EUR"
    assert {row["currency"] for row in rows_of(connection, WEEK)} == {"EUR"}
    assert not any("CurrencyIsoCode" in str(one.query) for one in server.requests)


def test_several_currencies_stay_what_they_are() -> None:
    with SalesforceServer(World(WEEK.first, WEEK.first), currencies=("GBP", "USD")) as server:
        noon = server.deals.noon(WEEK.first)
        server.deals.add(Deal(7, "abroad", noon, noon, WEEK.first, "won", Decimal("10.01"), "USD"))
        connection = connect(server)
        assert connection.accounts()[0].currency == "GBP"
        rows = rows_of(connection, WEEK)
    assert {row["currency"]: row["amount_home"] is None for row in rows} == {"GBP": False, "USD": True}


@pytest.mark.parametrize("secrets", ["secrets", "user_secrets"])
def test_each_way_in_signs_in_again_when_a_session_has_expired(
    server: SalesforceServer, secrets: str
) -> None:
    connection = connect(server, getattr(server, secrets))
    (account,) = connection.accounts()
    server.faults.next("expire")
    assert list(connection.pull(account, WEEK))
    assert server.logins == 2


def test_a_token_of_ones_own_that_has_expired_is_said(server: SalesforceServer) -> None:
    own = {
        "SALESFORCE_INSTANCE_URL": "https://x.my.salesforce.com",
        "SALESFORCE_ACCESS_TOKEN": server.sign_in(),
    }
    connection = connect(server, own)
    assert rows_of(connection, WEEK)
    server.faults.next("expire")
    with pytest.raises(SourceError, match="the token has expired"):
        rows_of(connection, WEEK)


@pytest.mark.parametrize("change", ["SALESFORCE_CONSUMER_SECRET", "SALESFORCE_PASSWORD"])
def test_wrong_credentials_are_refused_without_being_said(server: SalesforceServer, change: str) -> None:
    way = server.secrets if change in server.secrets else server.user_secrets
    with pytest.raises(SourceError, match="doesn't let us in") as caught:
        connect(server, {**way, change: "wr0ng-secret"}).accounts()
    assert "wr0ng" not in caught.value.message


def test_half_a_way_in_is_none() -> None:
    with pytest.raises(SourceError, match="SALESFORCE_CONSUMER_KEY") as caught:
        opened(Asked(secrets={"SALESFORCE_PASSWORD": "hush", "SALESFORCE_USERNAME": "me"}))
    assert "hush" not in caught.value.message


def test_a_stage_that_moves_back_and_a_deleted_deal(server: SalesforceServer) -> None:
    connection = connect(server)
    first, second = (one.number for one in server.deals.all()[:2])
    later = WEEK.last + timedelta(days=9)
    server.deals.change(first, server.deals.noon(later), stage="Negotiation")
    server.deals.change(second, server.deals.noon(later), deleted=True)
    rows = {row["deal_id"]: row for row in rows_of(connection, Days(later, later))}
    back, gone = rows[f"006{first:015d}"], rows[f"006{second:015d}"]
    assert (back["stage"], back["is_won"], back["closed_on"], back["is_deleted"]) == (
        "Negotiation",
        False,
        None,
        False,
    )
    assert gone["is_deleted"] is True
    assert not rows.keys() & {row["deal_id"] for row in rows_of(connection, WEEK)}


@pytest.mark.parametrize(
    ("fault", "error"),
    [("throttle", Throttled), ("error", Unavailable), ("timeout", Unavailable), ("drop", Dropped)],
)
def test_what_goes_wrong_on_the_way_has_a_name(
    server: SalesforceServer, fault: Any, error: type[Exception]
) -> None:
    connection = connect(server)
    (account,) = connection.accounts()
    server.faults.next(fault)
    hasty = connect(server, timeout_s=0.3) if fault == "timeout" else connection
    with pytest.raises(error, match="Salesforce"):
        list(hasty.pull(account, WEEK))
    assert list(connection.pull(account, WEEK))


@pytest.mark.parametrize(
    ("status", "code", "error", "message"),
    [
        (403, "REQUEST_LIMIT_EXCEEDED", Throttled, "TotalRequests"),
        (400, "QUERY_TIMEOUT", TooMuch, "QUERY_TIMEOUT"),
        (400, "INVALID_QUERY_LOCATOR", Dropped, "forgotten"),
        (500, "UNKNOWN_EXCEPTION", Unavailable, "failed"),
        (403, "API_DISABLED_FOR_ORG", SourceError, "ask the administrator"),
        (401, "INVALID_SESSION_ID", SourceError, "has expired"),
    ],
)
def test_codes_mean_what_salesforce_says(
    status: int, code: str, error: type[Exception], message: str
) -> None:
    said = Answer([{"errorCode": code, "message": "TotalRequests Limit exceeded."}], status)
    with recorded(queryAll=said) as server, pytest.raises(error, match=message):
        rows_of(connect(server, TOKEN), WEEK)


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"[]", b"null"])
def test_an_answer_that_isnt_records_is_asked_for_again(body: bytes) -> None:
    with recorded(Organization=Answer(body)) as server, pytest.raises(Unavailable, match="Salesforce"):
        connect(server, TOKEN).accounts()


def test_fewer_records_than_were_promised_are_asked_for_again() -> None:
    short = Answer(DEALS.replace('"totalSize" : 2', '"totalSize" : 3').encode())
    with recorded(queryAll=short) as server, pytest.raises(Dropped, match="2 of 3 opportunities"):
        rows_of(connect(server, TOKEN), WEEK)


def test_hidden_fields_are_a_note_or_an_error() -> None:
    world = World(WEEK.first, WEEK.first)
    with SalesforceServer(world, hidden=("CampaignId", "LeadSource")) as server:
        connection = connect(server)
        (reply,) = connection.pull(connection.accounts()[0], WEEK)
        assert {row["campaign_id"] for row in reply.rows} == {None}
        assert reply.notes == (
            "LeadSource can't be seen by this user",
            "CampaignId can't be seen by this user",
        )
    with SalesforceServer(world, hidden=("Amount", "IsWon")) as server:
        connection = connect(server)
        with pytest.raises(SourceError, match="no IsWon, Amount of opportunities"):
            connection.accounts()


def test_fields_never_seen_before_change_nothing(server: SalesforceServer) -> None:
    before = rows_of(connect(server), WEEK)
    server.drifted = {"New__c": {"nested": [1]}}
    assert rows_of(connect(server), WEEK) == before


def test_another_organisation_and_no_currency(server: SalesforceServer) -> None:
    with pytest.raises(SourceError, match="of another organisation"):
        connect(server, accounts=("00Dyy0000001gER",)).accounts()
    no_currency = {"totalSize": 0, "done": True, "records": []}
    with recorded(CurrencyType=Answer(no_currency)) as silent:
        accounts = connect(silent, TOKEN).accounts()
        with pytest.raises(DataError, match="no currency"):
            checked(SALESFORCE, accounts)
        assert connect(silent, TOKEN, currency="CHF").accounts()[0].currency == "CHF"
        assert connect(
            silent, TOKEN, ("00Dxx0000001gER",), currency="CHF"
        ).accounts()  # 15 letters name it too


@pytest.mark.parametrize("secrets", ["secrets", "user_secrets"])
def test_secrets_are_in_no_reply_message_or_repr(
    server: SalesforceServer, secrets: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    given = getattr(server, secrets)
    connection = connect(server, given)
    (account,) = connection.accounts()
    server.faults.next("expire")  # signs in again, whose answer holds a token
    bodies = "".join(reply.body for reply in connection.pull(account, WEEK))
    assert json.loads(bodies.split("}{")[0] + ("}" if "}{" in bodies else ""))["totalSize"] > 4
    server.faults.from_now_on("error")
    with pytest.raises(Unavailable, match="failed") as caught:
        list(connection.pull(account, WEEK))
    said = "".join((bodies, said_by(caught.value), repr(vars(connection)), caplog.text))
    hidden = [value for name, value in given.items() if "URL" not in name and "NAME" not in name]
    assert not holds(said, [*hidden, "00Dlocal!"])
