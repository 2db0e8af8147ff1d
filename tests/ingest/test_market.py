"""The platforms of the demo: what they sell is caused by the stated law, and can be learned."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest

import mediamix as mm
from mediamix.core.registry import discover
from mediamix.testing.platforms import market
from mediamix.testing.platforms.base import Platform, World

LAST = date(2026, 11, 28)
FIRST = LAST - timedelta(days=400)
NAMES = ("google_ads", "meta", "tiktok")
KNOWN = discover("mediamix.testing.platforms", Platform)


def worlds(seed: int) -> dict[str, World]:
    return {name: market.world(n, name, FIRST, LAST, seed) for n, name in enumerate(NAMES, 1)}


def channels(seed: int) -> dict[str, list[float]]:
    return {c: s for name, one in worlds(seed).items() for c, s in market.spent(KNOWN[name], one).items()}


def test_channels_are_those_of_the_mart_and_hold_all_that_platforms_say() -> None:
    spent = channels(3)
    google = ["google_ads_display", "google_ads_performance_max", "google_ads_search"]
    assert list(spent) == [*google, "meta", "tiktok"]
    over = LAST - timedelta(days=1)
    for name, world in worlds(3).items():
        own = sum((world.spend(one.id, FIRST, over) for one in world.accounts), Decimal())
        assert sum(sum(s) for c, s in spent.items() if c.startswith(name)) == pytest.approx(float(own))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_campaign_rests_and_changes_its_level(seed: int) -> None:
    for world in worlds(seed).values():
        rows = world.rows(world.accounts[0].id, FIRST, LAST)
        for campaign in {row.campaign_id for row in rows}:
            days = pd.Series([float(row.spend) for row in rows if row.campaign_id == campaign])
            assert len(days) < 0.95 * 401  # the rest are days of rest
            assert days.std() > 0.2 * days.mean()


def test_what_media_bring_is_the_truth_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "NOISE", 0.0)
    spent = channels(2)
    text, truth = market.sales(spent, FIRST, 2)
    sold = pd.read_csv(io.StringIO(text), parse_dates=["date"])
    assert len(sold) == 400
    level = market.LEVEL * (1 + market.WEEKEND * (sold["date"].map(lambda day: day.weekday() >= 5)))
    caused = sum(truth[name] * sum(amounts) for name, amounts in spent.items())
    assert (sold["revenue"] - level).sum() == pytest.approx(caused, rel=1e-6)


@pytest.mark.by_hand
def test_true_roi_is_inside_of_the_intervals_of_a_fit() -> None:
    """Nine in ten of 30 are expected; fewer than 23 come in 2 of 100 such trials."""
    inside = 0
    for seed in range(1, 7):
        spent = channels(seed)
        text, truth = market.sales(spent, FIRST, seed)
        outcome = pd.read_csv(io.StringIO(text))
        parts = [
            pd.DataFrame({"date": outcome["date"], "channel": name, "spend": amounts})
            for name, amounts in spent.items()
        ]
        fit = mm.fit(mm.read(media=pd.concat(parts), outcome=outcome), checks=False)
        inside += sum(m.roi.p5 <= truth[m.name] <= m.roi.p95 for m in mm.summarise(fit).channels if m.roi)
    assert inside >= 23
