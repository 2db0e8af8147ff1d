"""Shocks that all geos of a panel share: density, draws, and the way back from a fit.

Oracles: the shocks integrated out of the density (it is quadratic in them, so that this is exact) against
one multivariate normal of all outcomes whose cells of one period correlate (`oracle.plain_panel`); finite
differences; dense Gaussian conditioning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from mediamix.core.errors import SpecError
from mediamix.core.spec import parse_spec
from mediamix.core.types import Experiment
from mediamix.data.dataset import Dataset
from mediamix.models.before import prior_of
from mediamix.models.panel import PanelModel
from mediamix.models.priors import SHOCK_SPREAD
from mediamix.models.problem import pose
from mediamix.models.shock import ShockTerm
from models_panels import absent, first, missing, organic, panel, reached, unbought, with_events
from oracle import plain_panel


@dataclass(frozen=True)
class Case:
    """A panel, and what its model has beside shared shocks."""

    data: Callable[[], Dataset]
    holdout: int = 0
    unequal: bool = False
    own_season: bool = False

    def model(self) -> PanelModel:
        geo = {
            "shared_shock": True,
            "noise": "unequal" if self.unequal else "equal",
            "season": "own" if self.own_season else "shared",
        }
        model = pose(self.data(), parse_spec({"geo": geo, "holdout": {"last": self.holdout}})).model
        assert isinstance(model, PanelModel)
        return model

    def plain(self) -> plain_panel.PlainPanel:
        return plain_panel.state(
            self.data(), {}, self.holdout, self.unequal, self.own_season, shared_shock=True
        )


def holes() -> Dataset:
    """Cells without an outcome, and a week in which nobody wrote one down."""
    return missing(panel(), (1, slice(0, 20)), (3, slice(7, 8)), *((g, slice(30, 31)) for g in range(4)))


def holes_of_three() -> Dataset:
    return missing(absent(panel(channels=3), 1, slice(0, 23)), (3, slice(5, 40)))


def everything() -> Dataset:
    data = absent(absent(panel(channels=3), 1, slice(0, 23)), 2, slice(45, None))
    return with_events(organic(unbought(missing(data, (3, slice(5, 40))), [0, 3], [1])))


CASES = {
    "equal noise": Case(panel),
    "unequal noise": Case(panel, unequal=True),
    "missing outcomes": Case(holes),
    "missing outcomes, unequal noise": Case(holes, unequal=True),
    "held out": Case(holes, holdout=6),
    "no control": Case(lambda: panel(controls=0)),
    "days": Case(lambda: panel(geos=3, every="day", periods=70)),
    "fewer periods than columns": Case(lambda: first(panel(geos=6, controls=1), 5)),
    "own season": Case(holes, own_season=True),
    "nine geos": Case(lambda: panel(geos=9, periods=40)),
    "everything": Case(everything, holdout=4, unequal=True, own_season=True),
}
#: Those that the plain model doesn't have; beliefs are on top of the model's own density.
BESIDE = {
    "effects over time": {"channels": {"tv": {"varying": {"length": 20}}}},
    "a season's effect": {"channels": {"search": {"varying": {"by": "season"}}}},
    "treatment": {"channels": {"price": {"kind": "treatment", "reference": "mean"}}},
    "beliefs": {
        "media": {"pooled": True, "prior": {"share": {"median": 0.2, "p95": 0.4}}},
        "channels": {"tv": {"prior": {"mroi": {"median": 1.0, "p95": 3.0}}}},
    },
    "effects over time and a pool": {
        "media": {"pooled": True},
        "channels": {"tv": {"varying": {"length": 20}}},
    },
}
cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def points(dimension: int, n: int) -> np.ndarray:
    return 0.7 * np.random.default_rng(8).standard_normal((n, dimension))


def integrated(density: Any, u: np.ndarray) -> float:
    """Log of the density integrated over the shocks' coordinates, by its exact quadratic form."""
    k, free = len(u), density.dimension - len(u)
    at = np.concatenate([u, np.zeros(free)])
    value, slope = density(at)
    steps = np.eye(density.dimension)[k:]
    hessian = np.stack([density(at + step)[1][k:] - slope[k:] for step in steps])
    sign, log_det = np.linalg.slogdet(-hessian)
    assert sign > 0
    # The normal densities of coordinates are without their constants, as those of all others.
    return float(value - 0.5 * slope[k:] @ np.linalg.solve(hessian, slope[k:]) - 0.5 * log_det)


@cases
def test_without_its_shocks_it_is_the_plain_log_posterior_of_correlated_cells(case: Case) -> None:
    density, plain = case.model().density(), case.plain()
    k = len(plain.names())
    assert density.dimension == k + int(plain.trained_gt.any(axis=0).sum())
    for u in points(k, 2):
        assert integrated(density, u) == pytest.approx(plain.log_posterior(u), rel=1e-8, abs=1e-6)


@cases
def test_gradient_is_the_slope_of_the_value(case: Case) -> None:
    compare_gradient(case.model().density(), 2)


@pytest.mark.parametrize("more", BESIDE.values(), ids=BESIDE)
def test_beside_other_parts_of_the_model_the_gradient_is_the_slope(more: dict[str, Any]) -> None:
    spec = parse_spec({"geo": {"shared_shock": True, "noise": "unequal"}, **more})
    compare_gradient(pose(holes_of_three(), spec).density(), 1)


@pytest.mark.parametrize("varying", [False, True])
def test_beside_reach_and_frequency_the_gradient_is_the_slope(varying: bool) -> None:
    data = reached(panel(geos=3, periods=60))
    data = missing(data, (1, slice(0, 20)), *((g, slice(30, 31)) for g in range(3)))
    channels = {data.channel_names[-1]: {"varying": {"length": 20}}} if varying else {}
    spec = parse_spec({"geo": {"shared_shock": True}, "channels": channels})
    compare_gradient(pose(data, spec).density(), 1)


def compare_gradient(density: Any, n: int) -> None:
    h = 1e-3
    for u in points(density.dimension, n):
        _, gradient = density(u)
        numeric = np.empty_like(gradient)
        for i, step in enumerate(h * np.eye(density.dimension)):
            near = density(u + step)[0] - density(u - step)[0]
            far = density(u + 2 * step)[0] - density(u - 2 * step)[0]
            numeric[i] = (8 * near - far) / (12 * h)
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=2e-6 * np.abs(gradient).max())


@pytest.mark.parametrize("name", ["equal noise", "nine geos"])
def test_coordinates_of_shocks_are_near_standard_normal(name: str) -> None:
    """Where the data tell the shocks their curvature is near 1, whatever θ is: few steps per draw."""
    model = CASES[name].model()
    density, k = model.density(), len(model.priors)
    for u in points(k, 2):
        at = np.concatenate([u, np.zeros(density.dimension - k)])
        slope = density(at)[1]
        curvature = [slope[i] - density(at + np.eye(len(at))[i])[1][i] for i in range(k, len(at))]
        assert 0.8 < np.median(curvature) < 1.2


# --- draws ----------------------------------------------------------------------------------------


class Given(np.random.Generator):
    """A generator whose first standard normals are given."""

    def __init__(self, normals: np.ndarray) -> None:
        super().__init__(np.random.PCG64(0))
        self.normals: np.ndarray | None = normals

    def standard_normal(self, size: Any = None, **_: Any) -> Any:
        if self.normals is None:
            return super().standard_normal(size)
        normals, self.normals = self.normals, None
        assert tuple(size) == normals.shape
        return normals


@cases
def test_coefficients_given_the_shocks_are_drawn_exactly(case: Case) -> None:
    """The mean and covariance of the common coefficients given shocks, by one dense solve."""
    model, plain = case.model(), case.plain()
    density, k, p = model.density(), len(model.priors), len(plain.terms)
    u = points(density.dimension, 1)[0]
    n = p + len(plain.geos) * (len(plain.local()) + len(plain.channels))
    normals = np.vstack([np.zeros(n), np.eye(n)])
    done = model.complete(np.tile(u, (n + 1, 1)), Given(normals))
    assert done.shock_dt is not None
    trained_t = plain.trained_gt.any(axis=0)
    shock_t = np.where(trained_t, done.shock_dt[0], 0.0)
    mean, covariance = plain.conditional(u[:k], shock_t)
    drawn = done.coefficient_dp / np.array([term.sd for term in plain.terms])
    np.testing.assert_allclose(drawn[0], mean[:p], atol=1e-7)
    slope = (drawn[1:] - drawn[0]).T
    np.testing.assert_allclose(slope @ slope.T, covariance[:p, :p], atol=1e-7)


def test_shocks_of_periods_without_an_outcome_keep_their_prior() -> None:
    model = Case(holes, holdout=20).model()
    k, n = len(model.priors), 256
    u = np.zeros((n, model.density().dimension))
    done = model.complete(u, np.random.default_rng(2))
    assert done.shock_dt is not None
    omega = float(next(p for p in model.priors if p.name == "shock_spread").natural(np.zeros(1))[0])
    unseen = done.shock_dt[:, [30, *range(40, 60)]] / omega
    # 5,376 independent standard normals: five standard errors.
    assert abs(unseen.mean()) < 5 / np.sqrt(unseen.size)
    assert abs((unseen**2).mean() - 1) < 5 * np.sqrt(2 / unseen.size)
    assert np.ptp(done.shock_dt[:, 5]) == 0
    assert k < u.shape[1] == k + 39


@cases
def test_the_way_back_from_shocks_to_coordinates(case: Case) -> None:
    model = case.model()
    u = points(model.density().dimension, 3)
    k = len(model.priors)
    shock_dt = model.complete(u, np.random.default_rng(1)).shock_dt
    assert shock_dt is not None
    np.testing.assert_allclose(model.shock_coordinates(u[:, :k], shock_dt), u[:, k:], atol=1e-7)


def test_of_nothing_observed_the_posterior_is_the_prior() -> None:
    data = holes_of_three()
    spec = parse_spec(
        {"geo": {"shared_shock": True, "noise": "unequal"}, "channels": {"tv": {"varying": {}}}}
    )
    found = prior_of(data, spec)
    problem = pose(data, spec)
    assert found.sigma_dg.shape == (found.n_draws, len(data.geos))
    (term,) = (one for one in found.baseline if isinstance(one, ShockTerm))
    median = SHOCK_SPREAD.median * problem.outcome.mean
    assert np.median(term.spread_d) == pytest.approx(median, rel=0.1)
    scaled = term.coefficient_dp / term.spread_d[:, None]
    assert scaled.std() == pytest.approx(1.0, rel=0.02)
    own = found.channels[0].beta_dg / data.size_g
    away = (own / own.mean(axis=1, keepdims=True) - 1.0).std(axis=1)
    assert 0.05 < np.median(away) < 0.4


def test_priors_are_in_the_documented_order() -> None:
    case = CASES["everything"]
    ours = {"controls_spread": "control_spread", "seasonality_spread": "season_spread"}
    plain = [name.partition("[")[0] for name in case.plain().names()]
    assert [p.name for p in case.model().priors] == [ours.get(name, name) for name in plain]


# --- what can't be --------------------------------------------------------------------------------


def test_one_geo_has_nothing_to_share() -> None:
    data = panel()
    alone = replace(
        data,
        geos=data.geos[:1],
        outcome_gt=data.outcome_gt[:1],
        spend_gtc=data.spend_gtc[:1],
        exposure_gtc=data.exposure_gtc[:1],
        controls_gtk=data.controls_gtk[:1],
        population_g=None if data.population_g is None else data.population_g[:1],
    )
    with pytest.raises(SpecError, match=r"geo\.shared_shock.*several") as caught:
        pose(alone, parse_spec({"geo": {"shared_shock": True}}))
    assert "leave shared_shock out" in str(caught.value)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"noise": {"kind": "ar1"}}, "noise"),
        ({"mediators": {"price": {"driven_by": ["tv"]}}}, "mediators"),
    ],
    ids=["noise", "mediators"],
)
def test_what_it_has_no_model_with_is_refused(more: dict[str, Any], named: str) -> None:
    with pytest.raises(SpecError, match=rf"geo\.shared_shock.*{named}") as caught:
        pose(panel(), parse_spec({"geo": {"shared_shock": True}, **more}))
    assert f"leave shared_shock out, or {named}" in str(caught.value)


def test_experiments_are_refused() -> None:
    data = panel()
    first, last = data.dates[10], data.dates[13]
    one = Experiment(data.channel_names[0], first, last, last, 10.0, 5.0, 1.0)
    with pytest.raises(SpecError, match=r"geo\.shared_shock.*experiments"):
        pose(replace(data, experiments=(one,)), parse_spec({"geo": {"shared_shock": True}}))


def test_it_is_a_yes_or_no() -> None:
    with pytest.raises(SpecError, match=r"geo\.shared_shock"):
        parse_spec({"geo": {"shared_shock": "weekly"}})
