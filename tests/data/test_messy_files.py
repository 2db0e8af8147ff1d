"""Sheets as agencies send them: a title above, odd headers, text numbers, dd/mm dates, a total below."""

from __future__ import annotations

import csv
import io
import re
from itertools import product
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from mediamix.core.errors import DataError, SpecError
from mediamix.core.spec import Spec, load_spec, parse_spec
from mediamix.data.dataset import Dataset
from mediamix.data.files import read_rows
from mediamix.data.grid import header_at
from mediamix.data.read import examine, read
from mediamix.data.text_file import look_at_text, separator_of

TITLE = "Media plan & sales 2022–2024, Brand X (EUR)"
HEADER = [
    "Week commencing",
    "TV (€)",
    "Paid Social\n(Meta + TikTok) €",
    " Radio",
    "Price Index",
    "Net Sales (€)",
]
SPEC = parse_spec(
    {
        "data": {
            "wide": "mine.xlsx",
            "date": "Week commencing",
            "outcome": "Net Sales (€)",
            "media": {
                "tv": {"spend": "TV (€)"},
                "social": {"spend": "Paid Social (Meta + TikTok) €"},
                "radio": {"spend": "Radio"},
            },
            "controls": ["Price Index"],
        }
    }
)
N = 110


def sheet() -> tuple[list[list[object]], Dataset]:
    """Title, header, rows and total as an agency writes them, and the dataset that was meant."""
    rng = np.random.default_rng(4)
    dates = pd.date_range("2022-01-03", periods=N, freq="7D")
    money = np.round(rng.gamma(4.0, 9_000.0, (N, 3)), 2)
    price, sales = np.round(rng.normal(100, 3, N), 2), np.round(rng.normal(1.6e6, 1e5, N), 2)
    rows: list[list[object]] = [[TITLE, *[None] * 5], list(HEADER)]
    for t in range(N):
        row = [f"{dates[t]:%d/%m/%Y}", *(f"{x:,.2f}" for x in money[t]), float(price[t]), f"{sales[t]:,.2f}"]
        rows.append(row)
    rows.append(["Total", *(f"{x:,.2f}" for x in money.sum(axis=0)), None, f"{sales.sum():,.2f}"])
    columns = {"Week commencing": dates, "Price Index": price, "Net Sales (€)": sales}
    names = ["TV (€)", "Paid Social (Meta + TikTok) €", "Radio"]
    meant = pd.DataFrame({**columns, **dict(zip(names, money.T, strict=True))})
    return rows, read(wide=meant, spec=SPEC)


def excel(rows: list[list[object]], path: Path) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if rows[0][1:2] == [None]:
        book.active.merge_cells("A1:F1")
    book.save(path)
    return path


def german(cell: object) -> object:
    if isinstance(cell, float):
        return str(cell).replace(".", ",")
    is_number = isinstance(cell, str) and cell[:1].isdigit() and "/" not in cell
    return str(cell).translate(str.maketrans(",.", ".,")) if is_number else cell


def text(rows: list[list[object]], separator: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return stream.getvalue()


def test_the_agencys_excel_sheet_is_read_as_it_was_meant(tmp_path: Path) -> None:
    rows, meant = sheet()
    data = read(wide=excel(rows, tmp_path / "mine.xlsx"), spec=SPEC)
    assert data.hash == meant.hash
    said = [finding.message for finding in data.findings if finding.check == "reading"]
    assert said[0] == f"row 2 is taken as the header, what stands above it is left out: '{TITLE}'"
    assert said[1].startswith(f"row {N + 3} ('Total') is the sum of the rows above and is left out: TV (€) ")
    assert f"Net Sales (€) {meant.outcome_gt.sum():,.15g}"[:22] in said[1]
    assert said[2] == (
        "numbers are read with decimals by a point, thousands by a comma, as the columns are written"
    )
    assert {finding.severity for finding in data.findings} == {"info"}


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252")


@pytest.mark.parametrize(("encoding", "locale"), list(product(ENCODINGS, ("en", "de"))))
def test_the_same_sheet_as_csv(tmp_path: Path, encoding: str, locale: str) -> None:
    rows, meant = sheet()
    if locale == "de":
        rows = [[german(cell) for cell in row] for row in rows]
    for separator, title in product(",;\t", ("padded", "bare", "none", "sep")):
        body = text(rows[1:] if title != "padded" else rows, separator)
        above = {"bare": TITLE.replace(",", "") + "\r\n", "sep": f"sep={separator}\r\n"}.get(title, "")
        path = tmp_path / f"{title}.csv"
        path.write_bytes((above + body).encode(encoding))
        data = read(wide=path, spec=SPEC)
        assert data.hash == meant.hash, (separator, title)
        told = [finding.message for finding in data.findings]
        assert any("('Total') is the sum" in message for message in told)
        assert any("Windows-1252" in message for message in told) == (encoding == "cp1252")


def test_a_total_that_is_no_sum_is_asked_about_and_never_dropped(tmp_path: Path) -> None:
    rows, _ = sheet()
    wrong = [*rows[:50], *rows[70:]]  # rows are missing
    with pytest.raises(DataError, match=r"row 93 \('Total'\): is called a total and isn't the sum"):
        read(wide=excel(wrong, tmp_path / "mine.xlsx"), spec=SPEC)


def test_a_total_that_differs_in_one_column_is_a_warning(tmp_path: Path) -> None:
    rows, meant = sheet()
    rows[-1][3] = "1,000.00"
    data = read(wide=excel(rows, tmp_path / "mine.xlsx"), spec=SPEC)
    assert data.hash == meant.hash
    warned = [f.message for f in data.findings if f.severity == "warning"]
    assert len(warned) == 1
    assert "isn't the sum of the rows above in: Radio 1,000 (" in warned[0]


ENDS = {
    "without a name": (["", "", "SUM", ""], r"row 6 is the sum of the rows above"),
    "in the channel": (["", "Gesamt:", "SUM", ""], r"row 6 \('Gesamt:'\) is the sum"),
    "with a year": (["Total 2024", "", "SUM", ""], r"row 6 \('Total 2024'\) is the sum"),
    "a mean": (["Average", "", "MEAN", ""], r"row 6 \('Average'\) is the mean"),
    "a note": (["Source: the agency", "", "", ""], r"row 6 \('Source: the agency'\) has no number"),
}
LONG = [
    ["2024-01-01", "tv", "10.5"],
    ["2024-01-08", "tv", "20.25"],
    ["2024-01-15", "tv", "30"],
    ["2024-01-22", "tv", "7"],
]


def long_rows(tmp_path: Path, end: list[str], kind: str = "csv") -> tuple[pd.DataFrame, list[str]]:
    figures = {"SUM": "67.75", "MEAN": "16.9375"}
    rows = [["date", "channel", "spend"], *LONG, [figures.get(cell, cell) for cell in end[:3]]]
    path = tmp_path / f"media.{kind}"
    if kind == "csv":
        path.write_text(text(rows, ","))
    else:
        excel(rows, path)
    from mediamix.data.normalise import long_tables

    outcome = read_rows(pd.DataFrame({"date": ["2024-01-01"], "revenue": [1.0]}), "outcome")
    tables = long_tables(read_rows(path, "media"), outcome, None, None, Spec())
    return tables.media, [finding.message for finding in tables.findings]


@pytest.mark.parametrize("case", ENDS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_ends_of_long_tables(tmp_path: Path, case: str, kind: str) -> None:
    end, message = ENDS[case]
    media, told = long_rows(tmp_path, end, kind)
    assert media["spend"].tolist() == [10.5, 20.25, 30.0, 7.0]
    assert len(told) == 1
    assert re.match(message, told[0])


KEPT = {
    "a row whose date is missing": ["", "tv", "67.75"],
    "another number": ["Total", "", "60"],
    "a name for a date": ["soon", "tv", "5"],
}


@pytest.mark.parametrize("case", KEPT)
def test_rows_that_only_look_like_a_total_stop_the_reading(tmp_path: Path, case: str) -> None:
    with pytest.raises(DataError, match=r"media\.csv row 6"):
        long_rows(tmp_path, KEPT[case])


def test_a_channel_that_is_the_sum_of_the_others_is_an_error(frames) -> None:
    total = frames.media.groupby("date", as_index=False)[["spend", "impressions"]].sum()
    media = pd.concat([frames.media, total.assign(channel="Total")])
    with pytest.raises(DataError, match="'Total' is the sum of all other channels on 160 of 160 dates"):
        read(media, frames.outcome)
    other = frames.media[frames.media["channel"] == "tv"].assign(channel="Total")
    assert "Total" in read(pd.concat([frames.media, other]), frames.outcome).channel_names


def test_a_geo_that_is_the_sum_of_the_others_is_an_error(geo_frames) -> None:
    total = geo_frames.outcome.groupby("date", as_index=False)["revenue"].sum()
    outcome = pd.concat([geo_frames.outcome.drop(columns="population"), total.assign(geo="Total")])
    with pytest.raises(DataError, match="'Total' is the sum of all other geos"):
        read(geo_frames.media, outcome, spec=parse_spec({"geo": {}}))


def test_absent_columns_are_one_message(tmp_path: Path) -> None:
    rows, _ = sheet()
    path = excel([row[:2] for row in rows[1:]], tmp_path / "mine.xlsx")
    spec = SPEC.model_copy(update={"data": SPEC.data.model_copy(update={"wide": path.name})})
    found = examine(spec, tmp_path)
    assert len(found) == 1
    assert found[0].message.startswith(
        "4 columns are missing: 'Net Sales (€)', 'Paid Social (Meta + TikTok) €'"
    )
    assert found[0].message.endswith("columns: Week commencing, TV (€)")


def test_which_row_is_the_header() -> None:
    data = [["2024-01-01", "tv", "5"]] * 3
    assert header_at([["a", "b", "c"], *data]) == 0
    assert header_at([["Report", "", ""], ["a", "b", "c"], *data]) == 1
    assert header_at([["Report", "", ""], ["by", "me", ""][:1], ["a", "b", "c"], *data]) == 2
    # a header that names a few columns only is one; the row below it is none
    assert header_at([["date", "", "", "", ""], ["2024-01-01", "1", "2", "3", "4"]]) == 0
    assert header_at([["a"], ["1"], ["2"]]) == 0


def test_separators_and_encodings(tmp_path: Path) -> None:
    assert separator_of("Report, Q1, 2024\na;b\n1,5;2\n") == ";"
    assert separator_of("a;b\n1,5;2,5\n") == ";"
    assert separator_of("a\n1\n") == ","
    assert separator_of('a;"b\nc, d, e"\n1;2\n') == ";"
    assert separator_of("sep=|\na|b\n") == "|"
    path = tmp_path / "t.csv"
    path.write_bytes("ä;€".encode("cp1252"))
    seen = look_at_text(path)
    assert (seen.head, seen.encoding) == ("ä;€", "cp1252")
    assert seen.note == "the text isn't UTF-8 and is read as Windows-1252, so that a name reads 'ä;€'"


@pytest.mark.parametrize("name", ["mine.xlsx", "mine.csv", "mine.parquet"])
def test_a_table_where_a_spec_was_expected(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\xb8")
    with pytest.raises(SpecError, match=rf"{name} is a table, not a spec[\s\S]*data: {{wide: {name}"):
        load_spec(tmp_path / name)
