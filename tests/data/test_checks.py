"""Every check: silent on a good dataset, and loud on the one thing that it looks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import DataError, UserError
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Finding
from mediamix.data.assemble import assemble
from mediamix.data.checking import Evidence, all_checks, run_checks
from mediamix.data.checks.unit_jump import jump
from mediamix.data.read import build, read

TODAY = date(2026, 1, 1)
Frames = Any  # the record of conftest.py, which tests get as a fixture


def findings(frames: Frames, spec: Spec) -> tuple[Finding, ...]:
    tables = frames.tables(spec)
    try:
        dataset = assemble(tables, spec)
    except UserError:
        dataset = None
    return run_checks(Evidence(tables, dataset, spec, TODAY))


def edit(frames: Frames, **tables: pd.DataFrame) -> Frames:
    return replace(frames, **tables)


def media(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Frames], Frames]:
    return lambda frames: edit(frames, media=change(frames.media.copy()))


def outcome(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Frames], Frames]:
    return lambda frames: edit(frames, outcome=change(frames.outcome.copy()))


def spend(channel: str, values: object, start: int = 0) -> Callable[[Frames], Frames]:
    """Replace a channel's spend from period `start` on, by a value or by a function of it."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        rows = table.index[table["channel"] == channel][start:]
        old = table.loc[rows, "spend"]
        table.loc[rows, "spend"] = values(old) if callable(values) else values
        return table

    return media(change)


def revenue(values: object, start: int = 0) -> Callable[[Frames], Frames]:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        old = table.loc[start:, "revenue"]
        table.loc[start:, "revenue"] = values(old) if callable(values) else values
        return table

    return outcome(change)


def first(n: int) -> Callable[[Frames], Frames]:
    def cut(frames: Frames) -> Frames:
        last = frames.outcome["date"].iloc[n - 1]
        return replace(frames, **{name: table[table["date"] <= last] for name, table in vars(frames).items()})

    return cut


def only_last(channel: str, n: int) -> Callable[[Frames], Frames]:
    """A channel that runs in its last `n` periods alone."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        rows = table.index[table["channel"] == channel][:-n]
        table.loc[rows, ["spend", "impressions"]] = 0.0
        return table

    return media(change)


def rows_of_tv(kept: Callable[[np.ndarray], np.ndarray]) -> Callable[[Frames], Frames]:
    """Only some rows of television."""
    return media(lambda t: t[(t["channel"] != "tv") | kept(np.arange(len(t)))])


def all_spend(factor: float) -> Callable[[Frames], Frames]:
    return media(lambda t: t.assign(spend=t["spend"] * factor))


HELD_OUT: dict[str, object] = {"holdout": {"last": 10}}
TWIN = lambda table: pd.concat([table, table.tail(1)])  # noqa: E731
WITHOUT = {"tv": {"exposure": "impressions"}}

# check, severity, words of its message or place, how the good frames are broken, spec
CASES: list[tuple[str, str, str, Callable[[Frames], Frames], dict[str, object]]] = [
    ("duplicates", "error", "media: 2025-01-20 national social", media(TWIN), {}),
    ("duplicates", "error", "outcome: 2025-01-20", outcome(TWIN), {}),
    ("duplicates", "error", "controls", lambda f: edit(f, controls=TWIN(f.controls)), {}),
    ("duplicates", "error", "1 of 481 rows repeat", media(lambda t: TWIN(t.assign(campaign="x"))), {}),
    ("duplicates", "error", "exact copies", media(lambda t: TWIN(t.assign(campaign=""))), {}),
    ("gaps", "error", "1 of 160 weeks have no row", outcome(lambda t: t.drop(index=7)), {}),
    ("gaps", "error", "controls: 2022-02-21", lambda f: edit(f, controls=f.controls.drop(index=7)), {}),
    (
        "gaps",
        "error",
        "1 dates are not whole weeks",
        outcome(lambda t: t.assign(date=t["date"].where(t.index != 7, t["date"] + pd.Timedelta("1D")))),
        {},
    ),
    (
        "outcome_missing",
        "error",
        "NaN in outcome: 1 of 160",
        outcome(lambda t: t.replace(t.iat[4, 1], np.nan)),
        {},
    ),
    ("outcome_level", "error", "is 5 in every period", revenue(5.0), {}),
    ("outcome_level", "error", "62% of the periods", revenue(0.0, 60), {}),
    ("outcome_level", "warning", "12% of the periods", revenue(0.0, 140), {}),
    ("outcome_level", "warning", "1 periods have a negative", revenue(-5.0, 159), {}),
    (
        "ragged",
        "warning",
        "60 weeks late",
        media(lambda t: t[(t["channel"] != "tv") | (t["date"] > "2023-02-20")]),
        {},
    ),
    ("ragged", "info", "no row in 1 week between", media(lambda t: t.drop(index=9)), {}),
    ("ragged", "warning", "10 weeks early", spend("search", np.nan, 150), {}),
    ("negative", "error", "2 negative values of spend, -4.00", spend("tv", -2.0, 158), {}),
    (
        "spend_exposure",
        "warning",
        "spend without impressions in 60 weeks",
        media(lambda t: t.assign(impressions=t["impressions"].where(t.index >= 60, 0.0))),
        {"channels": WITHOUT},
    ),
    (
        "spend_exposure",
        "warning",
        "impressions without spend in 20 weeks",
        spend("tv", 0.0, 140),
        {"channels": WITHOUT},
    ),
    (
        "frequency",
        "error",
        "3 rows have a frequency under 1, the lowest 0.4",
        media(lambda t: t.assign(reach=1000.0, impressions=np.where(t.index < 3, 400.0, 2000.0))),
        {"channels": {"tv": {"kind": "reach_frequency"}}},
    ),
    ("sparse", "error", "tv every value of the channel is zero", spend("tv", 0.0), {}),
    (
        "sparse",
        "error",
        "tv there is spend, but every value of impressions",
        media(lambda t: t.assign(impressions=t["impressions"].where(t["channel"] != "tv", 0.0))),
        {"channels": WITHOUT},
    ),
    ("sparse", "error", "a paid channel without any spend", spend("tv", 0.0), {"channels": WITHOUT}),
    ("sparse", "warning", "only 5 of 160 weeks are active", spend("tv", 0.0, 5), {}),
    ("sparse", "info", "% of the total spend", spend("tv", lambda old: old / 200), {}),
    ("sparse", "warning", "nearly constant", spend("tv", 1000.0), {}),
    ("sparse", "warning", "one channel only", media(lambda t: t[t["channel"] == "tv"]), {}),
    ("outliers", "warning", "2025-01-20 (×1", spend("tv", lambda old: 15_000.0, 159), {}),
    ("outliers", "warning", "outcome 'revenue' far from", revenue(900_000.0, 159), {}),
    (
        "collinear",
        "warning",
        "tv, search move together: correlation 1.00",
        lambda f: spend("search", f.media.loc[f.media["channel"] == "tv", "spend"].to_numpy() * 2.0)(f),
        {},
    ),
    (
        "collinear",
        "warning",
        "search the other channels explain it: VIF",
        lambda f: spend(
            "search", f.media[f.media["channel"] != "search"].groupby("date")["spend"].sum().to_numpy()
        )(f),
        {},
    ),
    ("history", "error", "fewer than 20", first(19), {}),
    ("history", "warning", "less than a year", first(50), {}),
    ("history", "warning", "less than 24 months", first(70), {}),
    ("history", "info", "36 are advised", first(120), {}),
    ("ratio", "warning", "rows per parameter", first(40), {}),
    ("ratio", "info", "rows per parameter (of 4 × 3 channels", lambda f: f, {"trend": {"every": 8}}),
    (
        "unit_jump",
        "warning",
        "tv at 2023-07-17 the level falls by a factor of 98",
        spend("tv", lambda old: old / 100, 80),
        {},
    ),
    (
        "unit_jump",
        "warning",
        "outcome 'revenue' at 2023-07-17 the level rises",
        revenue(lambda old: old * 8, 80),
        {},
    ),
    (
        "unit_jump",
        "warning",
        "tv, spend per impressions",
        spend("tv", lambda old: old * 7, 80),
        {"channels": WITHOUT},
    ),
    (
        "currency",
        "error",
        "2 currencies: USD in 319 rows, EUR in 161 rows",
        media(lambda t: t.assign(currency=["EUR", *["USD"] * 319, *["EUR"] * 160])),
        {},
    ),
    (
        "currency",
        "warning",
        "spend is in USD, the spec says EUR",
        media(lambda t: t.assign(currency="usd")),
        {},
    ),
    (
        "future",
        "error",
        "1 rows are dated after today",
        outcome(lambda t: pd.concat([t, t.tail(1).assign(date=pd.Timestamp("2026-01-05"))])),
        {},
    ),
    (
        "future",
        "warning",
        "media: 2030-01-01",
        media(lambda t: pd.concat([t, t.tail(1).assign(date=pd.Timestamp("2030-01-01"))])),
        {},
    ),
    (
        "control_holes",
        "error",
        "no value in 1 of 160",
        lambda f: edit(f, controls=f.controls.replace(f.controls.iat[3, 1], np.nan)),
        {},
    ),
    ("control_holes", "error", "no value in 10 of 160", lambda f: edit(f, controls=f.controls.iloc[10:]), {}),
    (
        "control_holes",
        "warning",
        "is 2 throughout",
        lambda f: edit(f, controls=f.controls.assign(price=2)),
        {},
    ),
    (
        "alignment",
        "error",
        "dated by a Wednesday, the outcome's by a Monday",
        media(lambda t: t.assign(date=t["date"] + pd.Timedelta("2D"))),
        {},
    ),
    (
        "alignment",
        "info",
        "5 of 7 days go to the earlier one, 2 to the later",
        media(lambda t: t.assign(date=t["date"] + pd.Timedelta("2D"))),
        {"time": {"media_dates": "first"}},
    ),
    ("alignment", "error", "media: tv a row per 4 weeks (40 rows)", rows_of_tv(lambda k: k % 4 == 0), {}),
    ("outliers", "warning", "2025-01-20 (-5)", revenue(-5.0, 159), {}),
    (
        "outliers",
        "warning",
        "2025-01-20 (-300,000)",
        lambda f: revenue(-300_000.0, 159)(revenue(lambda old: old - 95_000)(f)),
        {},
    ),
    ("untrained", "error", "tv 0 of 150 trained weeks are active", only_last("tv", 6), HELD_OUT),
    (
        "untrained",
        "warning",
        "control 'price' is 2 in all 150 trained weeks and changes",
        lambda f: edit(f, controls=f.controls.assign(price=np.where(np.arange(160) < 155, 2.0, 3.0))),
        HELD_OUT,
    ),
    ("sparse", "warning", "only 3 of 150 trained weeks are active", only_last("tv", 13), HELD_OUT),
    (
        "control_holes",
        "warning",
        "is 2 throughout",
        lambda f: edit(f, controls=f.controls.assign(price=2)),
        HELD_OUT,
    ),
    ("units", "error", "the outcome of 1", revenue(lambda old: old / 1e7), {}),
    (
        "units",
        "error",
        "times the outcome of 14,",
        revenue(lambda old: old / 1e3),
        {"outcome": {"currency": "IDR"}},
    ),
    ("units", "error", "tv: spend 1", spend("tv", lambda old: old * 1e6), {}),
    ("units", "warning", "times less than the smallest", spend("tv", lambda old: old / 1e3), {}),
    ("units", "warning", "a factor of 1,000 between", all_spend(1e-3), {}),
    ("unused", "info", "tv, search, social impressions are given and not used", lambda f: f, {}),
]


PANEL: dict[str, object] = {"geo": {}}
NATION: dict[str, object] = {}


def south(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Frames], Frames]:
    """Change the outcome rows of the south (160 of 320)."""

    def changed(table: pd.DataFrame) -> pd.DataFrame:
        parts = [table[table["geo"] == "north"], change(table[table["geo"] == "south"].copy())]
        return pd.concat(parts, ignore_index=True)

    return outcome(changed)


def spend_by_size(frames: Frames) -> Frames:
    """Television at the same rate per head everywhere, always; the south has twice the people."""
    frames = outcome(lambda t: t.assign(population=t["geo"].map({"north": 1e6, "south": 2e6})))(frames)
    level = frames.media["geo"].map({"north": 1000.0, "south": 2000.0})
    return media(lambda t: t.assign(spend=t["spend"].where(t["channel"] != "tv", level)))(frames)


def weeks(n: int) -> Callable[[Frames], Frames]:
    """The first `n` weeks of all tables but the events."""

    def cut(frames: Frames) -> Frames:
        return edit(first(n)(frames), events=frames.events)

    return cut


def without_early_south(frames: Frames) -> Frames:
    """All tables without the first 60 weeks of the south."""

    def cut(table: pd.DataFrame) -> pd.DataFrame:
        return table[(table["geo"] == "north") | (table["date"] >= "2023-02-27")]

    long = {name: cut(getattr(frames, name)) for name in ("media", "outcome", "controls")}
    return edit(frames, **long)


# the same with two geos, north and south
PANEL_CASES: list[tuple[str, str, str, Callable[[Frames], Frames], dict[str, object]]] = [
    (
        "population",
        "info",
        "scaled by their mean outcome",
        outcome(lambda t: t.drop(columns="population")),
        PANEL,
    ),
    (
        "population",
        "error",
        "south 1 of 2 geos have no population",
        south(lambda t: t.assign(population=np.nan)),
        PANEL,
    ),
    ("population", "error", "zero or less", south(lambda t: t.assign(population=0)), PANEL),
    ("population", "error", "zero or less", south(lambda t: t.assign(population=-5)), PANEL),
    (
        "population",
        "error",
        "a population that changes",
        south(lambda t: t.assign(population=np.arange(1, 161))),
        PANEL,
    ),
    ("population", "warning", "zero or less", south(lambda t: t.assign(population=0)), NATION),
    (
        "population",
        "error",
        "south 1 of 2 geos have neither a population nor an outcome",
        south(lambda t: t.assign(revenue=0.0, population=1e6)),
        {"geo": {"population": None}},
    ),
    ("geo_dates", "info", "south (2023-02-27) 1 of 2 geos start later", without_early_south, PANEL),
    ("geo_dates", "warning", "start later than the others: they count as zero", without_early_south, NATION),
    (
        "geo_dates",
        "info",
        "end earlier than the others",
        lambda f: media(lambda t: t[(t["geo"] == "north") | (t["date"] < "2024-01-01")])(
            south(lambda t: t[t["date"] < "2024-01-01"])(f)
        ),
        PANEL,
    ),
    ("outcome_missing", "info", "1 of 320 outcomes", south(lambda t: t.replace(t.iat[9, 1], np.nan)), PANEL),
    ("outcome_missing", "info", "south 0.62% 1 of 320", south(lambda t: t.drop(index=t.index[9])), PANEL),
    (
        "outcome_missing",
        "warning",
        "south 62% 100 of 320 outcomes (31%) are missing, in 1 of 2 geos",
        south(lambda t: t.assign(revenue=t["revenue"].where(np.arange(160) >= 100))),
        PANEL,
    ),
    (
        "outcome_missing",
        "error",
        "no geo has an outcome",
        outcome(lambda t: t.assign(revenue=np.nan)),
        PANEL,
    ),
    ("outcome_missing", "error", "NaN in outcome", south(lambda t: t.replace(t.iat[9, 1], np.nan)), NATION),
    ("gaps", "error", "outcome of south", south(lambda t: t.drop(index=t.index[9])), NATION),
    ("gaps", "error", "outcome: 2022-02-21 1 of 160", outcome(lambda t: t.drop(index=[7, 167])), PANEL),
    ("geo_media", "info", "north one geo: fitted as national", lambda f: only_north(f), PANEL),
    (
        "geo_media",
        "info",
        "south 1 of 2 geos are without any spend",
        media(lambda t: t[t["geo"] == "north"]),
        PANEL,
    ),
    (
        "geo_media",
        "warning",
        "tv is in one geo only (south)",
        media(lambda t: t[(t["geo"] == "south") | (t["channel"] != "tv")]),
        PANEL,
    ),
    ("history", "warning", "learned from differences between geos", weeks(10), PANEL),
    ("history", "error", "fewer than 3 show no carry-over", weeks(2), PANEL),
    ("history", "error", "18 outcomes of all geos, fewer than 20", weeks(9), PANEL),
    ("sparse", "warning", "nearly constant", spend_by_size, PANEL),
    (
        "untrained",
        "warning",
        "south no outcome in 150 trained weeks",
        south(lambda t: t.assign(revenue=t["revenue"].where(np.arange(160) >= 152))),
        {**PANEL, **HELD_OUT},
    ),
    (
        "ratio",
        "warning",
        "48 rows, 3 channels",
        outcome(lambda t: t.assign(revenue=t["revenue"].where(t.index >= 272))),
        PANEL,
    ),
]


def only_north(frames: Frames) -> Frames:
    long = {name: getattr(frames, name) for name in ("media", "outcome", "controls")}
    return edit(frames, **{name: table[table["geo"] == "north"] for name, table in long.items()})


@pytest.mark.parametrize(
    ("check", "severity", "words", "broken", "spec"),
    PANEL_CASES,
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_each_check_of_a_panel(geo_frames, check, severity, words, broken, spec) -> None:
    test_each_check_finds_what_it_looks_for(geo_frames, check, severity, words, broken, spec)


def test_holes_in_one_geo_are_no_gap_of_a_panel_nor_news_of_the_whole(geo_frames) -> None:
    """A large geo that joins or misses weeks is no outlier, jump or wrong level of the total."""
    big = south(lambda t: t.assign(revenue=t["revenue"] * 30))(geo_frames)
    gone = south(lambda t: t.drop(index=t.index[[70, 71, 90]]))(without_early_south(big))
    seen = findings(gone, parse_spec(PANEL))
    assert {f.check for f in seen if f.severity != "info"} == set(), seen


def test_channels_that_start_together_with_a_geo_are_not_collinear(geo_frames) -> None:
    seen = findings(without_early_south(geo_frames), parse_spec(PANEL))
    assert "collinear" not in {f.check for f in seen}


def test_good_frames_have_no_finding(frames, geo_frames) -> None:
    for good in (frames, geo_frames):
        for spec in (Spec(), parse_spec({"geo": {}})):
            seen = findings(good, spec)
            assert [f for f in seen if f.severity != "info"] == []
            assert {f.check for f in seen} <= {"ratio", "unused"}


@pytest.mark.parametrize(
    ("check", "severity", "words", "broken", "spec"), CASES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_each_check_finds_what_it_looks_for(frames, check, severity, words, broken, spec) -> None:
    seen = [f for f in findings(broken(frames), parse_spec(spec)) if f.check == check]
    hits = [f for f in seen if words in f"{f.where} {f.message}"]
    assert hits, seen
    assert hits[0].severity == severity
    assert hits[0].why
    assert hits[0].advice


def test_every_check_has_a_case_and_a_documented_file() -> None:
    import importlib

    names = {check.name for check in all_checks()}
    # values that can't be meant don't get past the reading of these frames: test_absurd.py has tables
    assert names - {"absurd"} == {case[0] for case in [*CASES, *PANEL_CASES]}
    for name in names:
        module = importlib.import_module(f"mediamix.data.checks.{name}")
        assert module.__doc__
        assert module.find.__doc__


def test_coarser_media_than_periods(daily_frames) -> None:
    weekly = daily_frames.media.set_index("date").groupby("channel").resample("7D")[["spend"]].sum()
    with pytest.raises(
        DataError, match=r"search, social, tv: a row per week \(115 rows\), while the outcome"
    ):
        read(weekly.reset_index(), daily_frames.outcome)


def test_an_unfinished_last_period(frames) -> None:
    tables = frames.tables(Spec())
    over, not_over = date(2025, 1, 26), date(2025, 1, 25)  # the last week starts on the 20th
    assert [f.check for f in build(tables, Spec(), over).findings] == ["ratio", "unused"]
    assert [f.check for f in build(tables, Spec(), not_over).findings] == ["future", "ratio", "unused"]


def test_credit_notes_within_a_positive_day_are_no_finding(frames) -> None:
    note = frames.media.tail(1).assign(spend=-1.0, impressions=0.0, campaign="note")
    media_rows = pd.concat([frames.media.assign(campaign="x"), note])
    assert [f.check for f in read(media_rows, frames.outcome).findings] == ["ratio", "unused"]


def test_errors_come_first(frames) -> None:
    broken = revenue(-5.0, 159)(spend("tv", 0.0)(frames))
    order = [f.severity for f in findings(broken, Spec())]
    assert order == sorted(order, key=["error", "warning", "info"].index)
    assert len(set(order)) > 1


@pytest.mark.parametrize("seed", range(5))
def test_seasons_bursts_and_growth_are_no_unit_jump(seed: int) -> None:
    rng = np.random.default_rng(seed)
    t = np.arange(156)
    season = np.exp(0.9 * np.sin(2 * np.pi * t / 52) + rng.normal(0, 0.3, 156))
    bursts = np.where(rng.random(156) < 0.3, rng.lognormal(8, 1.0, 156), 0.0)
    growth = np.exp(t / 156 * np.log(30) + rng.normal(0, 0.2, 156))
    for values in (season, bursts, growth):
        assert jump(values, 10) is None
        seen = jump(np.where(t < 70, values, values * 100), 10)
        assert seen is not None
        assert abs(seen[0] - 70) <= 8


@pytest.mark.parametrize(
    ("factor", "outcome"),
    [(1.0, {}), (16_000.0, {"currency": "IDR"}), (1e-6, {}), (1.0, {"unit": "count"})],
    ids=["euro", "rupiah", "millions on both sides", "counts without a value"],
)
def test_one_unit_on_both_sides_is_no_finding(frames, factor, outcome) -> None:
    scaled = revenue(lambda old: old * factor)(all_spend(factor)(frames))
    if outcome.get("unit") == "count":
        scaled = revenue(lambda old: (old / 5000).round())(scaled)
    seen = findings(scaled, parse_spec({"outcome": outcome}))
    assert [f for f in seen if f.check == "units"] == []


def test_counts_are_compared_by_their_value(frames) -> None:
    orders = revenue(lambda old: (old / 50).round())(frames)
    for value, hits in ((50.0, 0), (0.05, 1)):
        spec = parse_spec({"outcome": {"unit": "count", "value_per_unit": value}})
        assert len([f for f in findings(orders, spec) if f.check == "units"]) == hits


def test_a_channel_in_micros_is_named_and_the_others_are_not_blamed(frames, geo_frames) -> None:
    for good, spec in ((frames, Spec()), (geo_frames, parse_spec(PANEL))):
        seen = findings(spend("search", lambda old: old * 1e6)(good), spec)
        (hit,) = [f for f in seen if f.check == "units"]
        assert hit.where == "search: spend"
        assert "a factor of 1,000,000 between units would explain it" in hit.message
        assert [f.where for f in seen if f.check == "sparse"] == []


def test_channels_of_very_different_size_are_of_one_unit(frames) -> None:
    small = spend("social", lambda old: old / 100)(spend("tv", lambda old: old * 2)(frames))
    assert [f for f in findings(small, Spec()) if f.check == "units"] == []


def test_a_steady_signed_outcome_has_no_outliers(frames) -> None:
    net = revenue(lambda old: old - 90_000)(frames)
    assert net.outcome["revenue"].lt(0).any()
    assert [f for f in findings(net, Spec()) if f.check == "outliers"] == []


def test_exposure_spend_says_that_spend_is_meant(frames) -> None:
    spec = parse_spec({"channels": {name: {"exposure": "spend"} for name in ("tv", "search", "social")}})
    assert [f for f in findings(frames, spec) if f.check == "unused"] == []
    (seen,) = [f for f in findings(frames, parse_spec({"channels": WITHOUT})) if f.check == "unused"]
    assert seen.where == "search, social"
    assert "channels: {search: {exposure: impressions}}" in seen.advice
