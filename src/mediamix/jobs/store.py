"""Where a queue is kept: opened, its tables made, and what goes wrong said in words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediamix.core.errors import ExtraError, FolderError, SpecError
from mediamix.project.folder import Project

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

#: Environment variable with the address of a PostgreSQL database; unset: SQLite in the project's folder.
DATABASE = "MEDIAMIX_JOBS"
#: Environment variable with the project's name in a database that several projects share; unset: its path.
NAME = "MEDIAMIX_JOBS_PROJECT"
#: Seconds that one who writes waits for another, on SQLite.
BUSY_S = 10.0
#: Of a connection to a server: how long it may take, and after how many seconds of silence it is given up.
_SERVER = {
    "connect_timeout": "5",
    "application_name": "mediamix jobs",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "15000",
}


class GoneError(FolderError):
    """The database of the queue doesn't answer now: whoever can, waits."""


@dataclass(frozen=True)
class Store:
    """A queue's database.

    Args:
        title: What messages call it.
        project: Whose jobs, of those in it.
        engine: SQLAlchemy's.
    """

    title: str
    project: str
    engine: Engine = field(repr=False)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One state of the tables.

        Raises:
            GoneError: The database doesn't answer.
            FolderError: It is broken, or of another version.
        """
        with self._in_words(), self.engine.connect() as plain:
            connection = plain.execution_options(mediamix_reading=True)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it counts, or nothing.

        Raises:
            GoneError: The database doesn't answer; the transaction may have counted.
            FolderError: It is broken, or of another version.
        """
        with self._in_words(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        from sqlalchemy import exc

        try:
            yield
        except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
            raise self._gone(error) from None
        except exc.DatabaseError as error:
            if error.connection_invalidated:
                raise self._gone(error) from None
            if self.engine.dialect.name == "sqlite" and type(error) is exc.DatabaseError:
                raise FolderError(
                    f"{self.title} can't be read",
                    expected="a queue that mediamix made",
                    got=_line(error),
                    next_step="move that file away: another is made; runs and their results stay",
                ) from None
            raise

    def _gone(self, error: Exception) -> GoneError:
        return GoneError(
            f"{self.title} doesn't answer",
            got=_line(error),
            next_step="see that it can be reached and written, and that its disk has space",
        )


def store_of(project: Project) -> Store:
    """The database of a project's queue; its tables are made where they are missing.

    Raises:
        ExtraError: SQLAlchemy isn't installed.
        SpecError: MEDIAMIX_JOBS holds no address of a PostgreSQL database.
        FolderError: The database can't be reached, made or used.
    """
    try:
        import sqlalchemy  # noqa: F401
    except ModuleNotFoundError as error:
        raise ExtraError("sqlalchemy", "jobs", "the queue of jobs") from error
    if not os.environ.get(DATABASE, "").strip():
        path = project.jobs.absolute()
        return Store(f"the queue {path}", "", _sqlite(path, os.getpid()))
    from mediamix.warehouse.engines.postgres_address import read_address

    address = read_address(DATABASE)
    named = os.environ.get(NAME, "").strip() or str(project.root.resolve())
    store = Store(f"the queue in {address.place}", named, _postgres(os.environ[DATABASE], os.getpid()))
    _prepare(store)
    return store


# An engine a database and process: a process that was forked must not use its parent's connections.
@lru_cache(maxsize=64)
def _sqlite(path: Path, process: int) -> Engine:
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import NullPool

    # Opening a file costs less than a connection that outlives the file it was opened on.
    engine = create_engine(
        f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": BUSY_S}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")  # type: ignore[untyped-decorator]
    def _opened(handle: Any, record: Any) -> None:
        handle.isolation_level = None  # transactions begin where we say so
        (version,) = handle.execute("pragma user_version").fetchone()
        if version != _version():
            _make(handle, version, path)

    @event.listens_for(engine, "begin")  # type: ignore[untyped-decorator]
    def _begun(connection: Connection) -> None:
        # One who reads first and then writes would find that another wrote in between.
        reading = connection.get_execution_options().get("mediamix_reading", False)
        connection.exec_driver_sql("begin" if reading else "begin immediate")

    return engine


def _version() -> int:
    from mediamix.jobs.tables import VERSION

    return VERSION


def _make(handle: Any, version: int, path: Path) -> None:
    """Tables for a new file; two that do it at once make them once."""
    from sqlalchemy.dialects import sqlite
    from sqlalchemy.schema import CreateIndex, CreateTable

    from mediamix.jobs.tables import metadata

    if version != 0:
        raise _other_version(f"the queue {path}", version)
    handle.execute("pragma journal_mode=wal")
    handle.execute("begin immediate")
    try:
        if handle.execute("pragma user_version").fetchone()[0] == 0:
            for table in metadata.sorted_tables:
                handle.execute(str(CreateTable(table).compile(dialect=sqlite.dialect())))
                for index in table.indexes:
                    handle.execute(str(CreateIndex(index).compile(dialect=sqlite.dialect())))
            handle.execute(f"pragma user_version={_version()}")
        handle.execute("commit")
    except BaseException:
        handle.execute("rollback")
        raise


@lru_cache(maxsize=8)
def _postgres(text: str, process: int) -> Engine:
    from sqlalchemy import create_engine

    from mediamix.warehouse.engines.postgres_address import read_address

    # As libpq reads it: the address never becomes a text of SQLAlchemy's, which would be in its messages.
    parts = {**_SERVER, **read_address(DATABASE).parts}
    return create_engine(
        "postgresql+psycopg2://", connect_args=parts, pool_pre_ping=True, pool_size=2, hide_parameters=True
    )


#: Databases whose tables are known to be there.
_PREPARED: set[int] = set()


def _prepare(store: Store) -> None:
    if id(store.engine) in _PREPARED:
        return
    from sqlalchemy import text

    from mediamix.jobs.tables import metadata

    with store.writing() as connection:
        connection.execute(text("select pg_advisory_xact_lock(7308324465854933368)"))  # who makes them
        metadata.create_all(connection)
    _PREPARED.add(id(store.engine))


def _other_version(title: str, version: int) -> SpecError:
    return SpecError(
        f"{title} was made by another version of mediamix",
        expected=f"version {_version()} of its tables",
        got=str(version),
        next_step="use that version, or move the file away: another is made; runs and their results stay",
    )


def _line(error: Exception) -> str:
    """The driver's own words, on a line, without SQL."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
