"""Holidays with days around, event columns and a smooth trend in one fit: kept, read back, looked ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mediamix as mm
from mediamix.core.spec import parse_spec
from mediamix.measure.forecast import look_ahead

pytest.importorskip("holidays", reason="the package holidays is not installed")


def table(geo: str | None, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    made = pd.DataFrame({"day": pd.date_range("2022-01-03", periods=112, freq="7D")})
    made["tv"], made["web"] = rng.gamma(2, 100, 112).round(), rng.gamma(3, 60, 112).round()
    for name in ("promo a", "promo b", "promo c"):
        made[name] = (rng.random(112) < 0.1).astype(int)
    lift = 1 + 0.1 * made[["promo a", "promo b", "promo c"]].sum(axis=1) + 0.1 * np.sin(np.arange(112) / 9)
    made["sales"] = (5000 + made["tv"] + made["web"]) * lift + rng.normal(0, 150, 112)
    return made if geo is None else made.assign(geo=geo)


@pytest.mark.parametrize("geos", [(None,), ("north", "south", "west")], ids=["nation", "panel"])
def test_all_of_it(geos: tuple[str | None, ...], tmp_path) -> None:
    frame = pd.concat([table(geo, k) for k, geo in enumerate(geos)], ignore_index=True)
    data = {
        "wide": "x.csv",
        "date": "day",
        "outcome": "sales",
        "media": {"tv": {"spend": "tv"}, "web": {"spend": "web"}},
        "events": ["promo a", "promo b", "promo c"],
    }
    raw = {
        "data": data,
        "trend": {"kind": "hsgp"},
        "holidays": {"country": "US", "before": 6, "after": 2},
        "events": {"promo b": {"after": 7}, "Christmas Day": {"before": 14}},
        "sampler": {"chains": 2, "draws": 200, "tune": 200},
    }
    if geos[0] is not None:
        raw |= {"geo": {}, "data": {**data, "geo": "geo"}}
    spec = parse_spec(raw)
    read = mm.read(wide=frame, spec=spec)
    fit = mm.fit(read, spec, quick=True, checks=False)
    assert {choice.key for choice in fit.run.choices} == {"trend.length", "event_spread"}
    assert isinstance(fit.spec.event_spread, float)

    mm.save(fit, tmp_path / "fit")
    again = mm.load(tmp_path / "fit")
    (events,) = [term for term in again.baseline if term.component == "events"]
    wanted = {"promo a", "after promo b", "before Christmas Day", "after Thanksgiving Day"}
    assert wanted | {"common to event columns"} <= set(events.names)
    for mine, kept in zip(fit.baseline, again.baseline, strict=True):
        np.testing.assert_array_equal(mine.block.matrix_gtp, kept.block.matrix_gtp)
        np.testing.assert_allclose(mine.contribution(), kept.contribution(), rtol=1e-9)

    planned = pd.DataFrame({"date": ["2024-03-11"], "end_date": ["2024-03-17"], "event": ["promo a"]})
    future = mm.read_future(again.dataset, events=planned, periods=8, spec=again.spec)
    seen = {c.name: c.draws_dt for c in look_ahead(again, future).components}
    at = list(future.dates).index(np.datetime64("2024-03-11"))
    common = events.coefficient_dp[:, [events.names.index(n) for n in ("promo a", "common to event columns")]]
    weight = events.weight_gt[:, -1].sum()
    np.testing.assert_allclose(seen["events"][:, at], weight * common.sum(axis=1), rtol=1e-9)
