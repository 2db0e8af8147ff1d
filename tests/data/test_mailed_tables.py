"""Tables as they are e-mailed: dates in words, subtotals, merged cells, a sheet per channel, odd encodings.

Each file is written here with numbers that are known; what can be read in two ways is a test of its message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from mediamix.core.errors import DataError, FolderError, SpecError
from mediamix.core.spec import Spec, parse_spec
from mediamix.data.cells import dates
from mediamix.data.files import read_rows
from mediamix.data.normalise import long_tables
from mediamix.data.read import read
from mediamix.data.rows import Rows
from mediamix.data.tables import Tables


def days(cells: Sequence[object], name: str = "date") -> tuple[list[str], list[str], list[str]]:
    """Days as text, problems, remarks."""
    rows = Rows("t.csv", pd.DataFrame({name: pd.Series(list(cells), dtype=object)}))
    problems: list[str] = []
    found = dates(rows, name, problems)
    return [str(day)[:10] for day in found], problems, [finding.message for finding in rows.remarks]


DE = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()  # noqa: SIM905
FR = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
ES = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()  # noqa: SIM905
Spelled = Callable[[pd.Timestamp], str]
IN_WORDS: dict[str, tuple[str, Spelled]] = {
    "Jan 2024": ("MS", lambda d: f"{d:%b %Y}"),
    "January 2024": ("MS", lambda d: f"{d:%B %Y}"),
    "Januar 2024": ("MS", lambda d: f"{DE[d.month - 1]} {d.year}"),
    "janvier 2024": ("MS", lambda d: f"{FR[d.month - 1]} {d.year}"),
    "enero de 2024": ("MS", lambda d: f"{ES[d.month - 1]} de {d.year}"),
    "Jan-24": ("MS", lambda d: f"{d:%b-%y}"),
    "Jan '24": ("MS", lambda d: f"{d:%b} '{d:%y}"),
    "01/2024": ("MS", lambda d: f"{d:%m/%Y}"),
    "2024M01": ("MS", lambda d: f"{d:%YM%m}"),
    "1. März 2024": ("D", lambda d: f"{d.day}. {DE[d.month - 1]} {d.year}"),
    "1 March 2024": ("D", lambda d: f"{d.day} {d:%B %Y}"),
    "March 1, 2024": ("D", lambda d: f"{d:%B} {d.day}, {d.year}"),
    "1er mars 2024": ("D", lambda d: f"{d.day}{'er' * (d.day == 1)} {FR[d.month - 1]} {d.year}"),
    "1 de marzo de 2024": ("D", lambda d: f"{d.day} de {ES[d.month - 1]} de {d.year}"),
    "01-MAR-24": ("D", lambda d: f"{d:%d-%b-%y}".upper()),
    "2024-W07": ("W-MON", lambda d: f"{d:%G-W%V}"),
    "2024W07": ("W-MON", lambda d: f"{d:%GW%V}"),
    "KW 7 2024": ("W-MON", lambda d: f"KW {d.week} {d:%G}"),
    "7. KW 2024": ("W-MON", lambda d: f"{d.week}. KW {d:%G}"),
    "W07/2024": ("W-MON", lambda d: f"W{d:%V/%G}"),
    "Semaine 7 2024": ("W-MON", lambda d: f"Semaine {d.week} {d:%G}"),
    "2024-W07-3": ("D", lambda d: f"{d:%G-W%V-%u}"),
    "Q1 2024": ("QS", lambda d: f"Q{d.quarter} {d.year}"),
    "2024-Q1": ("QS", lambda d: f"{d.year}-Q{d.quarter}"),
    "1Q24": ("QS", lambda d: f"{d.quarter}Q{d:%y}"),
    "1. Quartal 2024": ("QS", lambda d: f"{d.quarter}. Quartal {d.year}"),
    "1er trimestre 2024": (
        "QS",
        lambda d: f"{d.quarter}{'er' if d.quarter == 1 else 'e'} trimestre {d.year}",
    ),
}


@pytest.mark.parametrize("name", IN_WORDS)
def test_dates_in_words(name: str) -> None:
    freq, spelled = IN_WORDS[name]
    meant = pd.date_range("2019-12-01", periods=90, freq=freq)
    cells = [spelled(day) for day in meant]
    assert name in {spelled(day) for day in pd.date_range("2023-12-31", "2024-04-01", freq="D")}
    found, problems, remarks = days(cells)
    assert problems == []
    assert found == [f"{day:%Y-%m-%d}" for day in meant]
    assert remarks[0].endswith(f": {cells[0]} is {meant[0]:%Y-%m-%d}")


TWO_READINGS: dict[str, tuple[list[str], str]] = {
    "weeks": (
        ["Week 7 2024", "Week 8 2024"],
        "from Monday 2024-02-12, or by the American count, from Sunday 2024-02-11",
    ),
    "months or days": (
        ["Jan 24", "Mar 24"],
        "is the month 2024-01, or day 24 of the month 1 of a year that isn't said",
    ),
    "six digits": (["202401", "202402"], "is month 2024-01 or week 1 of 2024"),
    "weeks in six digits": (["202452", "202453"], "is no month or week 52 of 2024"),
    "fiscal years": (["FY24 Q1", "FY24 Q2"], "is of a fiscal year"),
    "days and months": (["03/04/2024", "05/06/2024"], "can be read as day/month and as month/day"),
}


@pytest.mark.parametrize("name", TWO_READINGS)
def test_what_has_two_readings_is_refused_with_both(name: str) -> None:
    cells, message = TWO_READINGS[name]
    found, problems, _ = days(cells)
    assert found == ["NaT", "NaT"]
    assert len(problems) == 1
    assert problems[0].startswith(f"t.csv row 0, column 'date': {cells[0]!r} ")
    assert message in problems[0]


def test_months_under_a_header_of_weeks_are_refused() -> None:
    assert days(["2024-01", "2024-02"])[0] == ["2024-01-01", "2024-02-01"]
    _, problems, _ = days(["2024-01", "2024-02"], "Woche")
    assert "as a month, and as a week as the column's name says (write YYYY-MM-DD, or 2024-W01" in problems[0]


def test_what_is_no_date_among_dates_in_words_is_named() -> None:
    for cells, bad in (
        (["2024-W52", "2024-W53"], "2024-W53"),  # the year has 52 weeks
        (["30. April 2024", "31. April 2024"], "31. April 2024"),
        (["Q4 2024", "Q5 2024"], "Q5 2024"),
        (["Jan 2024", "Brumaire 2024"], "Brumaire 2024"),
    ):
        found, problems, _ = days(cells)
        assert found[1] == "NaT"
        assert problems[0] == f"t.csv row 1, column 'date': {bad!r} is no date (write YYYY-MM-DD)"


def test_two_ways_of_writing_in_one_column_are_refused() -> None:
    _, problems, _ = days(["2024-01-01", "2024-01-08", "15.01.2024"])
    assert problems[0] == "t.csv row 2, column 'date': '15.01.2024' is no date (write YYYY-MM-DD)"
    assert "1 of 3 dates are written in another way than the others" in problems[1]
    typed = [pd.Timestamp(f"2024-0{month}-01").to_pydatetime() for month in (2, 3)]
    _, problems, _ = days([*typed, "13/01/2024"])
    assert "1 of 3 dates are text and 2 are dates of Excel, which turns text into dates" in problems[-1]


# --- totals ----------------------------------------------------------------------------------------

OUTCOME = pd.DataFrame({"date": ["2024-01-01"], "revenue": [1.0]})


def tables(path: Path, spec: Spec | None = None) -> Tables:
    spec = spec or Spec()
    return long_tables(read_rows(path, "media", spec), read_rows(OUTCOME, "outcome"), None, None, spec)


def written(rows: list[list[object]], path: Path, merged: Sequence[str] = ()) -> Path:
    if path.suffix == ".csv":
        path.write_text("".join(",".join("" if c is None else str(c) for c in row) + "\n" for row in rows))
        return path
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    book.save(path)
    return path


ROWS: list[list[object]] = [
    ["Media report 2024", None, None],
    ["date", "channel", "spend"],
    ["2024-01-01", "tv", 10.5],
    ["2024-01-08", "tv", 20.25],
    ["Total January", None, 30.75],
    ["2024-02-05", "tv", 7],
    ["Total February", None, 7],
    ["date", "channel", "spend"],
    ["2024-03-04", "tv", 5],
    ["2024-03-11", "tv", 6],
    ["Q1", None, 48.75],
    ["2024-04-01", "tv", 1],
    ["2024-04-08", "tv", 2],
    ["Total April", None, 3],
    ["Grand total", None, 51.75],
    ["Source: the agency", None, None],
]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_subtotals_between_the_rows_are_left_out_and_told(tmp_path: Path, kind: str) -> None:
    found = tables(written(ROWS, tmp_path / f"media.{kind}"))
    assert found.media["spend"].tolist() == [10.5, 20.25, 7, 5, 6, 1, 2]
    told = [finding.message for finding in found.findings]
    assert told == [
        "row 2 is taken as the header, what stands above it is left out: 'Media report 2024'",
        "row 5 ('Total January') is the sum of rows above it (spend 30.75) and is left out",
        "row 7 ('Total February') is the sum of rows above it (spend 7) and is left out",
        "row 8 ('date') repeats the header and is left out",
        "row 11 ('Q1') is the sum of rows above it (spend 48.75) and is left out",
        "row 14 ('Total April') is the sum of rows above it (spend 3) and is left out",
        "row 15 ('Grand total') is the sum of the rows above and is left out: spend 51.75",
        "row 16 ('Source: the agency') has no number and no date, and is left out",
    ]


def test_a_total_above_the_rows_is_left_out(tmp_path: Path) -> None:
    rows = [ROWS[1], ["Total", None, 30.75], *ROWS[2:4]]
    found = tables(written(rows, tmp_path / "media.csv"))
    assert found.media["spend"].tolist() == [10.5, 20.25]
    assert found.findings[0].message == "row 2 ('Total') is the sum of all rows (spend 30.75) and is left out"


def test_subtotals_that_are_none_and_rows_without_a_date_are_errors(tmp_path: Path) -> None:
    rows = [list(row) for row in ROWS[1:]]
    rows[3][2], rows[4][0] = 31.75, None
    with pytest.raises(DataError) as refused:
        tables(written(rows, tmp_path / "media.csv"))
    assert refused.value.details[0].startswith(
        "media.csv row 4 ('Total January'): is called a total, has no date and isn't the sum of rows above it"
    )
    assert "media.csv row 5, column 'date': the cell is empty" in " ".join(refused.value.details)


def test_a_total_with_a_date_is_no_period(tmp_path: Path) -> None:
    weeks = [f"{day:%Y-%m-%d}" for day in pd.date_range("2024-01-01", periods=9, freq="7D")]
    rows: list[list[object]] = [[day, "tv", 3 + i] for i, day in enumerate(weeks[:8])]
    path = written([ROWS[1], *rows, [weeks[8], "tv", 52]], tmp_path / "media.csv")
    with pytest.raises(
        DataError, match=r"row 10: has a date and is the sum of all rows above it \(spend 52\)"
    ):
        tables(path)
    tables(written([ROWS[1], *rows, [weeks[8], "tv", 53]], tmp_path / "media.csv"))


# --- merged cells and sheets -----------------------------------------------------------------------


def test_merged_names_and_dates_hold_for_all_of_their_rows(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Plan", None, None],
        ["date", "channel", "spend"],
        ["2024-01-01", "tv", 1],
        [None, "radio", 2],
        ["2024-01-08", "tv", 3],
        [None, "radio", 4],
    ]
    found = tables(written(rows, tmp_path / "media.xlsx", ["A1:C1", "A3:A4", "A5:A6"]))
    assert found.media["channel"].tolist() == ["tv", "radio"] * 2
    assert found.media["spend"].tolist() == [1, 2, 3, 4]
    assert [f"{day:%d}" for day in found.media["date"]] == ["01", "01", "08", "08"]
    assert found.findings[1].message == "merged cells hold for all of their rows: A3:A4, A5:A6"
    with pytest.raises(DataError, match="row 4, column 'date': the cell is empty"):
        tables(written(rows, tmp_path / "media.csv"))  # as text nobody knows what was merged


@pytest.mark.parametrize("cells", ["C3:C4", "C3:D3"])
def test_one_number_for_several_cells_is_refused(tmp_path: Path, cells: str) -> None:
    rows: list[list[object]] = [
        ["date", "channel", "spend", "clicks"],
        ["2024-01-01", "tv", 1, 5],
        ["2024-01-08", "tv", 9, None],
        ["2024-01-15", "tv", None, None],
    ]
    message = rf"numbers in merged cells: {cells} \(9\)[\s\S]*of each of them, or of all"
    with pytest.raises(DataError, match=message):
        tables(written(rows, tmp_path / "media.xlsx", [cells]))


def book(path: Path, **sheets: list[list[object]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def of_channel(first: int) -> list[list[object]]:
    return [
        ["Report"],
        ["Date", "Spend", "clicks"],
        ["2024-01-01", first, 10],
        ["2024-01-08", first + 1, 20],
        ["2024-01-15", first + 2, 30],
        ["Total", 3 * first + 3, 60],
    ]


def with_sheets(kind: str) -> Spec:
    return parse_spec({"data": {"media": "m.xlsx", "outcome": "o.csv", "sheets": kind}})


def test_a_sheet_per_channel(tmp_path: Path) -> None:
    notes: list[list[object]] = [["made", "by"], ["us", "all"]]
    path = book(tmp_path / "m.xlsx", TV=of_channel(1), Notes=notes, Radio=of_channel(5))
    found = tables(path, with_sheets("channels"))
    assert found.media["channel"].tolist() == ["TV"] * 3 + ["Radio"] * 3
    assert found.media["spend"].tolist() == [1, 2, 3, 5, 6, 7]
    assert found.media["clicks"].tolist() == [10, 20, 30] * 2
    told = [finding.message for finding in found.findings]
    assert "row 6 ('Total') is the sum of the rows above and is left out: Spend 6, clicks 60" in told
    assert "sheets without the column 'date' are left out: Notes" in told
    assert "2 sheets are read as a channel each, by their names: TV, Radio" in told
    with pytest.raises(DataError, match=r"say `data: {sheets: channels}`, `data: {sheets: geos}` or"):
        tables(book(tmp_path / "m.xlsx", TV=of_channel(1), Radio=of_channel(5)))


def test_a_wrong_cell_names_its_sheet(tmp_path: Path) -> None:
    rows = of_channel(5)
    rows[3][1] = "n.v."
    path = book(tmp_path / "m.xlsx", TV=of_channel(1), Radio=rows[:5])
    with pytest.raises(DataError, match=r"m\.xlsx row 4 of sheet 'Radio', column 'spend': 'n\.v\.' is not a"):
        tables(path, with_sheets("channels"))


def test_sheets_that_are_further_rows_or_geos(tmp_path: Path) -> None:
    def year(first: str, spend: float) -> list[list[object]]:
        return [["date", "channel", "spend"], [first, "tv", spend]]

    path = book(tmp_path / "m.xlsx", **{"2023": year("2023-05-01", 1), "2024": year("2024-05-01", 2)})
    assert tables(path, with_sheets("rows")).media["spend"].tolist() == [1, 2]
    assert tables(path, with_sheets("geos")).media["geo"].tolist() == ["2023", "2024"]


def test_sheets_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "m.xlsx", TV=of_channel(1), Radio=[row[:2] for row in of_channel(5)])
    with pytest.raises(DataError, match=r"m\.xlsx, sheet 'Radio': lacks clicks"):
        tables(path, with_sheets("channels"))
    named: list[list[object]] = [["date", "channel", "spend"], ["2024-01-01", "tv", 1]]
    with pytest.raises(DataError, match="has a column 'channel' of its own, which its name stands for, too"):
        tables(book(tmp_path / "m.xlsx", TV=named), with_sheets("channels"))
    with pytest.raises(SpecError, match="'sheets: channels' is for the media table"):
        parse_spec({"data": {"wide": "w.xlsx", "sheets": "channels", "media": {"tv": {"spend": "a"}}}})


def test_a_sheet_that_is_the_sum_of_the_others_is_an_error(tmp_path: Path) -> None:
    total: list[list[object]] = [["Date", "Spend", "clicks"], ["2024-01-01", 6, 20], ["2024-01-08", 8, 40]]
    total.append(["2024-01-15", 10, 60])
    path = book(tmp_path / "m.xlsx", TV=of_channel(1), Radio=of_channel(5), Total=total)
    with pytest.raises(DataError, match="'Total' is the sum of all other channels on 3 of 3 dates"):
        tables(path, with_sheets("channels"))


# --- text ------------------------------------------------------------------------------------------

TEXT = "date;channel;spend;note\n2024-01-01;Fernsehen süß;1.234,50;a\n2024-01-08;Radio;0,99;b\n"


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings_and_decimal_commas(tmp_path: Path, encoding: str, quoted: bool) -> None:
    text = TEXT.replace("Radio", '"Radio"') if quoted else TEXT
    (tmp_path / "m.csv").write_bytes(text.encode(encoding))
    found = tables(tmp_path / "m.csv")
    assert found.media["spend"].tolist() == [1234.5, 0.99]
    assert found.media["channel"].tolist() == ["Fernsehen süß", "Radio"]
    assert any("read as Windows-1252" in f.message for f in found.findings) == (encoding == "cp1252")


def long_file(path: Path, n: int, bad: dict[int, str]) -> Path:
    lines = [f"2024-01-{1 + i % 28:02d},channel {i % 7},{i % 9_999}.{i % 90 + 10},{i}" for i in range(n)]
    for row, line in bad.items():
        lines[row - 2] = line
    path.write_text("date,channel,spend,clicks\n" + "\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("n", [500, 60_000])
def test_bad_lines_of_a_long_file_are_named(tmp_path: Path, n: int) -> None:
    """Small and large files are held in different ways, see `csv_file.LARGE`."""
    path = long_file(tmp_path / "m.csv", n, {n - 7: "2024-01-05,tv,1,234.5,7", 3: "2024-01-05,tv,1,2,3,4"})
    message = rf"2 rows have more cells than the header has columns[\s\S]*rows 3, {n - 7}\n"
    with pytest.raises(DataError, match=message):
        tables(path)
    path = long_file(tmp_path / "m.csv", n, {n - 7: "2024-01-05,tv,1.2.3,7", n - 9: "2024-13-05,tv,1,7"})
    with pytest.raises(DataError) as refused:
        tables(path)
    assert refused.value.details[0].startswith(f"m.csv row {n - 9}, column 'date': '2024-13-05' is no date")
    assert f"m.csv row {n - 7}, column 'spend': '1.2.3' is not a number" in refused.value.details[1]


def test_a_quoted_line_break_and_a_short_row_are_read_by_the_other_reader(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text('date,channel,spend\n2024-01-01,"tv\nnew",1\n2024-01-08,tv\n')
    found = tables(tmp_path / "m.csv")
    assert found.media["channel"].tolist() == ["tv\nnew", "tv"]
    assert found.media["spend"].isna().tolist() == [False, True]


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_bytes(b"date,channel,spend\n2024-01-01,\x81\x8d,1\n")
    with pytest.raises(FolderError, match="save it as 'CSV UTF-8'"):
        tables(tmp_path / "m.csv")


def test_a_file_that_was_delivered_twice_is_refused(frames) -> None:
    n = len(frames.media)
    message = rf"{n} of {2 * n} rows repeat a key[\s\S]*whole table is there more than once"
    with pytest.raises(DataError, match=message):
        read(pd.concat([frames.media, frames.media]), frames.outcome)
