"""PostgreSQL: a database, whose address is in an environment variable.

A build is one transaction of one connection: rows are landed, dbt builds and tests (through the same
connection, which it takes for its own), and all of it counts at once or not at all. Whatever ends a build
before its end, a failing test or a kill, leaves the database as it was; readers see the old mart until then.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mediamix.core.errors import ExtraError, FolderError, UserError
from mediamix.core.locks import PATIENCE
from mediamix.warehouse.engine import TARGET_VARIABLE, Session, Warehouse
from mediamix.warehouse.engines.postgres_address import (
    Address,
    read_address,
    unanswered,
    unanswered_text,
    unreached,
)
from mediamix.warehouse.engines.postgres_session import DbtHandle, PostgresSession, driver

DATABASE_VARIABLE = "MEDIAMIX_POSTGRES_DATABASE"

#: The lock of writers, among the locks that all programs of a database share.
_LOCK = 0x6D65_6469_616D_6978  # "mediamix"
_POLL_S = 0.2
_CONNECT_S = "15"


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL database.

    Args:
        variable: The environment variable with its address.
        base: Folder of the spec, for what dbt writes.
        whole: The connection of a build that is under way.
        patience: How long a writer waits for another one, in seconds.
    """

    variable: str
    base: Path
    whole: Session | None = field(default=None, repr=False, compare=False)
    patience: float = PATIENCE

    @property
    def title(self) -> str:
        """Database and host."""
        return read_address(self.variable).place

    @property
    def database(self) -> str:
        """As SQL calls it."""
        return f"postgres {read_address(self.variable).database}"

    @property
    def place(self) -> str:
        """The same: its builds aren't repeated."""
        return self.database

    @property
    def profile(self) -> dict[str, str]:
        """Environment variables that ``dbt/profiles.yml`` reads: dbt connects to nothing by itself."""
        return {TARGET_VARIABLE: "postgres", DATABASE_VARIABLE: read_address(self.variable).database}

    @property
    def work_dir(self) -> Path:
        """Folder beside the spec for what dbt writes."""
        return self.base.resolve() / ".warehouse.postgres.dbt"

    @contextmanager
    def connect(self, *, read_only: bool) -> Iterator[Session]:
        """A connection; that of the build, where one is under way.

        Raises:
            ExtraError: psycopg2 isn't installed.
            SpecError: The environment variable isn't set, or holds no address.
            FolderError: The server doesn't answer, refuses the user, or has no such database; or the user
                lacks a permission.
        """
        address = read_address(self.variable)
        if self.whole is not None:
            with _in_words(address):
                yield self.whole
            return
        with _open(address) as handle:
            if not read_only:
                self._lock(handle, address)
            # Several questions, answered of one state.
            handle.set_session(isolation_level="REPEATABLE READ", readonly=read_only)
            with handle:
                yield PostgresSession(handle)

    @contextmanager
    def renewed(self) -> Iterator[Warehouse]:
        """The database, in one transaction.

        Raises:
            FolderError: As of `connect`, or another process writes for longer than `patience`.
        """
        if self.whole is not None:
            yield self
            return
        with self.connect(read_only=False) as session:
            yield replace(self, whole=session)

    def building(self) -> AbstractContextManager[Warehouse]:
        """As `renewed`."""
        return self.renewed()

    @contextmanager
    def dbt(self) -> Iterator[None]:
        """Inside of the block dbt talks through the connection of the build.

        Raises:
            ExtraError: dbt-postgres isn't installed.
        """
        try:
            from dbt.adapters.postgres.connections import PostgresConnectionManager as Manager
        except ImportError as error:
            raise ExtraError("dbt-postgres", "postgres", "building the mart in PostgreSQL") from error
        if self.whole is None:
            raise RuntimeError("dbt runs inside of `renewed`")
        assert isinstance(self.whole, PostgresSession)
        handle = DbtHandle(self.whole)

        def opened(cls: Any, connection: Any) -> Any:
            connection.handle, connection.state = handle, "open"
            connection.credentials.autocommit = True  # dbt leaves transactions alone
            return connection

        before = Manager.__dict__["open"]
        Manager.open = classmethod(opened)
        try:
            yield
        finally:
            Manager.open = before

    def explained(self, error: BaseException | str) -> UserError | None:
        """An error of the server, in plain words."""
        address = read_address(self.variable)
        if isinstance(error, str):
            return unanswered_text(address, error)
        if isinstance(error, driver().Error):
            return unanswered(address, error)
        return unanswered_text(address, str(error))

    def dlt_destination(self) -> Any:
        """The database, with the address in memory only."""
        import dlt

        parts = read_address(self.variable).parts
        query = {name: value for name, value in parts.items() if name.startswith(("ssl", "channel_binding"))}
        credentials = {
            "database": parts["dbname"],
            "username": parts.get("user"),
            "password": parts.get("password"),
            "host": parts.get("host", "localhost"),
            "port": int(parts.get("port", "5432")),
            "query": query,
        }
        return dlt.destinations.postgres(credentials=credentials)

    @property
    def dlt_dataset(self) -> str:
        """The schema's name."""
        return "landing"

    def _lock(self, handle: Any, address: Address) -> None:
        # Of the connection, not of a transaction: what is read under the lock is of after it was taken.
        handle.autocommit = True
        until = time.monotonic() + self.patience
        cursor = handle.cursor()
        while True:
            cursor.execute("select pg_try_advisory_lock(%s)", [_LOCK])
            if cursor.fetchone()[0]:
                handle.autocommit = False
                return
            if time.monotonic() >= until:
                break
            time.sleep(_POLL_S)
        cursor.execute(
            "select a.pid, coalesce(host(a.client_addr), 'this machine'), "
            "coalesce(to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ'), 'some time') from pg_locks as l "
            "join pg_stat_activity as a on a.pid = l.pid "
            "where l.locktype = 'advisory' and l.granted and l.classid = %s and l.objid = %s",
            [_LOCK >> 32, _LOCK & 0xFFFF_FFFF],
        )
        found = cursor.fetchone()
        raise FolderError(
            f"another run of mediamix writes {address.place}",
            expected="one writer at a time",
            got="another connection"
            if found is None
            else f"connection {found[0]} from {found[1]}, since {found[2]}",
            next_step="wait until it is done, then try again",
        )


@contextmanager
def _open(address: Address) -> Iterator[Any]:
    """A connection in words of ours, closed at the end; what isn't committed is undone."""
    parts = {"connect_timeout": _CONNECT_S, "application_name": "mediamix", **address.parts}
    parts["options"] = (
        f"{parts.get('options', '')} -c datestyle=ISO -c timezone=UTC -c bytea_output=hex".strip()
    )
    try:
        handle = driver().connect(**parts, client_encoding="UTF8")
    except driver().Error as error:
        # The driver's own error has the connection's text: it isn't kept as a cause.
        raise unreached(address, error) from None
    try:
        with _in_words(address):
            yield handle
    finally:
        handle.close()


@contextmanager
def _in_words(address: Address) -> Iterator[None]:
    try:
        yield
    except driver().Error as error:
        told = unanswered(address, error)
        if told is None:
            raise
        raise told from error
