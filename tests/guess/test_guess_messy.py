"""Tables as they come: titles, totals, sheets, dates of all kinds, files that aren't what they are called."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from tables import INPUTS, channels, conjura, of, roles, saved
from test_guess_known_sets import read_back

from mediamix.core.errors import DataError, FolderError, UserError
from mediamix.data.guess.result import Guess
from mediamix.data.guess.sources import MOST_BYTES
from mediamix.data.guess.whole import guess

COLUMNS = {
    "date": "date",
    "tv_spend": "spend",
    "search_cost": "spend",
    "price_index": "control",
    "revenue": "outcome",
}


def book(path: Path, **sheets: list[list[object]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def rows_of(frame: pd.DataFrame) -> list[list[object]]:
    return [list(frame.columns), *frame.to_numpy(dtype=object).tolist()]


def same_as(found: Guess, wide: pd.DataFrame, folder: Path, dates: pd.DatetimeIndex | None = None) -> None:
    """The written tables read as what was meant."""
    _, findings, dataset = read_back(found, folder)
    assert [f.message for f in findings if f.severity == "error"] == []
    assert dataset is not None
    np.testing.assert_allclose(dataset.outcome_gt[0], wide["revenue"])
    np.testing.assert_allclose(dataset.spend_gtc[0, :, 0], wide["tv_spend"])
    np.testing.assert_allclose(dataset.spend_gtc[0, :, 1], wide["search_cost"])
    wanted = pd.DatetimeIndex(wide["date"]) if dates is None else dates
    assert dataset.dates.tolist() == wanted.date.tolist()


def test_title_header_and_total_of_an_agencys_sheet(tmp_path: Path) -> None:
    found = guess([INPUTS / "agency.xlsx"])
    assert found.notes == (
        "row 2 is the header; above it stands 'Media plan & sales 2023–2025, Brand X (EUR)'",
    )
    assert [(t.name, t.text) for t in found.tables] == [("agency.xlsx", None)]  # read as it is
    _, findings, dataset = read_back(found, tmp_path)
    assert dataset is not None
    assert dataset.n_periods == 130
    np.testing.assert_allclose(dataset.outcome_gt.sum(), 227_500_000.56)  # what its last row says
    assert any("row 133 ('Total') is the sum of the rows above" in f.message for f in findings)


DATES: dict[str, tuple[str, Callable[[pd.Timestamp], object], str]] = {
    "short years": ("7D", lambda d: f"{d:%d.%m.%y}", "years of two digits"),
    "ranges": ("7D", lambda d: f"{d:%d.%m.%Y} - {d + pd.Timedelta(days=6):%d.%m.%Y}", "periods, each"),
    "weekdays": ("7D", lambda d: f"Mo, {d:%d.%m.%Y}", "days with their weekday"),
}
IN_WORDS: dict[str, tuple[str, Callable[[pd.Timestamp], object]]] = {
    "iso weeks": ("7D", lambda d: f"{d:%G-W%V}"),
    "calendar weeks": ("7D", lambda d: f"KW {d:%V}/{d:%G}"),
    "months": ("MS", lambda d: f"{d:%b %y}"),
    "German months": ("MS", lambda d: f"{MONTHS[d.month - 1]} {d.year}"),
    "numbers of months": ("MS", lambda d: f"{d:%m/%Y}"),
    "days with names": ("7D", lambda d: f"{d:%d-%b-%Y}"),
    "quarters": ("QS", lambda d: f"Q{d.quarter} {d.year}"),
}
MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober"),
    *("November", "Dezember"),
)


@pytest.mark.parametrize("name", DATES)
def test_dates_that_reading_does_not_take_are_written_anew(
    name: str, wide: pd.DataFrame, tmp_path: Path
) -> None:
    freq, spelled, words = DATES[name]
    dates = pd.date_range("2017-01-02" if freq == "7D" else "2005-01-01", periods=48, freq=freq)
    meant = wide.iloc[:48]
    found = of(meant.assign(date=[spelled(d) for d in dates]), tmp_path / "table.csv")
    assert roles(found) == COLUMNS
    assert any(words in note for note in found.notes)
    assert [table.name for table in found.tables] == ["table.csv", "table_clean.csv"]
    same_as(found, meant, tmp_path / "project", dates)


@pytest.mark.parametrize("name", IN_WORDS)
def test_dates_in_words_stay_as_reading_takes_them(name: str, wide: pd.DataFrame, tmp_path: Path) -> None:
    freq, spelled = IN_WORDS[name]
    dates = pd.date_range("2017-01-02" if freq == "7D" else "2005-01-01", periods=48, freq=freq)
    meant = wide.iloc[:48]
    found = of(meant.assign(date=[spelled(d) for d in dates]), tmp_path / "table.csv")
    assert roles(found) == COLUMNS
    assert [table.name for table in found.tables] == ["table.csv"]
    same_as(found, meant, tmp_path / "project", dates)


def test_weeks_that_are_counted_in_two_ways_are_asked_about(wide: pd.DataFrame, tmp_path: Path) -> None:
    dates = pd.DatetimeIndex(wide["date"])
    named = wide.assign(date=[f"Week {d:%V} {d:%G}" for d in dates])
    found = of(named, tmp_path / "table.csv")
    assert [question.key for question in found.open] == ["weeks"]
    assert "from Monday 2022-01-03, or by the American count, from Sunday 2021-12-26" in found.open[0].text
    answered = of(named, tmp_path / "table.csv", weeks="iso")
    same_as(answered, wide, tmp_path / "project")


READ_AS_THEY_ARE: dict[str, Callable[[pd.Timestamp], object]] = {
    "iso": lambda d: f"{d:%Y-%m-%d}",
    "German": lambda d: f"{d:%d.%m.%Y}",
    "British": lambda d: f"{d:%d/%m/%Y}",
    "American": lambda d: f"{d:%m/%d/%Y}",
    "Excel's day numbers": lambda d: (d - pd.Timestamp("1899-12-30")).days,
    "time stamps": lambda d: f"{d:%Y-%m-%dT00:00:00}",
}


@pytest.mark.parametrize("name", READ_AS_THEY_ARE)
def test_dates_that_reading_takes_stay(name: str, wide: pd.DataFrame, tmp_path: Path) -> None:
    dates = pd.date_range("2022-01-03", periods=len(wide), freq="7D")
    spelled = wide.assign(date=[READ_AS_THEY_ARE[name](d) for d in dates])
    found = of(spelled, tmp_path / "table.csv")
    assert [table.name for table in found.tables] == ["table.csv"]
    same_as(found, wide, tmp_path / "project", dates)


def test_first_days_of_months_say_themselves_which_number_is_the_day(
    wide: pd.DataFrame, tmp_path: Path
) -> None:
    dates = pd.date_range("2019-01-01", periods=48, freq="MS")
    meant = wide.iloc[:48]
    found = of(meant.assign(date=[f"{d:%d/%m/%Y}" for d in dates]), tmp_path / "table.csv")
    assert "day_first: true" in found.spec
    same_as(found, meant, tmp_path / "project", dates)
    other = of(meant.assign(date=[f"{d:%m/%d/%Y}" for d in dates]), tmp_path / "other.csv")
    assert "day_first: false" in other.spec
    same_as(other, meant, tmp_path / "american", dates)


def test_year_and_week_in_two_columns(wide: pd.DataFrame, tmp_path: Path) -> None:
    dates = pd.DatetimeIndex(wide["date"])
    split = wide.drop(columns="date").assign(
        Jahr=dates.isocalendar().year.values, KW=dates.isocalendar().week.values
    )
    found = of(split, tmp_path / "table.csv")
    assert any("the date is made of 'Jahr' and 'KW'" in note for note in found.notes)
    same_as(found, wide, tmp_path / "project")


def with_totals(wide: pd.DataFrame) -> list[list[object]]:
    rows: list[list[object]] = [list(wide.columns)]
    for year, part in wide.groupby(wide["date"].str[:4]):
        rows += part.to_numpy(dtype=object).tolist()
        money = [round(float(part[c].sum()), 2) for c in ("tv_spend", "search_cost")]
        rows.append([f"Total {year}", *money, "", round(float(part["revenue"].sum()), 2)])
    return rows


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_totals_among_the_rows_are_verified_and_left_out_aloud(
    kind: str, wide: pd.DataFrame, tmp_path: Path
) -> None:
    rows = with_totals(wide)
    path = tmp_path / f"table.{kind}"
    if kind == "csv":
        path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    else:
        book(path, Plan=rows)
    found = guess([path])
    assert [n.split(" is the sum")[0] for n in found.notes] == [
        "row 54 ('Total 2022')",
        "row 107 ('Total 2023')",
    ]
    assert f"revenue {round(wide['revenue'][:52].sum(), 2):,.15g}" in found.notes[0]
    same_as(found, wide, tmp_path / "project")


def test_a_row_without_a_date_that_is_no_total_is_never_dropped(wide: pd.DataFrame, tmp_path: Path) -> None:
    rows = with_totals(wide)
    rows[53][1:] = [5.0, 6.0, "", 7.0]  # the first total isn't one
    rows[70][0] = ""
    path = tmp_path / "table.csv"
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    with pytest.raises(DataError, match="rows without a date between others") as refused:
        guess([path])
    no_sum = "has no date, and isn't the sum of rows above it"
    assert refused.value.details == (
        f"table.csv row 54 ('Total 2022'): is called a total and {no_sum}",
        f"table.csv row 71: {no_sum}",
    )


def test_a_header_that_comes_again_is_left_out(wide: pd.DataFrame, tmp_path: Path) -> None:
    rows = rows_of(wide)
    path = tmp_path / "table.csv"
    again = [*rows[:40], rows[0], *rows[40:]]
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in again))
    found = guess([path])
    assert found.notes == ("row 41 ('date') repeats the header and is left out",)
    assert [table.name for table in found.tables] == ["table.csv"]  # reading leaves it out, too
    same_as(found, wide, tmp_path / "project")


def test_a_sheet_that_is_not_the_first(wide: pd.DataFrame, tmp_path: Path) -> None:
    path = book(tmp_path / "table.xlsx", Notes=[["Made by", "us"], ["for", "you"]], Plan=rows_of(wide))
    found = guess([path])
    assert found.notes == (
        "table.xlsx, sheet 'Notes' has no dates and is left out",
        "table_clean.csv: the sheet 'Plan' is taken, which isn't the first",
    )
    same_as(found, wide, tmp_path / "project")


def test_a_sheet_per_year_is_one_table(wide: pd.DataFrame, tmp_path: Path) -> None:
    path = book(tmp_path / "table.xlsx", **{"2022": rows_of(wide[:52]), "2023": rows_of(wide[52:])})
    found = guess([path])
    assert found.notes == ("table_clean.csv: the rows of the sheets 2022, 2023 stand below each other",)
    same_as(found, wide, tmp_path / "project")
    only = guess([path], {"sheet": "2023"})
    same_as(only, wide[52:].reset_index(drop=True), tmp_path / "only")
    with pytest.raises(FolderError, match=r"no sheet '2032' with a table[\s\S]*did you mean"):
        guess([path], {"sheet": "2032"})


def test_sheets_of_media_and_sales_are_two_tables(wide: pd.DataFrame, tmp_path: Path) -> None:
    media, sales = wide[["date", "tv_spend", "search_cost"]], wide[["date", "revenue", "price_index"]]
    found = guess([book(tmp_path / "table.xlsx", Media=rows_of(media), Sales=rows_of(sales))])
    assert [table.name for table in found.tables] == [
        "table.xlsx",
        "media.csv",
        "outcome.csv",
        "controls.csv",
    ]
    same_as(found, wide, tmp_path / "project")


def test_two_rows_of_headers(wide: pd.DataFrame, tmp_path: Path) -> None:
    header = [["", "TV", None, "Search", "", "Sales"], ["Week", "Spend", "GRP", "Spend", "Price", "Revenue"]]
    body = [[d, tv, tv / 100, s, p, r] for d, tv, s, p, r in wide.to_numpy(dtype=object).tolist()]
    found = guess([book(tmp_path / "table.xlsx", Plan=[*header, *body])])
    assert channels(found) == {"tv": ("TV Spend", "TV GRP"), "search": ("Search Spend", None)}
    same_as(found, wide, tmp_path / "project")


def test_dates_that_run_across(wide: pd.DataFrame, tmp_path: Path) -> None:
    labels = [["TV", "Spend"], ["Search", "Cost"], ["Price", "Index"], ["Revenue", ""]]
    values = wide[["tv_spend", "search_cost", "price_index", "revenue"]].to_numpy(dtype=object).T.tolist()
    head = ["Channel", "Metric", *wide["date"], "Total"]
    rows = [head, *([*label, *row, sum(row)] for label, row in zip(labels, values, strict=True))]
    found = guess([book(tmp_path / "table.xlsx", Plan=[["Our plan"], *rows])])
    assert channels(found) == {"tv": ("TV Spend", None), "search": ("Search Cost", None)}
    assert any("what stands in 'Total' beside the dates is left out" in note for note in found.notes)
    same_as(found, wide, tmp_path / "project")


def test_signs_beside_numbers(wide: pd.DataFrame, tmp_path: Path) -> None:
    money = {c: [f"£{value:,.2f}" for value in wide[c]] for c in ("tv_spend", "search_cost", "revenue")}
    found = of(wide.assign(**money), tmp_path / "table.csv")
    assert "currency: GBP" in found.spec
    assert found.questions == ()
    same_as(found, wide, tmp_path / "project")


def test_german_csv_with_a_mark_of_its_encoding(wide: pd.DataFrame, tmp_path: Path) -> None:
    german = wide.set_axis(["Datum", "TV-Kosten", "Suche Ausgaben", "Preisindex", "Umsatz €"], axis=1)
    path = saved(german, tmp_path / "tabelle.csv", sep=";", decimal=",", encoding="utf-8-sig")
    found = guess([path])
    assert list(roles(found).values()) == list(COLUMNS.values())
    assert found.questions == ()
    same_as(found, wide, tmp_path / "project")


def test_columns_of_one_name(wide: pd.DataFrame, tmp_path: Path) -> None:
    twice = pd.concat([wide, wide["tv_spend"], wide["tv_spend"] * 2], axis=1)
    found = of(twice, tmp_path / "table.csv")
    assert found.notes == (
        "table_clean.csv: the column 'tv_spend' is there twice with the same cells, and kept once",
        "table_clean.csv: a further column of the name 'tv_spend' is called 'tv_spend (2)'",
    )
    assert channels(found)["tv_2"] == ("tv_spend (2)", None)


def test_a_total_of_the_channels_is_no_channel(wide: pd.DataFrame, tmp_path: Path) -> None:
    radio = wide["tv_spend"] / 3
    total = wide["tv_spend"] + wide["search_cost"] + radio
    found = of(wide.assign(radio_spend=radio, media_spend=total), tmp_path / "table.csv")
    assert roles(found)["media_spend"] == "ignored"
    assert set(channels(found)) == {"tv", "search", "radio"}
    other = of(wide.assign(radio_spend=radio, media_spend=wide["tv_spend"] * 0.7), tmp_path / "other.csv")
    assert roles(other)["media_spend"] == "spend"


def test_what_was_planned_gives_way_to_what_was_spent(wide: pd.DataFrame, tmp_path: Path) -> None:
    found = of(wide.assign(tv_spend_planned=wide["tv_spend"] * 1.1), tmp_path / "table.csv")
    assert roles(found)["tv_spend_planned"] == "ignored"
    assert channels(found)["tv"] == ("tv_spend", None)


def test_an_exposure_with_holes_is_not_used(wide: pd.DataFrame, tmp_path: Path) -> None:
    delivered = (wide["tv_spend"] * 20).where(np.arange(len(wide)) > 30)
    found = of(wide.assign(tv_impressions=delivered), tmp_path / "table.csv")
    column = next(c for c in found.columns if c.name == "tv_impressions")
    assert (column.role, column.channel) == ("ignored", None)
    assert column.why.endswith("of its channel's money is without it")


def test_long_tables_of_other_names(wide: pd.DataFrame, tmp_path: Path) -> None:
    long = wide.melt("date", ["tv_spend", "search_cost"], "Kanal", "Kosten")
    long["Kanal"] = long["Kanal"].map({"tv_spend": "TV", "search_cost": "Suche"})
    long = long.assign(Impr=(long["Kosten"] * 30).round()).rename(columns={"date": "Tag"})
    sales = wide[["date", "revenue", "price_index"]].rename(columns={"date": "Woche"})
    found = guess([saved(long, tmp_path / "media.csv"), saved(sales, tmp_path / "sales.csv")])
    # an original of the same name keeps it
    assert [t.name for t in found.tables] == [
        "media.csv",
        "sales.csv",
        "media-2.csv",
        "outcome.csv",
        "controls.csv",
    ]
    assert "TV: {exposure: impressions}" in found.spec
    same_as(found, wide, tmp_path / "project")


def test_long_tables_as_the_guide_has_them_stay(wide: pd.DataFrame, tmp_path: Path) -> None:
    long = wide.melt("date", ["tv_spend", "search_cost"], "channel", "spend")
    controls = wide[["date", "price_index"]]
    events = pd.DataFrame({"date": ["2022-05-02"], "event": ["launch"], "end_date": ["2022-05-08"]})
    tables = {"m": long, "o": wide[["date", "revenue"]], "c": controls, "e": events}
    found = guess([saved(table, tmp_path / f"{name}.csv") for name, table in tables.items()])
    assert [t.name for t in found.tables] == ["m.csv", "o.csv", "c.csv", "e.csv"]
    _, _, dataset = read_back(found, tmp_path / "project")
    assert dataset is not None
    assert [event.name for event in dataset.events] == ["launch"]
    same_as(found, wide, tmp_path / "again")


def test_what_a_platform_counts_is_not_the_outcome(wide: pd.DataFrame, tmp_path: Path) -> None:
    long = wide.melt("date", ["tv_spend", "search_cost"], "channel", "spend")
    long["conversions"] = (long["spend"] / 50).round()
    found = of(long, tmp_path / "media.csv")
    assert [question.key for question in found.open] == ["outcome"]
    with_sales = long.merge(wide[["date", "revenue"]], on="date")
    repeated = of(with_sales, tmp_path / "both.csv")
    assert roles(repeated)["revenue"] == "outcome"
    same_as(repeated, wide, tmp_path / "project")


NAMES = {
    "<script>alert(1)</script> tv spend": "spend",
    '=HYPERLINK("http://x") search cost': "spend",
    "price: {index} # no\ncomment": "control",
    "revenue\u202e \x1b[31m": "outcome",
}


def test_names_that_act_are_only_names(wide: pd.DataFrame, tmp_path: Path) -> None:
    named = wide.set_axis(["date", *NAMES], axis=1)
    found = of(named, tmp_path / "table.csv")
    assert list(roles(found).values()) == ["date", *NAMES.values()]
    assert "characters that nobody sees are left out of headers" in found.notes[0]
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_") for name in channels(found))
    assert "\x1b" not in found.spec
    assert "\u202e" not in found.spec
    same_as(found, wide, tmp_path / "project")


def test_formulas_in_cells_are_named_and_not_run(wide: pd.DataFrame, tmp_path: Path) -> None:
    broken = wide.astype({"tv_spend": object})
    broken.loc[3, "tv_spend"] = "=1+2"
    found = of(broken, tmp_path / "table.csv")
    assert roles(found) == COLUMNS
    _, findings, _ = read_back(found, tmp_path / "project")
    assert [f.where for f in findings if f.severity == "error"] == ["table.csv row 5, column 'tv_spend'"]
    empty = guess([book(tmp_path / "table.xlsx", Plan=[[*wide.columns, "email_spend"],
                   *([*row, "=B2*2"] for row in wide.to_numpy(dtype=object).tolist())])])  # fmt: skip
    column = empty.columns[-1]
    assert (column.role, column.why) == (
        "empty",
        "it has no value (a formula's value is stored when Excel saves it)",
    )


def test_a_workbook_that_is_called_csv(wide: pd.DataFrame, tmp_path: Path) -> None:
    path = book(tmp_path / "table.xlsx", Plan=rows_of(wide)).rename(tmp_path / "table.csv")
    found = guess([path])
    assert any("table.csv is an Excel workbook, whatever its ending says" in note for note in found.notes)
    same_as(found, wide, tmp_path / "project")
    text = saved(wide, tmp_path / "table.xls")
    assert [t.name for t in guess([text]).tables] == ["table.xls", "table_clean.csv"]


def test_parquet(wide: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    wide.assign(date=pd.to_datetime(wide["date"])).to_parquet(path)
    found = guess([path])
    assert [table.name for table in found.tables] == ["table.parquet"]
    same_as(found, wide, tmp_path / "project")


REFUSED: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.csv", b"", "a.csv is empty"),
    "blank": ("a.csv", b"\n\n  \n", "a.csv is empty"),
    "a header only": ("a.csv", b"date,tv_spend,revenue\n", "has no rows"),
    "one column": ("a.csv", b"date\n2024-01-01\n2024-01-08\n", "has one column only"),
    "no dates": ("a.csv", b"a,b\n1,2\n3,4\n", "no column holds dates"),
    "no header": (
        "a.csv",
        b"2024-01-01,5,7\n2024-01-08,6,8\n2024-01-15,1,2\n",
        "has no header: row 1 looks like",
    ),
    "too many cells": (
        "a.csv",
        b"date,revenue\n2024-01-01,1,000\n2024-01-08,2,000\n",
        "more cells than the header",
    ),
    "a web page": ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "got: +a web page"),
    "old Excel": ("a.xls", b"\xd0\xcf\x11\xe0" + bytes(100), "an old Excel workbook"),
    "a PDF": ("a.csv", b"%PDF-1.7 ...", "got: +a PDF"),
    "JSON": ("a.json", b'{"a": 1}', "got: +JSON"),
    "gzip": ("a.csv", b"\x1f\x8b\x08" + bytes(50), "compressed"),
    "no text": ("a.csv", bytes(range(256)) * 9, "got: +no text"),
    "no workbook": ("a.xlsx", b"PK\x03\x04" + bytes(100), "an Excel workbook"),
    "no Parquet": ("a.parquet", b"PAR1" + bytes(100) + b"PAR1", "a Parquet file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_is_refused_in_words(name: str, tmp_path: Path) -> None:
    file, content, message = REFUSED[name]
    path = tmp_path / file
    path.write_bytes(content)
    with pytest.raises(UserError, match=message) as refused:
        guess([path])
    assert refused.value.next_step


def test_a_file_that_is_too_large_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    with path.open("wb") as file:
        file.write(b"date,tv_spend,revenue\n")
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(FolderError, match="too large to be guessed"):
        guess([path])


def test_all_that_is_wrong_with_several_files_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    with pytest.raises(DataError, match=r"a\.csv is empty[\s\S]*there is no file"):
        guess([tmp_path / "a.csv", tmp_path / "b.csv"])
    with pytest.raises(FolderError, match=r"did you mean 'a\.csv'"):
        guess([tmp_path / "aa.csv"])
    with pytest.raises(FolderError, match="is a folder"):
        guess([tmp_path])


def test_long_cells_take_no_time(wide: pd.DataFrame, tmp_path: Path) -> None:
    long = {
        "digits": "€" + "1 " * 20_000 + "x",
        "blanks": "2024" + " " * 20_000 + "-",
        "words": "a1 " * 20_000,
    }
    frame = wide.assign(**{name: [cell] * len(wide) for name, cell in long.items()})
    frame.loc[0, list(long)] = "1"
    began = time.process_time()
    assert {role for name, role in roles(of(frame, tmp_path / "table.csv")).items() if name in long} == {
        "ignored"
    }
    assert time.process_time() - began < 15.0


def test_a_large_table_is_looked_at_in_seconds(tmp_path: Path) -> None:
    one = conjura(1_000)
    frame = pd.concat([one.assign(TERRITORY_NAME=f"T{i}") for i in range(130)])
    path = saved(frame, tmp_path / "large.csv")
    began = time.process_time()
    found = guess([path])
    assert roles(found)["TERRITORY_NAME"] == "geo"
    assert time.process_time() - began < 25.0  # about 6 s here; a machine may be three times slower
