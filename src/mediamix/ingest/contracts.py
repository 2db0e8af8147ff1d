"""Contracts of the landing rows: column, type, nullability and grain, and the tables made from them.

What comes from files lands long, so that a new channel, metric, outcome or control is a row and never
a column (`CONTRACTS`); behind its own columns each row carries who delivered it (`LINEAGE`). What comes from
a platform, an analytics tool or a CRM lands as wide as it reports (`PLATFORM_CONTRACTS`). The dbt sources
read exactly these tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SCHEMA = "landing"

Type = Literal["DATE", "VARCHAR", "DOUBLE", "BIGINT", "BOOLEAN", "DECIMAL(38,6)", "TIMESTAMP"]


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
        lineage: Who delivered the row, behind its own columns.
        replaces: Columns of which a new delivery replaces all rows that share their values: a day of an
            account as a whole, so that a campaign that vanished from it is gone. Empty: by the source.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    grain: tuple[str, ...]
    lineage: tuple[Column, ...] = LINEAGE
    replaces: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """Qualified name."""
        return f"{SCHEMA}.{self.name}"

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Own columns, then lineage."""
        return self.columns + self.lineage


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

_WHO = (Column("source", "VARCHAR"), Column("account_id", "VARCHAR"))
_PULLED = Column("pulled_at", "TIMESTAMP")
#: When a platform's row was fetched (UTC), and the day from which it doesn't change any more.
PULLED = (_PULLED, Column("restated_until", "DATE", nullable=True))

CAMPAIGN_DAY = Contract(
    "campaign_day",
    "a campaign of an account on a day (in a geo, where the platform splits by it), as its platform reports "
    "it; one row without campaign_id and without numbers says that the day was fetched",
    (
        *_WHO,
        Column("platform", "VARCHAR"),
        Column("account_name", "VARCHAR", nullable=True),
        Column("currency", "VARCHAR"),
        Column("time_zone", "VARCHAR"),
        Column("date", "DATE"),
        Column("geo", "VARCHAR", nullable=True),
        Column("campaign_id", "VARCHAR", nullable=True),
        Column("campaign_name", "VARCHAR", nullable=True),
        Column("channel", "VARCHAR", nullable=True),
        Column("impressions", "BIGINT", nullable=True),
        Column("clicks", "BIGINT", nullable=True),
        Column("reach", "BIGINT", nullable=True),
        Column("frequency", "DOUBLE", nullable=True),
        Column("spend", "DECIMAL(38,6)", nullable=True),
        Column("conversions", "DOUBLE", nullable=True),
        Column("conversions_value", "DECIMAL(38,6)", nullable=True),
        Column("attribution_window", "VARCHAR", nullable=True),
        Column("conversion_time_basis", "VARCHAR", nullable=True),
    ),
    ("source", "account_id", "date", "geo", "campaign_id"),
    PULLED,
    ("source", "account_id", "date"),
)
TRAFFIC_DAY = Contract(
    "traffic_day",
    "visits of a property on a day by campaign, source and channel group; one row without any of them says "
    "that the day was fetched",
    (
        *_WHO,
        Column("currency", "VARCHAR"),
        Column("time_zone", "VARCHAR"),
        Column("date", "DATE"),
        Column("campaign", "VARCHAR", nullable=True),
        Column("source_medium", "VARCHAR", nullable=True),
        Column("channel_group", "VARCHAR", nullable=True),
        Column("sessions", "BIGINT", nullable=True),
        Column("key_events", "DOUBLE", nullable=True),
        Column("revenue", "DECIMAL(38,6)", nullable=True),
        Column("quality", "VARCHAR", nullable=True),
    ),
    ("source", "account_id", "date", "campaign", "source_medium", "channel_group"),
    PULLED,
    ("source", "account_id", "date"),
)
DEAL = Contract(
    "deal",
    "an opportunity of a CRM as it stands now; deleted ones stay, and say so",
    (
        *_WHO,
        Column("deal_id", "VARCHAR"),
        Column("name", "VARCHAR", nullable=True),
        Column("created_at", "TIMESTAMP"),
        Column("closed_on", "DATE", nullable=True),
        Column("modified_at", "TIMESTAMP"),
        Column("stage", "VARCHAR", nullable=True),
        Column("is_won", "BOOLEAN"),
        Column("is_deleted", "BOOLEAN"),
        Column("amount", "DECIMAL(38,6)", nullable=True),
        Column("currency", "VARCHAR", nullable=True),
        Column("amount_home", "DECIMAL(38,6)", nullable=True),
        Column("lead_source", "VARCHAR", nullable=True),
        Column("campaign_id", "VARCHAR", nullable=True),
    ),
    ("source", "account_id", "deal_id"),
    (_PULLED,),
    ("source", "account_id", "deal_id"),
)
ACCOUNT_MONTH = Contract(
    "account_month",
    "what a platform itself says that an account spent in a month, up to a day",
    (
        *_WHO,
        Column("month", "DATE"),
        Column("currency", "VARCHAR"),
        Column("first_day", "DATE"),
        Column("last_day", "DATE"),
        Column("spend", "DECIMAL(38,6)"),
    ),
    ("source", "account_id", "month"),
    (_PULLED,),
    ("source", "account_id", "month"),
)
RESTATED = Contract(
    "restated",
    "what a pull changed of days that had been pulled before: a metric of an account in a month",
    (
        *_WHO,
        Column("month", "DATE"),
        Column("currency", "VARCHAR"),
        Column("metric", "VARCHAR"),
        Column("before", "DECIMAL(38,6)"),
        Column("after", "DECIMAL(38,6)"),
    ),
    ("source", "account_id", "month", "metric", "pulled_at"),
    (_PULLED,),
    ("source", "account_id", "month", "metric", "pulled_at"),
)
RAW_REPLY = Contract(
    "raw_reply",
    "a page of a platform's answer, as it came (JSON)",
    (
        *_WHO,
        Column("first_day", "DATE"),
        Column("last_day", "DATE"),
        Column("page", "BIGINT"),
        Column("body", "VARCHAR"),
    ),
    ("source", "account_id", "first_day", "last_day", "page"),
    (_PULLED,),
    ("source", "account_id", "first_day", "last_day"),
)
QUARANTINE = Contract(
    "quarantine",
    "a row of a platform's answer that can't be read, and why; it counts nowhere",
    (
        *_WHO,
        Column("date", "DATE", nullable=True),
        Column("field", "VARCHAR"),
        Column("value", "VARCHAR", nullable=True),
        Column("reason", "VARCHAR"),
        Column("body", "VARCHAR"),
    ),
    ("source", "account_id", "date", "field", "body"),
    (_PULLED,),
    ("source", "account_id", "date"),
)
TOUCH = Contract(
    "touch",
    "a contact of a person with a channel",
    (
        Column("source", "VARCHAR"),
        Column("user_id", "VARCHAR"),
        Column("touched_at", "TIMESTAMP"),
        Column("channel", "VARCHAR"),
        Column("campaign", "VARCHAR", nullable=True),
        Column("cost", "DECIMAL(38,6)", nullable=True),
        Column("currency", "VARCHAR", nullable=True),
    ),
    ("source", "user_id", "touched_at", "channel", "campaign"),
    (_PULLED,),
    ("source",),
)
CONVERSION = Contract(
    "conversion",
    "an order, a lead or whatever counts, of a person",
    (
        Column("source", "VARCHAR"),
        Column("user_id", "VARCHAR"),
        Column("conversion_id", "VARCHAR"),
        Column("converted_at", "TIMESTAMP"),
        Column("value", "DECIMAL(38,6)", nullable=True),
        Column("currency", "VARCHAR", nullable=True),
    ),
    ("source", "conversion_id"),
    (_PULLED,),
    ("source",),
)
PLATFORM_CONTRACTS = (
    CAMPAIGN_DAY,
    TRAFFIC_DAY,
    DEAL,
    ACCOUNT_MONTH,
    RESTATED,
    RAW_REPLY,
    QUARANTINE,
    TOUCH,
    CONVERSION,
)
