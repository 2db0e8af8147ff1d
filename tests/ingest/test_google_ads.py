from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

import duckdb
import pytest

from mediamix.core.errors import SpecError
from mediamix.core.spec.sources import SourceSpec
from mediamix.ingest.asking import asked_of, source_of
from mediamix.ingest.by_geo import notes_of, split
from mediamix.ingest.patience import Clock
from mediamix.ingest.pull import duckdb_landing, pull
from mediamix.ingest.pulled import Wanted
from mediamix.ingest.source import Asked, Days, Dropped, SourceError, Throttled, Unavailable
from mediamix.ingest.sources.google_ads import GOOGLE_ADS, connect
from mediamix.testing import check_connector
from mediamix.testing.platforms.base import Platform, World
from mediamix.testing.platforms.google_ads import MANAGER, GoogleAdsServer, channel_type
from mediamix.testing.platforms.google_ads_geo import AUSTRIA, GERMANY, NAMES, REGIONS

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 9)
WEEK = Days(FIRST, LAST)


@pytest.fixture(scope="module")
def running():
    with GoogleAdsServer(World(FIRST, LAST), batch=10) as server:
        yield server


@contextmanager
def no_faults(running):
    yield
    running.faults.waiting.clear()
    running.faults.from_now_on(None)


def asked(running, *accounts, timeout_s=5.0, **options) -> Asked:
    return Asked(accounts, {**running.options, **options}, dict(running.secrets), running.endpoint, timeout_s)


def test_money_is_divided_once_and_pages_are_the_batches_of_the_stream(running):
    link = connect(asked(running))
    account = link.accounts()[0]
    replies = list(link.pull(account, WEEK))
    truth = running.world.rows(account.id, FIRST, LAST)
    assert len(replies) == -(-len(truth) // 10) > 1
    rows = [row for reply in replies for row in reply.rows]
    assert [(row["date"], row["campaign_id"], row["spend"], row["clicks"]) for row in rows] == [
        (one.date.isoformat(), one.campaign_id, one.spend, one.clicks) for one in truth
    ]
    assert isinstance(rows[0]["spend"], Decimal)
    assert {row["channel"] for row in rows} == {"SEARCH", "DISPLAY", "PERFORMANCE_MAX"}
    assert {row["conversion_time_basis"] for row in rows} == {"click"}
    assert '"costMicros"' in replies[0].body
    assert link.total(account, WEEK) == running.world.spend(account.id, FIRST, LAST)
    assert link.total(account, Days(FIRST - timedelta(days=9), FIRST - timedelta(days=1))) == 0


def test_accounts_below_a_manager_with_their_own_money_and_days(running):
    link = connect(asked(running))
    assert [(one.id, one.currency, one.time_zone) for one in link.accounts()] == [
        ("1000000001", "EUR", "Europe/Berlin"),
        ("1000000002", "USD", "America/Los_Angeles"),
    ]
    # Written with hyphens, as the site shows it; and without the option, through those that the user sees.
    assert [one.id for one in connect(asked(running, "100-000-0002")).accounts()] == ["1000000002"]
    assert len(connect(asked(running, manager="")).accounts()) == 2


def test_conversions_may_count_on_the_day_of_the_conversion(running):
    link = connect(asked(running, conversions="conversion"))
    row = next(iter(link.pull(link.accounts()[0], WEEK))).rows[0]
    assert row["conversion_time_basis"] == "conversion"
    assert "metrics.conversions_by_conversion_date" in running.queries[-1]
    with pytest.raises(SpecError, match="click or conversion"):
        connect(asked(running, conversions="impression"))


@pytest.mark.parametrize(
    ("kind", "state", "said"),
    [
        ("throttle", Throttled, "too many calls"),
        ("error", Unavailable, "UNAVAILABLE"),
        ("timeout", Unavailable, "DEADLINE_EXCEEDED"),
        ("drop", Dropped, "broke off"),
    ],
)
def test_states_of_the_platform(running, kind, state, said):
    link = connect(asked(running, timeout_s=0.5 if kind == "timeout" else 5.0))
    account = link.accounts()[0]
    with no_faults(running):
        running.faults.next(kind, seconds=12.5)
        with pytest.raises(state, match=said) as found:
            list(link.pull(account, WEEK))
    if state is Throttled:
        assert found.value.seconds == 12.5


def test_an_access_token_that_ended_is_renewed_and_a_revoked_one_says_so(running):
    link = connect(asked(running))
    account = link.accounts()[0]
    with no_faults(running):
        running.faults.next("expire")
        assert sum(len(reply.rows) for reply in link.pull(account, WEEK)) > 0
        running.faults.from_now_on("expire")
        with pytest.raises(SourceError, match="refresh token that hasn't expired") as found:
            list(link.pull(account, WEEK))
        assert "GOOGLE_ADS_REFRESH_TOKEN" in str(found.value)
        assert not [one for one in running.secrets.values() if one in str(found.value)]
    wrong = dict(running.secrets) | {"GOOGLE_ADS_REFRESH_TOKEN": "another-one"}
    with pytest.raises(SourceError, match="invalid_grant"):
        connect(replace(asked(running), secrets=wrong))


def test_a_field_that_the_platform_no_longer_knows_is_named(running):
    link = connect(asked(running))
    running.unknown_fields.add("metrics.clicks")
    try:
        with pytest.raises(SourceError, match=r"Unrecognized field in the query: 'metrics.clicks'"):
            list(link.pull(link.accounts()[0], WEEK))
    finally:
        running.unknown_fields.clear()


def test_what_the_credentials_do_not_see(running):
    with pytest.raises(SourceError, match=r"no account 9999999999[\s\S]*one of 1000000001, 1000000002"):
        connect(asked(running, "9999999999")).accounts()
    with pytest.raises(SourceError, match="doesn't let these credentials see the account"):
        connect(asked(running, manager="1000000001")).accounts()


def test_nobody_there_is_a_state_and_not_a_refusal(running):
    link = connect(replace(asked(running), endpoint="127.0.0.1:9", timeout_s=2.0))
    with pytest.raises(Unavailable, match="no answer"):
        link.accounts()


def test_secrets_come_from_the_environment_alone_and_go_nowhere_in_plain_text(running):
    section = SourceSpec(accounts=["1", "1"], endpoint="127.0.0.1:1", options={"manager": MANAGER})
    found, wanted = asked_of(GOOGLE_ADS, section, running.secrets)
    assert found.accounts == ("1",)
    assert found.secrets == running.secrets
    assert wanted.since is None
    assert not [one for one in running.secrets.values() if one in repr(found)]
    assert source_of("google_ads") is GOOGLE_ADS

    section = SourceSpec(endpoint="http://ads.example", options={"manger": MANAGER})
    with pytest.raises(SpecError, match="can't be asked: 5 findings") as refused:
        asked_of(GOOGLE_ADS, section, {"GOOGLE_ADS_CLIENT_ID": " "})
    told = str(refused.value)
    assert "GOOGLE_ADS_REFRESH_TOKEN isn't set in the environment: of a user who sees the accounts" in told
    assert "there is no option 'manger': did you mean 'manager'?" in told
    assert "endpoint: plain text goes to this machine only" in told
    assert "DEVELOPER_TOKEN" not in told
    with pytest.raises(SpecError, match="would send secrets in plain text"):
        connect(asked(running, token_address="http://ads.example/token"))
    for address in ("https://ads.example", "127.0.0.1@ads.example:443", "localhost.ads.example"):
        with pytest.raises(SpecError, match="a server on this machine"):
            connect(replace(asked(running), endpoint=address))


@pytest.mark.parametrize("level", ["region", "country"])
def test_geos_and_the_rest_are_the_campaigns_to_the_cent(level):
    world = World(FIRST, LAST)
    with GoogleAdsServer(world, batch=10, geo=level) as server:
        link = connect(asked(server))
        account = link.accounts()[0]
        replies = list(link.pull(account, WEEK))
    rows = [row for reply in replies for row in reply.rows]
    named = {"region": set(REGIONS), "country": {GERMANY, AUSTRIA}}[level]
    assert {row["geo"] for row in rows} == {*(NAMES[one] for one in named), "unknown"}
    assert "Bavaria" in replies[-1].body or level == "country"
    for one in world.rows(account.id, FIRST, LAST):
        day = one.date.isoformat()
        own = {r["geo"]: r for r in rows if (r["date"], r["campaign_id"]) == (day, one.campaign_id)}
        assert sum(r["spend"] for r in own.values()) == one.spend
        assert sum(r["impressions"] for r in own.values()) == one.impressions
        assert sum(r["clicks"] for r in own.values()) == one.clicks
        assert float(sum(r["conversions"] for r in own.values())) == pytest.approx(float(one.conversions))
        assert {r["campaign_name"] for r in own.values()} == {one.campaign_name}
        if channel_type(one.campaign_id) == "PERFORMANCE_MAX":
            assert own.keys() == {"unknown"}  # of which the platform says nothing by place
        elif level == "region":
            millionths = int(one.spend * 1_000_000)
            vienna = millionths * REGIONS[20029][1] // 100
            assert own["Vienna,Austria"]["spend"] == Decimal(vienna) / 1_000_000


def test_by_geo_a_connector_keeps_the_contract(request):
    by_region = Platform("google_ads", partial(GoogleAdsServer, geo="region"))
    check_connector(GOOGLE_ADS, by_region, seed=1 + request.config.getoption("--seed-shift"))


def test_what_is_of_no_geo_is_told_and_lands(tmp_path):
    world = World(FIRST, LAST)
    with GoogleAdsServer(world, geo="region") as server:
        clock = Clock(now=lambda: datetime(2026, 3, 10, 12, tzinfo=UTC))
        landing = duckdb_landing(tmp_path / "warehouse.duckdb")
        pulled = pull(GOOGLE_ADS, asked(server, "1000000001"), landing, Wanted(since=FIRST), clock=clock)
    (found,) = [one for one in pulled.findings if one.check == "geo"]
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        sql = "select sum(spend) filter (geo = 'unknown'), sum(spend) from landing.campaign_day"
        nowhere, together = connection.execute(sql).fetchone()
    assert together == world.spend("1000000001", FIRST, LAST)
    assert 0 < nowhere < together
    assert found.message.startswith(f"{nowhere:f} of {together:f} EUR are said of no geo")
    assert [one.difference for one in pulled.accounts] == [0]


def test_a_split_that_says_more_than_the_whole_is_not_taken():
    whole = [
        {"date": "2026-03-01", "campaign_id": "1", "spend": Decimal("10"), "clicks": 3},
        {
            "date": "2026-03-01",
            "campaign_id": "2",
            "spend": Decimal("5"),
            "clicks": None,
            "campaign_name": "b",
        },
    ]
    parts = [
        {"date": "2026-03-01", "campaign_id": "1", "geo": "x", "spend": Decimal("9"), "clicks": 2},
        {"date": "2026-03-01", "campaign_id": "1", "geo": "y", "spend": Decimal("1.01"), "clicks": 1},
        {"date": "2026-03-01", "campaign_id": "2", "geo": "x", "spend": Decimal("4.5"), "clicks": None},
        {"date": "2026-03-01", "campaign_id": "9", "geo": "x", "spend": Decimal("7"), "clicks": 1},
    ]
    found = split(whole, parts)
    assert [(r["campaign_id"], r["geo"], r["spend"], r["clicks"]) for r in found.rows] == [
        ("1", "unknown", Decimal("10"), 3),
        ("2", "x", Decimal("4.5"), None),
        ("2", "unknown", Decimal("0.5"), None),
    ]
    assert found.unlike == 2  # one says more than its whole, one has no whole
    assert "the whole counts" in notes_of(found, "region")[0]
    assert notes_of(split(whole, parts[2:3]), "region") == ()


def test_another_level_of_places_is_refused(running):
    with pytest.raises(SpecError, match="by which places") as refused:
        connect(asked(running, geo="planet"))
    assert "region" in str(refused.value)
