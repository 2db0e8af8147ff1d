"""Noise after the last known one: in forecasts and in held-out periods, of national fits and panels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.spec import parse_spec
from mediamix.data.dataset import Dataset
from mediamix.measure.contribution import decompose
from mediamix.measure.forecast import look_ahead
from mediamix.measure.gather import gather
from mediamix.measure.quality import fitted
from mediamix.models.base import Fit
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate

AHEAD = 8
SAMPLER = {"chains": 2, "draws": 150, "tune": 200, "seed": 3}


def world(geos: int) -> Dataset:
    """Weeks whose noise, 6 % of a geo's mean, lasts (ρ = 0.8), far off at the end of the first 112."""
    base = Scenario.weekly(3) if geos == 1 else Scenario.geo_panel(3)
    made = simulate(
        replace(base, geos=geos, every="week", periods=120, channels=2, noise=1e-6, late_geos=0.0)
    )
    rng = np.random.default_rng(7)
    noise = rng.normal(size=(geos, 120))
    for t in range(1, 120):
        noise[:, t] = 0.8 * noise[:, t - 1] + 0.6 * noise[:, t]
    noise += 3.0 * 0.8 ** np.abs(np.arange(120) - 111)
    mean = made.dataset.outcome_gt.mean(axis=1, keepdims=True)
    return replace(made.dataset, outcome_gt=made.dataset.outcome_gt + 0.06 * mean * noise)


def part(data: Dataset, start: int, stop: int) -> Dataset:
    names = ("outcome_gt", "spend_gtc", "exposure_gtc", "controls_gtk")
    cut = {name: getattr(data, name)[:, start:stop].copy() for name in names}
    return replace(data, dates=data.dates[start:stop].copy(), **cut)


def spec_of(kind: str, geos: int = 1, holdout: int = 0):
    panel = {"geo": {}} if geos > 1 else {}
    noise = {"noise": {"kind": kind}, "trend": {"kind": "none"}, "sampler": SAMPLER}
    return parse_spec({**panel, **noise, "holdout": {"last": holdout}})


@pytest.fixture(scope="module", params=[1, 3], ids=["national", "panel"])
def short(request) -> tuple[Fit, Dataset]:
    """A fit of all but the last periods, and those."""
    data = world(request.param)
    known, future = part(data, 0, 120 - AHEAD), part(data, 120 - AHEAD, 120)
    return fit(known, spec_of("ar1", request.param)), replace(future, events=())


def residual(made: Fit, at: int) -> np.ndarray:
    """What all geos together have over what each draw expects of them in a period."""
    expected = sum(component.draws_dt[:, at] for component in decompose(made))
    return np.asarray(made.dataset.outcome_gt[:, at].sum() - expected)


def test_a_forecast_goes_on_from_the_last_noise(short):
    made, future = short
    ahead = look_ahead(made, future)
    table, last = ahead.table(), residual(made, made.dataset.n_periods - 1)
    rho = made.posterior.stacked("rho")
    assert np.quantile(rho, 0.9) > 0.6
    for k in range(AHEAD):
        wanted = (rho ** (k + 1) * last).mean()
        assert table["mean"][k] - table["expected_mean"][k] == pytest.approx(wanted, rel=1e-6)
    # What is new grows: √(1 − ρ²ᵏ) of the noise's deviation.
    sd = np.sqrt((made.sigma_dg**2).sum(axis=1))
    fresh = ahead.predictive_dt - ahead.part("baseline") - ahead.part("media")
    for k in (0, AHEAD - 1):
        new = fresh[:, k] - rho ** (k + 1) * last
        # 300 draws: four standard errors of a standard deviation are 16 %.
        assert (new / sd / np.sqrt(1 - rho ** (2 * k + 2))).std() == pytest.approx(1.0, abs=0.17)


def test_held_out_periods_are_scored_with_what_lasts():
    made = fit(world(1), spec_of("ar1", holdout=AHEAD))
    outcome, first = fitted(made), 120 - AHEAD
    expected = np.asarray(sum(component.draws_dt for component in decompose(made)))
    last, rho = residual(made, first - 1), made.posterior.stacked("rho")
    np.testing.assert_allclose(outcome.mean_t[:first], expected[:, :first].mean(axis=0), rtol=1e-9)
    for k in range(AHEAD):
        wanted = expected[:, first + k].mean() + (rho ** (k + 1) * last).mean()
        assert outcome.mean_t[first + k] == pytest.approx(wanted, rel=1e-9)
    # The noise in the first of them hangs on the last known one.
    noise = outcome.predictive_dt[:, first] - expected[:, first]
    new = (noise - rho * last) / made.sigma_dg[:, 0] / np.sqrt(1 - rho**2)
    assert new.std() == pytest.approx(1.0, abs=0.17)


def test_checks_look_at_what_is_new_in_each_period(short):
    """Residuals of noise that lasts are correlated; the scores of the fit that knows it aren't."""
    made, _ = short
    scores = gather(made).residual_gt
    plain = replace(made, noise=type(made.noise)())
    lasting = gather(plain).residual_gt
    for own, other in zip(scores, lasting, strict=True):
        assert np.corrcoef(other[1:], other[:-1])[0, 1] > 0.5
        assert abs(np.corrcoef(own[1:], own[:-1])[0, 1]) < 4 / np.sqrt(len(own))


def test_a_forecast_with_heavy_tails_has_them():
    data = world(1)
    made = fit(part(data, 0, 112), spec_of("student"))
    made = replace(made, noise=replace(made.noise, nu_d=np.full(made.n_draws, 3.0)))
    ahead = look_ahead(made, replace(part(data, 112, 120), events=()))
    noise = ahead.predictive_dt - ahead.part("baseline") - ahead.part("media")
    scaled = (noise / made.sigma_dg).ravel()
    # Of t with three degrees of freedom, at a deviation of 1, half lie within 0.44; of a normal within 0.67.
    assert np.quantile(np.abs(scaled), 0.5) == pytest.approx(0.7649 / np.sqrt(3), rel=0.1)
