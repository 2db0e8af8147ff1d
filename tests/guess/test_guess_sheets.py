"""A workbook with a sheet per channel: found by the sheets' names, else asked about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from tables import saved
from test_guess_known_sets import read_back

from mediamix.core.errors import DataError
from mediamix.data.guess.whole import guess


def per_channel(wide: pd.DataFrame, path: Path, names: tuple[str, str]) -> list[Path]:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, column in zip(names, ("tv_spend", "search_cost"), strict=True):
        sheet = book.create_sheet(name)
        sheet.append(["date", "spend"])
        for day, amount in zip(wide["date"], wide[column], strict=True):
            sheet.append([day, float(amount)])
        sheet.append(["Total", float(wide[column].sum())])
    book.save(path)
    return [path, saved(wide[["date", "revenue"]], path.with_name("sales.csv"))]


def test_sheets_that_are_called_after_media_are_channels(wide: pd.DataFrame, tmp_path: Path) -> None:
    found = guess(per_channel(wide, tmp_path / "plan.xlsx", ("TV", "Paid Search")))
    assert any("TV, Paid Search stand below each other, a channel each" in note for note in found.notes)
    _, findings, dataset = read_back(found, tmp_path / "project")
    assert [f.message for f in findings if f.severity == "error"] == []
    assert dataset is not None
    assert dataset.channel_names == ("TV", "Paid Search")
    np.testing.assert_allclose(dataset.spend_c, [wide["tv_spend"].sum(), wide["search_cost"].sum()])


def test_other_sheets_of_the_same_dates_are_asked_about(wide: pd.DataFrame, tmp_path: Path) -> None:
    paths = per_channel(wide, tmp_path / "plan.xlsx", ("Alpha", "Beta"))
    with pytest.raises(DataError, match="--set sheets=channels or --set sheets=geos"):
        guess(paths)
    _, _, dataset = read_back(guess(paths, {"sheets": "channels"}), tmp_path / "project")
    assert dataset is not None
    assert dataset.channel_names == ("Alpha", "Beta")
