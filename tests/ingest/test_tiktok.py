"""TikTok: plain HTTP against a server on this machine."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest
from connectors import Saying, holds, recorded, said_by

from mediamix.ingest.source import (
    Account,
    Asked,
    Days,
    Dropped,
    SourceError,
    Throttled,
    TooMuch,
    Unavailable,
)
from mediamix.ingest.sources.tiktok import TIKTOK, TikTok, connect
from mediamix.testing.platforms.base import Answer, World, WorldAccount
from mediamix.testing.platforms.tiktok import APP_ID, APP_SECRET, TOKEN, TikTokServer

OCTOBER = Days(date(2026, 10, 1), date(2026, 10, 30))
EURO = Account("1000000001", "Nordwind DE", "EUR", "Europe/Berlin")
SECRETS = (TOKEN, APP_SECRET)


@pytest.fixture
def server() -> Iterator[TikTokServer]:
    with TikTokServer(World(OCTOBER.first, OCTOBER.last)) as running:
        yield running


def _open(
    server: TikTokServer | Saying,
    *accounts: str,
    options: Mapping[str, str] | None = None,
    timeout_s: float = 5.0,
) -> TikTok:
    secrets = server.secrets if isinstance(server, TikTokServer) else {"TIKTOK_ACCESS_TOKEN": TOKEN}
    return connect(Asked(accounts, options or {}, secrets, server.endpoint, timeout_s))


def _refused(call: Callable[[], object], kind: type[Exception], match: str | None = None) -> Exception:
    """The error of a call, which names no secret."""
    with pytest.raises(kind, match=match) as caught:
        call()
    assert not holds(said_by(caught.value), SECRETS)
    assert caught.value.__context__ is None
    return caught.value


# What rows mean


def test_a_recorded_reply_becomes_these_rows() -> None:
    with Saying(recorded("tiktok_report.json")) as server:
        (reply,) = _open(server).pull(EURO, OCTOBER)
    assert list(reply.rows) == [
        {
            "date": "2026-10-01",
            "campaign_id": "1770000000000001",
            "campaign_name": "Herbst – Reichweite",
            "impressions": "456789",
            "clicks": "3210",
            "reach": "301000",
            "frequency": "1.52",
            "spend": "1020.40",
            "conversions": "41",
            "conversions_value": "0.00",
            "conversion_time_basis": "impression",
        },
        {
            "date": "2026-10-02",
            "campaign_id": "1770000000000002",
            "campaign_name": "App",
            "impressions": "900",
            "clicks": "12",
            # A dash is TikTok's word for none.
            "reach": None,
            "frequency": None,
            "spend": "7.05",
            "conversions": "0",
            "conversions_value": "19.99",
            "conversion_time_basis": "impression",
        },
    ]
    assert reply.body.encode() == recorded("tiktok_report.json").content
    asked = server.requests[0].query
    assert asked["page_size"] == ["1000"]
    assert json.loads(asked["dimensions"][0]) == ["campaign_id", "stat_time_day"]


def test_options_name_the_metrics(server: TikTokServer) -> None:
    options = {"conversions": "real_time_conversion", "value": "total_complete_payment_rate"}
    rows = [row for reply in _open(server, options=options).pull(EURO, OCTOBER) for row in reply.rows]
    truth = server.world.rows(EURO.id, OCTOBER.first, OCTOBER.last)
    assert [row["conversions"] for row in rows] == [str(one.conversions + 1) for one in truth]
    assert [row["conversions_value"] for row in rows] == [str(one.conversions_value * 2) for one in truth]
    assert {row["conversion_time_basis"] for row in rows} == {"conversion"}


def test_a_metric_that_tiktok_doesnt_have_is_refused_by_it(server: TikTokServer) -> None:
    connection = _open(server, options={"value": "money"})
    _refused(lambda: list(connection.pull(EURO, OCTOBER)), SourceError, "money is not supported")


def test_all_options_and_accounts_that_make_no_sense_are_refused_at_once() -> None:
    options = {"conversions": "conversion,result", "value": ""}
    with pytest.raises(SourceError, match="can't be asked like this") as caught:
        connect(Asked(("act_12",), options, {"TIKTOK_ACCESS_TOKEN": TOKEN}))
    assert len(caught.value.details) == 3


# Pages, deleted campaigns


def test_pages_bring_every_row_once(server: TikTokServer) -> None:
    replies = list(_open(server).pull(EURO, OCTOBER))
    rows = [row for reply in replies for row in reply.rows]
    assert len(replies) > 1
    assert [(row["date"], row["campaign_id"], row["spend"], row["clicks"]) for row in rows] == [
        (str(one.date), one.campaign_id, str(one.spend), str(one.clicks))
        for one in server.world.rows(EURO.id, OCTOBER.first, OCTOBER.last)
    ]


def test_pages_that_shift_are_asked_for_again(server: TikTokServer) -> None:
    server.shifted = True
    _refused(lambda: list(_open(server).pull(EURO, OCTOBER)), Dropped, "pages have shifted")


def test_no_rows_are_an_empty_page(server: TikTokServer) -> None:
    before = Days(date(2026, 9, 1), date(2026, 9, 2))
    (reply,) = _open(server).pull(EURO, before)
    assert list(reply.rows) == []
    assert _open(server).total(EURO, before) == 0


def test_the_sum_is_the_advertisers_own_total_though_a_campaign_was_deleted(server: TikTokServer) -> None:
    server.deleted = {server.world.rows(EURO.id, OCTOBER.first, OCTOBER.last)[0].campaign_id}
    connection = _open(server)
    rows = [row for reply in connection.pull(EURO, OCTOBER) for row in reply.rows]
    assert sum(Decimal(str(row["spend"])) for row in rows) == connection.total(EURO, OCTOBER)
    assert connection.total(EURO, OCTOBER) == server.world.spend(EURO.id, OCTOBER.first, OCTOBER.last)


def test_a_window_is_as_long_as_tiktok_answers(server: TikTokServer) -> None:
    connection = _open(server)
    assert TIKTOK.window == 30
    assert list(connection.pull(EURO, OCTOBER))
    longer = Days(OCTOBER.first, OCTOBER.last + timedelta(days=1))
    _refused(lambda: list(connection.pull(EURO, longer)), TooMuch)
    year = Days(OCTOBER.last - timedelta(days=364), OCTOBER.last)
    assert connection.total(EURO, year) == server.world.spend(EURO.id, year.first, year.last)
    _refused(lambda: connection.total(EURO, Days(year.first - timedelta(days=1), year.last)), TooMuch)
    with Saying(Answer({"code": 40002, "message": "max time span is 30 days", "data": {}})) as short:
        _refused(lambda: list(_open(short).pull(EURO, OCTOBER)), TooMuch, "30 days")


# Accounts


def test_all_advertisers_of_an_app_come_once(server: TikTokServer) -> None:
    found = _open(server).accounts()
    assert [(one.id, one.name, one.currency, one.time_zone) for one in found] == [
        (one.id, one.name, one.currency, one.time_zone) for one in server.world.accounts
    ]
    assert [one.id for one in _open(server, "1000000002", "1000000002").accounts()] == ["1000000002"]


def test_hundred_advertisers_are_asked_for_at_once() -> None:
    many = [WorldAccount(str(1000 + number), "", "EUR", "Europe/Berlin") for number in range(101)]
    with TikTokServer(World(OCTOBER.first, OCTOBER.first, accounts=many, campaigns=0)) as server:
        assert len(_open(server).accounts()) == 101
    assert sum(request.path.endswith("/advertiser/info/") for request in server.requests) == 2


def test_an_advertiser_without_currency_gets_none_and_one_without_summer_time_its_distance() -> None:
    world = World(OCTOBER.first, OCTOBER.last, accounts=[WorldAccount("1", "", "", "")])
    with TikTokServer(world) as server:
        assert _open(server, "1").accounts() == (Account("1", "", "", "Etc/GMT-1"),)


def test_wrong_forbidden_and_unnamed_advertisers_are_told_apart(server: TikTokServer) -> None:
    _refused(_open(server, "1000000001", "999").accounts, SourceError, "999")
    server.forbidden = {"1000000002"}
    _refused(_open(server, "1000000002").accounts, SourceError, "doesn't permit")
    alone = connect(Asked((), {}, {"TIKTOK_ACCESS_TOKEN": TOKEN}, server.endpoint))
    _refused(alone.accounts, SourceError, "TIKTOK_APP_ID")
    server.forbidden = {one.id for one in server.world.accounts}
    _refused(_open(server).accounts, SourceError, "authorised for any")


# What goes wrong


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("throttle", Throttled), ("error", Unavailable), ("timeout", Unavailable), ("drop", Dropped)],
)
def test_a_fault_is_a_state_and_the_next_call_works(
    server: TikTokServer, fault: str, kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    connection = _open(server, timeout_s=0.2)
    # Of two faults one is in TikTok's own words, one isn't.
    server.faults.next(fault, 2, seconds=9)  # type: ignore[arg-type]
    connection.accounts()
    for _ in range(2):
        error = _refused(lambda: list(connection.pull(EURO, OCTOBER)), kind)
        assert not isinstance(error, Throttled) or error.seconds == 9
    rows = [row for reply in connection.pull(EURO, OCTOBER) for row in reply.rows]
    assert len(rows) == len(server.world.rows(EURO.id, OCTOBER.first, OCTOBER.last))
    assert "secret=…" in caplog.text
    assert not holds(caplog.text, SECRETS)


@pytest.mark.parametrize(
    ("code", "kind", "match"),
    [
        (40100, Throttled, "too many"),
        (40133, Throttled, "too many"),
        (51021, Throttled, "too many"),
        (40102, SourceError, "doesn't take the access token"),
        (40105, SourceError, "doesn't take the access token"),
        (40001, SourceError, "doesn't permit"),
        (40002, SourceError, "refuses"),
        (50002, Unavailable, "failed"),
    ],
)
def test_codes_mean_what_is_published(code: int, kind: type[Exception], match: str) -> None:
    with Saying(Answer({"code": code, "message": f"no {TOKEN}", "data": {}})) as server:
        _refused(lambda: list(_open(server).pull(EURO, OCTOBER)), kind, match)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(b"<html></html>", 503), Unavailable),
        (Answer(b'{"code":0,"message":"OK","data":{"list":[{"dim'), Dropped),
        (Answer(b""), Dropped),
        (Answer({"code": 0, "message": "OK"}), Dropped),
        (Answer({"code": 0, "message": "OK", "data": {"list": []}}), Dropped),
        (Answer({"code": 0, "data": {"list": "none", "page_info": {"total_page": 1}}}), Dropped),
        (Answer({"message": "hm"}, 404), SourceError),
        (Answer(b"", 302, {"Location": "http://127.0.0.1:9/elsewhere"}), SourceError),
    ],
)
def test_answers_that_arent_tiktoks_are_told_as_what_they_are(answer: Answer, kind: type[Exception]) -> None:
    with Saying(answer) as server:
        _refused(lambda: list(_open(server).pull(EURO, OCTOBER)), kind)
    assert len(server.requests) == 1


def test_nobody_there_is_told_without_the_address() -> None:
    with Saying(Answer({})) as server:
        connection = _open(server)
    _refused(connection.accounts, SourceError, "TIKTOK_APP_ID")
    _refused(lambda: connection.total(EURO, OCTOBER), Unavailable, "can't be reached")


def test_a_withdrawn_token_says_what_to_do(server: TikTokServer) -> None:
    server.faults.next("expire")
    error = _refused(lambda: list(_open(server).pull(EURO, OCTOBER)), SourceError, "access token")
    assert "TIKTOK_ACCESS_TOKEN" in str(error)


@pytest.mark.parametrize("token", ["", "two words", "caf\u00e9", "line\nbreak"])
def test_what_cant_be_a_token_is_refused_before_a_call(token: str) -> None:
    with pytest.raises(SourceError, match="TIKTOK_ACCESS_TOKEN") as caught:
        connect(Asked((), {}, {"TIKTOK_ACCESS_TOKEN": token}))
    assert not token or token not in said_by(caught.value)


def test_text_where_a_number_belongs_comes_as_it_is(server: TikTokServer) -> None:
    server.text = {"spend": "12,50 EUR"}
    row = next(_open(server).pull(EURO, OCTOBER)).rows[0]
    assert row["spend"] == "12,50 EUR"


def test_the_app_is_named_only_to_find_its_advertisers(server: TikTokServer) -> None:
    list(_open(server, EURO.id).pull(EURO, OCTOBER))
    assert not any(APP_ID in str(request.query) for request in server.requests)
