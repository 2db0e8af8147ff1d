"""The tables of a queue, for SQLite and PostgreSQL. All times are seconds since 1970 by the database's clock.

This module brings SQLAlchemy: it is imported where a queue is opened.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement

#: Of these tables: a database with another one was made by another version of mediamix.
VERSION = 1

metadata = MetaData()
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

jobs = Table(
    "mediamix_jobs",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    # Of a database that several projects share; empty where the database is the project's own.
    Column("project", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("key", Text),
    Column("state", Text, nullable=False),
    Column("asked", Double, nullable=False),
    Column("due", Double, nullable=False),
    Column("started", Double),
    Column("ended", Double),
    Column("attempt", Integer, nullable=False, default=0),
    # Attempts whose process died by itself, under a worker that lived.
    Column("deaths", Integer, nullable=False, default=0),
    Column("message", Text, nullable=False, default=""),
    Column("result", Text),
    # Who holds the lease knows the token; every change of a running job asks for it.
    Column("token", Text),
    Column("lease", Double),
    Column("worker", Text),
    Column("events", Integer, nullable=False, default=0),
    UniqueConstraint("project", "key"),
    Index("mediamix_jobs_waiting", "project", "state", "due"),
    sqlite_autoincrement=True,
)

events = Table(
    "mediamix_events",
    metadata,
    Column("job", _NUMBER, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("what", Text, nullable=False),
    Column("data", Text, nullable=False),
    Index("mediamix_events_at", "at"),
)

workers = Table(
    "mediamix_workers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("process", Integer, nullable=False),
    Column("since", Double, nullable=False),
    Column("until", Double, nullable=False),
    # Whether it stays when nothing is to be done.
    Column("stays", Integer, nullable=False),
)

schedules = Table(
    "mediamix_schedules",
    metadata,
    Column("project", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    # What it was when it was last looked at, and until when its times are dealt with.
    Column("rule", Text, nullable=False),
    Column("seen", Double, nullable=False),
)


class now(ColumnElement):  # type: ignore[misc]  # noqa: N801  # as SQLAlchemy's own functions
    """The clock of the database; in a transaction it goes on."""

    inherit_cache = True
    type = Double()


@compiles(now, "sqlite")  # type: ignore[untyped-decorator]
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")  # type: ignore[untyped-decorator]
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return "cast(extract(epoch from clock_timestamp()) as double precision)"
