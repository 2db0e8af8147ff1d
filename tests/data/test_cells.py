"""Cells to numbers, dates and names; everything wrong is named by row, column and value at once."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mediamix.core.errors import DataError
from mediamix.core.spec import Spec, parse_spec
from mediamix.data.cells import dates, numbers
from mediamix.data.files import read_rows
from mediamix.data.read import read
from mediamix.data.rows import Rows


def column(values: object, kind: object = object) -> Rows:
    return Rows("t", pd.DataFrame({"x": pd.Series(values, dtype=kind)}))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back_from_their_text(value: float) -> None:
    # Of 1.375 alone nobody knows whether it is a thousand: that is asked.
    assume(not re.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}", repr(value)))
    problems: list[str] = []
    assert numbers(column([repr(value)]), "x", problems).iloc[0] == value
    assert problems == []


@pytest.mark.parametrize(
    "text",
    [
        "12 €",
        "$5",
        "abc",
        "1_000",
        "5%",
        "inf",
        "1.2.3",
        "1,2,3",
        "1 00",
        "0 123",
        "0x1f",
        "5,",
        "#N/A",
        "#REF!",
    ],
)
def test_text_is_no_number(text: str) -> None:
    problems: list[str] = []
    assert not np.isfinite(numbers(column(["7", text]), "x", problems).iloc[1])
    assert problems[0].startswith(f"t row 1, column 'x': '{text}' is not a number")


def test_numbers_of_other_types() -> None:
    problems: list[str] = []
    assert numbers(column([Decimal("1.5"), None, 2]), "x", problems).tolist()[::2] == [1.5, 2.0]
    assert numbers(column([True, False], bool), "x", problems).tolist() == [1.0, 0.0]
    assert numbers(column(["TRUE", "false", "n/a"]), "x", problems).tolist()[:2] == [1.0, 0.0]
    assert np.isnan(numbers(column([1, None], "Int64"), "x", problems).iloc[1])
    assert problems == []
    numbers(column([dt.date(2024, 1, 1)]), "x", problems)
    numbers(column([np.inf], float), "x", problems)
    assert len(problems) == 2


DAY = np.datetime64("2024-03-25")


@pytest.mark.parametrize(
    "cell",
    [
        "2024-03-25", "2024-03-25T00:00:00Z", "2024-03-25 13:30:00", "2024/03/25", "20240325", "25.03.2024",
        "25/03/2024", "03/25/2024", 20240325, dt.date(2024, 3, 25), dt.datetime(2024, 3, 25, 5),
        pd.Timestamp("2024-03-25", tz="Europe/Berlin"),
    ],
)  # fmt: skip
def test_dates_in_their_usual_forms(cell: object) -> None:
    problems: list[str] = []
    parsed = dates(column([cell]), "x", problems)
    assert problems == []
    assert parsed.to_numpy().astype("datetime64[D]")[0] == DAY


def test_dates_of_a_time_zone_keep_their_local_day() -> None:
    stamps = pd.Series(pd.to_datetime(["2024-03-25 00:30"]).tz_localize("Asia/Tokyo"))
    parsed = dates(Rows("t", pd.DataFrame({"x": stamps})), "x", [])
    assert parsed.to_numpy().astype("datetime64[D]")[0] == DAY


@pytest.mark.parametrize("cell", ["2024-02-30", "yesterday", "25-Mar", "44927", ""])
def test_no_dates(cell: str) -> None:
    problems: list[str] = []
    dates(column(["2024-03-25", cell]), "x", problems)
    assert len(problems) == 1
    assert problems[0].startswith("t row 1, column 'x'")


def test_ambiguous_dates_are_refused_and_others_decided() -> None:
    problems: list[str] = []
    dates(column(["03/04/2024", "05/06/2024"]), "x", problems)
    assert "day/month and as month/day" in problems[0]
    problems.clear()
    decided = dates(column(["03/04/2024", "25/04/2024"]), "x", problems)
    assert problems == []
    assert decided.dt.month.tolist() == [4, 4]


LONG_MEDIA = "date,channel,spend\n2024-01-01,tv,10\n2024-01-08,tv,12\n"
LONG_OUTCOME = "date,revenue\n2024-01-01,100\n2024-01-08,120\n"
BAD_LONG = {
    "no spend column": ({"media": "date,channel,cost\n2024-01-01,tv,1\n"}, r"'spend' is missing"),
    "near column": ({"media": "Dates,channel,spend\n2024-01-01,tv,1\n"}, r"did you mean 'Dates'"),
    "text in spend": (
        {"media": LONG_MEDIA.replace("12", '"1,2,3"')},
        r"media.csv row 3, column 'spend': '1,2,3'",
    ),
    "bad date": (
        {"outcome": LONG_OUTCOME.replace("2024-01-08", "soon")},
        r"outcome.csv row 3, column 'date'",
    ),
    "empty channel": (
        {"media": LONG_MEDIA.replace("tv,12", ",12")},
        r"row 3, column 'channel': the cell is empty",
    ),
    "empty date": (
        {"media": LONG_MEDIA.replace("2024-01-08", "")},
        r"row 3, column 'date': the cell is empty",
    ),
    "empty geo": (
        {"outcome": "date,geo,revenue\n2024-01-01,,1\n"},
        r"row 2, column 'geo': the cell is empty",
    ),
    "text control": ({"controls": "date,price\n2024-01-01,high\n"}, r"column 'price': 'high'"),
    "no event column": ({"events": "date,evnt\n2024-01-01,x\n"}, r"did you mean 'evnt'"),
    "end before start": (
        {"events": "date,end_date,event\n2024-01-05,2024-01-01,x\n"},
        r"'end_date': is before 'date'",
    ),
}


@pytest.mark.parametrize("case", BAD_LONG)
def test_bad_long_tables(tmp_path: Path, case: str) -> None:
    changed, message = BAD_LONG[case]
    texts = {"media": LONG_MEDIA, "outcome": LONG_OUTCOME, **changed}
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        read(**{name: tmp_path / f"{name}.csv" for name in texts})


def test_everything_wrong_is_said_at_once_and_not_more_than_twenty_lines(tmp_path: Path) -> None:
    bad = "".join(f"2024-01-{day:02d},tv,x{day},y,z,u,v\n" for day in range(1, 29))
    (tmp_path / "m.csv").write_text("date,channel,spend,clicks,impressions,reach,frequency\n" + bad)
    (tmp_path / "o.csv").write_text("date,revenue\nnever,1\n")
    with pytest.raises(DataError, match=r"m\.csv row 2, column 'spend': 'x1'") as caught:
        read(tmp_path / "m.csv", tmp_path / "o.csv")
    assert "column 'spend': 23 more such cells" in caught.value.message
    assert len(caught.value.details) == 21
    assert caught.value.details[-1] == "... and 11 more"


def test_columns_that_nobody_names_may_hold_anything(frames) -> None:
    media = frames.media.assign(note="say, what?", grps="many")
    assert read(media, frames.outcome).channel_names == ("tv", "search", "social")
    with pytest.raises(DataError, match="column 'grps': 'many' is not a number"):
        read(media, frames.outcome, spec=parse_spec({"channels": {"tv": {"exposure": "grps"}}}))


def test_codes_keep_their_zeros(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("date,geo,channel,spend\n2024-01-01,01,NA,1\n")
    from mediamix.data.normalise import long_tables

    rows = read_rows(tmp_path / "m.csv", "media")
    outcome = read_rows(pd.DataFrame({"date": ["2024-01-01"], "revenue": [1.0]}), "outcome")
    tables = long_tables(rows, outcome, None, None, Spec())
    assert tables.media[["geo", "channel"]].to_numpy().tolist() == [["01", "NA"]]


def test_a_control_or_event_without_geo_holds_for_all(geo_frames) -> None:
    controls = geo_frames.controls.drop(columns="geo").drop_duplicates("date")
    events = pd.DataFrame(
        {
            "date": ["2022-01-03", "2022-02-07"],
            "end_date": ["2022-01-05", ""],
            "event": ["a", "b"],
            "geo": ["", "north"],
        }
    )
    data = read(geo_frames.media, geo_frames.outcome, controls, events, spec=parse_spec({"geo": {}}))
    assert (data.controls_gtk[0] == data.controls_gtk[1]).all()
    assert [(e.name, str(e.start), str(e.end), e.geo) for e in data.events] == [
        ("a", "2022-01-03", "2022-01-05", None),
        ("b", "2022-02-07", "2022-02-07", "north"),
    ]
