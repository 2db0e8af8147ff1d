"""A smooth trend ahead of the data: it goes on where it was, and knows less with every period."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.spec import Spec
from mediamix.core.types import NATIONAL
from mediamix.data.dataset import Dataset
from mediamix.data.future import read_future
from mediamix.measure.forecast import look_ahead
from mediamix.measure.quality import quality
from mediamix.models.base import Fit
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate

SAMPLER = {"chains": 2, "draws": 300, "tune": 200, "seed": 3}


def trend_of(made: Fit, periods: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws of the trend over the data and ahead."""
    future = read_future(made.dataset, periods=periods, spec=made.spec)
    (ahead,) = [c.draws_dt for c in look_ahead(made, future).components if c.name == "trend"]
    (term,) = [t for t in made.baseline if t.component == "trend"]
    return term.contribution(), ahead


def check(made: Fit, periods: int = 80) -> None:
    known, ahead = trend_of(made, periods)
    scale = np.nanmean(made.dataset.national().outcome_gt)
    step = np.abs(np.diff(known.mean(axis=0))).max()
    assert abs(ahead[:, 0].mean() - known[:, -1].mean()) < 3 * step + 0.005 * scale
    sd = ahead.std(axis=0)
    assert sd[26] > 1.2 * sd[0]
    assert sd[51] >= 0.9 * sd[26]
    assert 0.03 * scale < sd[51] < 0.25 * scale
    np.testing.assert_allclose(ahead[:, 60:], ahead[:, 60:61] + np.zeros(periods - 60), rtol=1e-9)


@pytest.mark.parametrize("length", [13, 26])
def test_a_nation(weekly: Dataset, length: int) -> None:
    made = fit(weekly, Spec(trend={"kind": "hsgp", "length": length}, sampler=SAMPLER), quick=True)
    check(made)


def test_a_panel() -> None:
    data = simulate(
        Scenario.geo_panel(2).__class__(seed=2, every="week", periods=104, geos=3, channels=2)
    ).dataset
    # The spread of 600 draws would be too rough for what is asked of it.
    raw = {"geo": {}, "trend": {"kind": "hsgp", "length": 26}, "sampler": {**SAMPLER, "draws": 1500}}
    made = fit(data, Spec(**raw), quick=True)
    assert made.dataset.geos != (NATIONAL,)
    check(made)


def test_it_predicts_held_out_periods_as_well_as_it_says() -> None:
    """Of levels that are such a curve, thirteen weeks ahead, eight worlds."""
    inside, seen = 0, 0
    for seed in range(1, 9):
        data = simulate(Scenario.weekly(seed)).dataset
        week = np.arange(data.n_periods)
        r = np.sqrt(5) * np.abs(week[:, None] - week) / 20
        covariance = 0.01 * (1 + r + r * r / 3) * np.exp(-r)
        level = np.random.default_rng(seed).multivariate_normal(np.zeros(len(week)), covariance)
        outcome = data.outcome_gt + np.nanmean(data.outcome_gt) * level
        spec = Spec(trend={"kind": "hsgp"}, holdout={"last": 13}, sampler=SAMPLER)
        held = quality(fit(replace(data, outcome_gt=outcome), spec, quick=True)).holdout
        assert held is not None
        inside, seen = inside + round(held.coverage90 * held.periods), seen + held.periods
    # 98 to 100 of 104, whatever the draws.
    assert 0.78 * seen <= inside
