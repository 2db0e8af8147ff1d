"""The same fact delivered more than once: what names a row, and which delivery of it counts.

A row is named by its date, geo and channel and by every further column that names something:
campaign, account, ad. Numbers, times and what a loader writes about its own work name nothing.
Two rows of one name are one fact twice. Where a column says when a row was loaded, the latest load
counts; else the check `duplicates` refuses them, for their sum would count the money twice.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from mediamix.core.errors import SpecError
from mediamix.core.names import plain
from mediamix.core.spec import Spec
from mediamix.core.types import Finding
from mediamix.data.cells import dates, is_numeric, matched, numbers, texts
from mediamix.data.rows import Rows

#: Columns that say when a row was loaded, the surest first; a spec may name another one.
LOAD_TIMES = (
    *("loaded_at", "_loaded_at", "load_time", "_load_time", "ingested_at", "_ingested_at"),
    *("synced_at", "_synced_at", "extracted_at", "_extracted_at", "inserted_at", "_inserted_at"),
    *("fetched_at", "imported_at", "delivered_at", "updated_at", "_dlt_load_time", "_dlt_loaded_at"),
    *("_dlt_load_id", "_fivetran_synced", "_airbyte_extracted_at", "_airbyte_emitted_at"),
    *("_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at", "_etl_loaded_at"),
)
# What describes a row or its delivery and doesn't tell one fact from another.
_ABOUT = frozenset(
    [
        "status",
        "state",
        "note",
        "notes",
        "comment",
        "comments",
        "remark",
        "remarks",
        "version",
        "revision",
        "batch",
        "batch_id",
        "load_id",
        "run_id",
        "job_id",
        "file",
        "filename",
        "source_file",
    ]
)
# Numbers of rows: another one in every row, whatever the row says.
_ROW_NUMBERS = frozenset(
    ["id", "uuid", "guid", "row", "row_id", "row_number", "index", "hash", "row_hash", "unnamed:", "0"]
)
# Codes are names, though they are written in digits.
_CODE = re.compile(r"(^|_|\s)(id|key|code|nr|no|number)$")
_CODES = frozenset(
    [
        "campaign",
        "account",
        "adset",
        "ad_set",
        "ad",
        "adgroup",
        "ad_group",
        "placement",
        "creative",
        "product",
        "store",
        "region",
        "country",
        "city",
        "dma",
        "device",
        "platform",
        "network",
        "publisher",
        "objective",
        "segment",
        "hour",
        "hour_of_day",
        "minute",
        "daypart",
        "slot",
        "age",
        "age_group",
        "zip",
        "postcode",
        "plz",
    ]
)
# Of one fact, not parts of it: what was planned and what came of it, or one spend per way to count sales.
_VERSIONS = frozenset(
    """
    plan plans planned budget budgeted forecast forecasted target booked ordered estimate estimated expected
    preliminary provisional final actual actuals delivered invoiced billed restated original corrected
    soll ist geplant prognose vorläufig endgültig
    """.split()  # noqa: SIM905 - a list of thirty quoted words is no easier to read
)
_COUNTINGS = re.compile(r"(attribution|conversion|lookback|action)_?(setting|window|model)s?")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")
_TOTALS = frozenset(["all", "total", "totals", "overall", "sum", "gesamt", "summe", "alle"])


def naming(frame: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """`keys`, and the further columns of a table that name its rows."""
    rows = Rows("", frame)
    return [*keys, *(str(c) for c in frame.columns if c not in keys and _names(rows, str(c)))]


def name_columns(frame: pd.DataFrame) -> list[str]:
    """Columns of digits that are codes (``account_id``): they name rows and measure nothing."""
    return [str(c) for c in frame.columns if _is_code(str(c).lower())]


def load_time(frame: pd.DataFrame, spec: Spec) -> str | None:
    """The column that says when a row was loaded, if there is one."""
    wanted = spec.data.loaded_at
    if wanted is not None:
        return wanted if wanted in frame.columns else None
    found = {str(column).lower(): str(column) for column in reversed(frame.columns)}
    return next((found[name] for name in LOAD_TIMES if name in found), None)


def refuse_unknown_load_time(tables: Sequence[Rows], spec: Spec) -> None:
    """SpecError where the spec names a column that no table has."""
    wanted = spec.data.loaded_at
    if wanted is not None and not any(wanted in rows.frame.columns for rows in tables):
        raise SpecError(
            f"no table has the column '{wanted}', which data.loaded_at names",
            expected="a column that says when a row was loaded, in one of the tables at least",
            got="; ".join(f"{r.name}: {', '.join(map(str, r.frame.columns))}" for r in tables),
            next_step="mend data.loaded_at, or remove it",
        )


def latest(rows: Rows, keys: Sequence[str], spec: Spec, date: str = "date") -> Rows:
    """The rows without those that a later load replaced, and without the column of load times.

    What was replaced is a remark of the table.

    Rows of one name and of one load time stay all: which one counts can't be told.

    Args:
        rows: A table as it was read.
        keys: Columns that name a row, as far as the table has them.
        spec: For `data.loaded_at`.
        date: Which of the keys is the date.
    """
    rows = matched(rows, keys, [])
    column = load_time(rows.frame, spec)
    if column is None:
        return rows
    frame = rows.frame.drop(columns=column)
    names = naming(frame, [key for key in keys if key in frame.columns])
    # a plan that is loaded after what came of it doesn't replace it
    names += [c for c in map(str, frame.columns) if c not in names and _is_versions(frame[c])]
    codes = _codes(Rows(rows.name, frame, rows.numbers, rows.day_first), names, date)
    again = codes.duplicated(keep=False).to_numpy()
    kept = np.ones(len(frame), dtype=bool)
    if again.any():
        moments = _moments(rows.frame.loc[again, column])
        newest = moments.groupby(codes[again].to_numpy()).transform("max")
        kept[again] = ((moments == newest) | newest.isna()).to_numpy()
    if not kept.all():
        facts = codes[~kept].nunique()
        rows.remarks.append(
            _replaced(replace(rows, frame=frame), column, kept, codes.isin(codes[~kept]).to_numpy(), facts)
        )
    return replace(rows, frame=frame.loc[kept])


def summed(table: pd.DataFrame, raw: Rows) -> pd.DataFrame:
    """An outcome whose rows of one date and geo are parts (stores, products), added up.

    Only where every such row has a name of its own; others stay, for the check to accuse.

    Args:
        table: ``date``, ``geo`` and numbers, row by row as in `raw`.
        raw: The table as it was read, with the columns that name the parts; it gets a remark.
    """
    keys = ["date", "geo"]
    if not table.duplicated(keys).any():
        return table
    frame = raw.frame.drop(columns=[c for c in raw.frame.columns if str(c).lower() == "currency"])
    own = [name for name in naming(frame, keys) if name not in keys]
    named = table[keys].assign(**{name: texts(frame[name]).str.lower().to_numpy() for name in own})
    if named.duplicated().any():
        return table
    parts = [name for name in own if (named.groupby(keys, sort=False)[name].nunique() > 1).any()]
    values = sorted({value for name in parts for value in named[name].unique()})
    totals = [value for value in values if value in _TOTALS]
    if totals:
        raw.remarks.append(
            Finding(
                "duplicates",
                "error",
                f"{raw.name}: {', '.join(parts)}",
                f"'{totals[0]}' stands beside its parts ({', '.join(values[:6])}): a sum counts it twice",
                "a row that is counted twice doubles its outcome",
                "remove the totals, or the parts",
            )
        )
    groups = table.groupby(keys, sort=False)
    measured = [column for column in table.columns if column not in (*keys, *own)]
    # a part without a value leaves the sum without one
    holes = table[measured].isna().groupby([table[key] for key in keys], sort=False).any()
    added = groups[measured].sum().where(~holes)
    if "population" in measured:  # of the geo, whatever the parts
        added["population"] = groups["population"].first()
    raw.remarks.append(
        Finding(
            "duplicates",
            "warning",
            f"{raw.name}: {', '.join(parts)}",
            f"{len(table)} rows of {len(added)} dates and geos, told apart by {', '.join(parts)} "
            f"({', '.join(values[:4])}{' …' if len(values) > 4 else ''}), are added up",
            "the outcome is their sum",
            "give one row per date and geo if that isn't meant",
        )
    )
    return added.reset_index()


def _names(rows: Rows, column: str) -> bool:
    """Whether a column beside the keys names rows."""
    values, name = rows.frame[column], column.lower()
    if name.startswith("_") or name in _ABOUT or name in LOAD_TIMES:
        return False
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return False
    if name in _ROW_NUMBERS and values.nunique(dropna=False) == len(values):
        return False
    if is_numeric(rows, column) or bool(values.isna().all()):
        return _is_code(name)
    cells = texts(values)
    filled = cells[cells != ""].head(50).astype(object)
    if filled.map(lambda cell: _TIME.fullmatch(cell) is not None).all():
        return False
    return _COUNTINGS.search(name.replace(" ", "_")) is None and not _is_versions(values)


def _is_versions(values: pd.Series) -> bool:
    """Whether a column says which of several versions of one fact a row is."""
    if pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_datetime64_any_dtype(values.dtype):
        return False
    different = pd.unique(values.dropna())
    if len(different) > len(_VERSIONS):
        return False
    words = {plain(str(value)) for value in different} - {""}
    return len(words) > 1 and words <= _VERSIONS


def _is_code(name: str) -> bool:
    return _CODE.search(name) is not None or name in _CODES


def _codes(rows: Rows, names: Sequence[str], date: str) -> pd.Series:
    """A number per row, equal for rows of one name; names in any case are one."""
    parts: dict[Hashable, pd.Series] = {}
    for name in names:
        if name == date:
            parts[name] = dates(rows, name, [])  # what is no date is said where the table is read
            parts["clock time"] = _clock_times(rows.frame[name])
        else:
            parts[name] = texts(rows.frame[name]).str.lower()
    return pd.DataFrame(parts, index=rows.frame.index).groupby(list(parts), sort=False, dropna=False).ngroup()


def _clock_times(values: pd.Series) -> pd.Series:
    """The clock time of each date that has one: an hour of a day is no other delivery of the next one."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        local = values.dt.tz_localize(None) if getattr(values.dtype, "tz", None) is not None else values
        return pd.Series((local - local.dt.normalize()).fillna(pd.Timedelta(0)))
    found = texts(values).str.extract(r"[T ](\d{1,2}:\d{2}(?::\d{2})?)", expand=False)
    return found.where(~found.isin(["00:00", "0:00", "00:00:00", "0:00:00"])).fillna("")


def _moments(values: pd.Series) -> pd.Series:
    """Load times as seconds; NaN where a cell is empty or can't be read, which is before all others."""
    column = Rows("", values.to_frame("at"))
    if is_numeric(column, "at"):
        return numbers(column, "at", [])
    read = pd.to_datetime(values.astype(object), errors="coerce", utc=True, format="ISO8601")
    return pd.Series(read.astype("int64") / 1e9, index=values.index).where(read.notna())


def _replaced(rows: Rows, column: str, kept: np.ndarray, touched: np.ndarray, facts: int) -> Finding:
    scratch = Rows(rows.name, rows.frame, rows.numbers, rows.day_first)
    columns = [str(name) for name in rows.frame.columns]
    measures = [c for c in columns if not _is_code(c.lower()) and is_numeric(scratch, c)]
    measure = "spend" if "spend" in measures else next(iter(measures), None)
    money = ""
    if measure is not None:
        values = numbers(scratch, measure, [])
        old, new = float(values[~kept].sum()), float(values[kept & touched].sum())
        money = f": a {measure} of {old:,.0f} was replaced, {new:,.0f} counts"
    most = 2 * int((~kept).sum()) > len(kept)
    return Finding(
        "duplicates",
        "warning" if most else "info",
        f"{rows.name}: {column}",
        f"{int((~kept).sum())} rows repeat {facts} that came again later{money}",
        f"a fact that is delivered again is not twice the amount; the latest by '{column}' counts",
        "nothing, if that is the load time; else name another column in `data.loaded_at`"
        + (", or the column that tells these rows apart (campaign, account, ad)" if most else ""),
    )
