"""The mart's calendar against Python's own."""

from __future__ import annotations

from datetime import date, timedelta

from mediamix.data.tables import Tables
from mediamix.ingest.load import land
from mediamix.warehouse.build import build
from mediamix.warehouse.engines.duckdb import DuckDB


def test_the_calendar_is_right_on_every_day(warehouse: DuckDB, tables: Tables) -> None:
    land(tables, warehouse, "files")
    build(warehouse)
    with warehouse.connect(read_only=True) as connection:
        rows = connection.execute(
            "select date, week_start, month_start, quarter, year, is_weekend, is_holiday, holiday "
            "from mart.calendar order by date"
        ).fetchall()
    day = date(2005, 1, 1)
    for row in rows:
        year, week, weekday = day.isocalendar()
        monday, quarter = date.fromisocalendar(year, week, 1), (day.month + 2) // 3
        assert row == (day, monday, day.replace(day=1), quarter, day.year, weekday > 5, False, None)
        day += timedelta(days=1)
    assert day == date(2040, 1, 1)
