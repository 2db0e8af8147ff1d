"""Landing known tables where a transaction answers nothing (BigQuery), and where moments have zones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from mediamix.core.errors import MediamixError
from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.delivering import arrow_of
from mediamix.ingest.land_wide import LandedWide, land_wide
from mediamix.ingest.landed import Landed
from mediamix.warehouse.engines.duckdb import DuckDB, DuckDBSession

AT = datetime(2026, 2, 1, 12)
DAYS = (date(2026, 1, 5), date(2026, 1, 6))


class Deaf:
    """A session that answers nothing inside of a transaction.

    Args:
        inner: The one that works.
    """

    def __init__(self, inner: DuckDBSession) -> None:
        self.inner, self.inside = inner, False

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def execute(self, sql: str, values: tuple = ()) -> object:
        found = self.inner.execute(sql, values)
        return self.inner.execute("select 1 where false") if self.inside else found

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.inside = True
        try:
            with self.inner.transaction():
                yield
        finally:
            self.inside = False


class Silent(DuckDB):
    """A warehouse of such sessions."""

    @contextmanager
    def connect(self, *, read_only: bool) -> Iterator[Deaf]:
        with super().connect(read_only=read_only) as session:
            yield Deaf(session)


def rows(*spend: str | None) -> pa.Table:
    """A campaign on the first of `DAYS`, as many as there are amounts; None: nothing on that day."""
    made = [
        {
            "source": "report",
            "account_id": "1",
            "platform": "meta",
            "currency": "EUR",
            "time_zone": "UTC",
            "date": day,
            "campaign_id": "7",
            "spend": Decimal(amount),
            "clicks": 10,
            "pulled_at": AT,
        }
        for day, amount in zip(DAYS, spend, strict=False)
        if amount is not None
    ]
    return arrow_of(CAMPAIGN_DAY, made)


def landed(warehouse: DuckDB, table: pa.Table, money: str) -> LandedWide:
    """A row a file: sums over files are those of all rows."""
    paths = [warehouse.path.with_name(f"{number}.parquet") for number in range(table.num_rows)]
    for number, path in enumerate(paths):
        parquet.write_table(table.slice(number, 1), path)
    return land_wide(warehouse, "report", {CAMPAIGN_DAY: paths}, {CAMPAIGN_DAY: Decimal(money)}, [], AT)


@pytest.mark.parametrize("kind", [DuckDB, Silent])
def test_what_is_taken_back_is_told_and_its_day_stays(kind: type[DuckDB], tmp_path: Path) -> None:
    warehouse = kind(tmp_path / "warehouse.duckdb")
    assert landed(warehouse, rows("100.10", "50.05"), "150.15").restated == ()
    again = landed(warehouse, rows(None, "49.05"), "49.05")
    told = {one.metric: (one.before, one.after) for one in again.restated}
    assert told == {"spend": (Decimal("150.15"), Decimal("49.05")), "clicks": (Decimal(20), Decimal(10))}
    with DuckDB(warehouse.path).connect(read_only=True) as session:
        sql = "select date, campaign_id, spend from landing.campaign_day order by date"
        assert session.execute(sql).fetchall() == [(DAYS[0], None, None), (DAYS[1], "7", Decimal("49.05"))]
    assert landed(warehouse, rows(None, "49.05"), "49.05").restated == ()


def test_other_money_than_came_is_refused_and_nothing_kept(tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path / "warehouse.duckdb")
    landed(warehouse, rows("1.00"), "1.00")
    with pytest.raises(MediamixError, match=r"landing changed the spend of campaign_day.*7\.01.*: 7\.00"):
        landed(warehouse, rows("7.00"), "7.01")
    with warehouse.connect(read_only=True) as session:
        assert session.execute("select sum(spend) from landing.campaign_day").fetchall() == [(Decimal(1),)]


class Client:
    """dlt's client of a warehouse whose moments have zones."""

    def make_qualified_table_name(self, name: str) -> str:
        return name

    def execute_sql(self, sql: str, *values: object) -> list[tuple]:
        moment = datetime(2026, 2, 1, 12, tzinfo=UTC)
        if "date, max(pulled_at)" in sql:
            return [(DAYS[0], moment)]
        return [(moment, moment)]


def test_moments_with_zones_are_those_without() -> None:
    there = Landed(Client(), "meta")
    assert there.days(CAMPAIGN_DAY, "1") == {DAYS[0]: AT}
    assert there.last_pull(CAMPAIGN_DAY) == AT
    assert there.changed(CAMPAIGN_DAY, "1") == (AT, AT)
