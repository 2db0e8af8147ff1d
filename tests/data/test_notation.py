"""The law of reading numbers: what a locale wrote comes back as it was, or as an error, never as others."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mediamix.core.errors import DataError
from mediamix.core.notation import Notation
from mediamix.core.spec import Numbers, Spec, parse_spec
from mediamix.data.cells import ask, numbers
from mediamix.data.files import read_rows
from mediamix.data.notation import CANDIDATES, decide, fits, values
from mediamix.data.read import read
from mediamix.data.rows import Rows

LOCALES = [*CANDIDATES, Notation("."), Notation(",")]
AMOUNTS = st.tuples(st.integers(-(10**9), 10**9), st.integers(0, 4))


def write(cents: int, decimals: int, notation: Notation, *, cut: bool = False) -> tuple[str, float]:
    """A number with `decimals` decimals as a locale writes it; `cut`: without zeros at its end."""
    sign, digits = ("-" if cents < 0 else ""), str(abs(cents)).zfill(decimals + 1)
    whole, rest = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    value = float(f"{sign}{whole}.{rest or '0'}")
    rest = rest.rstrip("0") if cut else rest
    groups = f"{int(whole):,}".replace(",", notation.thousands)
    return sign + groups + (notation.decimal + rest if rest else ""), value


def read_column(
    texts: list[str], said: Numbers | None = None, **others: list[str]
) -> tuple[list[float], list[str]]:
    rows = Rows("t.csv", pd.DataFrame({"x": texts, **others}, dtype=object), said)
    problems: list[str] = []
    found = numbers(rows, "x", problems)
    ask(rows, problems)
    return found.tolist(), problems


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(LOCALES), st.lists(AMOUNTS, min_size=1, max_size=30), st.booleans())
def test_a_column_comes_back_or_is_refused(locale: Notation, cells: list[tuple[int, int]], cut: bool) -> None:
    written = [write(*cell, locale, cut=cut) for cell in cells]
    found, problems = read_column([text for text, _ in written])
    assert problems or found == [value for _, value in written]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(LOCALES),
    st.lists(st.tuples(*[st.integers(-(10**9), 10**9)] * 3), min_size=1, max_size=30),
    st.tuples(*[st.integers(0, 4)] * 3),
    st.booleans(),
    st.sampled_from([";", "\t", "|"]),
    st.booleans(),
)
def test_a_table_of_one_locale_comes_back_or_is_refused(
    locale: Notation,
    cells: list[tuple[int, ...]],
    decimals: tuple[int, ...],
    cut: bool,
    separator: str,
    quoted: bool,
) -> None:
    table = [[write(n, d, locale, cut=cut) for n, d in zip(row, decimals, strict=True)] for row in cells]
    quote = '"' if quoted else ""
    lines = [separator.join(["a", "b", "c"])]
    lines += [separator.join(f"{quote}{text}{quote}" for text, _ in row) for row in table]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        rows = read_rows(path, "t")
    problems: list[str] = []
    found = {name: numbers(rows, name, problems) for name in "abc"}
    ask(rows, problems)
    wanted = {name: [row[i][1] for row in table] for i, name in enumerate("abc")}
    assert problems or {name: column.tolist() for name, column in found.items()} == wanted


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LOCALES), st.lists(AMOUNTS, min_size=1, max_size=10), st.sampled_from(LOCALES))
def test_what_the_spec_says_is_law(locale: Notation, cells: list[tuple[int, int]], other: Notation) -> None:
    written = [write(*cell, locale) for cell in cells]
    said = Numbers(decimal=other.decimal, thousands=other.thousands or None)
    texts, wanted = [text for text, _ in written], [value for _, value in written]
    found, problems = read_column(texts, said)
    if locale == other:
        assert not problems
    if not problems and not fits(texts, other).all():
        assert found == wanted  # a column that decides itself
    elif not problems:
        assert found == values(texts, other).tolist()
    assert bool(problems) == bool(np.isnan(found).any())


def test_one_answer_does_for_tables_of_two_hands() -> None:
    said = Numbers(decimal=",", thousands=".")
    assert read_column(["184.558", "87.509"], said) == ([184558.0, 87509.0], [])
    assert read_column(["1630820.35", "1532523.16", "0"], said) == ([1630820.35, 1532523.16, 0.0], [])
    assert read_column(["0.9992", "1.0059"] * 9 + ["1.002"], said)[0][-1] == 1.002
    assert "row 0" in read_column(["1630820.35", "1.532"], said)[1][0]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20), st.booleans())
def test_numbers_as_programs_write_them_come_back_or_are_asked_about(
    cells: list[float], rounded: bool
) -> None:
    cells = [round(cell, 3) for cell in cells] if rounded else cells
    found, problems = read_column([repr(cell) for cell in cells])
    assert problems or found == cells


DECIDED = {
    "points": (["1.5", "1.234"], [1.5, 1.234]),
    "commas": (["1,5", "1,234"], [1.5, 1.234]),
    "both, comma last": (["1.234,56", "7"], [1234.56, 7.0]),
    "both, point last": (["1,234.56", "1,234"], [1234.56, 1234.0]),
    "millions": (["1.234.567", "184.558"], [1234567.0, 184558.0]),
    "a price index": (["0.998", "1.002", "1.234"], [0.998, 1.002, 1.234]),
    "a hole for a zero": ([".125", "1.234"], [0.125, 1.234]),
    "four digits before": (["1234.567", "184.558"], [1234.567, 184.558]),
    "blanks": (["1 234,5", "12\u00a0345", "1\u202f234"], [1234.5, 12345.0, 1234.0]),
    "the Swiss": (["1'234.50", "12\u2019345.00"], [1234.5, 12345.0]),
    "exponents": (["1.234e5", "1.234"], [123400.0, 1.234]),
    "whole numbers": (["12", "184558", "", "-"], [12.0, 184558.0, np.nan, np.nan]),
}


@pytest.mark.parametrize("case", DECIDED)
def test_columns_that_decide_themselves(case: str) -> None:
    texts, wanted = DECIDED[case]
    found, problems = read_column(texts)
    assert problems == []
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    "texts", [["184.558"], ["0", "1.234", "7"], ["184,558", "22,939"], ["-1.234", "999.001"]]
)
def test_what_can_be_read_in_two_ways_is_asked(texts: list[str]) -> None:
    _, problems = read_column(texts)
    assert len(problems) == 1
    assert "can be read with thousands or with decimals; say which in the spec" in problems[0]
    for line in problems[0].split("`")[1::2]:  # the lines to add are specs, and each of them is an answer
        spec = parse_spec(yaml.safe_load(line))
        assert read_column(texts, spec.numbers)[1] == []


def test_one_question_for_all_columns_of_a_table() -> None:
    rows = Rows("t.csv", pd.DataFrame({"a": ["1.234"], "b": ["5.678"], "c": ["9,123"]}))
    problems: list[str] = []
    for column in "abc":
        numbers(rows, column, problems)
    ask(rows, problems)
    assert [line.split(":")[0] for line in problems] == ["t.csv, columns 'a', 'b'", "t.csv, column 'c'"]
    assert "'1.234' (row 0) can be read" in problems[0]
    assert '`numbers: {decimal: ",", thousands: "."}` for 1234' in problems[0]


def test_mixed_patterns_name_the_rows() -> None:
    _, problems = read_column(["1.234,5", "2.345,5", "1,234.5"])
    assert len(problems) == 1
    assert problems[0].startswith("t.csv row 2, column 'x': '1,234.5' is not written as the rest")


def test_few_decimals_among_what_may_be_thousands_are_strange() -> None:
    _, problems = read_column([*(f"{n}.{n + 111}" for n in range(100, 180)), "12.5"])
    assert [line.split(" is ")[0] for line in problems] == ["t.csv row 80, column 'x': '12.5'"]
    # numbers with three decimals whose zeros were cut have fewer digits in every tenth cell
    cut = [f"{100 + n / 1000:.3f}".rstrip("0") for n in range(1, 200)]
    assert read_column(cut) == ([float(text) for text in cut], [])


def test_what_may_be_thousands_among_cents_is_strange() -> None:
    cents = [f"{n}.{n % 90 + 10}" for n in range(100, 5000)]
    _, problems = read_column([*cents, "184.558"])
    assert [line.split(" is ")[0] for line in problems] == ["t.csv row 4900, column 'x': '184.558'"]
    assert 'as `numbers: {decimal: "."}' in problems[0].replace("written, ", "as ")
    found, problems = read_column([*cents, "184.558"], Numbers(decimal="."))
    assert problems == []
    assert found[-1] == 184.558


def test_another_column_is_evidence_and_the_remark_says_so() -> None:
    rows = Rows("t.csv", pd.DataFrame({"x": ["184.558"] * 3, "y": ["1.234,56"] * 3}, dtype=object))
    problems: list[str] = []
    assert numbers(rows, "x", problems).tolist() == [184558.0] * 3
    ask(rows, problems)
    assert problems == []
    assert "'184.558' is 184558" in rows.remarks[0].message
    # two columns that say the opposite are none
    two = rows.frame.assign(z=["1,234.56"] * 3)
    rows = Rows("t.csv", two)
    numbers(rows, "x", problems)
    ask(rows, problems)
    assert "say which in the spec" in problems[0]


@pytest.mark.parametrize("other", ["12.03.2024", "3.1", "v1.5"])
def test_dates_and_stray_texts_are_no_evidence(other: str) -> None:
    assert read_column(["184.558"] * 3, y=[other, other, "x"])[1]


def test_typed_numbers_are_never_asked_about() -> None:
    for column in (pd.Series([184.558, 87.509]), pd.Series([184.558, None, 87.509], dtype=object)):
        rows = Rows("t", pd.DataFrame({"x": column}))
        problems: list[str] = []
        assert numbers(rows, "x", problems).dropna().tolist() == [184.558, 87.509]
        ask(rows, problems)
        assert problems == []


def test_typed_numbers_beside_texts_keep_their_value() -> None:
    found, problems = read_column([184.558, "1.234,5", 7])  # type: ignore[list-item]
    assert (found, problems) == ([184.558, 1234.5, 7.0], [])


def test_a_large_column_is_looked_at_beyond_its_sample() -> None:
    texts = [f"{n}.{n % 90 + 10}" for n in range(1000, 6000)]
    assert read_column(texts)[1] == []
    assert "row 4999" in read_column([*texts[:-1], "184.558"])[1][0]
    whole = [str(n) for n in range(5000)]
    assert read_column(whole)[1] == []
    assert "say which in the spec" in read_column([*whole, "1.000"])[1][0]


def test_notations_read_and_write_themselves() -> None:
    assert decide(["abc"]).readings == ()
    assert values(["1.234,5", "x"], Notation(",", ".")).tolist()[:1] == [1234.5]
    assert Notation(",", ".").as_spec() == 'numbers: {decimal: ",", thousands: "."}'


SOURCES = {"csv": "to_csv", "xlsx": "to_excel", "parquet": "to_parquet"}


@pytest.mark.parametrize("kind", [*SOURCES, "frame"])
@pytest.mark.parametrize("table", ["media", "outcome", "controls"])
def test_every_table_and_source_asks(tmp_path: Path, frames, kind: str, table: str) -> None:
    column = {"media": "spend", "outcome": "revenue", "controls": "price"}[table]
    given = {name: getattr(frames, name) for name in ("media", "outcome", "controls")}
    frame = given[table]
    whole = (frame[column] * (5 if table == "outcome" else 1)).round() + 1000
    written = frame.assign(**{column: [f"{int(n):,}".replace(",", ".") for n in whole]})
    given[table] = written.drop(columns="impressions") if table == "media" else written
    if kind != "frame":
        for name, one in given.items():
            getattr(one, SOURCES[kind])(tmp_path / f"{name}.{kind}", index=False)
        given = {name: tmp_path / f"{name}.{kind}" for name in given}
    with pytest.raises(DataError, match=rf"{table}[^\n]*column '{column}'[^\n]*in the spec: `numbers"):
        read(**given)
    data = read(**given, spec=parse_spec({"numbers": {"decimal": ",", "thousands": "."}}))
    read_as = {"media": data.spend_gtc, "outcome": data.outcome_gt, "controls": data.controls_gtk}[table]
    assert read_as.sum() == pytest.approx(whole.sum())


def test_unused_columns_in_doubt_are_nobodys_problem(frames) -> None:
    outcome = frames.outcome.assign(other="184.558")
    assert read(frames.media.assign(note="1.234"), outcome).outcome_name == "revenue"


def test_the_spec_knows_two_different_signs() -> None:
    assert Spec().numbers is None
    with pytest.raises(Exception, match="different signs"):
        parse_spec({"numbers": {"decimal": ".", "thousands": "."}})
