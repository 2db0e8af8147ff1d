"""The files of a project's folder ``data/``: tables as they came, and copies of what can't be read so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from mediamix.core.spec import Numbers
from mediamix.data.cells import texts
from mediamix.data.csv_text import csv_text
from mediamix.data.guess.look import Look
from mediamix.data.guess.middle import without_end
from mediamix.data.guess.result import Role, Table
from mediamix.data.guess.roles import Drafts
from mediamix.data.guess.values import amounts_of, days_of

#: The folder, as the spec names it.
FOLDER = "data"
_AMOUNTS = frozenset((Role.SPEND, Role.EXPOSURE, Role.OUTCOME, Role.CONTROL, Role.POPULATION, Role.VALUE))
_UNSAFE = re.compile(r"[^\w.\- ()+&]|^\.+")


class Files:
    """Names of files that don't collide.

    Args:
        sources: The files that were given: each is copied under its own name.
    """

    def __init__(self, sources: Iterable[Path]) -> None:
        self._taken: set[str] = set()
        self.of: dict[Path, str] = {}
        for source in dict.fromkeys(sources):
            self.of[source] = self.free(safe_name(source.name))

    def free(self, name: str) -> str:
        """The name, or the first of ``name-2``, ``name-3`` that no other file has."""
        stem, dot, ending = name.rpartition(".")
        made, number = name, 2
        while made.casefold() in self._taken:
            made, number = f"{stem or name}-{number}{dot}{ending if dot else ''}", number + 1
        self._taken.add(made.casefold())
        return made

    def originals(self) -> list[Table]:
        """The given files, to be copied as they are."""
        return [Table(name, source) for source, name in self.of.items()]


def safe_name(name: str) -> str:
    """A file's name without what some system can't have in one."""
    return _UNSAFE.sub("_", name)[-120:] or "table.csv"


def reasons(look: Look, drafts: Drafts) -> list[str]:
    """Why a table can't be read as it is; empty: it can."""
    found = list(look.shape.changes)
    if not look.shape.first and not any("stand below each other" in change for change in found):
        found.append(f"the sheet '{look.shape.sheet}' is taken, which isn't the first")
    if look.dates.spelling:
        found.append(f"the dates of '{look.date}' are {look.dates.spelling}")
    signed = [c for c, f in look.figures.items() if f.sign and drafts[c].role in _AMOUNTS]
    if signed:
        found.append(f"signs beside numbers are left out in {', '.join(repr(c) for c in signed[:6])}")
    return found


def cleaned(look: Look, drafts: Drafts, said: Numbers | None) -> tuple[pd.DataFrame, list[str]]:
    """A wide table as it can be read: ISO dates, plain numbers, no rows that are none.

    Raises:
        DataError: Rows at its end have no date.
    """
    look = ended(look)
    columns: dict[str, pd.Series | np.ndarray] = {}
    for column in look.shape.columns:
        if column == look.date:
            columns[column] = days_of(look)
        elif column in look.shape.unnamed:
            continue
        elif drafts[column].role in _AMOUNTS or look.figures[column].kind == "number":
            columns[column] = amounts_of(look, column, said)
        else:
            columns[column] = texts(look.shape.frame[column])
    frame = pd.DataFrame(columns, index=look.shape.frame.index)
    return frame, reasons(look, drafts)


def ended(look: Look) -> Look:
    """The table without the totals and notes at its end.

    Raises:
        DataError: Rows at its end have no date, and aren't totals.
    """
    if not np.isnat(look.dates.days).any():
        return look
    shape, days = without_end(look.shape, look.date, look.dates.days)
    return replace(look, shape=shape, dates=replace(look.dates, days=days))


def written(name: str, frame: pd.DataFrame, changes: Iterable[str]) -> Table:
    """A table that is written; whole numbers without a point."""
    whole = {
        column: frame[column].astype("Int64")
        for column in frame.columns
        if frame[column].dtype.kind == "f" and _is_whole(frame[column].to_numpy())
    }
    return Table(name, None, csv_text(frame.assign(**whole)), tuple(changes))


def _is_whole(values: np.ndarray) -> bool:
    known = values[np.isfinite(values)]
    return bool(len(known)) and bool((np.abs(known) < 2**53).all() and (known == np.rint(known)).all())
