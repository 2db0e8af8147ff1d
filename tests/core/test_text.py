"""Names from files of others: harmless on a terminal, in a headline and in a spreadsheet."""

from __future__ import annotations

import io
import json
import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamix.core.errors import DataError
from mediamix.core.text import guarded, one_line, safe_json, unguarded, visible
from mediamix.data.csv_text import as_written, csv_text

ANY = st.text(st.characters(codec=None), max_size=20)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tv\x1b[31m", "tv⟨U+001B⟩[31m"),
        ("\x9b2J", "⟨U+009B⟩2J"),
        ("tv\u202ehcraes", "tv⟨U+202E⟩hcraes"),
        ("a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩"),
        ("t\u200bv", "t⟨U+200B⟩v"),
        ("t\u200dv", "t⟨U+200D⟩v"),
        ("\ufefftv", "⟨U+FEFF⟩tv"),
        ("a\u2028b\rc\x00", "a⟨U+2028⟩b⟨U+000D⟩c⟨U+0000⟩"),
        ("x\U000e0041", "x⟨U+E0041⟩"),
        ("x\udc80", "x⟨U+DC80⟩"),
    ],
)
def test_what_acts_or_hides_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text", ["Fernsehen & Öl", "広告", "می\u200cخواهم", "👨\u200d👩\u200d👧", "שידור", "a\n\tb"]
)
def test_what_is_writing_stays(text: str) -> None:
    assert visible(text) == text


@given(ANY)
def test_nothing_that_acts_is_left(text: str) -> None:
    kept = visible(text)
    assert not {c for c in kept if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")} - set("\n\t")
    assert visible(kept) == kept
    assert not set(one_line(text)) & set("\n\t")
    kept.encode()


@given(ANY)
def test_json_keeps_the_value(text: str) -> None:
    written = safe_json(json.dumps(text, ensure_ascii=False))
    assert json.loads(written) == text
    assert visible(written) == written


def test_a_message_is_harmless_and_its_parts_are_as_they_were() -> None:
    error = DataError("channel 'tv\x1b[2J\u202e'", got="\x07")
    assert str(error) == "channel 'tv⟨U+001B⟩[2J⟨U+202E⟩'\ngot:      ⟨U+0007⟩"
    assert error.to_dict()["got"] == "\x07"


LIVE = ["=1+1", "+cmd", "-x", "@sum", "\t=1", "\r=1", " =1", "'=1", "''@x", "＝1", "-1+2"]


@pytest.mark.parametrize("text", LIVE)
def test_a_formula_is_text(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["tv", "-5", "+1.5e3", ".5", "'s Gravenhage", "a=b", "", "2024-01-01"])
def test_what_is_no_formula_stays(text: str) -> None:
    assert guarded(text) == unguarded(text) == text


@given(ANY)
def test_every_text_comes_back(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in ("=", "@")


def test_a_table_comes_back_and_its_numbers_are_numbers() -> None:
    table = pd.DataFrame(
        {"channel": LIVE, "spend": [-1.5 - i for i in range(len(LIVE))], "=x": range(len(LIVE))}
    )
    before = table.copy()
    text = csv_text(table)
    pd.testing.assert_frame_equal(table, before)
    read = pd.read_csv(io.StringIO(text), keep_default_na=False, dtype={"channel": str})
    assert read["spend"].tolist() == table["spend"].tolist()
    assert not any(cell[:1] in "=+-@\t\r" for cell in [*read["channel"], *read.columns])
    returned = table.assign(channel=table["channel"].str.replace("\r", "\n"))
    pd.testing.assert_frame_equal(as_written(read), returned, check_dtype=False)


@pytest.mark.parametrize("dtype", ["object", "string", "category"])
def test_every_kind_of_text_column(dtype: str) -> None:
    table = pd.DataFrame({"channel": pd.Series(["=x", "tv", None], dtype=dtype)})
    assert csv_text(table) == 'channel\n\'=x\ntv\n""\n'
