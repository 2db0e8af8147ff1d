"""The optimal frequency: by its formula, from known draws; the plan that uses it; what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.errors import BudgetError
from mediamix.core.spec import parse_spec
from mediamix.core.types import Window
from mediamix.data.dataset import Dataset
from mediamix.decide.fitted.curves import curves_of
from mediamix.decide.problem.bounds import load_bounds, save_bounds
from mediamix.decide.problem.resolve import resolve
from mediamix.measure.frequency import measure_frequencies, optimal_frequency
from mediamix.models.base import Fit
from mediamix.models.bayes import fit
from models_panels import HALF_FREQUENCY, SLOPE, panel, reached

SAMPLER = {"chains": 2, "draws": 150, "tune": 250, "seed": 3, "heal": False}


@pytest.fixture(scope="module", params=["national", "panel"])
def made(request: pytest.FixtureRequest, weekly: Dataset) -> Fit:
    data = reached(weekly if request.param == "national" else panel(geos=3, periods=80))
    return fit(data, parse_spec({"sampler": SAMPLER, **({"geo": {}} if len(data.geos) > 1 else {})}))


def with_draws(fit: Fit, half: list[float], slope: list[float], beta: list[float]) -> Fit:
    """A fit whose last channel has these draws of its curve."""
    n, old = len(half), fit.channels[-1]
    some = fit.channels[-1].thinned(np.arange(n))
    theta = np.column_stack([some.theta_dk[:, 0], half, slope])
    new = replace(old, theta_dk=theta, beta_dg=np.array(beta)[:, None] * np.ones(len(old.size_g)))
    rest = tuple(effect.thinned(np.arange(n)) for effect in fit.channels[:-1])
    return replace(fit, channels=(*rest, new), sigma_dg=fit.sigma_dg[:n])


def best(half: float, slope: float) -> float:
    """Of the Hill curve: the derivative of sat(f) / f is zero at half (slope − 1)^(1 / slope)."""
    return max(1.0, half * (slope - 1.0) ** (1.0 / slope)) if slope > 1 else 1.0


def test_every_draw_has_the_optimum_of_its_formula(made: Fit) -> None:
    draws = ([3.0, 4.0, 2.0, 5.0], [2.2, 3.0, 0.8, 1.2], [1.0, 2.0, 1.0, 0.5])
    (found,) = measure_frequencies(with_draws(made, *draws))
    optima = np.sort([best(h, s) for h, s in zip(*draws[:2], strict=True)])
    np.testing.assert_allclose(
        [found.optimum.p5, found.optimum.p50, found.optimum.p95],
        np.quantile(optima, (0.05, 0.5, 0.95)),
        rtol=0.03,  # the distance of the points
    )
    impressions = made.dataset.exposure_gtc[..., -1] * made.dataset.frequency_gtc[..., -1]
    assert found.average == pytest.approx(impressions.sum() / made.dataset.exposure_gtc[..., -1].sum())


def test_the_gain_is_that_of_the_same_impressions(made: Fit) -> None:
    """The media with another frequency, in the fit's own contributions."""
    (found,), data = measure_frequencies(made), made.dataset
    reach, often = data.exposure_gtc.copy(), data.frequency_gtc.copy()
    reach[..., -1] *= often[..., -1] / found.optimal
    often[..., -1] = np.where(often[..., -1] > 0, found.optimal, 0.0)
    other = replace(data, exposure_gtc=reach, frequency_gtc=often)
    np.testing.assert_allclose((reach * often)[..., -1], (data.exposure_gtc * data.frequency_gtc)[..., -1])
    effect, c = made.channels[-1], len(made.channels) - 1
    gain = effect.contribution(other.delivery_gt(c)).sum(axis=1)
    gain -= effect.contribution(data.delivery_gt(c)).sum(axis=1)
    assert found.gain.mean == pytest.approx(gain.mean(), rel=1e-6)
    assert found.gain.p5 == pytest.approx(np.quantile(gain, 0.05), rel=1e-6)
    for f in (0.8 * found.optimal, 1.25 * found.optimal):
        here = np.interp([f, found.optimal], found.frequency_p, found.curves[0])
        assert here[0] < here[1]


def test_the_truth_is_inside(made: Fit) -> None:
    table = optimal_frequency(made).set_index("channel")
    truth = best(HALF_FREQUENCY, SLOPE)
    assert list(table.index) == ["video"]
    assert table.loc["video", "optimum_p5"] * 0.8 < truth < table.loc["video", "optimum_p95"] * 1.25
    assert table.loc["video", "gain_mean"] > 0


def test_without_such_channels_the_table_is_empty(mixed_fit: Fit) -> None:
    assert optimal_frequency(mixed_fit).empty


def test_it_is_in_the_report(made: Fit, tmp_path: Path) -> None:
    page = mm.report(made, None, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "How often people should see it" in page


def test_a_plan_may_have_another_frequency(made: Fit) -> None:
    """At a given money the curve is that of as many impressions over other people."""
    data, (found,) = made.dataset, measure_frequencies(made)
    window = Window(data.n_periods - 26, data.n_periods)
    budget = mm.Budget(bounds={"video": mm.Bound(frequency="optimal")})
    usual, other = (
        curves_of(made, window=window, history=False),
        curves_of(made, budget, window=window, history=False),
    )
    assert other.frequencies == {"video": found.optimal}
    assert any("planned at a frequency of" in note for note in other.notes)
    np.testing.assert_allclose(usual.contribution["tv"], other.contribution["tv"])
    assert other.current == usual.current
    today = [
        np.interp(c.current["video"], c.spend["video"], c.contribution["video"].mean(axis=0))
        for c in (usual, other)
    ]
    assert today[1] > today[0]
    same = curves_of(
        made, mm.Budget(bounds={"video": mm.Bound(frequency=found.optimal)}), window=window, history=False
    )
    np.testing.assert_allclose(same.contribution["video"], other.contribution["video"])
    plan = resolve(other, replace(budget, total=sum(other.current.values())))
    assert plan.total > 0
    with pytest.raises(BudgetError, match="these curves are of today's frequencies"):
        resolve(usual, budget)


def test_what_cannot_be_is_refused(made: Fit) -> None:
    with pytest.raises(BudgetError, match="is no channel of reach & frequency"):
        curves_of(made, mm.Budget(bounds={"tv": mm.Bound(frequency=3.0)}), history=False)
    for wrong in (0.5, "best", float("nan")):
        with pytest.raises(BudgetError, match="frequency must be a number from 1, or optimal"):
            mm.Bound(frequency=wrong)


def test_a_file_of_bounds_has_it(tmp_path: Path) -> None:
    bounds = {"video": mm.Bound(high=5000.0, frequency="optimal"), "other": mm.Bound(frequency=2.5)}
    save_bounds(bounds, tmp_path / "bounds.yml")
    assert load_bounds(tmp_path / "bounds.yml") == bounds
