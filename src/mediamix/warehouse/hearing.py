"""Hearing what dbt says to the database, and what it is answered, while it builds."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from mediamix.warehouse.dialogue import RUN_ID, STARTED, STARTED_FORMAT, Dialogue, Turn, digest
from mediamix.warehouse.kept import SUFFIXES
from mediamix.warehouse.steps import Step

_KINDS = frozenset({"seed", "model", "test", "unit_test", "operation"})
_MATERIALIZED = frozenset({"view", "table", "incremental", "ephemeral", "seed", "test", "unit"})
_PLAIN = (str, int, float, bool, type(None))
#: What dbt may ask of a cursor beside its answers, which stays the same for the same statement.
_HARMLESS = frozenset({"description", "rowcount", "interrupt", "cancel", "close"})

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
#: What a project can put into its SQL that another run has another value of: only these two are put in anew.
_ALLOWED = re.compile(
    r"\{\{ *invocation_id *\}\}|\{\{ *run_started_at\.strftime\(\""
    + re.escape(STARTED_FORMAT)
    + r"\"\) *\}\}"
)
_VOLATILE = re.compile(r"\b(invocation_id|run_started_at|modules|py_current_timestring|thread_id|random)\b")


@dataclass
class Hearing:
    """What was heard so far.

    Args:
        turns: In order.
        spoilt: Why it can't be repeated; empty while it can.
    """

    turns: list[Turn] = field(default_factory=list)
    spoilt: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _connections: int = 0

    def opened(self) -> int:
        """The number of a new connection."""
        with self._lock:
            self._connections += 1
            return self._connections - 1

    def add(self, connection: int, act: str, text: str = "", values: tuple[Any, ...] | None = None) -> None:
        """Note a turn, for the node that dbt is at in this thread."""
        from dbt_common.events.contextvars import get_node_info

        step = str(get_node_info().get("unique_id", ""))
        with self._lock:
            self.turns.append(Turn(connection, act, text, values, step))

    def spoil(self, why: str) -> None:
        """It can't be repeated."""
        self.spoilt = self.spoilt or why


@contextmanager
def heard(manager: Any) -> Iterator[Hearing]:
    """Hear all that goes through a dbt adapter's connection manager (its class); None: one that can't be."""
    hearing = Hearing()
    if manager is None:
        hearing.spoil("an engine whose builds aren't repeated")
        yield hearing
        return
    before = manager.__dict__["open"]

    def opened(cls: Any, connection: Any) -> Any:
        if str(connection.state) == "open":
            return connection
        connection = before.__func__(cls, connection)
        connection.handle = _Handle(connection.handle, hearing)
        return connection

    manager.open = classmethod(opened)
    try:
        yield hearing
    finally:
        manager.open = before


class _Handle:
    """A connection, heard."""

    def __init__(self, inner: Any, hearing: Hearing) -> None:
        self._inner = inner
        self._hearing = hearing
        self._number = hearing.opened()
        hearing.add(self._number, "open")

    def cursor(self) -> _Cursor:
        return _Cursor(self._inner.cursor(), self._number, self._hearing)

    def rollback(self) -> None:
        self._hearing.add(self._number, "rollback")
        self._inner.rollback()

    def close(self) -> None:
        self._hearing.add(self._number, "close")
        self._inner.close()

    def __getattr__(self, name: str) -> Any:
        self._hearing.spoil(f"dbt used {name} of a connection")
        return getattr(self._inner, name)


class _Cursor:
    """A cursor, heard."""

    def __init__(self, inner: Any, number: int, hearing: Hearing) -> None:
        self._inner = inner
        self._number = number
        self._hearing = hearing
        self._statement = ""

    def execute(self, sql: str, bindings: Sequence[Any] | None = None) -> _Cursor:
        values = None if bindings is None else tuple(bindings)
        if values is not None and not all(type(value) in _PLAIN for value in values):
            self._hearing.spoil("a parameter of another type")
            values = None
        self._hearing.add(self._number, "run", sql, values)
        self._statement = sql
        try:
            self._inner.execute(sql, bindings)
        except BaseException:
            self._hearing.spoil("a statement failed")
            raise
        return self

    def fetchall(self) -> list[Any]:
        rows: list[Any] = self._inner.fetchall()
        self._fetched("fetchall", rows)
        return rows

    def fetchmany(self, size: int) -> list[Any]:
        rows: list[Any] = self._inner.fetchmany(size)
        self._fetched("fetchmany", rows, (size,))
        return rows

    def fetchone(self) -> Any:
        row = self._inner.fetchone()
        self._fetched("fetchone", [] if row is None else [row])
        return row

    def _fetched(self, act: str, rows: list[Any], values: tuple[Any, ...] | None = None) -> None:
        columns = [str(column[0]) for column in self._inner.description or []]
        self._hearing.add(self._number, act, digest(self._statement, columns, rows), values)

    def __getattr__(self, name: str) -> Any:
        if name not in _HARMLESS:
            self._hearing.spoil(f"dbt used {name} of a cursor")
        return getattr(self._inner, name)


def dialogue_of(
    hearing: Hearing, nodes: Sequence[Any], steps: dict[str, Step], warnings: Sequence[str], secret: str
) -> Dialogue | None:
    """What was heard, if it can be repeated.

    Args:
        hearing: Of a build that dbt ended by itself.
        nodes: dbt's results, hooks included.
        steps: dbt's id of a node -> its step, in the order of execution.
        warnings: dbt's.
        secret: A text that no statement may hold, since the next build has another one: the warehouse's path.
    """
    if hearing.spoilt or any(secret in turn.text for turn in hearing.turns):
        return None
    if not all(_covered(node) for node in nodes) or len({node.thread_id for node in nodes} - {"main"}) > 1:
        return None
    from dbt import tracking
    from dbt_common.invocation import get_invocation_id

    run_id = str(get_invocation_id())
    started: datetime = tracking.active_user.run_started_at
    told = started.strftime(STARTED_FORMAT)
    turns = tuple(
        replace(turn, text=turn.text.replace(run_id, RUN_ID).replace(told, STARTED)) for turn in hearing.turns
    )
    return Dialogue(turns, steps, tuple(warnings))


def _covered(result: Any) -> bool:
    """Whether a node's statements depend on nothing but what is compared, and all of it went through SQL."""
    node, config = result.node, result.node.config
    return (
        str(result.status) not in ("error", "runtime error", "partial success")
        and str(node.resource_type) in _KINDS
        and getattr(node, "language", "sql") == "sql"
        and (str(node.resource_type) == "operation" or config.materialized in _MATERIALIZED)
        and getattr(config, "incremental_strategy", None) != "microbatch"
    )


def repeatable(project: Path) -> bool:
    """Whether a project's SQL holds nothing that differs from run to run, but for what is put in anew."""
    for path in project.rglob("*"):
        if path.suffix in SUFFIXES and path.is_file():
            text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
            if any(_VOLATILE.search(_ALLOWED.sub("", part)) for part in _JINJA.findall(text)):
                return False
    return True
