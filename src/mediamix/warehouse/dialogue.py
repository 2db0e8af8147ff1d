"""What dbt said to the database in one build, and what it was answered.

dbt is a function of its project, its settings and what the database answers. So, with the same project
and settings, it would send the same statements again for as long as the answers are the same: a
`Dialogue` holds both, and whoever repeats it (`warehouse.repeat`) compares every answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mediamix.warehouse.steps import Step

#: Stand in the statements for what differs from build to build: dbt's id of the run, and its start.
RUN_ID, STARTED = "\x00run\x00", "\x00started\x00"
STARTED_FORMAT = "%Y-%m-%d %H:%M:%S.%f"


@dataclass(frozen=True)
class Turn:
    """One thing that was done on one connection.

    Args:
        connection: Its number, from 0, in the order in which they were opened.
        act: ``open``, ``run`` a statement, ``fetchone``, ``fetchmany`` or ``fetchall`` of its answer,
            ``rollback`` or ``close``.
        text: The statement, for ``run``; the answer's digest, for what fetches.
        values: The statement's parameters; for ``fetchmany``, how many rows.
        step: dbt's id of the node that it was done for; empty for what belongs to none.
    """

    connection: int
    act: str
    text: str = ""
    values: tuple[Any, ...] | None = None
    step: str = ""


@dataclass(frozen=True)
class Dialogue:
    """A build: its turns in order, and what dbt made of the answers.

    Args:
        turns: In the order in which they were taken.
        steps: dbt's id of a node -> its step, in the order of execution; seconds are those of this build.
        warnings: What dbt complained about without failing.
    """

    turns: tuple[Turn, ...]
    steps: dict[str, Step]
    warnings: tuple[str, ...]


def digest(statement: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Of an answer: columns and rows, values with their types.

    The order of rows counts only where the statement asks for one.
    """
    told = [repr(tuple(row)) for row in rows]
    if "order by" not in statement.lower():
        told.sort()
    return hashlib.sha256(json.dumps([list(columns), told]).encode()).hexdigest()
