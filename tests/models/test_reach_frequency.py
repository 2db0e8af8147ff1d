"""Reach & frequency through a whole fit, national and panel: its truth, what it brings, plans, forecasts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.errors import DataError, SpecError
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Kind, Window
from mediamix.data.dataset import Dataset
from mediamix.decide.fitted.curves import curves_of
from mediamix.measure.contribution import contributions, measure_channels, total_contributions
from mediamix.measure.forecast import look_ahead
from mediamix.measure.response import response_draws
from mediamix.measure.thinning import thinned_rows
from mediamix.models.again import weighed
from mediamix.models.base import Fit
from mediamix.models.bayes import fit
from mediamix.models.problem import pose
from mediamix.models.returns import alike_of
from models_panels import HALF_FREQUENCY, HALF_LIFE, PART, SLOPE, panel, reached

SAMPLER = {"chains": 2, "draws": 200, "tune": 300, "seed": 3, "heal": False}
WEEK = np.timedelta64(7, "D")


def spec_of(data: Dataset, **sections: object) -> Spec:
    return parse_spec({"sampler": SAMPLER, **({"geo": {}} if len(data.geos) > 1 else {}), **sections})


@pytest.fixture(scope="module", params=["national", "panel"])
def data(request: pytest.FixtureRequest, weekly: Dataset) -> Dataset:
    return reached(weekly if request.param == "national" else panel(geos=3, periods=80))


@pytest.fixture(scope="module")
def made(data: Dataset) -> Fit:
    return fit(data, spec_of(data))


def plainly(data: Dataset, effect: object, scale: float = 1.0) -> np.ndarray:
    """Contribution per draw and geo, summed over time, from the named parameters alone."""
    return of_arrays(data.size_g, scale * data.exposure_gtc[:, :, -1], data.frequency_gtc[:, :, -1], effect)


def of_arrays(size_g: np.ndarray, reach_gt: np.ndarray, often_gt: np.ndarray, effect: object) -> np.ndarray:
    found = []
    for (life, half, slope), beta_g in zip(effect.theta_dk, effect.beta_dg, strict=True):
        h = reach_gt * often_gt**slope / (often_gt**slope + half**slope)
        keep, level, total = 0.5 ** (1.0 / life), 0.0, 0.0
        for t in range(h.shape[1]):
            level = (1.0 - keep) * h[:, t] / size_g + keep * level
            total = total + level
        found.append(beta_g * total)
    return np.array(found)


def test_the_truth_is_found(data: Dataset, made: Fit) -> None:
    effect = made.channels[-1]
    assert [p.name for p in effect.transform.parameters] == ["half_life", "half_effect", "slope"]
    mean, sd = effect.theta_dk.mean(axis=0), effect.theta_dk.std(axis=0)
    assert (np.abs(mean - [HALF_LIFE, HALF_FREQUENCY, SLOPE]) < 3.5 * sd).all()
    brought = PART / (1.0 + PART) * np.nansum(data.outcome_gt)
    found = total_contributions(made)[:, -1]
    assert abs(found.mean() - brought) < 3.5 * found.std()
    assert found.std() < 0.35 * brought


def test_contributions_follow_from_the_named_parameters(data: Dataset, made: Fit) -> None:
    want = plainly(data, made.channels[-1])
    np.testing.assert_allclose(total_contributions(made)[:, -1], want.sum(axis=1), rtol=1e-9)
    for g in range(len(data.geos)):
        np.testing.assert_allclose(total_contributions(made, g)[:, -1], want[:, g], rtol=1e-9)
    table = contributions(made)
    own = table[(table["component"] == "video") & (table["kind"] == "media")]["mean"].sum()
    assert own == pytest.approx(want.sum(axis=1).mean(), rel=1e-9)
    # Linear in reach: twice of it brings twice as much, and the next unit as much as the mean one.
    measure = measure_channels(made)[-1]
    assert measure.mroi.mean == pytest.approx(measure.roi.mean, rel=1e-9)
    curve = response_draws(made, np.array([0.0, 0.5, 2.0]))[-1]
    np.testing.assert_allclose(curve, want.sum(axis=1)[:, None] * [0.0, 0.5, 2.0], rtol=1e-9)
    late = response_draws(made, np.array([1.0]), window=Window(20, data.n_periods))[-1, :, 0]
    first = replace(data, exposure_gtc=data.exposure_gtc * (np.arange(data.n_periods) < 20)[:, None])
    np.testing.assert_allclose(late, (want - plainly(first, made.channels[-1])).sum(axis=1), rtol=1e-7)


def test_a_forecast_has_the_frequency_of_its_media(data: Dataset, made: Fit) -> None:
    last = slice(-6, None)
    future = replace(
        data,
        dates=data.dates[last] + 6 * WEEK,
        outcome_gt=np.full((len(data.geos), 6), np.nan),
        spend_gtc=data.spend_gtc[:, last].copy(),
        exposure_gtc=data.exposure_gtc[:, last].copy(),
        frequency_gtc=data.frequency_gtc[:, last].copy(),
        controls_gtk=data.controls_gtk[:, last].copy(),
        events=(),
    )
    rare = replace(future, frequency_gtc=np.where(future.frequency_gtc > 0, 1.0, 0.0))
    often, once = (
        next(c for c in look_ahead(made, one).components if c.name == "video").draws_dt.sum(axis=1)
        for one in (future, rare)
    )
    assert (often > once).all()
    # What the history carries over is part of it.
    rows = thinned_rows(made.n_draws, 1000)
    effect = made.channels[-1].thinned(rows)
    reach, frequency = (
        np.concatenate([getattr(data, name), getattr(future, name)], axis=1)[:, :, -1]
        for name in ("exposure_gtc", "frequency_gtc")
    )
    want = of_arrays(data.size_g, reach, frequency, effect) - plainly(data, effect)
    np.testing.assert_allclose(often, want.sum(axis=1), rtol=1e-8)


def test_it_is_kept_and_told(made: Fit, tmp_path: Path) -> None:
    mm.save(made, tmp_path / "fit")
    back = mm.load(tmp_path / "fit")
    assert back.dataset.hash == made.dataset.hash
    np.testing.assert_array_equal(total_contributions(back), total_contributions(made))
    assert mm.roi(back)["kind"].tolist()[-1] == "reach_frequency"
    assert mm.report(made, None, tmp_path / "report.html").is_file()


def test_a_plan_moves_reach_at_todays_frequency(made: Fit) -> None:
    """Money buys reach: linear, so that more of it is worth as much per unit as today's."""
    curves = curves_of(made, mm.Budget())
    today = curves.current["video"]
    assert today == pytest.approx(made.dataset.spend_c[-1])
    at = [
        np.interp(m * today, curves.spend["video"], curves.contribution["video"].mean(axis=0))
        for m in (0.5, 1.0, 1.5)
    ]
    np.testing.assert_allclose(np.diff(at), at[0], rtol=1e-6)


def test_a_belief_about_returns_knows_it(data: Dataset, made: Fit) -> None:
    """The density with the belief on top: its gradient against central differences."""
    problem, channels = pose(data, spec_of(data)), [0, len(data.channels) - 1]
    density = weighed(problem, channels, alike_of(made, channels), Window(10, data.n_periods))
    u, h = 0.4 * np.random.default_rng(2).standard_normal(density.dimension), 1e-3
    _, gradient = density(u)
    for i, step in enumerate(h * np.eye(density.dimension)):
        near = density(u + step)[0] - density(u - step)[0]
        far = density(u + 2 * step)[0] - density(u - 2 * step)[0]
        slope = (8 * near - far) / (12 * h)
        assert gradient[i] == pytest.approx(slope, rel=1e-5, abs=1e-6 * np.abs(gradient).max())


VARYING = {"varying": {"by": "time"}}
TOGETHER: dict[str, dict] = {
    "noise that lasts": {"noise": {"kind": "ar1"}},
    "heavy tails": {"noise": {"kind": "student"}},
    "pairs": {"synergy": {"pairs": "all"}},
    "an effect over time": {"channels": {"video": VARYING}},
    "all": {
        "noise": {"kind": "ar1"},
        "synergy": {"pairs": [["tv", "video"]]},
        "trend": {"kind": "hsgp"},
        "channels": {"video": VARYING, "price": {"kind": "treatment", "reference": "mean"}},
    },
}


@pytest.mark.parametrize("sections", TOGETHER.values(), ids=TOGETHER)
def test_it_goes_with_the_other_structures(weekly: Dataset, sections: dict) -> None:
    """Gradients by central differences, and parts that add up to what is fitted."""
    data = reached(weekly)
    spec = spec_of(data, **{**sections, "sampler": {**SAMPLER, "draws": 50, "tune": 50}})
    density = pose(data, spec).model.density()
    u, h = 0.4 * np.random.default_rng(2).standard_normal(density.dimension), 1e-4
    _, gradient = density(u)
    for i, step in enumerate(h * np.eye(density.dimension)):
        slope = (density(u + step)[0] - density(u - step)[0]) / (2 * h)
        assert gradient[i] == pytest.approx(slope, rel=1e-4, abs=1e-5 * np.abs(gradient).max())
    sums = contributions(fit(data, spec)).groupby(["kind", "component"])["mean"].sum()
    whole = sums["media"].sum() + sums["baseline"].sum()
    assert whole == pytest.approx(sums["total", "fitted"], rel=1e-9)


def test_in_panels_it_goes_with_an_effect_over_time() -> None:
    data = reached(panel(geos=3, periods=60))
    price = {"kind": "treatment", "reference": 100.0}
    spec = spec_of(data, channels={"video": VARYING, data.control_names[0]: price})
    density = pose(data, spec).model.density()
    u, h = 0.4 * np.random.default_rng(2).standard_normal(density.dimension), 1e-4
    _, gradient = density(u)
    for i, step in enumerate(h * np.eye(density.dimension)):
        slope = (density(u + step)[0] - density(u - step)[0]) / (2 * h)
        assert gradient[i] == pytest.approx(slope, rel=1e-4, abs=1e-5 * np.abs(gradient).max())


def test_what_cannot_be_is_refused(weekly: Dataset) -> None:
    data = reached(weekly)
    with pytest.raises(DataError, match="no frequency of this channel"):
        pose(replace(data, frequency_gtc=None), spec_of(data))
    first = {"channels": {"video": {"order": "saturation_first"}}}
    with pytest.raises(SpecError, match="there is no other order"):
        pose(data, spec_of(data, **first))
    with pytest.raises(SpecError, match="read with another kind"):
        pose(data, spec_of(data, channels={"tv": {"kind": "reach_frequency"}}))
    assert data.channels[-1].kind is Kind.REACH_FREQUENCY
