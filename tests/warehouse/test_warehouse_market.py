"""Files, platforms, a CRM and touches in one mart, against totals that are added up without it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from mediamix.core.errors import DataError
from mediamix.warehouse.build import BuildResult, build
from mediamix.warehouse.engines.duckdb import DuckDB
from mediamix.warehouse.mart import read_mart
from warehouse import market as world

SIXTH = Decimal("0.000001")


@pytest.fixture(scope="module")
def made() -> world.Market:
    return world.market(seed=5)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, made: world.Market) -> DuckDB:
    warehouse = DuckDB(tmp_path_factory.mktemp("market") / "warehouse.duckdb")
    world.put(warehouse, made)
    return warehouse


@pytest.fixture(scope="module")
def built(store: DuckDB) -> Iterator[BuildResult]:
    return build(store, variables=world.VARIABLES)


def _rows(store: DuckDB, sql: str) -> list[tuple[object, ...]]:
    with store.connect(read_only=True) as connection:
        return connection.execute(sql).fetchall()


def _exact(value: object) -> Decimal:
    return Decimal(repr(value)).quantize(SIXTH)


def test_platforms_add_up_in_one_currency_and_nothing_is_lost(
    store: DuckDB, made: world.Market, built: BuildResult
) -> None:
    sql = (
        "select date, channel, metric, currency, sum(value) from mart.media_day "
        "where source in ('google_ads', 'meta') group by all"
    )
    rows = _rows(store, sql)
    assert {row[3] for row in rows} == {"EUR"}
    got = {(day, channel, metric): _exact(value) for day, channel, metric, _, value in rows}
    assert got == {key: Decimal(total).quantize(SIXTH) for key, total in made.media.items()}


def test_a_month_is_spread_to_the_cent_and_a_level_repeated(store: DuckDB, built: BuildResult) -> None:
    rows = _rows(
        store, "select date, value, row_count from mart.media_day where channel = 'radio' order by date"
    )
    for month, total in ((2, Decimal("1000.01")), (3, Decimal("77"))):
        days = {day: _exact(value) for day, value, _ in rows if day.month == month}
        assert len(days) == (29 if month == 2 else 31)
        assert sum(days.values()) == total
        assert all(value == round(value, 2) for value in days.values())
        assert max(days.values()) - min(days.values()) <= Decimal("0.01")
    assert [count for *_, count in rows].count(1) == 2
    price = _rows(store, "select date, value from mart.control_day order by date")
    assert price == [(day, 9.5 if n < 7 else 8.25) for n, day in enumerate(world.DAYS[:14])]


def test_what_fits_no_pattern_and_what_is_written_differently_is_told(built: BuildResult) -> None:
    assert built.warnings == ()
    assert Counter((f.check, f.severity) for f in built.findings) == {
        ("unmapped", "warning"): 1,
        ("spelling", "warning"): 1,
    }
    text = " ".join(f"{finding.where} {finding.message}" for finding in built.findings)
    assert "google_ads: campaign 'US brand-x 1' no pattern of channel_patterns fits it" in text
    assert "channel 'Meta' is also written 'meta' by meta" in text


def test_deals_and_visits_are_outcomes_of_their_own(
    store: DuckDB, made: world.Market, built: BuildResult
) -> None:
    got = {
        name: _exact(total)
        for name, total in _rows(store, "select metric, sum(value) from mart.outcome_day group by all")
    }
    kept = [row for row in made.rows["deal"] if not row["is_deleted"]]
    won = [row for row in kept if row["is_won"]]
    amount = sum(world.in_euro(row["amount"], row["currency"], row["closed_on"]) for row in won)  # type: ignore[arg-type]
    revenue = sum(world.in_euro(row["revenue"], "USD", row["date"]) for row in made.rows["traffic_day"])  # type: ignore[arg-type]
    assert got == {
        "leads": len(kept),
        "won_deals": len(won),
        "won_amount": amount,
        "traffic_revenue": revenue,
        "traffic_sessions": 10 * world.N_DAYS,
        "traffic_key_events": 0,
        "revenue": _exact(1000.5 * 62 + 61 * 31),
    }
    days = _rows(store, "select min(date), max(date), count(*) from mart.outcome_day where metric = 'leads'")
    first, last, count = days[0]
    assert count == (last - first).days + 1  # type: ignore[operator]
    assert list(read_mart(store, "revenue").outcome.columns) == ["date", "geo", "revenue"]


def test_the_datamart_is_complete_and_its_flags_are_those_of_the_calendar(
    store: DuckDB, made: world.Market, built: BuildResult
) -> None:
    sql = (
        "select date, channel, spend, outcome, outcome_once, is_holiday, is_promotion, is_weekend, "
        "week_start, outcome_metric from mart.mmm_datamart"
    )
    rows = _rows(store, sql)
    dates = {row[0] for row in rows}
    channels = {row[1] for row in rows}
    assert channels == {"brand search", "shopping", "unmapped", "Meta", "radio"}
    assert len(rows) == len(dates) * len(channels)
    spend = Counter[str]()
    for row in rows:
        spend[row[1]] += row[2]  # type: ignore[index, operator]
    expected = Counter[str]({"radio": Decimal("1077.01"), "Meta": Decimal(5)})  # type: ignore[dict-item]
    for (_, channel, metric), total in made.media.items():
        expected[channel] += total if metric == "spend" else 0  # type: ignore[assignment]
    assert {name: total.quantize(SIXTH) for name, total in spend.items()} == expected  # type: ignore[attr-defined]
    assert sum(row[4] or 0 for row in rows) == pytest.approx(1000.5 * 62 + 61 * 31, rel=1e-12)  # type: ignore[misc]
    assert {row[0] for row in rows if row[5]} == {date(2024, 3, 29)}
    assert {row[0] for row in rows if row[6]} == set(world.DAYS[9:12])
    for day, *_, weekend, week_start, metric in rows:
        assert isinstance(day, date)
        assert weekend == (day.isoweekday() > 5)
        assert week_start == day - timedelta(days=day.isoweekday() % 7)
        assert metric == "revenue"


def test_journeys_are_those_of_the_rule(store: DuckDB, made: world.Market, built: BuildResult) -> None:
    sql = (
        "select conversion_id, touch_number, touches, channel, campaign, touched_at, ended_at, "
        "landed_touches, cost, status, value from mart.journeys order by journey_id, touch_number"
    )
    rows = _rows(store, sql)
    got: dict[str, list[world.Visit]] = {}
    for number, place, touches, *visit, _, value in rows:
        if number is not None:
            journey = got.setdefault(str(number), [])
            assert value == next(v for n, *_, v in made.conversions if n == number)
            if place:
                journey.append(tuple(visit))  # type: ignore[arg-type]
                assert (place, touches) == (len(journey), len(world.converted(made)[str(number)]))
    assert got == world.converted(made)
    assert any(not visits for visits in got.values())  # a conversion nobody led to
    lost = [row for row in rows if row[0] is None]
    every = [visit for visits in world.visits_of(made).values() for visit in visits]
    assert Counter(tuple(row[3:9]) for row in lost) + Counter(
        v for vs in got.values() for v in vs
    ) == Counter(every)
    end = max([touch[1] for touch in made.touches] + [moment for *_, moment, _ in made.conversions])
    assert {row[9] for row in lost if row[1] == row[2]} == {"open", "not_converted"}
    for row in lost:
        if row[1] == row[2]:
            assert (row[9] == "open") == (row[5] >= end - timedelta(days=30))  # type: ignore[operator]


PLANTED = """
insert into landing.campaign_day select * from landing.campaign_day where campaign_id = 'a' limit 1;
update landing.campaign_day set spend = spend + 0.000001 where campaign_id = 'e' and date = (
    select min(date) from landing.campaign_day where campaign_id = 'e');
insert into landing.restated values
    ('meta', '9', '2024-02-01', 'USD', 'spend', 1, 2, '2024-04-02'),
    ('meta', '9', '2024-03-01', 'USD', 'spend', 1, 99999999, '2024-04-02'),
    ('meta', '9', '2024-03-01', 'USD', 'clicks', 7, 7, '2024-04-02');
delete from landing.exchange_rates where date < '2024-02-05';
insert into landing.exchange_rates values ('2024-03-01', 'USD', 'EUR', 0.6);
update landing.source_periods set period = 'fortnight' where name = 'price';
update landing.media_day set date = date '2024-02-02' where channel = 'Radio AG' and date = '2024-02-01';
update landing.media_day set date = date '2024-03-03' where channel = 'Meta';
update landing.conversion set user_id = null where conversion_id = 'none';
insert into landing.touch select * from landing.touch limit 1;
"""
FOUND = [
    r"sound_stg_campaign_day: 1 row, .*fault=more than one row, source=google_ads, account_id=1",
    r"sound_stg_touch: 1 row, .*fault=more than one row, source=web",
    r"reconcile_account_month: [1-3] rows?, .*source=meta, account_id=9, month=2024-\d\d-01, currency=USD, .*"
    r"difference=0.000001",
    r"restated_ledger: 2 rows, .*",
    r"restated_ledger: .*fault=landing has less than the last change left, source=meta",
    r"restated_ledger: .*fault=no change, source=meta",
    r"currencies: \d rows?, .*currency=USD, to_currency=EUR, first_day=2024-01-29, last_day=2024-02-04",
    r"currencies: .*what=two rates for one day, source=None, currency=USD, .*first_day=2024-03-01",
    r"stated_periods: 2 rows, .*fault=a period is week, month or quarter",
    r"stated_periods: .*fault=months that do not begin on the first, landed_in=media, source=agency, name=",
    r"one_source: 1 row, .*date=2024-03-03, geo=national, channel=Meta, first_source=meta, second_source=s",
]


def test_planted_faults_are_named_and_nothing_is_modelled_on_them(store: DuckDB, built: BuildResult) -> None:
    before = _rows(store, "select sum(value) from mart.media_day")
    with store.connect(read_only=False) as connection:
        connection.execute(PLANTED)
    with pytest.raises(DataError, match="was not built") as caught:
        build(store, variables=world.VARIABLES)
    details = "\n".join(caught.value.details)
    assert [pattern for pattern in FOUND if not re.search(pattern, details)] == []
    assert (
        "or state what a unit of each is worth: `mart: {exchange_rates: rates.csv}`" in caught.value.next_step
    )
    assert _rows(store, "select sum(value) from mart.media_day") == before
