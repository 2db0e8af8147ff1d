"""What a guess is: columns with their roles, questions, the spec, and the tables that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

#: ``certain``: name and values say so. ``likely``: one of them does. ``asked``: a question is about it.
Certainty = Literal["certain", "likely", "asked"]


class Role(StrEnum):
    """What a column is for."""

    DATE = "date"
    GEO = "geo"
    CHANNEL = "channel"
    CAMPAIGN = "campaign"
    SPEND = "spend"
    EXPOSURE = "exposure"
    OUTCOME = "outcome"
    VALUE = "value"
    CONTROL = "control"
    EVENT = "event"
    POPULATION = "population"
    CURRENCY = "currency"
    LABEL = "label"
    EMPTY = "empty"
    IGNORED = "ignored"


#: What `--set role.COLUMN=…` takes.
ROLES = tuple(
    str(role)
    for role in Role
    if role not in (Role.LABEL, Role.EMPTY, Role.CURRENCY, Role.VALUE, Role.CAMPAIGN)
)


@dataclass(frozen=True)
class Column:
    """A column and what it was taken for.

    Args:
        table: The file (and sheet) that it is in.
        name: Its header.
        role: What it is for.
        channel: Of spend and exposure the channel.
        samples: Three of its values as they are written.
        why: The reason, in words.
        certainty: How sure the guess is.
    """

    table: str
    name: str
    role: Role
    channel: str | None
    samples: tuple[str, ...]
    why: str
    certainty: Certainty = "certain"

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "table": self.table,
            "name": self.name,
            "role": str(self.role),
            "channel": self.channel,
            "samples": list(self.samples),
            "why": self.why,
            "certainty": self.certainty,
        }


@dataclass(frozen=True)
class Question:
    """What a table doesn't say, and a person can.

    Args:
        key: Of its answer: ``--set KEY=VALUE``.
        text: The question.
        options: Possible answers; empty: any text.
        assumed: What is taken if nobody answers; None: it can't go on.
        answer: What was answered, if it was.
    """

    key: str
    text: str
    options: tuple[str, ...] = ()
    assumed: str | None = None
    answer: str | None = None

    @property
    def taken(self) -> str | None:
        """The answer, else what is assumed."""
        return self.answer if self.answer is not None else self.assumed

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "key": self.key,
            "text": self.text,
            "options": list(self.options),
            "assumed": self.assumed,
            "answer": self.answer,
        }


@dataclass(frozen=True)
class Table:
    """A file of the project's folder ``data/``.

    Args:
        name: Its file name there.
        source: The file that is copied as it is; None for one that is written.
        text: What is written: a table in the form that can be read; None for a copy.
        changes: How it differs from the file that it comes from.
    """

    name: str
    source: Path | None = None
    text: str | None = None
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guess:
    """What tables were taken for.

    Args:
        columns: Every column of every table.
        questions: Answered, assumed and open ones.
        spec: The text of ``mediamix.yml``; empty while a question is open.
        tables: What lies in the project's folder ``data/``.
        notes: What was left out or changed, and how a table was understood.
    """

    columns: tuple[Column, ...]
    questions: tuple[Question, ...]
    spec: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()

    @property
    def open(self) -> tuple[Question, ...]:
        """Questions without an answer, and without anything that could be assumed."""
        return tuple(question for question in self.questions if question.taken is None)

    @property
    def roles(self) -> Mapping[str, Role]:
        """Column → role; of columns that several tables have, that of the first."""
        return {column.name: column.role for column in reversed(self.columns)}

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "columns": [column.to_dict() for column in self.columns],
            "questions": [question.to_dict() for question in self.questions],
            "notes": list(self.notes),
            "tables": [{"name": table.name, "changes": list(table.changes)} for table in self.tables],
            "spec": self.spec,
        }
