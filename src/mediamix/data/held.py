"""The cells of a file while it is read: in as little memory as says the same.

In a large file texts that repeat are codes of the different ones, and a column whose cells are all empty or
plainly numbers is numbers from its first block on. What is left is text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mediamix.data.amounts import SAMPLE, are_decimals, clearly_decimals, plainly_read
from mediamix.data.grid import LOOK, TITLES, header_in

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows from which on cells aren't held as Python's strings.
LARGE = 50_000
_REPEATS = 4  # cells per different one, from which on a column repeats itself

Batch = Sequence["pa.Array"]


@dataclass(frozen=True)
class Held:
    """Cells that were read.

    Args:
        frame: Columns numbered from 0, the index from 0, the header among the rows.
        head: The first rows, as text.
        clear: Columns that are numbers, and whose points are decimals beyond doubt.
        lost: Columns whose text has to be read again: they began as numbers and can't be read so.
    """

    frame: pd.DataFrame
    head: list[list[str | None]]
    clear: frozenset[int] = frozenset()
    lost: tuple[int, ...] = ()

    def with_texts(self, batches: Iterator[Batch]) -> Held:
        """The same with the text of the lost columns.

        Args:
            batches: The cells of these columns only.
        """
        parts: list[list[pa.Array]] = [[] for _ in self.lost]
        for batch in batches:
            for kept, column in zip(parts, batch, strict=True):
                kept.append(column)
        columns: dict[Any, pd.Series] = {i: self.frame[i] for i in self.frame.columns}
        columns |= {i: _texts(kept) for i, kept in zip(self.lost, parts, strict=True)}
        return replace(self, frame=pd.DataFrame(columns, copy=False), lost=())


def hold(batches: Iterator[Batch], n: int, numbers: bool = False) -> Held:
    """All cells, block by block.

    Args:
        batches: Texts by column.
        n: Columns.
        numbers: Whether a large file's columns may become codes and numbers.
    """
    first: list[Batch] = []
    rows = 0
    for batch in batches:
        first.append(batch)
        rows += len(batch[0])
        if rows >= LARGE:
            break
    head = [list(row) for row in zip(*(_first(first, i) for i in range(n)), strict=True)] if first else []
    large = rows >= LARGE
    if not large or not numbers:
        return Held(_as_texts(_chained(first, batches), n, large), head)
    filled, top = header_in(head)
    start = filled[top][0] + 1 if filled else 0
    columns = [_column([batch[i] for batch in first], start) for i in range(n)]
    first.clear()
    for batch in batches:
        for column, cells in zip(columns, batch, strict=True):
            column.add(cells)
    made = {}
    for i, column in enumerate(columns):
        made[i] = column.made()
        columns[i] = _Column(lost=column.lost, clear=column.clear)  # what it held may go
    clear = frozenset(i for i, column in enumerate(columns) if column.clear)
    lost = tuple(i for i, column in enumerate(columns) if column.lost)
    return Held(pd.DataFrame(made, copy=False), head, clear, lost)


@dataclass
class _Column:
    """A column on its way.

    Args:
        repeats: Whether it is codes.
        sample: Of numbers the first cells, stripped; None: it holds texts.
        parts: Its blocks: texts, codes or numbers.
        different: Of codes the different texts, with the code of each.
        points: Whether the text of a number has a point in it.
        lost: Whether it was numbers until a block wasn't.
        clear: Whether it is numbers to the end, with points that are decimals beyond doubt.
    """

    repeats: bool = False
    sample: pa.Array | None = None
    parts: list[Any] = field(default_factory=list)
    different: dict[str, int] = field(default_factory=dict)
    points: bool = False
    lost: bool = False
    clear: bool = False

    def add(self, cells: pa.Array, start: int = 0) -> None:
        """One block more, the first `start` rows of which are above the table."""
        if self.lost:
            return
        if self.sample is None:
            self.parts.append(self._coded(cells) if self.repeats else cells)
            return
        import pyarrow.compute as pc

        numbers = plainly_read(cells[start:])
        if numbers is None:
            self.lost, self.parts = True, []
            return
        self.points = self.points or bool(pc.any(pc.match_substring(cells[start:], ".")).as_py())
        self.parts.append(np.concatenate([np.full(start, np.nan), numbers]) if start else numbers)

    def _coded(self, cells: pa.Array) -> np.ndarray:
        """A code per cell, -1 for one that isn't there."""
        coded = cells.dictionary_encode()
        own = [self.different.setdefault(text, len(self.different)) for text in coded.dictionary.to_pylist()]
        kind = np.min_scalar_type(-len(self.different) - 1)
        codes = np.append(np.array(own, dtype=kind), kind.type(-1))
        return np.asarray(codes[coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)])

    def made(self) -> pd.Series:
        """The whole column; of a lost one nothing that counts."""
        if self.sample is not None and not self.lost:
            numbers = np.concatenate(self.parts)
            self.parts = []
            if are_decimals(self.sample, numbers, points=self.points):
                self.clear = clearly_decimals(self.sample)
                return pd.Series(numbers, copy=False)
            self.lost = True
        if self.lost:
            return pd.Series(dtype="float64")
        if not self.repeats:
            return _texts(self.parts)
        codes, self.parts = np.concatenate(self.parts), []
        return pd.Series(pd.Categorical.from_codes(codes, pd.Index(list(self.different), dtype=object)))


def _column(blocks: list[pa.Array], start: int) -> _Column:
    """A column that begins with these blocks, its first cell in row `start`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    coded = blocks[0].dictionary_encode()
    column = _Column(repeats=len(coded.dictionary) * _REPEATS <= len(coded))
    if not column.repeats and len(blocks[0]) > start:
        sample = pc.utf8_trim_whitespace(blocks[0][start : start + SAMPLE])
        if plainly_read(blocks[0][start:]) is not None:
            column.sample = pa.array(sample)
    for number, cells in enumerate(blocks):
        column.add(cells, start if number == 0 and column.sample is not None else 0)
    return column


def _as_texts(batches: Iterator[Batch], n: int, large: bool) -> pd.DataFrame:
    """Python's strings where cells repeat or rows are few, else packed by Arrow."""
    import pyarrow as pa

    kept: list[list[pa.Array]] = [[] for _ in range(n)]
    repeats: list[bool] = []
    for batch in batches:
        coded = [column.dictionary_encode() for column in batch] if not repeats else []
        repeats = repeats or [len(c.dictionary) * _REPEATS <= len(c) for c in coded]
        for i, column in enumerate(batch):
            kept[i].append(column.dictionary_encode() if repeats[i] else column)
    columns = {}
    for i in range(n):
        columns[i] = _strings(kept[i]) if not large or repeats[i] else _texts(kept[i])
        kept[i] = []
    pa.default_memory_pool().release_unused()
    return pd.DataFrame(columns, copy=False)


def _chained(first: list[Batch], rest: Iterator[Batch]) -> Iterator[Batch]:
    yield from first
    yield from rest


def _first(batches: list[Batch], i: int) -> list[str | None]:
    """The first cells of a column."""
    cells: list[str | None] = []
    for batch in batches:
        cells += batch[i][: LOOK + TITLES - len(cells)].to_pylist()
    return cells


def _texts(parts: Sequence[Any]) -> pd.Series:
    """Texts as Arrow holds them."""
    import pyarrow as pa

    return pd.Series(pa.chunked_array(parts, type=None if parts else pa.string()), dtype="str")


def _strings(parts: Sequence[Any]) -> pd.Series:
    """Python strings, one object per different cell: dates and names repeat."""
    import pyarrow as pa

    column = pa.chunked_array(parts, type=None if parts else pa.string())
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    coded = coded.unify_dictionaries().combine_chunks()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.chunk(0)
    different = [*coded.dictionary.to_pylist(), None]
    codes = coded.indices.fill_null(len(different) - 1).to_numpy(zero_copy_only=False)
    return pd.Series(pd.array(different, dtype=object).take(codes), dtype=object)
