"""Money that stands in a table twice under other names: totals, plans beside actuals, hours, sheets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import DataError, SpecError
from mediamix.core.spec import parse_spec
from mediamix.data.future import read_future
from mediamix.data.read import read

Make = Callable[..., Any]


def hourly(media: pd.DataFrame) -> pd.DataFrame:
    """Every row as 24 of its hours, each loaded when it was over."""
    table = media.loc[media.index.repeat(24)].assign(spend=lambda f: f["spend"] / 24)
    table["hour"] = np.tile(np.arange(24), len(media))
    table["loaded_at"] = table["date"] + pd.to_timedelta(table["hour"] + 1, unit="h")
    return table.reset_index(drop=True)


def test_hours_of_a_day_are_parts_of_it_and_no_deliveries(make_frames: Make) -> None:
    frames = make_frames()
    data = read(hourly(frames.media), frames.outcome)
    assert data.spend_gtc.sum() == pytest.approx(frames.media["spend"].sum())
    assert not [f for f in data.findings if f.check == "duplicates"]


@pytest.mark.parametrize("as_text", [False, True], ids=["stamps", "text"])
def test_stamps_of_the_hour_replace_nothing(as_text: bool, make_frames: Make) -> None:
    frames = make_frames()
    table = hourly(frames.media)
    table["date"] += pd.to_timedelta(table.pop("hour"), unit="h")
    if as_text:
        table["date"] = table["date"].dt.strftime("%Y-%m-%d %H:%M")
    with pytest.raises(DataError, match="repeat a key"):
        read(table, frames.outcome)


def test_a_load_that_replaces_most_rows_is_a_warning(make_frames: Make) -> None:
    frames = make_frames()
    loads = [frames.media.assign(loaded_at=f"2030-01-0{k}") for k in (1, 2, 3)]
    data = read(pd.concat(loads, ignore_index=True), frames.outcome)
    assert data.spend_gtc.sum() == pytest.approx(frames.media["spend"].sum())
    (told,) = (f for f in data.findings if f.check == "duplicates")
    assert told.severity == "warning"


@pytest.mark.parametrize(("column", "whole"), [("campaign", "Total"), ("device", "all"), ("geraet", "Alle")])
def test_a_total_among_parts_is_refused(column: str, whole: str, make_frames: Make) -> None:
    frames = make_frames()
    parts = [frames.media.assign(**{column: name}, spend=frames.media["spend"] * s)
             for name, s in (("a", 0.75), ("b", 0.25))]  # fmt: skip
    read(pd.concat(parts, ignore_index=True), frames.outcome)
    table = pd.concat([*parts, frames.media.assign(**{column: whole})], ignore_index=True)
    with pytest.raises(DataError, match=f"'{whole}' is the sum of all other {column}s"):
        read(table, frames.outcome)


def test_a_country_among_its_geos_is_refused(make_frames: Make) -> None:
    frames = make_frames(geos=("north", "south"))
    media = frames.media.groupby(["date", "channel"], as_index=False)["spend"].sum().assign(geo="Ruritania")
    outcome = frames.outcome.groupby("date", as_index=False)["revenue"].sum().assign(geo="Ruritania")
    with pytest.raises(DataError, match="'Ruritania' is the sum of all other geos") as error:
        read(
            pd.concat([frames.media, media]),
            pd.concat([frames.outcome, outcome]),
            spec=parse_spec({"geo": {}}),
        )
    assert sum("Ruritania" in line for line in error.value.details) == 2


@pytest.mark.parametrize(
    ("column", "values"),
    [("type", ("planned", "actual")), ("scenario", ("Budget", "Forecast")),
     ("attribution_setting", ("1d_click", "7d_click"))],
)  # fmt: skip
def test_versions_of_a_fact_are_no_parts_of_it(
    column: str, values: tuple[str, str], make_frames: Make
) -> None:
    frames = make_frames()
    table = pd.concat([frames.media.assign(**{column: v}) for v in values], ignore_index=True)
    with pytest.raises(DataError, match="repeat a key"):
        read(table, frames.outcome)
    late = table.assign(loaded_at=np.where(table[column] == values[0], "2030-01-02", "2030-01-01"))
    if column != "attribution_setting":  # a plan that is loaded later replaces nothing
        with pytest.raises(DataError, match="repeat a key"):
            read(late, frames.outcome)
        outcome = pd.concat([frames.outcome.assign(**{column: v}) for v in values], ignore_index=True)
        with pytest.raises(DataError, match=r"outcome: .* repeat a key"):
            read(frames.media, outcome)


def test_a_plan_for_the_future_beside_actuals_is_fine(make_frames: Make) -> None:
    frames = make_frames()
    half = frames.media["date"] > frames.media["date"].median()
    table = frames.media.assign(type=np.where(half, "planned", "actual"))
    assert read(table, frames.outcome).spend_gtc.sum() == pytest.approx(frames.media["spend"].sum())


@pytest.mark.parametrize(
    ("media", "says"),
    [({"tv": {"spend": "a"}, "radio": {"spend": " A"}}, "the spend of tv and the spend of radio"),
     ({"tv": {"spend": "revenue"}}, "the spend of tv and the outcome")],
)  # fmt: skip
def test_a_column_is_the_money_of_one_thing(media: dict[str, dict[str, str]], says: str) -> None:
    with pytest.raises(SpecError, match="wrong entry") as error:
        parse_spec({"data": {"wide": "x.csv", "outcome": "revenue", "media": media}})
    assert says in str(error.value)


def test_rows_on_further_sheets_are_not_left_out_unsaid(tmp_path: Path, make_frames: Make) -> None:
    frames = make_frames()
    half = frames.media["date"] > frames.media["date"].median()
    path = tmp_path / "media.xlsx"
    with pd.ExcelWriter(path) as book:
        frames.media[~half].to_excel(book, sheet_name="2022", index=False)
        frames.media[half].to_excel(book, sheet_name="2023", index=False)
    with pytest.raises(DataError, match="same columns on several sheets: 2022, 2023"):
        read(path, frames.outcome)
    with pd.ExcelWriter(path) as book:
        frames.media.to_excel(book, sheet_name="data", index=False)
        pd.DataFrame({"notes": ["as exported"]}).to_excel(book, sheet_name="read me", index=False)
    data = read(path, frames.outcome)
    assert data.spend_gtc.sum() == pytest.approx(frames.media["spend"].sum())
    assert any("only the first sheet, 'data', is read; not: read me" in f.message for f in data.findings)


def test_media_before_the_outcome_in_another_unit_is_refused(make_frames: Make) -> None:
    frames = make_frames()
    late = frames.outcome[frames.outcome["date"] >= sorted(frames.outcome["date"].unique())[10]]
    first = late["date"].min()
    read(frames.media, late)
    micros = frames.media.assign(
        spend=frames.media["spend"] * np.where(frames.media["date"] < first, 1_000_000, 1)
    )
    with pytest.raises(DataError, match=r"spend before .* factor of 1,000,000"):
        read(micros, late)


def test_thousands_beside_a_column_with_decimals_are_a_warning(tmp_path: Path, make_frames: Make) -> None:
    frames = make_frames()
    table = frames.media.assign(
        spend=[f"{100 + i % 800}.{i * 7 % 1000:03d}" for i in range(len(frames.media))], frequency="1.5"
    )
    table.to_csv(tmp_path / "media.csv", index=False)
    data = read(tmp_path / "media.csv", frames.outcome)
    assert [f.severity for f in data.findings if f.check == "reading"] == ["warning"]


def test_a_future_in_another_unit_is_refused_and_far_controls_are_told(make_frames: Make) -> None:
    frames = make_frames()
    controls = frames.outcome[["date"]].assign(price=np.linspace(9.0, 11.0, len(frames.outcome)))
    spec = parse_spec({})
    history = read(frames.media, frames.outcome, controls, spec=spec)
    ahead = frames.media[frames.media["date"] >= sorted(frames.media["date"].unique())[-4]]
    step = pd.Timedelta(weeks=4)
    media = ahead.assign(date=ahead["date"] + step, spend=history.spend_gtc[history.spend_gtc > 0].mean())
    price = media[["date"]].drop_duplicates().assign(price=10.0)
    assert not [f for f in read_future(history, media, price, spec=spec).findings if f.severity != "info"]
    with pytest.raises(DataError, match="give both in one unit"):
        read_future(history, media.assign(spend=media["spend"] * 1e6), price, spec=spec)
    far = read_future(history, media, price.assign(price=1_000.0), spec=spec)
    (told,) = (f for f in far.findings if f.severity == "warning")
    assert told.message.startswith("1,000 and the like in 4 periods; the history lies between 9 and 11")


@pytest.mark.parametrize("geos", [(), ("north", "south")], ids=["national", "panel"])
def test_one_value_of_a_control_far_from_the_others_is_told(geos: tuple[str, ...], make_frames: Make) -> None:
    frames = make_frames(geos=geos)
    keys = ["date", *(["geo"] if geos else [])]
    price = frames.outcome[keys].assign(price=10.0 + np.arange(len(frames.outcome)) % 5, promo=0.0)
    price.loc[::7, "promo"] = 1.0
    spec = parse_spec({"geo": {}} if geos else {})

    def told(controls: pd.DataFrame) -> list[str]:
        data = read(frames.media, frames.outcome, controls, spec=spec)
        return [f.message for f in data.findings if f.check == "outliers" and f.where.startswith("control")]

    assert told(price) == []
    price.loc[price.index[9], "price"] = 99_999.0
    (message,) = told(price)
    assert message.startswith("far from its other values, which reach 14, in 1 periods")
