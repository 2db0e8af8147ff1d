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


TWIN = lambda table: pd.concat([table, table.tail(1)])  # noqa: E731
WITHOUT = {"tv": {"exposure": "impressions"}}

# check, severity, words of its message or place, how the good frames are broken, spec
CASES: list[tuple[str, str, str, Callable[[Frames], Frames], dict[str, object]]] = [
    ("duplicates", "error", "media: 2025-01-20 national social", media(TWIN), {}),
    ("duplicates", "error", "outcome: 2025-01-20", outcome(TWIN), {}),
    ("duplicates", "error", "controls", lambda f: edit(f, controls=TWIN(f.controls)), {}),
    ("duplicates", "warning", "1 campaign rows repeat", media(lambda t: TWIN(t.assign(campaign="x"))), {}),
    ("duplicates", "error", "without campaign", media(lambda t: TWIN(t.assign(campaign=""))), {}),
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
    ("sparse", "warning", "% of the total spend", spend("tv", lambda old: old / 200), {}),
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
        "warning",
        "dated by a Wednesday, the outcome's by a Monday",
        media(lambda t: t.assign(date=t["date"] + pd.Timedelta("2D"))),
        {},
    ),
]


def test_good_frames_have_no_finding(frames, geo_frames) -> None:
    for good in (frames, geo_frames):
        seen = findings(good, Spec())
        assert [f for f in seen if f.severity != "info"] == []
        assert {f.check for f in seen} <= {"ratio"}


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
    assert names == {case[0] for case in CASES}
    for name in names:
        module = importlib.import_module(f"mediamix.data.checks.{name}")
        assert module.__doc__
        assert module.find.__doc__


def test_coarser_media_than_periods(daily_frames) -> None:
    weekly = daily_frames.media.set_index("date").groupby("channel").resample("7D")[["spend"]].sum()
    with pytest.raises(DataError, match="media have a row per week, the outcome is looked at per day"):
        read(weekly.reset_index(), daily_frames.outcome)


def test_an_unfinished_last_period(frames) -> None:
    tables = frames.tables(Spec())
    over, not_over = date(2025, 1, 26), date(2025, 1, 25)  # the last week starts on the 20th
    assert [f.check for f in build(tables, Spec(), over).findings] == ["ratio"]
    assert [f.check for f in build(tables, Spec(), not_over).findings] == ["future", "ratio"]


def test_credit_notes_within_a_positive_day_are_no_finding(frames) -> None:
    note = frames.media.tail(1).assign(spend=-1.0, impressions=0.0, campaign="note")
    media_rows = pd.concat([frames.media.assign(campaign="x"), note])
    assert [f.check for f in read(media_rows, frames.outcome).findings] == ["ratio"]


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
