"""Tables that a team states of its mart: checked as a whole, and landed as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediamix.core.errors import DataError
from mediamix.core.spec import Spec
from mediamix.ingest.stated import land_stated
from mediamix.pipeline import mart_variables
from mediamix.warehouse.engines.duckdb import DuckDB


@pytest.fixture
def store(tmp_path: Path) -> DuckDB:
    return DuckDB(tmp_path / "w.duckdb")


def _file(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_what_is_stated_is_landed_and_said_to_dbt(tmp_path: Path, store: DuckDB) -> None:
    _file(tmp_path, "rates.csv", "date,currency,to_currency,rate\n2024-01-01,usd,EUR,0.9212345678\n")
    _file(
        tmp_path, "channels.csv", "priority,source,campaign,channel\n1,google_ads,*brand*,brand\n2,,,rest\n"
    )
    said = {
        "exchange_rates": "rates.csv",
        "channel_patterns": "channels.csv",
        "week_start": "sunday",
        "currency": "eur",
    }
    spec = Spec(mart=said, outcome={"column": "orders", "unit": "count"})
    for _ in range(2):
        assert mart_variables(spec, tmp_path, store) == {
            "outcome": "orders",
            "currency": "EUR",
            "week_start": "sunday",
            "exchange_rates_table": "landing.exchange_rates",
            "channel_patterns_table": "landing.channel_patterns",
        }
    with store.connect(read_only=True) as connection:
        assert connection.execute("select * from landing.exchange_rates").fetchall() == [
            ("2024-01-01", "usd", "EUR", "0.9212345678")
        ]
        rows = connection.execute("select * from landing.channel_patterns").fetchall()
    assert rows == [("1", "google_ads", "*brand*", "brand"), ("2", None, None, "rest")]
    assert [path.name for path in spec.files(tmp_path)] == ["channels.csv", "rates.csv"]


def test_who_states_nothing_pays_nothing(tmp_path: Path, store: DuckDB) -> None:
    assert mart_variables(Spec(), tmp_path, store) == {}
    assert mart_variables(Spec(mart={"lookback_days": 60}), tmp_path, store) == {"lookback_days": 60}
    assert not store.path.exists()


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path, store: DuckDB) -> None:
    tables = {
        "exchange_rates": _file(
            tmp_path, "rates.csv", "date,currency,to_currency,rate\n1.2.2024,USD,EUR,0\n2024-02-30,US,EUR,1\n"
        ),
        "source_periods": _file(
            tmp_path, "periods.csv", "source,name,metric,period,rule\n,radio,,fortnight,halves\n"
        ),
        "channel_patterns": _file(tmp_path, "channels.csv", "source,campaign,channel\na,b,c\n"),
        "event_kinds": _file(tmp_path, "kinds.csv", "event,kind\nx,party\n"),
    }
    with pytest.raises(
        DataError, match=r"tables of `mart` can't be read(?s:.)*nothing was written"
    ) as caught:
        land_stated(tables, store)
    text = "\n".join(caught.value.details)
    for finding in (
        "rates.csv row 2, column 'date': must be a date as 2024-01-31, got '1.2.2024'",
        "rates.csv row 2, column 'rate': must be a positive number as 0.92, got '0'",
        "rates.csv row 3, column 'date': must be a date",
        "rates.csv row 3, column 'currency': must be a currency as EUR, got 'US'",
        "periods.csv row 2, column 'source': must be the name of a source, or *, got ''",
        "periods.csv row 2, column 'period': must be week, month or quarter, got 'fortnight'",
        "periods.csv row 2, column 'rule': must be even or repeat, got 'halves'",
        "channels.csv: no column 'priority'",
        "kinds.csv row 2, column 'kind': must be holiday or promotion, got 'party'",
    ):
        assert finding in text
    assert not store.path.exists()
