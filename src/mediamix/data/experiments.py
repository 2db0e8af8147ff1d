"""The table of experiments: tests of channels with their lift, as `Experiment` records.

A row says which channel was tested when (and where), by how much its spend was changed, and what that changed
in the outcome. How a change becomes one of exposure is in `data.tested`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from mediamix.core.names import plain
from mediamix.core.numbers import amount, money, times
from mediamix.core.spec import Spec
from mediamix.core.types import Experiment, Finding
from mediamix.data.cells import ask, dates, names, numbers, raise_problems, require, texts
from mediamix.data.dataset import Dataset
from mediamix.data.experiment_cells import Days, change_of, days_of, geos_of, known_of
from mediamix.data.files import Source, read_rows
from mediamix.data.rows import Rows
from mediamix.data.tested import Change, changed

#: Column → other spellings of it; blanks, dashes and underscores count alike.
COLUMNS = {
    "channel": ("medium", "channel collected"),
    "geo": ("geos", "region", "regions", "market", "markets"),
    "start": ("start date", "from", "first day", "lift start date", "liftstartdate"),
    "end": ("end date", "to", "last day", "lift end date", "liftenddate"),
    "until": ("measured until", "measured to"),
    "spend_change": ("change of spend", "delta spend", "incremental spend", "delta x"),
    "change": ("relative change", "test", "state"),
    "lift": ("incremental", "incremental outcome", "uplift", "lift abs", "liftabs", "delta y"),
    "se": ("standard error", "std error", "stderr", "lift se", "error", "sigma"),
}
#: From so many standard errors on a lift that goes against its change of spend isn't chance.
AGAINST = 3.0


def with_experiments(dataset: Dataset, source: Source, spec: Spec) -> Dataset:
    """The dataset with the experiments of a table, each told as a finding.

    Args:
        dataset: That was tested.
        source: Path or frame.
        spec: For how numbers and dates are written.

    Raises:
        FolderError: The file is absent or can't be read.
        DataError: All that is wrong with the rows, at once.
    """
    rows = _named(read_rows(source, "experiments", spec))
    problems: list[str] = []
    if require(rows, ("channel", "start", "end", "lift", "se"), problems):
        if not {"spend_change", "change"} & set(rows.frame.columns):
            problems.append(
                f"{rows.name}: a column 'spend_change' (money) or 'change' (off, on, -30%) is missing"
            )
        read = list(_read(rows, dataset, problems))
        ask(rows, problems)
        problems += _twice(rows.name, read)
    raise_problems(problems, f"the experiments can't be used as they are ({rows.name})")
    made = tuple(one for _, one in read)
    told = (*rows.remarks, *(_told(one, dataset) for one in made))
    return replace(dataset, experiments=made, findings=(*dataset.findings, *told))


def _named(rows: Rows) -> Rows:
    """The table with its columns under our names."""
    ours = {_loose(other): name for name, others in COLUMNS.items() for other in (name, *others)}
    found: dict[str, str] = {}
    for column in map(str, rows.frame.columns):
        name = ours.get(_loose(column))
        if name is not None and name not in found.values() and (name == column or name not in rows.frame):
            found[column] = name
    return replace(rows, frame=rows.frame.rename(columns=found))


def _loose(name: str) -> str:
    return " ".join(plain(name).replace("_", " ").replace("-", " ").split())


@dataclass(frozen=True)
class _Cells:
    """Typed columns of the table; absent ones are filled."""

    channel: pd.Series
    geo: pd.Series
    start: pd.Series
    end: pd.Series
    until: pd.Series
    spend_change: pd.Series
    change: pd.Series
    lift: pd.Series
    se: pd.Series


def _cells(rows: Rows, problems: list[str]) -> _Cells:
    index, there = rows.frame.index, set(map(str, rows.frame.columns))
    nothing = pd.Series(np.nan, index=index)
    end = dates(rows, "end", problems)
    until = end
    if "until" in there:
        filled = texts(rows.frame["until"]) != ""
        part = replace(rows, frame=rows.frame[filled])
        until = end.copy()
        if filled.any():
            until[filled] = dates(part, "until", problems)
    return _Cells(
        channel=names(rows, "channel", problems),
        geo=texts(rows.frame["geo"]) if "geo" in there else pd.Series("", index=index),
        start=dates(rows, "start", problems),
        end=end,
        until=until,
        spend_change=numbers(rows, "spend_change", problems) if "spend_change" in there else nothing,
        change=texts(rows.frame["change"]) if "change" in there else pd.Series("", index=index),
        lift=numbers(rows, "lift", problems),
        se=numbers(rows, "se", problems),
    )


def _read(rows: Rows, dataset: Dataset, problems: list[str]) -> Iterator[tuple[int, Experiment]]:
    """Row number and experiment of every row that can be used."""
    cells = _cells(rows, problems)
    for row in rows.frame.index:
        here = f"{rows.name} row {row}"
        wrong: list[str] = []
        one = {name: getattr(cells, name)[row] for name in _Cells.__annotations__}
        channel = known_of(one["channel"], dataset.channel_names, "channel", wrong)
        geos = geos_of(one["geo"], dataset, wrong)
        days = days_of(one, dataset, wrong)
        lift, error = float(one["lift"]), float(one["se"])
        if not np.isfinite(lift):
            wrong.append("column 'lift': a test without a lift says nothing; a lift of nothing is 0")
        if not error > 0 or not np.isfinite(error):
            wrong.append(
                f"column 'se': the standard error is {error:g}; expected above 0 (half of a 95% interval's "
                "width over 1.96)"
            )
        change = change_of(str(one["change"]), float(one["spend_change"]), wrong)
        if channel is not None and geos is not None and days is not None and change is not None:
            yield from _made(int(row), (channel, geos, days, change, lift, error), dataset, wrong)
        problems.extend(f"{here}, {line}" for line in wrong)


_Row = tuple[str, tuple[str, ...], Days, Change, float, float]


def _made(row: int, read: _Row, dataset: Dataset, wrong: list[str]) -> Iterator[tuple[int, Experiment]]:
    """The experiment, with its change as one of exposure."""
    channel, geos, (start, end, until), change, lift, error = read
    moved = changed(dataset, channel, geos, start, end, change)
    if isinstance(moved, str):
        wrong.append(moved)
        return
    exposure, spend = moved
    if np.isfinite(lift) and error > 0 and lift * np.sign(exposure) < -AGAINST * error:
        more = "more" if exposure > 0 else "less"
        wrong.append(
            f"column 'lift': {lift:g} ± {error:g} where {more} was spent; expected the sign of the change of "
            "spend, as a lift is the outcome with the test less the outcome without it: turn the sign of "
            "one of them (that a channel does harm is nothing that this model can say)"
        )
    yield row, Experiment(channel, start, end, until, lift, error, exposure, spend, geos)


def _twice(name: str, read: list[tuple[int, Experiment]]) -> Iterator[str]:
    """A line for every pair of rows that would count the same days of a channel twice."""
    for (row, one), (other_row, other) in combinations(read, 2):
        if one.channel != other.channel or one.start > other.end or other.start > one.end:
            continue
        if one.geos and other.geos and not set(one.geos) & set(other.geos):
            continue
        same = (one.start, one.end, one.geos) == (other.start, other.end, other.geos)
        yield (
            f"{name} rows {row} and {other_row}: "
            + (f"the test of {one.label} is there twice" if same else
               f"two tests of {one.channel} overlap ({one.label}; {other.label}) and would count twice")
            + "; keep one of them"
        )  # fmt: skip


def _told(one: Experiment, dataset: Dataset) -> Finding:
    """What is known of a test, for `check`."""
    unit, currency = dataset.outcome_unit, dataset.currency
    lift = f"lift {amount(one.lift, unit, currency)} ± {amount(one.error, unit, currency)}"
    spend = (
        "" if one.spend_change is None else f" from {money(one.spend_change, currency, signed=True)} of spend"
    )
    worth = dataset.worth
    roi = (
        ""
        if worth is None or not one.spend_change
        else f", a return of {times(one.lift * worth / one.spend_change)}"
    )
    return Finding(
        "experiments", "info", one.label, f"{lift}{spend}{roi}",
        "each experiment is an observation of the model beside the outcome",
    )  # fmt: skip
