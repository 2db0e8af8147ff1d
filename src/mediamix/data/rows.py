"""One raw table on its way: its cells, what the spec says about reading them, what was noticed."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from mediamix.core.notation import Notation
from mediamix.core.spec import Numbers
from mediamix.core.types import Finding


@dataclass(frozen=True)
class Doubt:
    """A column whose numbers can be read in two ways.

    Args:
        column: Its name.
        examples: Up to three different cells and their rows.
        readings: The two ways.
        values: What the first example is in each of them.
    """

    column: str
    examples: tuple[tuple[str, str], ...]
    readings: tuple[Notation, Notation]
    values: tuple[float, float]


@dataclass(frozen=True)
class Rows:
    """A raw table and the name to call it by in messages.

    Args:
        name: File name, or the argument's name for a frame.
        frame: Cells as read; the index is the row as a spreadsheet counts it.
        numbers: How the spec says that text cells write numbers, if it does.
        day_first: Whether ``03/04/2024`` is the third of April, if the spec says so.
        remarks: What reading has to tell; whoever reads cells adds to it.
        doubts: Columns that can be read in two ways; likewise.
    """

    name: str
    frame: pd.DataFrame
    numbers: Numbers | None = None
    day_first: bool | None = None
    remarks: list[Finding] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    def tell(self, message: str, advice: str = "", *, severity: str = "info", where: str = "") -> None:
        """Add a remark about how the table was read, once."""
        place = f"{self.name}, {where}" if where else self.name
        why = "what stands in a file and what is meant by it are two things"
        finding = Finding("reading", severity, place, message, why, advice)  # type: ignore[arg-type]
        if finding not in self.remarks:
            self.remarks.append(finding)


def asked(doubts: list[Doubt], name: str) -> list[str]:
    """One question per pair of readings, with three values and the lines that answer it."""
    lines = []
    for pair in dict.fromkeys(doubt.readings for doubt in doubts):
        same = [doubt for doubt in doubts if doubt.readings == pair]
        first = same[0]
        cells = ", ".join(f"'{cell}' (row {row})" for cell, row in first.examples)
        columns = ", ".join(f"'{doubt.column}'" for doubt in same)
        ways = " or ".join(
            f"`{reading.as_spec()}` for {value:.15g}"
            for reading, value in zip(pair, first.values, strict=True)
        )
        noun = "column" if len(same) == 1 else "columns"
        lines.append(
            f"{name}, {noun} {columns}: {cells} can be read with thousands or with decimals; "
            f"say which in the spec: {ways}"
        )
    return lines
