"""The same fact delivered twice is not twice the money, whichever way it came."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import DataError, SpecError
from mediamix.core.spec import parse_spec
from mediamix.core.types import Finding
from mediamix.data.read import examine, read, read_spec

LAST = 7
Make = Callable[..., Any]


def restated(media: pd.DataFrame, column: str = "synced_at") -> pd.DataFrame:
    """The last days of every campaign delivered four times, each delivery 10 % higher: the last is right."""
    first = media.assign(**{column: media["date"] + pd.Timedelta(days=1)})
    tail = media[media["date"].isin(sorted(media["date"].unique())[-LAST:])]
    again = [
        tail.assign(spend=tail["spend"] * (1 + n / 10), **{column: tail["date"] + pd.Timedelta(days=1 + n)})
        for n in (1, 2, 3)
    ]
    return pd.concat([first, *again], ignore_index=True)


def campaigns(make_frames: Make, geos: tuple[str, ...] = ()) -> tuple[pd.DataFrame, pd.DataFrame]:
    frames = make_frames(geos=geos)
    media = pd.concat([frames.media.assign(campaign=name) for name in ("brand", "other")], ignore_index=True)
    return media, frames.outcome


def wanted(media: pd.DataFrame) -> float:
    late = media["date"].isin(sorted(media["date"].unique())[-LAST:])
    return float((media["spend"] * np.where(late, 1.3, 1.0)).sum())


def about_duplicates(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.check == "duplicates"]


@pytest.mark.parametrize("geos", [(), ("north", "south")], ids=["national", "panel"])
@pytest.mark.parametrize("column", ["synced_at", "_loaded_at", "ingested_at", "_dlt_load_id"])
def test_the_latest_load_counts_and_is_told(geos: tuple[str, ...], column: str, make_frames: Make) -> None:
    media, outcome = campaigns(make_frames, geos)
    table = restated(media, column)
    if column == "_dlt_load_id":  # seconds since 1970, as dlt numbers its loads
        table[column] = table[column].astype("datetime64[s]").astype("int64").astype(str) + ".25"
    shuffled = table.sample(frac=1, random_state=1)
    spec = parse_spec({"geo": {}} if geos else {})
    data = read(shuffled.sort_values("date", kind="stable"), outcome, spec=spec)
    assert data.spend_gtc.sum() == pytest.approx(wanted(media), rel=1e-12)
    (told,) = about_duplicates(data.findings)
    n = 3 * LAST * 3 * 2 * max(1, len(geos))
    assert told.severity == "info"
    assert told.message.startswith(f"{n} rows repeat {n // 3} that came again later: a spend of ")


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_files_are_read_the_same_way(tmp_path: Path, ending: str, make_frames: Make) -> None:
    media, outcome = campaigns(make_frames)
    table = restated(media)
    path = tmp_path / f"media.{ending}"
    if ending == "csv":
        table.to_csv(path, index=False)
    elif ending == "parquet":
        table.to_parquet(path)
    else:
        table.to_excel(path, index=False)
    outcome.to_csv(tmp_path / "outcome.csv", index=False)
    spec = parse_spec({"data": {"media": path.name, "outcome": "outcome.csv"}})
    assert read_spec(spec, tmp_path).spend_gtc.sum() == pytest.approx(wanted(media), rel=1e-9)


@pytest.mark.parametrize("drop", [["synced_at"], []], ids=["no load time", "one load"])
def test_without_a_later_load_it_is_an_error_with_rows_and_money(drop: list[str], make_frames: Make) -> None:
    media, outcome = campaigns(make_frames)
    table = restated(media).assign(synced_at=pd.Timestamp("2026-01-01")).drop(columns=drop)
    twice = table["spend"].sum() - media["spend"].sum()
    said = rf"{18 * LAST} of {len(table)} rows repeat a key.*with other amounts: a spend of {twice:,.0f} of"
    with pytest.raises(DataError, match=said):
        read(table, outcome)


@pytest.mark.parametrize("text", ["status", "note", "updated", "_file", "row_id"])
def test_what_describes_a_delivery_does_not_tell_facts_apart(text: str, make_frames: Make) -> None:
    media, outcome = campaigns(make_frames)
    table = restated(media)
    values = {
        "status": np.where(np.arange(len(table)) < len(media), "preliminary", "final"),
        "note": np.arange(len(table)).astype(str),
        "updated": table["synced_at"].dt.strftime("%Y-%m-%d %H:%M:%S"),
        "_file": np.arange(len(table)).astype(str),
        "row_id": [f"r{n}" for n in range(len(table))],
    }
    with pytest.raises(DataError, match="rows repeat a key"):
        read(table.drop(columns="synced_at").assign(**{text: values[text]}), outcome)


@pytest.mark.parametrize(
    "column", ["campaign", "account", "Ad Group", "campaign_id", "platform", "objective", "store_nr"]
)
def test_parts_with_names_of_their_own_are_summed(column: str, make_frames: Make) -> None:
    frames = make_frames()
    names = (101, 102) if column in ("campaign_id", "store_nr") else ("a", "b")
    parts = pd.concat([frames.media.assign(**{column: name}) for name in names], ignore_index=True)
    data = read(parts, frames.outcome)
    assert data.spend_gtc.sum() == pytest.approx(2 * frames.media["spend"].sum(), rel=1e-12)
    assert about_duplicates(data.findings) == []


def test_copies_differ_neither_by_case_nor_by_blanks(make_frames: Make) -> None:
    media, outcome = campaigns(make_frames)
    again = media.tail(5).assign(campaign=" OTHER ")
    with pytest.raises(DataError, match="5 of 965 rows repeat a key"):
        read(pd.concat([media, again], ignore_index=True), outcome)


def test_a_table_delivered_twice_is_said_as_that(make_frames: Make) -> None:
    frames = make_frames()
    with pytest.raises(DataError) as caught:
        read(
            pd.concat([frames.media, frames.media]),
            pd.concat([frames.outcome, frames.outcome]),
            pd.concat([frames.controls, frames.controls]),
        )
    text = str(caught.value)
    assert text.count("the whole table is there more than once") == 3
    assert text.count("all of them exact copies") == 3
    assert f"a revenue of {frames.outcome['revenue'].sum():,.0f} of" in text


@pytest.mark.parametrize("table", ["outcome", "controls", "events"])
def test_the_latest_load_counts_in_the_other_tables(table: str, make_frames: Make) -> None:
    frames = make_frames()
    old = getattr(frames, table)
    column = {"outcome": "revenue", "controls": "price", "events": "end_date"}[table]
    wrong = old.tail(1).assign(**{column: old["date"].iloc[-1] if table == "events" else 1e9})
    both = pd.concat(
        [wrong.assign(loaded_at="2025-01-31T07:00:00Z"), old.assign(loaded_at="2025-02-01T07:00:00Z")]
    )
    given = {name: getattr(frames, name) for name in ("media", "outcome", "controls", "events")}
    data = read(**{**given, table: both})
    plain = read(**given)
    np.testing.assert_array_equal(data.outcome_gt, plain.outcome_gt)
    np.testing.assert_array_equal(data.controls_gtk, plain.controls_gtk)
    assert data.events == plain.events
    assert [f.where for f in about_duplicates(data.findings)] == [f"{table}: loaded_at"]


def test_a_wide_table_is_read_the_same_way(tmp_path: Path) -> None:
    dates = pd.date_range("2022-01-03", periods=160, freq="7D")
    wide = pd.DataFrame({"DATE": dates, "tv_S": np.linspace(100, 900, 160), "revenue": 9e4})
    wide["revenue"] += np.random.default_rng(1).normal(0, 4e3, 160)
    both = pd.concat([wide.assign(load_time=1, tv_S=5e5).tail(3), wide.assign(load_time=2)])
    mapping = {"wide": "w.parquet", "date": "DATE", "outcome": "revenue", "media": {"tv": {"spend": "tv_S"}}}
    both.to_parquet(tmp_path / "w.parquet")
    data = read_spec(parse_spec({"data": mapping}), tmp_path)
    assert data.spend_gtc.sum() == pytest.approx(wide["tv_S"].sum())
    both.drop(columns="load_time").to_parquet(tmp_path / "w.parquet")
    found = about_duplicates(examine(parse_spec({"data": mapping}), tmp_path))
    assert [f.severity for f in found] == ["error", "error"]


def test_the_spec_names_another_load_time(make_frames: Make) -> None:
    media, outcome = campaigns(make_frames)
    table = restated(media, "Stand vom")
    spec = parse_spec({"data": {"loaded_at": "Stand vom"}})
    assert read(table, outcome, spec=spec).spend_gtc.sum() == pytest.approx(wanted(media), rel=1e-12)
    with pytest.raises(SpecError, match=r"no table has the column 'stand', which data\.loaded_at names"):
        read(table, outcome, spec=parse_spec({"data": {"loaded_at": "stand"}}))


@pytest.mark.parametrize("column", ["store", "product_id"])
def test_an_outcome_in_parts_is_summed_and_said(column: str, make_frames: Make) -> None:
    frames = make_frames(geos=("north", "south"))
    names = (1, 2) if column == "product_id" else ("web", "shop")
    parts = pd.concat([frames.outcome.assign(**{column: name}) for name in names], ignore_index=True)
    spec = parse_spec({"geo": {"population": "population"}})
    data = read(frames.media, parts, spec=spec)
    plain = read(frames.media, frames.outcome, spec=spec)
    np.testing.assert_allclose(data.outcome_gt, 2 * plain.outcome_gt, rtol=1e-12)
    np.testing.assert_array_equal(data.population_g, plain.population_g)
    (told,) = about_duplicates(data.findings)
    assert told.severity == "warning"
    assert f"told apart by {column}" in told.message


def test_a_total_beside_its_parts_is_an_error(make_frames: Make) -> None:
    frames = make_frames()
    parts = pd.concat([frames.outcome.assign(store=name) for name in ("web", "shop", "Total")])
    with pytest.raises(DataError, match="'total' stands beside its parts"):
        read(frames.media, parts)


def test_a_part_without_a_value_leaves_a_hole_not_a_smaller_sum(make_frames: Make) -> None:
    frames = make_frames()
    parts = pd.concat([frames.outcome.assign(store=name) for name in ("web", "shop")], ignore_index=True)
    parts.loc[5, "revenue"] = np.nan
    with pytest.raises(DataError, match="NaN in outcome: 1 of 160 rows have no value"):
        read(frames.media, parts)
