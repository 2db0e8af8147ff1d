"""Contracts of the landing rows: column, type, nullability and grain, and the tables made from them.

Every landing table is long, so that a new channel, metric, outcome or control is a row and never
a column. The dbt sources read exactly these tables. Behind its own columns each one carries who
delivered the row (`LINEAGE`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SCHEMA = "landing"

Type = Literal["DATE", "VARCHAR", "DOUBLE", "BIGINT", "DECIMAL(38,6)", "TIMESTAMP"]


@dataclass(frozen=True)
class Column:
    """One column of a landing table.

    Args:
        name: As in the table.
        type: SQL type.
        nullable: Whether a value may be missing.
    """

    name: str
    type: Type
    nullable: bool = False

    @property
    def ddl(self) -> str:
        """The column as ``create table`` wants it."""
        return f'"{self.name}" {self.type}{"" if self.nullable else " NOT NULL"}'


LINEAGE = (
    Column("_source", "VARCHAR"),
    Column("_row", "BIGINT"),
    Column("_run_id", "VARCHAR"),
    Column("_loaded_at", "TIMESTAMP"),
)


@dataclass(frozen=True)
class Contract:
    """What a landing table holds.

    Args:
        name: Of the table, in the schema `SCHEMA`.
        meaning: What one row is.
        columns: Its own columns.
        grain: Columns that name a row. dbt tests it; the table itself doesn't enforce it, so that
            the rows of a bad delivery can be looked at. The mart sums media over `part`.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    grain: tuple[str, ...]

    @property
    def table(self) -> str:
        """Qualified name."""
        return f"{SCHEMA}.{self.name}"

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Own columns, then lineage."""
        return self.columns + LINEAGE

    @property
    def ddl(self) -> str:
        """``create table if not exists …``."""
        inside = ", ".join(column.ddl for column in self.all_columns)
        return f"create table if not exists {self.table} ({inside})"


MEDIA_DAY = Contract(
    "media_day",
    "one metric (spend, impressions, clicks, …) of a channel (or one of its campaigns; `part`: what else "
    "the delivery names, as `account=…, ad=…`) in a geo on a date",
    (
        Column("date", "DATE"),
        Column("geo", "VARCHAR"),
        Column("channel", "VARCHAR"),
        Column("campaign", "VARCHAR", nullable=True),
        Column("part", "VARCHAR", nullable=True),
        Column("currency", "VARCHAR", nullable=True),
        Column("metric", "VARCHAR"),
        Column("value", "DOUBLE", nullable=True),
    ),
    ("date", "geo", "channel", "campaign", "part", "currency", "metric"),
)
OUTCOME_DAY = Contract(
    "outcome_day",
    "one metric (revenue, orders, leads, population, …) of a geo on a date",
    (
        Column("date", "DATE"),
        Column("geo", "VARCHAR"),
        Column("metric", "VARCHAR"),
        Column("value", "DOUBLE", nullable=True),
    ),
    ("date", "geo", "metric"),
)
CONTROL_DAY = Contract(
    "control_day",
    "one control in a geo on a date",
    (
        Column("date", "DATE"),
        Column("geo", "VARCHAR"),
        Column("control", "VARCHAR"),
        Column("value", "DOUBLE", nullable=True),
    ),
    ("date", "geo", "control"),
)
EVENT_DAY = Contract(
    "event_day",
    "one event, first and last day included; without geo it holds for all",
    (
        Column("date", "DATE"),
        Column("end_date", "DATE"),
        Column("event", "VARCHAR"),
        Column("geo", "VARCHAR", nullable=True),
    ),
    ("date", "event", "geo"),
)
LEDGER = Contract(
    "ledger",
    "what a load delivered for a channel: landing rows of media_day, and spend to the cent and below",
    (
        Column("channel", "VARCHAR"),
        Column("row_count", "BIGINT"),
        Column("spend", "DECIMAL(38,6)"),
    ),
    ("channel", "_source"),
)
CONTRACTS = (MEDIA_DAY, OUTCOME_DAY, CONTROL_DAY, EVENT_DAY, LEDGER)
