"""Values that can't be meant are errors that name the cell; what is merely far off is not."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import DataError
from mediamix.core.spec import Spec
from mediamix.data.absurd import absurd
from mediamix.data.checking import Evidence
from mediamix.data.checks.absurd import find
from mediamix.data.read import build, read

COLUMNS = {"media": ("spend", "impressions"), "outcome": ("revenue", "population"), "controls": ("price",)}
CELLS = [(table, column) for table, columns in COLUMNS.items() for column in columns]


@pytest.mark.parametrize(("table", "column"), CELLS)
@pytest.mark.parametrize("value", [1e12, -1e12, 1e16, 1e308, -1e308, 5e-324])
def test_one_absurd_cell_is_an_error_that_names_it(geo_frames, table: str, column: str, value: float) -> None:
    given = {name: getattr(geo_frames, name) for name in COLUMNS}
    frame = given[table].astype({column: float})
    frame.loc[3, column] = value
    given[table] = frame
    with pytest.raises(
        DataError, match=rf"{table} row 5, column '{column}': {value:.6g}".replace("+", r"\+")
    ) as e:
        read(**given)
    line = next(line for line in e.value.details if "can't be meant" in line)
    if column != "population":
        assert "on 2022-01-24" in line
    if table == "media":
        assert "of 'tv'" in line
    if abs(value) == 1e12 and column == "spend":
        largest = frame.loc[(frame["channel"] == "tv") & (frame.index != 3), "spend"].max()
        assert f"its other values reach {largest:,.6g}" in line


@pytest.mark.parametrize("text", ["inf", "-inf", "1e400", "Infinity"])
def test_infinities_are_no_numbers(frames, text: str) -> None:
    media = frames.media.astype({"spend": object})
    media.loc[3, "spend"] = text
    with pytest.raises(DataError, match=rf"media row 5, column 'spend': '{text}' is not a number"):
        read(media, frames.outcome)


def test_the_same_in_tables_that_no_file_stands_behind(frames) -> None:
    tables = frames.tables(Spec())
    tables.media.loc[3, "spend"] = 1e12
    with pytest.raises(DataError, match=r"'spend': 1e\+12 of 'tv' on 2022-01-24 can't be meant"):
        build(tables, Spec(), date(2026, 1, 1))
    good = Evidence(frames.tables(Spec()), None, Spec(), date(2026, 1, 1))
    assert list(find(good)) == []


@pytest.mark.parametrize("value", [1e-13, 1e-60])
def test_a_series_of_nothing_but_rounding(frames, value: float) -> None:
    media = frames.media.copy()
    media.loc[media["channel"] == "tv", "spend"] = value
    with pytest.raises(DataError, match=r"the largest value of 'tv' is .* nothing but rounding"):
        read(media, frames.outcome)


REAL = {
    "a burst beside small change": [0.02] * 60 + [900_000.0] * 3,
    "a heavy tail": list(np.exp(np.random.default_rng(0).normal(5, 3, 400))),
    "a change of unit is another check's": [100.0] * 50 + [100e6] * 50,
    "growth": list(np.exp(np.linspace(0, 20, 100))),
    "a first large campaign": [3_000.0] * 40 + [2_000_000.0],
}


@pytest.mark.parametrize("case", REAL)
def test_what_happens_is_not_absurd(case: str) -> None:
    values = np.array(REAL[case])
    assert np.isnan(absurd(values, np.zeros(len(values), dtype=int))).all()


def test_small_series_beside_large_ones() -> None:
    values = np.array([1.0] * 30 + [2e6] + [1e6] * 30)
    series = np.repeat([0, 1], [31, 30])
    assert np.isnan(absurd(values, series)).all()  # 2e6 is nothing special in this column
    values[30] = 1e12
    assert absurd(values, series)[30] == 1.0
    assert pd.isna(absurd(values, series)[:30]).all()
