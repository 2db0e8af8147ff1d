"""Google Analytics 4: what its answers mean, and what the official client meets on the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from connectors import holds, said_by
from recorded import Recorded, rows_of

from mediamix.core.errors import DataError, SpecError
from mediamix.ingest.accounts import checked
from mediamix.ingest.clients.google_analytics import KEY
from mediamix.ingest.contracts import TRAFFIC_DAY
from mediamix.ingest.source import (
    Asked,
    Connection,
    Days,
    Dropped,
    SourceError,
    Throttled,
    Unavailable,
)
from mediamix.ingest.sources.google_analytics import GOOGLE_ANALYTICS
from mediamix.ingest.sources.google_analytics import connect as opened
from mediamix.testing.platforms.base import Answer, World
from mediamix.testing.platforms.google_analytics import GoogleAnalyticsServer

WEEK = Days(date(2026, 3, 2), date(2026, 3, 8))

REPORT = {
    "dimensionHeaders": [
        {"name": "date"},
        {"name": "sessionCampaignName"},
        {"name": "sessionSourceMedium"},
        {"name": "sessionDefaultChannelGroup"},
    ],
    "metricHeaders": [
        {"name": "sessions", "type": "TYPE_INTEGER"},
        {"name": "keyEvents", "type": "TYPE_FLOAT"},
        {"name": "totalRevenue", "type": "TYPE_CURRENCY"},
    ],
    "rows": [
        {
            "dimensionValues": [
                {"value": "20260302"},
                {"value": "spring_sale"},
                {"value": "google / cpc"},
                {"value": "Paid Search"},
            ],
            "metricValues": [{"value": "1240"}, {"value": "17.5"}, {"value": "4031.070001"}],
        },
        {
            "dimensionValues": [
                {"value": "20260302"},
                {"value": "(not set)"},
                {"value": "(direct) / (none)"},
                {"value": "Direct"},
            ],
            "metricValues": [{"value": "311"}, {"value": "0"}, {"value": "-12.5"}],
        },
    ],
    "rowCount": 2,
    "metadata": {"currencyCode": "EUR", "timeZone": "Europe/Berlin"},
    "kind": "analyticsData#runReport",
}


@pytest.fixture
def server() -> Iterator[GoogleAnalyticsServer]:
    with GoogleAnalyticsServer(World(WEEK.first, WEEK.last)) as server:
        yield server


def connect(server: Any, **options: Any) -> Connection:
    secrets = options.pop("secrets", None)
    asked = Asked(
        accounts=options.pop("accounts", ("1000000001",)),
        timeout_s=options.pop("timeout_s", 30),
        options=options,
        secrets=server.secrets if secrets is None else secrets,
        endpoint=server.endpoint,
    )
    return opened(asked)


def test_a_recorded_report_becomes_its_rows() -> None:
    with Recorded({"properties/213025502:runReport": Answer(REPORT)}) as server:
        connection = connect(server, accounts=("properties/213025502",), secrets={})
        (account,) = connection.accounts()
        (reply,) = connection.pull(account, WEEK)
    assert (account.id, account.currency, account.time_zone) == ("213025502", "EUR", "Europe/Berlin")
    assert json.loads(reply.body) == REPORT
    assert reply.notes == ()
    assert reply.rows == [
        {
            "date": "2026-03-02",
            "campaign": "spring_sale",
            "source_medium": "google / cpc",
            "channel_group": "Paid Search",
            "sessions": "1240",
            "key_events": "17.5",
            "revenue": "4031.070001",
            "quality": None,
        },
        {
            "date": "2026-03-02",
            "campaign": "(not set)",
            "source_medium": "(direct) / (none)",
            "channel_group": "Direct",
            "sessions": "311",
            "key_events": "0",
            "revenue": "-12.5",
            "quality": None,
        },
    ]
    assert {name for row in reply.rows for name in row} <= {one.name for one in TRAFFIC_DAY.columns}


def test_what_is_asked_names_dimensions_metrics_days_currency_and_an_order(
    server: GoogleAnalyticsServer,
) -> None:
    rows_of(connect(server), WEEK)
    asked = server.requests[-1].json
    assert [one["name"] for one in asked["dimensions"]] == [  # type: ignore[attr-defined]
        "date",
        "sessionCampaignName",
        "sessionSourceMedium",
        "sessionDefaultChannelGroup",
    ]
    assert [one["name"] for one in asked["metrics"]] == ["sessions", "keyEvents", "totalRevenue"]  # type: ignore[attr-defined]
    assert asked["dateRanges"] == [{"startDate": "2026-03-02", "endDate": "2026-03-08"}]
    assert asked["currencyCode"] == "EUR"
    assert len(asked["orderBys"]) == 4  # type: ignore[arg-type]


@pytest.mark.parametrize("page", ["1", "4", "10000"])
def test_pages_of_any_size_hold_every_row_once(server: GoogleAnalyticsServer, page: str) -> None:
    rows = rows_of(connect(server, rows=page), WEEK)
    truth = server.world.rows("1000000001", WEEK.first, WEEK.last)
    assert sorted((row["date"], row["campaign"], row["revenue"]) for row in rows) == sorted(
        (row.date.isoformat(), row.campaign_name, str(row.spend)) for row in truth
    )
    assert sum(Decimal(str(row["revenue"])) for row in rows) == server.truth(
        "1000000001", WEEK.first, WEEK.last
    )


def test_each_property_once_in_its_currency(server: GoogleAnalyticsServer) -> None:
    connection = connect(server, accounts=("1000000001", "properties/1000000002", "1000000001"))
    assert [(one.id, one.currency) for one in connection.accounts()] == [
        ("1000000001", "EUR"),
        ("1000000002", "USD"),
    ]


@pytest.mark.parametrize(
    ("metadata", "quality", "note"),
    [
        ({"subjectToThresholding": True}, "thresholded", "few users"),
        ({"dataLossFromOtherRow": True}, "other_row", r"\(other\)"),
        (
            {"samplingMetadatas": [{"samplesReadCount": "250000", "samplingSpaceSize": "2000000"}]},
            "sampled 12.5 %",
            "a part of the events",
        ),
        (
            {
                "samplingMetadatas": [{"samplesReadCount": "1", "samplingSpaceSize": "3"}],
                "subjectToThresholding": True,
            },
            "sampled 33.3 %, thresholded",
            "few users",
        ),
    ],
)
def test_numbers_that_arent_whole_say_so(metadata: dict[str, object], quality: str, note: str) -> None:
    with GoogleAnalyticsServer(World(WEEK.first, WEEK.last), metadata) as server:
        connection = connect(server)
        (reply,) = connection.pull(connection.accounts()[0], WEEK)
    assert {row["quality"] for row in reply.rows} == {quality}
    assert len(reply.notes) == len(metadata)
    with pytest.raises(AssertionError, match=note):
        raise AssertionError(" ".join(reply.notes))


def test_revenue_that_the_user_may_not_see_is_empty_and_not_zero() -> None:
    limits = {
        "activeMetricRestrictions": [
            {"metricName": "totalRevenue", "restrictedMetricTypes": ["REVENUE_DATA"]}
        ]
    }
    with GoogleAnalyticsServer(World(WEEK.first, WEEK.last), {"schemaRestrictionResponse": limits}) as server:
        rows = rows_of(connect(server), WEEK)
    assert {row["revenue"] for row in rows} == {None}
    assert {row["quality"] for row in rows} == {"restricted"}
    assert all(row["sessions"] is not None for row in rows)


def test_a_row_without_a_day_keeps_its_text_to_be_put_aside(server: GoogleAnalyticsServer) -> None:
    other = {"date": "(other)", "sessionCampaignName": "(other)", "sessionSourceMedium": "(other)"}
    more = {"sessionDefaultChannelGroup": "(other)", "sessions": "5", "keyEvents": "0", "totalRevenue": "1"}
    server.planted.append(("1000000001", other | more))
    rows = [row for row in rows_of(connect(server), WEEK) if row["campaign"] == "(other)"]
    assert [row["date"] for row in rows] == ["(other)"]


def test_a_column_that_came_and_one_that_went_move_no_other() -> None:
    report: dict[str, Any] = json.loads(json.dumps(REPORT))
    report["dimensionHeaders"].insert(1, {"name": "streamName"})
    del report["metricHeaders"][1]
    for row in report["rows"]:
        row["dimensionValues"].insert(1, {"value": "Web"})
        del row["metricValues"][1]
    report["metadata"]["somethingNew"] = {"x": 1}
    with Recorded({":runReport": Answer(report)}) as server:
        first = rows_of(connect(server, secrets={}), WEEK)[0]
    assert (first["campaign"], first["sessions"], first["key_events"], first["revenue"]) == (
        "spring_sale",
        "1240",
        None,
        "4031.070001",
    )


@pytest.mark.parametrize(
    ("fault", "error"),
    [("throttle", Throttled), ("error", Unavailable), ("timeout", Unavailable), ("drop", Dropped)],
)
def test_what_goes_wrong_on_the_way_has_a_name(
    server: GoogleAnalyticsServer, fault: Any, error: type[Exception]
) -> None:
    connection = connect(server)
    (account,) = connection.accounts()
    server.faults.next(fault)
    hasty = connect(server, timeout_s=0.3) if fault == "timeout" else connection
    with pytest.raises(error, match="Google Analytics"):
        list(hasty.pull(account, WEEK))
    assert list(connection.pull(account, WEEK))


def test_the_wait_that_google_asks_for_is_kept(server: GoogleAnalyticsServer) -> None:
    connection = connect(server)
    server.faults.next("throttle", seconds=17)
    with pytest.raises(Throttled, match="concurrent") as caught:
        rows_of(connection, WEEK)
    assert caught.value.seconds == 17


def test_a_day_quota_is_said_and_not_waited_for(server: GoogleAnalyticsServer) -> None:
    server.quota = "Exhausted property tokens per day. These requests will refresh tomorrow."
    server.faults.next("throttle")
    with pytest.raises(SourceError, match="no calls left today"):
        rows_of(connect(server), WEEK)


def test_a_token_that_has_expired_is_made_anew(server: GoogleAnalyticsServer) -> None:
    connection = connect(server)
    server.faults.next("expire")
    assert rows_of(connection, WEEK)
    assert len(server.faults.happened) == 1


def test_a_key_that_isnt_good_any_more(server: GoogleAnalyticsServer) -> None:
    connection = connect(server)
    server.faults.from_now_on("expire")
    with pytest.raises(SourceError, match="doesn't take the key"):
        rows_of(connection, WEEK)


def test_a_report_that_changes_while_it_is_read_is_asked_for_again(server: GoogleAnalyticsServer) -> None:
    connection = connect(server, rows="2")
    replies = connection.pull(connection.accounts()[0], WEEK)
    next(replies)
    server.world.vanish("1000000001", WEEK.last)
    with pytest.raises(Dropped, match="while it was read"):
        list(replies)


@pytest.mark.parametrize("accounts", [(), ("G-ABC123",), ("UA-1-1", "1000000001")])
def test_properties_must_be_named_by_number(server: GoogleAnalyticsServer, accounts: tuple[str, ...]) -> None:
    with pytest.raises(SpecError, match="needs the numbers of its properties"):
        connect(server, accounts=accounts).accounts()


def test_a_property_of_somebody_else(server: GoogleAnalyticsServer) -> None:
    with pytest.raises(SourceError, match="see no property 42"):
        connect(server, accounts=("42",)).accounts()


def test_a_currency_that_google_doesnt_name_is_never_dollars() -> None:
    report = REPORT | {"metadata": {"timeZone": "Europe/Berlin"}}
    with Recorded({":runReport": Answer(report)}) as server:
        accounts = connect(server, secrets={}).accounts()
    assert [one.currency for one in accounts] == [""]
    with pytest.raises(DataError, match="no currency"):
        checked(GOOGLE_ANALYTICS, accounts)


@pytest.mark.parametrize("text", ["0", "250001", "many"])
def test_rows_a_page_are_a_number(server: GoogleAnalyticsServer, text: str) -> None:
    with pytest.raises(SpecError, match="how many rows a page"):
        connect(server, rows=text)


def test_nobody_signs_in_for_nothing_but_on_this_machine(tmp_path: Path) -> None:
    for endpoint in (None, "https://elsewhere.example"):
        with pytest.raises(SourceError, match="can't sign in"):
            opened(Asked(accounts=("1",), endpoint=endpoint))
    for text in (
        "{",
        '{"type": "external_account"}',
        '{"type": "service_account", "private_key": "hush"}',
        "[]",
    ):
        key = tmp_path / "key.json"
        key.write_text(text)
        with pytest.raises(SourceError, match="can't sign in") as caught:
            opened(Asked(accounts=("1",), secrets={KEY: str(key)}))
        assert "hush" not in caught.value.message


def test_the_key_is_in_no_reply_message_or_repr(
    server: GoogleAnalyticsServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    connection = connect(server)
    (account,) = connection.accounts()
    bodies = "".join(reply.body for reply in connection.pull(account, WEEK))
    key = json.loads(server.key_file.read_text())["private_key"]
    token = server.requests[-1].headers["authorization"].removeprefix("Bearer ")
    server.faults.from_now_on("expire")
    with pytest.raises(SourceError, match="doesn't take the key") as caught:
        list(connection.pull(account, WEEK))
    said = "".join((bodies, said_by(caught.value), repr(vars(connection)), caplog.text))
    assert not holds(said, [key.splitlines()[1], token])
