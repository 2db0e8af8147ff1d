"""The calendar seed against Python's own calendar."""

from __future__ import annotations

import csv
from datetime import date, timedelta

from mediamix.warehouse.build import dbt_project_dir


def test_the_calendar_is_right_on_every_day() -> None:
    with (dbt_project_dir() / "seeds/calendar.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["date", "week_start", "month_start", "quarter", "year", "is_weekend"]
    day = date(2005, 1, 1)
    for row in rows[1:]:
        year, week, weekday = day.isocalendar()
        assert row == [
            day.isoformat(),
            date.fromisocalendar(year, week, 1).isoformat(),
            day.replace(day=1).isoformat(),
            str((day.month + 2) // 3),
            str(day.year),
            "true" if weekday > 5 else "false",
        ]
        day += timedelta(days=1)
    assert day == date(2040, 1, 1)
