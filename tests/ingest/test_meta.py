"""Meta: the official client against a server on this machine."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest
from connectors import Saying, holds, recorded, said_by

from mediamix.core.errors import UserError
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
from mediamix.ingest.sources.meta import META, Meta, connect
from mediamix.testing.platforms.base import Answer, World, WorldAccount
from mediamix.testing.platforms.meta import TOKEN, MetaServer

OCTOBER = Days(date(2026, 10, 1), date(2026, 10, 31))
EURO = Account("1000000001", "Nordwind DE", "EUR", "Europe/Berlin")


@pytest.fixture
def server() -> Iterator[MetaServer]:
    with MetaServer(World(OCTOBER.first, OCTOBER.last)) as running:
        yield running


def _open(
    server: MetaServer | Saying,
    *accounts: str,
    options: Mapping[str, str] | None = None,
    timeout_s: float = 5.0,
) -> Meta:
    secrets = server.secrets if isinstance(server, MetaServer) else {"META_ACCESS_TOKEN": TOKEN}
    asked = Asked(accounts, options or {}, secrets, server.endpoint, timeout_s)
    return connect(asked, wait=lambda _: None)


def _refused(call: Callable[[], object], kind: type[Exception], match: str | None = None) -> Exception:
    """The error of a call, which names no secret."""
    with pytest.raises(kind, match=match) as caught:
        call()
    assert not holds(said_by(caught.value), [TOKEN])
    assert caught.value.__context__ is None
    return caught.value


# What rows mean


def test_a_recorded_reply_becomes_these_rows() -> None:
    with Saying(recorded("meta_insights.json")) as server:
        (reply,) = _open(server).pull(EURO, OCTOBER)
    same = {"attribution_window": "7d_click,1d_view", "conversion_time_basis": "mixed"}
    assert list(reply.rows) == [
        {
            "date": "2026-10-01",
            "campaign_id": "23851234567890123",
            "campaign_name": "Herbst – Prospecting",
            "impressions": "98765",
            "clicks": "1234",
            "reach": "54321",
            "frequency": "1.818173",
            "spend": "1234.56",
            "conversions": Decimal(17),
            "conversions_value": Decimal("1893.19"),
            **same,
        },
        {
            "date": "2026-10-01",
            "campaign_id": "23851234567890124",
            "campaign_name": "Retargeting",
            "impressions": "12",
            "clicks": None,
            "reach": "11",
            "frequency": "1.090909",
            "spend": "0.1",
            "conversions": Decimal(0),
            "conversions_value": Decimal(0),
            **same,
        },
        {
            "date": "2026-10-02",
            "campaign_id": "23851234567890124",
            "campaign_name": "Retargeting",
            "impressions": 210,
            "clicks": "4",
            "reach": "200",
            "frequency": "1.05",
            # Written as a number, but still to the cent.
            "spend": Decimal("20.30"),
            "conversions": Decimal(1),
            "conversions_value": Decimal(0),
            **same,
        },
    ]
    assert json.loads(reply.body) == json.loads(recorded("meta_insights.json").content)


@pytest.mark.parametrize(
    ("options", "conversions", "value", "window", "basis"),
    [
        ({"attribution": "7d_click"}, "14", "1500.1", "7d_click", "mixed"),
        ({"attribution": "ad_set"}, "17", "1893.19", "7d_click_1d_view", "mixed"),
        ({"action": "link_click"}, "1234", "0", "7d_click,1d_view", "impression"),
        (
            {"action": "offsite_conversion.fb_pixel_purchase"},
            "16",
            "0",
            "7d_click,1d_view",
            "conversion",
        ),
    ],
)
def test_options_say_which_action_counts_and_within_which_windows(
    options: dict[str, str], conversions: str, value: str, window: str, basis: str
) -> None:
    with Saying(recorded("meta_insights.json")) as server:
        (reply,) = _open(server, options=options).pull(EURO, OCTOBER)
    row = reply.rows[0]
    assert (row["conversions"], row["conversions_value"]) == (Decimal(conversions), Decimal(value))
    assert (row["attribution_window"], row["conversion_time_basis"]) == (window, basis)


def test_a_type_that_no_action_has_is_told() -> None:
    with Saying(recorded("meta_insights.json")) as server:
        (reply,) = _open(server, options={"action": "omni_purchas"}).pull(EURO, OCTOBER)
    assert "'omni_purchas'" in reply.notes[0]


def test_all_options_and_accounts_that_make_no_sense_are_refused_at_once() -> None:
    options = {"action": "purchase+omni_purchase", "attribution": "7d_click,28d_click", "deleted": "maybe"}
    with pytest.raises(SourceError, match="can't be asked like this") as caught:
        connect(Asked(("act_12", "shop"), options, {"META_ACCESS_TOKEN": TOKEN}))
    assert [line.split(":")[0] for line in caught.value.details] == [*["options"] * 3, "accounts"]
    assert "'purchase+omni_purchase'" in caught.value.message


# Pages, deleted campaigns, reports


def test_pages_bring_every_row_once_and_no_body_holds_the_token(server: MetaServer) -> None:
    replies = list(_open(server).pull(EURO, OCTOBER))
    rows = [row for reply in replies for row in reply.rows]
    truth = server.world.rows(EURO.id, OCTOBER.first, OCTOBER.last)
    assert len(replies) > 1
    assert [(row["date"], row["campaign_id"], row["spend"]) for row in rows] == [
        (str(one.date), one.campaign_id, str(one.spend)) for one in truth
    ]
    assert [row["clicks"] for row in rows] == [str(one.clicks) for one in truth]
    assert [row["conversions"] for row in rows] == [one.conversions for one in truth]
    assert [row["conversions_value"] for row in rows] == [one.conversions_value for one in truth]
    bodies = "\n".join(reply.body for reply in replies)
    assert "access_token=…" in bodies
    assert not holds(bodies, [TOKEN])


def test_an_empty_page_may_have_a_next_one() -> None:
    row = {"campaign_id": "1", "spend": "1.00", "date_start": "2026-10-01", "date_stop": "2026-10-01"}
    more = {"cursors": {"after": "B"}, "next": f"https://graph.facebook.com/x?access_token={TOKEN}"}
    with Saying(Answer({"data": [], "paging": more}), Answer({"data": [row]})) as server:
        replies = list(_open(server).pull(EURO, OCTOBER))
    assert [len(reply.rows) for reply in replies] == [0, 1]
    assert server.requests[1].query["after"] == ["B"]


def test_pages_that_shift_or_lead_nowhere_are_asked_for_again() -> None:
    row = {"campaign_id": "1", "spend": "1.00", "date_start": "2026-10-01", "date_stop": "2026-10-01"}
    more = {"cursors": {"after": "B"}, "next": "https://graph.facebook.com/x"}
    with Saying(Answer({"data": [row], "paging": more}), Answer({"data": [row]})) as server:
        _refused(lambda: list(_open(server).pull(EURO, OCTOBER)), Dropped, "1 rows came on two")
    with Saying(Answer({"data": [], "paging": more})) as server:
        _refused(lambda: list(_open(server).pull(EURO, OCTOBER)), Dropped, "no way to it")


def test_the_sum_is_the_accounts_own_total_though_a_campaign_was_deleted(server: MetaServer) -> None:
    server.deleted = {server.world.rows(EURO.id, OCTOBER.first, OCTOBER.last)[0].campaign_id}
    connection = _open(server)
    rows = [row for reply in connection.pull(EURO, OCTOBER) for row in reply.rows]
    assert sum(Decimal(str(row["spend"])) for row in rows) == connection.total(EURO, OCTOBER)
    assert connection.total(EURO, OCTOBER) == server.world.spend(EURO.id, OCTOBER.first, OCTOBER.last)
    live = _open(server, options={"deleted": "no"})
    shown = {row["campaign_id"] for reply in live.pull(EURO, OCTOBER) for row in reply.rows}
    assert shown == {row["campaign_id"] for row in rows} - server.deleted


def test_an_account_without_spend_has_a_total_of_nothing(server: MetaServer) -> None:
    before = Days(date(2026, 9, 1), date(2026, 9, 2))
    assert _open(server).total(EURO, before) == 0


def test_too_many_days_are_halved_and_a_day_that_is_too_much_is_a_report(server: MetaServer) -> None:
    server.most_days = 0
    waits: list[float] = []
    connection = connect(Asked((), {}, server.secrets, server.endpoint), wait=waits.append)
    _refused(lambda: list(connection.pull(EURO, OCTOBER)), TooMuch, "shorter date range")
    day = Days(OCTOBER.first, OCTOBER.first)
    server.looks = 4
    rows = [row for reply in connection.pull(EURO, day) for row in reply.rows]
    assert sum(Decimal(str(row["spend"])) for row in rows) == server.world.spend(EURO.id, day.first, day.last)
    assert waits == [1.0, 2.0, 4.0]
    server.looks = 10**6
    _refused(lambda: list(connection.pull(EURO, day)), Unavailable, "didn't make the report")


# Accounts


def test_all_accounts_that_the_token_sees_come_once(server: MetaServer) -> None:
    found = _open(server).accounts()
    assert [(one.id, one.name, one.currency, one.time_zone) for one in found] == [
        (one.id, one.name, one.currency, one.time_zone) for one in server.world.accounts
    ]
    asked = _open(server, "act_1000000002", "1000000002").accounts()
    assert [one.id for one in asked] == ["1000000002"]


def test_an_account_without_currency_gets_none() -> None:
    world = World(OCTOBER.first, OCTOBER.last, accounts=[WorldAccount("1", "", "", "Europe/Berlin")])
    with MetaServer(world) as server:
        assert _open(server).accounts() == (Account("1", "", "", "Europe/Berlin"),)


def test_two_currencies_of_an_account_are_refused(server: MetaServer) -> None:
    dollars = Account(EURO.id, EURO.name, "USD", EURO.time_zone)
    _refused(lambda: list(_open(server).pull(dollars, OCTOBER)), SourceError, "two currencies")
    _refused(lambda: _open(server).total(dollars, OCTOBER), SourceError, "two currencies")


def test_wrong_and_forbidden_accounts_are_told_apart(server: MetaServer) -> None:
    server.forbidden = {"1000000002"}
    _refused(_open(server, "1000000002").accounts, SourceError, "doesn't permit")
    _refused(_open(server, "999").accounts, SourceError, "no such ad account")


# What goes wrong


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("throttle", Throttled), ("error", Unavailable), ("timeout", Unavailable), ("drop", Dropped)],
)
def test_a_fault_is_a_state_and_the_next_call_works(
    server: MetaServer, fault: str, kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    connection = _open(server, timeout_s=0.2)
    # Of two errors one is Meta's own, one the page of a proxy.
    server.faults.next(fault, 2)  # type: ignore[arg-type]
    for _ in range(2):
        _refused(lambda: list(connection.pull(EURO, OCTOBER)), kind)
    rows = [row for reply in connection.pull(EURO, OCTOBER) for row in reply.rows]
    assert len(rows) == len(server.world.rows(EURO.id, OCTOBER.first, OCTOBER.last))
    assert "act_1000000001/insights" in caplog.text
    assert not holds(caplog.text, [TOKEN])


def test_how_long_to_wait_is_what_the_headers_say(server: MetaServer) -> None:
    server.faults.next("throttle", seconds=300)
    server.faults.next("throttle")
    waits = []
    for _ in range(2):
        error = _refused(lambda: list(_open(server).pull(EURO, OCTOBER)), Throttled)
        assert isinstance(error, Throttled)
        waits.append(error.seconds)
    assert waits == [300.0, None]


@pytest.mark.parametrize(
    ("code", "headers", "seconds"),
    [
        (4, {"x-app-usage": '{"call_count":100,"total_time":25,"total_cputime":25}'}, None),
        (17, {"X-Ad-Account-Usage": '{"acc_id_util_pct":100,"reset_time_duration":90}'}, 90.0),
        (17, {"X-Ad-Account-Usage": '{"acc_id_util_pct":9.67,"reset_time_duration":90}'}, None),
        (613, {"Retry-After": "7"}, 7.0),
        (80004, {"X-Business-Use-Case-Usage": "no JSON"}, None),
    ],
)
def test_every_code_of_throttling_is_one(code: int, headers: dict[str, str], seconds: float | None) -> None:
    error = {"error": {"message": f"(#{code}) limit reached", "code": code, "type": "OAuthException"}}
    with Saying(Answer(error, 400, headers)) as server:
        refusal = _refused(lambda: list(_open(server).pull(EURO, OCTOBER)), Throttled, str(code))
    assert isinstance(refusal, Throttled)
    assert refusal.seconds == seconds


@pytest.mark.parametrize(
    ("error", "kind", "match"),
    [
        (
            {"code": 190, "error_subcode": 460, "message": f"token {TOKEN}"},
            SourceError,
            "password has changed",
        ),
        ({"code": 10, "message": "permission"}, SourceError, "doesn't permit"),
        ({"code": 3018, "message": "beyond 37 months"}, SourceError, "so long ago"),
        ({"code": 2635, "message": "deprecated version"}, SourceError, "deprecated version"),
        ({"code": 2, "message": "temporarily unavailable"}, TooMuch, "temporarily"),
        ({"code": 1, "message": "Please reduce the amount of data"}, TooMuch, "reduce"),
        ({"code": 1, "message": "An unknown error occurred"}, Unavailable, "unknown"),
        ({"code": 99, "message": "hm", "is_transient": True}, Unavailable, "hm"),
        ({"code": 99, "message": "hm", "error_data": "no JSON"}, Unavailable, "can't read"),
    ],
)
def test_codes_mean_what_is_published(error: dict[str, object], kind: type[Exception], match: str) -> None:
    with Saying(Answer({"error": error}, 400)) as server:
        refusal = _refused(lambda: list(_open(server).pull(EURO, OCTOBER)), kind, match)
        assert isinstance(refusal, SourceError) == isinstance(refusal, UserError)
        if kind is TooMuch:
            # Where no days are asked for, there are none to halve.
            _refused(_open(server).accounts, Unavailable)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(b"<html>error, no success</html>", 503), Unavailable),
        (Answer(b"slow down", 429, {"Retry-After": "3"}), Throttled),
        (Answer(b'{"data":[{"spend":"1'), Dropped),
        (Answer(b""), Dropped),
        (Answer({"rows": []}), Dropped),
        (Answer({"error": "hm"}, 502), Unavailable),
        (Answer(b"<html>sign in here</html>", 403), SourceError),
        (Answer(b"", 302, {"Location": "http://127.0.0.1:9/elsewhere"}), SourceError),
    ],
)
def test_answers_that_arent_metas_are_told_as_what_they_are(answer: Answer, kind: type[Exception]) -> None:
    with Saying(answer) as server:
        _refused(lambda: list(_open(server).pull(EURO, OCTOBER)), kind)
    assert len(server.requests) == 1


def test_nobody_there_is_told_without_the_address() -> None:
    with Saying(Answer({})) as server:
        connection = _open(server)
    _refused(connection.accounts, Unavailable, "can't be reached")


def test_an_expired_token_says_what_to_do(server: MetaServer) -> None:
    server.faults.next("expire")
    error = _refused(lambda: list(_open(server).pull(EURO, OCTOBER)), SourceError, "it has expired")
    assert "META_ACCESS_TOKEN" in str(error)


@pytest.mark.parametrize("token", ["", "two words", "caf\u00e9", "line\nbreak"])
def test_what_cant_be_a_token_is_refused_before_a_call(token: str) -> None:
    with pytest.raises(SourceError, match="META_ACCESS_TOKEN") as caught:
        connect(Asked((), {}, {"META_ACCESS_TOKEN": token}))
    assert not token or token not in said_by(caught.value)


def test_a_wrong_token_is_refused_and_not_shown(server: MetaServer) -> None:
    wrong = "EAABwrong%7Cone"
    connection = connect(Asked((), {}, {"META_ACCESS_TOKEN": wrong}, server.endpoint))
    with pytest.raises(SourceError, match="doesn't take the access token") as caught:
        connection.accounts()
    assert not holds(said_by(caught.value), [wrong])


def test_an_app_that_asks_for_proof_gets_it(server: MetaServer) -> None:
    server.app_secret = "the app's"
    assert len(_open(server).accounts()) == 2
    with pytest.raises(SourceError, match="appsecret_proof"):
        connect(Asked((), {}, {"META_ACCESS_TOKEN": TOKEN}, server.endpoint)).accounts()


def test_text_where_a_number_belongs_comes_as_it_is(server: MetaServer) -> None:
    server.text = {"spend": "12,50 EUR", "actions": "many"}
    row = next(_open(server).pull(EURO, OCTOBER)).rows[0]
    assert row["spend"] == "12,50 EUR"
    assert row["conversions"] == "'many'"


def test_two_connections_share_nothing(server: MetaServer) -> None:
    from facebook_business.api import FacebookAdsApi
    from facebook_business.session import FacebookSession

    with MetaServer(World(OCTOBER.first, OCTOBER.last, seed=2)) as other:
        one, two = _open(server), _open(other)
        assert one.total(EURO, OCTOBER) == server.world.spend(EURO.id, OCTOBER.first, OCTOBER.last)
        assert two.total(EURO, OCTOBER) == other.world.spend(EURO.id, OCTOBER.first, OCTOBER.last)
        assert one.total(EURO, OCTOBER) != two.total(EURO, OCTOBER)
    assert FacebookSession.GRAPH == "https://graph.facebook.com"
    assert FacebookAdsApi.get_default_api() is None
    assert not holds(repr(vars(META)) + repr(one) + repr(Asked(secrets={"X": TOKEN})), [TOKEN])


def test_history_is_within_what_meta_keeps(server: MetaServer) -> None:
    assert META.history is not None
    first = OCTOBER.last - timedelta(days=META.history)
    assert _open(server).total(EURO, Days(first, first)) == 0
    older = Days(first - timedelta(days=10), first)
    _refused(lambda: _open(server).total(EURO, older), SourceError, "37 months")
