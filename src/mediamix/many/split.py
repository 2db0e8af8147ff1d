"""The rows of each brand: tables are read once and cut by a column.

Channels that a brand doesn't use are left out of its fit: a template that names all channels of a table
fits all of its brands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError, SpecError
from mediamix.core.names import plain
from mediamix.core.registry import suggestion
from mediamix.core.spec import Spec, WideChannel
from mediamix.data.cells import matched, texts
from mediamix.data.files import Source, read_rows
from mediamix.data.normalise import MEDIA_NUMBERS
from mediamix.data.rows import Rows

#: Tables that must tell brands apart; the others may hold for all.
_MUST = ("wide", "media", "outcome", "experiments")
#: A column with fewer rows per name than this names rows, not brands.
ROWS_PER_NAME = 3


@dataclass(frozen=True)
class Brand:
    """The rows of one brand.

    Args:
        name: As it is first written; empty: rows that name none.
        tables: Its rows by what they are.
        data: Their hash.
        lacks: Tables that have no row of it.
        silent: Channels of the table that it doesn't use.
    """

    name: str
    tables: Mapping[str, Rows]
    data: str
    lacks: tuple[str, ...]
    silent: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Of its outcome."""
        table = self.tables.get("wide") or self.tables.get("outcome")
        return 0 if table is None else len(table.frame)


def tables_of(spec: Spec, base: Path, wide: Source | None) -> dict[str, Rows]:
    """The raw tables of a spec, by what they are.

    Raises:
        UserError: One can't be read, or the spec names none.
    """
    data = spec.data
    sources: dict[str, Any] = {}
    if wide is not None:
        sources = {"wide": wide}
    elif data.wide is not None:
        sources = {"wide": base / data.wide}
    else:
        for name in ("media", "outcome", "controls", "events"):
            if isinstance(path := getattr(data, name), str):
                sources[name] = base / path
    if "wide" not in sources and not {"media", "outcome"} <= set(sources):
        raise SpecError(
            "the spec names no data",
            expected="data: {media: media.csv, outcome: outcome.csv}, or {wide: table.csv, …}",
            next_step="add the tables to the spec",
        )
    if spec.calibration is not None:
        sources["experiments"] = base / spec.calibration
    return {name: read_rows(source, name, spec) for name, source in sources.items()}


def brands_of(tables: Mapping[str, Rows], by: str, spec: Spec) -> list[Brand]:
    """Every brand, in the order of the outcome's rows.

    Raises:
        DataError: A table has no such column, or it isn't one of brands.
        SpecError: The spec uses the column for something else.
    """
    _refuse_used(by, spec)
    found = {name: column for name, rows in tables.items() if (column := _column(rows, by)) is not None}
    _refuse_absent(tables, found, by)
    known = "wide" if "wide" in tables else "outcome"
    cuts = {name: _Cut.of(tables[name], column) for name, column in found.items()}
    rows_per_name = len(tables[known].frame) / max(1, len(cuts[known].positions))
    if rows_per_name < ROWS_PER_NAME and len(cuts[known].positions) > 1:
        raise DataError(
            f"the column '{by}' of {tables[known].name} names rows, not brands",
            expected="a column with one name for many rows",
            got=f"{len(cuts[known].positions):,} names in {len(tables[known].frame):,} rows",
            next_step="is it an id or a date? Name the column of the brand",
        )
    order = dict.fromkeys(form for name in (known, *cuts) for form in cuts[name].positions)
    active = _activity(tables, spec)
    hashes = {name: _hashes(rows.frame) for name, rows in tables.items()}
    return [_brand(form, tables, cuts, active, hashes) for form in order]


def _brand(
    form: str,
    tables: Mapping[str, Rows],
    cuts: Mapping[str, _Cut],
    active: Mapping[str, np.ndarray],
    hashes: Mapping[str, np.ndarray],
) -> Brand:
    own: dict[str, Rows] = {}
    digest = hashlib.sha256()
    lacks: list[str] = []
    table = "wide" if "wide" in tables else "media"
    at = cuts[table].positions.get(form, np.array([], dtype=np.int64))
    silent = [name for name, rows in active.items() if not rows[at].any()]
    for name, rows in tables.items():
        cut = cuts.get(name)
        here = None if cut is None else cut.positions.get(form, np.array([], dtype=np.int64))
        if here is not None and not len(here):
            if name in ("wide", "media", "outcome"):
                lacks.append(rows.name)
            continue
        frame = rows.frame if here is None else rows.frame.iloc[here]
        digest.update("\0".join([name, *map(str, rows.frame.columns)]).encode())
        digest.update((hashes[name] if here is None else hashes[name][here]).tobytes())
        if cut is not None and name != "wide":
            frame = frame.drop(columns=cut.column)
        own[name] = replace(rows, frame=frame, remarks=list(rows.remarks), doubts=[])
    if "media" in own and silent:
        channel = _column(own["media"], "channel")
        media = own["media"].frame
        kept = ~texts(media[channel]).map(plain).isin([plain(name) for name in silent])
        own["media"] = replace(own["media"], frame=media[kept.to_numpy()])
    spelled = next(cut.spelled[form] for cut in cuts.values() if form in cut.spelled)
    return Brand(spelled, own, digest.hexdigest()[:16], tuple(lacks), tuple(silent))


@dataclass(frozen=True)
class _Cut:
    """Where the rows of each brand are in a table."""

    column: str
    positions: dict[str, np.ndarray]
    spelled: dict[str, str]

    @classmethod
    def of(cls, rows: Rows, column: str) -> _Cut:
        text = texts(rows.frame[column]).to_numpy()
        codes, different = pd.factorize(text)
        forms = [plain(str(name)) for name in different]
        spelled: dict[str, str] = {}
        for form, name in zip(forms, different, strict=True):
            spelled.setdefault(form, str(name))
        number = {form: i for i, form in enumerate(spelled)}
        codes = np.array([number[form] for form in forms], dtype=np.int64)[codes]
        order = np.argsort(codes, kind="stable")
        edges = np.searchsorted(codes[order], np.arange(len(number) + 1))
        positions = {form: order[edges[i] : edges[i + 1]] for form, i in number.items()}
        return cls(column, positions, spelled)


def _hashes(frame: pd.DataFrame) -> np.ndarray:
    """One number per row, of its cells alone: where it stands in the table doesn't count."""
    return np.asarray(pd.util.hash_pandas_object(frame, index=False).to_numpy())


def _activity(tables: Mapping[str, Rows], spec: Spec) -> dict[str, np.ndarray]:
    """Channel → the rows in which anything of it is there."""
    data = spec.data
    if "wide" in tables:
        mapped = data.media if isinstance(data.media, dict) else {}
        wanted = [column for channel in mapped.values() for column in channel.columns.values()]
        frame = matched(tables["wide"], wanted, []).frame
        return {name: _any_of(frame, channel) for name, channel in mapped.items()}
    rows = matched(tables["media"], ("channel", *MEDIA_NUMBERS, *sorted(spec.exposures)), [])
    there = [c for c in (*MEDIA_NUMBERS, *sorted(spec.exposures)) if c in rows.frame.columns]
    if "channel" not in rows.frame.columns or not there:
        return {}
    said = np.any([_something(rows.frame[column]) for column in there], axis=0)
    channel = texts(rows.frame["channel"])
    forms = channel.map(plain).to_numpy()
    names = dict(zip(forms, channel, strict=True))
    return {name: said & (forms == form) for form, name in names.items() if name}


def _any_of(frame: pd.DataFrame, channel: WideChannel) -> np.ndarray:
    there = [column for column in channel.columns.values() if column in frame.columns]
    if not there:
        return np.ones(len(frame), dtype=bool)  # what is missing is said when it is read
    return np.asarray(np.any([_something(frame[column]) for column in there], axis=0))


def _something(cells: pd.Series) -> np.ndarray:
    """Where a cell holds an amount other than zero, whatever its notation: it has a digit from 1 to 9."""
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return np.asarray(cells.fillna(0).to_numpy() != 0)
    codes, different = pd.factorize(cells.astype(object).to_numpy(), use_na_sentinel=False)
    says = np.array([any("1" <= letter <= "9" for letter in str(cell)) for cell in different], dtype=bool)
    return np.asarray(says[codes])


def _column(rows: Rows, name: str) -> str | None:
    """The column of a name, however it is written."""
    columns = [str(column) for column in rows.frame.columns]
    if name in columns:
        return name
    return next((column for column in columns if plain(column) == plain(name)), None)


def _refuse_used(by: str, spec: Spec) -> None:
    data = spec.data
    used = {"date": "the date", "channel": "the channel", plain(data.date): "the date"}
    if data.wide is not None:
        used |= {plain(name): "mapped already" for name in (data.geo, data.outcome, data.population) if name}
        mapped = data.media if isinstance(data.media, dict) else {}
        used |= {plain(c): f"of the channel '{n}'" for n, one in mapped.items() for c in one.columns.values()}
    if plain(by) in used:
        raise SpecError(
            f"the column '{by}' can't name brands: in this spec it is {used[plain(by)]}",
            expected="a column that says whose rows they are",
            got=by,
            next_step="name the column of the brand",
        )


def _refuse_absent(tables: Mapping[str, Rows], found: Mapping[str, str], by: str) -> None:
    absent = [rows for name, rows in tables.items() if name in _MUST and name not in found]
    if not absent:
        return
    lines = []
    for rows in absent:
        columns = [str(column) for column in rows.frame.columns]
        lines.append(f"{rows.name}: {suggestion(by, columns) or 'columns: ' + ', '.join(columns[:12])}")
    raise DataError(
        f"there is no column '{by}' that says whose rows they are",
        expected=f"a column '{by}' in {', '.join(rows.name for rows in absent)}",
        details=lines,
        next_step="give the name of the column as it stands in the table",
    )
