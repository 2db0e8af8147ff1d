"""Repeating what dbt said in an earlier build, for as long as the database answers as it did then.

Every answer is compared. At the first that differs (a test finds rows, a table is there that wasn't) what
was done so far is what dbt would have done, too; then dbt itself builds, from the start.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from mediamix.warehouse.dialogue import RUN_ID, STARTED, STARTED_FORMAT, Dialogue, Turn, digest
from mediamix.warehouse.engine import Warehouse
from mediamix.warehouse.steps import Step

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def repeat(warehouse: Warehouse, dialogues: Sequence[Dialogue]) -> tuple[Dialogue, tuple[Step, ...]] | None:
    """The dialogue that could be repeated to its end, and its steps with this build's seconds; None if none
    could.

    Args:
        warehouse: That they are repeated with.
        dialogues: Of the same project and settings; the likeliest first.

    Raises:
        FolderError: The warehouse can't be opened or written.
    """
    if not dialogues:
        return None
    import duckdb

    from mediamix.warehouse.engines.duckdb import DuckDBSession

    try:
        with warehouse.connect(read_only=False) as session:
            assert isinstance(session, DuckDBSession)  # of another engine nothing is kept
            repetition = _Repetition(session.connection)
            told = repetition.of(dialogues)
            return None if told is None else (told, repetition.steps(told))
    except duckdb.Error:
        # What a statement meets, dbt meets, too, and has words for.
        return None


class _Repetition:
    """Connections of one repetition, and the time each step took."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection
        self._opened: dict[int, DuckDBPyConnection] = {}
        self._statements: dict[int, str] = {}
        self._seconds: dict[str, float] = defaultdict(float)
        self._new = {
            RUN_ID: str(uuid.uuid4()),
            STARTED: datetime.now(UTC).strftime(STARTED_FORMAT),
        }

    def of(self, dialogues: Sequence[Dialogue]) -> Dialogue | None:
        """Go along the first dialogue; where an answer is another's, along that one."""
        candidates = list(dialogues)
        try:
            for place in count():
                first = candidates[0]
                if place == len(first.turns):
                    return first
                turn = first.turns[place]
                began = time.perf_counter()
                # Where dialogues said the same so far, they know the same: then only the answer can differ.
                taken = replace(turn, text=self._take(turn))
                self._seconds[turn.step] += time.perf_counter() - began
                candidates = [known for known in candidates if known.turns[place : place + 1] == (taken,)]
                if not candidates:
                    return None
        finally:
            for opened in self._opened.values():
                opened.close()
        return None  # pragma: no cover  # `count` has no end

    def _take(self, turn: Turn) -> str:
        """Take a turn; what its text then is: the statement, or the digest of the answer."""
        if turn.act == "open":
            self._opened[turn.connection] = self._connection.cursor()
            return turn.text
        at = self._opened[turn.connection]
        if turn.act == "run":
            self._statements[turn.connection] = turn.text
            at.execute(self._anew(turn.text), turn.values)
        elif turn.act == "rollback":
            import duckdb

            # As dbt does: where the transaction is gone already, there is nothing to do.
            with suppress(duckdb.Error):
                at.rollback()
        elif turn.act == "close":
            self._opened.pop(turn.connection).close()
        else:
            return self._answer(at, turn)
        return turn.text

    def _answer(self, at: DuckDBPyConnection, turn: Turn) -> str:
        columns = [column[0] for column in at.description or []]
        if turn.act == "fetchall":
            rows = at.fetchall()
        elif turn.act == "fetchmany":
            (size,) = turn.values or (1,)
            rows = at.fetchmany(size)
        else:
            row = at.fetchone()
            rows = [] if row is None else [row]
        return digest(self._statements[turn.connection], columns, rows)

    def _anew(self, statement: str) -> str:
        for stands, value in self._new.items():
            statement = statement.replace(stands, value)
        return statement

    def steps(self, dialogue: Dialogue) -> tuple[Step, ...]:
        """With the time that each took."""
        return tuple(replace(step, seconds=self._seconds[id_]) for id_, step in dialogue.steps.items())
