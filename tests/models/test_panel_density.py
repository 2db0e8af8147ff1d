"""The panel's log posterior, its gradient, and the exact draws of what it integrates out.

Oracles: the panel model restated plainly with one multivariate normal of all outcomes
(`oracle.plain_panel`), finite differences, and dense Gaussian conditioning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2

from mediamix.core.spec import Spec, parse_spec
from mediamix.data.dataset import Dataset
from mediamix.models.panel import PanelModel
from mediamix.models.priors import (
    CONTROL_SPREAD,
    EFFECT_SPREAD,
    INTERCEPT_SPREAD,
    NOISE_FACTOR,
    SEASON_SPREAD,
)
from mediamix.models.problem import pose
from models_panels import absent, first, missing, organic, panel, reached, unbought, with_events
from oracle import plain_panel

MIXED: plain_panel.Choice = {
    "tv": ("delayed", "logistic", 8),
    "search": ("geometric", "hill", 6),
    "social": ("delayed", "hill", None),
}
#: Without parameters, in the other order, and with an effect that changes with the exposure's unit.
OTHERS: plain_panel.Choice = {
    "tv": ("weibull_cdf", "power", None, "saturation_first"),
    "search": ("none", "none", None, "adstock_first"),
    "social": ("binomial", "hill", None, "saturation_first"),
}


@dataclass(frozen=True)
class Case:
    """A panel, the components of its channels, what is held out, whether noise differs."""

    data: Callable[[], Dataset]
    choice: plain_panel.Choice = field(default_factory=dict)
    holdout: int = 0
    unequal: bool = False
    own_season: bool = False
    lasting: bool = False

    def model(self) -> PanelModel:
        model = pose(self.data(), self.spec()).model
        assert isinstance(model, PanelModel)
        return model

    def plain(self) -> plain_panel.PlainPanel:
        return plain_panel.state(
            self.data(), self.choice, self.holdout, self.unequal, self.own_season, self.lasting
        )

    def spec(self) -> Spec:
        channels = {
            name: {"adstock": {"kind": adstock, "max_lag": lag}, "saturation": {"kind": saturation}}
            | dict(zip(["order"], order, strict=False))
            for name, (adstock, saturation, lag, *order) in self.choice.items()
        }
        geo = {
            "noise": "unequal" if self.unequal else "equal",
            "season": "own" if self.own_season else "shared",
        }
        noise = {"kind": "ar1" if self.lasting else "normal"}
        return parse_spec(
            {"geo": geo, "channels": channels, "holdout": {"last": self.holdout}, "noise": noise}
        )


def holes() -> Dataset:
    return missing(panel(), (1, slice(0, 20)), (3, slice(7, 8)), (0, slice(55, None)))


def ragged() -> Dataset:
    """One geo starts late, one leaves early, one is only seen at both ends."""
    data = absent(absent(panel(), 1, slice(0, 23)), 2, slice(50, None))
    return missing(data, (3, slice(5, 50)))


def flat_control() -> Dataset:
    """A control that never moves within a geo, but differs between geos: it says nothing."""
    data = panel()
    controls = data.controls_gtk.copy()
    controls[:, :, 0] = np.arange(4.0)[:, None]
    return replace(data, controls_gtk=controls)


def everything() -> Dataset:
    """All of it at once."""
    data = absent(absent(panel(channels=3), 1, slice(0, 23)), 2, slice(45, None))
    return with_events(organic(unbought(missing(data, (3, slice(5, 40))), [0, 3], [1])))


CASES = {
    "equal noise": Case(panel),
    "unequal noise": Case(panel, unequal=True),
    "missing outcomes": Case(holes),
    "missing outcomes, unequal noise": Case(holes, unequal=True),
    "late and early": Case(ragged),
    "a geo without outcomes": Case(lambda: missing(panel(), (2, slice(None)))),
    "a channel absent in some geos": Case(lambda: unbought(panel(), [0, 2], [1])),
    "a channel in one geo": Case(lambda: unbought(panel(), [0, 1, 3], [0])),
    "a geo without spend": Case(lambda: unbought(panel(), [2], [0, 1]), unequal=True),
    "organic": Case(lambda: organic(panel())),
    "count with a value": Case(lambda: panel(unit="count", value_per_unit=40.0)),
    "count without a value": Case(
        lambda: replace(panel(unit="count", value_per_unit=40.0), value_per_unit=None)
    ),
    "events of a geo": Case(lambda: with_events(panel())),
    "holdout": Case(holes, holdout=6),
    "mixed components": Case(lambda: panel(channels=3), MIXED),
    "other components and orders": Case(lambda: panel(channels=3), OTHERS),
    "no population": Case(lambda: replace(holes(), population_g=None)),
    "no control": Case(lambda: panel(controls=0)),
    "one control": Case(lambda: panel(controls=1), unequal=True),
    "a flat control": Case(flat_control),
    "days": Case(lambda: panel(geos=3, every="day", periods=130)),
    "few periods": Case(lambda: first(panel(geos=6, controls=1), 5)),
    "reach & frequency": Case(lambda: reached(panel())),
    "reach & frequency, other components": Case(
        lambda: reached(holes()), {"video": ("delayed", "logistic", 6), "tv": ("none", "tanh", None)}
    ),
    "own season": Case(panel, own_season=True),
    "own season, holes": Case(holes, unequal=True, own_season=True),
    "own season, days": Case(lambda: panel(geos=3, every="day", periods=130), own_season=True),
    "noise that lasts": Case(panel, lasting=True),
    "noise that lasts, holes": Case(holes, lasting=True, unequal=True),
    "noise that lasts, late and early": Case(ragged, lasting=True),
    "noise that lasts, a geo without outcomes": Case(
        lambda: missing(panel(), (2, slice(None))), lasting=True
    ),
    "noise that lasts, nine geos": Case(lambda: panel(geos=9, periods=50), lasting=True),
    "everything that lasts": Case(everything, MIXED, holdout=4, unequal=True, own_season=True, lasting=True),
    "everything": Case(everything, MIXED, holdout=4, unequal=True, own_season=True),
    **{f"{c} channels": Case(lambda c=c: panel(geos=3, channels=c)) for c in (1, 3, 4, 5)},
    **{f"{g} geos": Case(lambda g=g: panel(geos=g, periods=50), unequal=g % 2 == 1) for g in (2, 3, 5, 6, 7)},
}
cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def points(dimension: int, n: int) -> np.ndarray:
    return 0.7 * np.random.default_rng(8).standard_normal((n, dimension))


@cases
def test_value_is_the_plain_log_posterior(case):
    density, model = case.model().density(), case.plain()
    assert density.dimension == len(model.names())
    for u in points(density.dimension, 2):
        assert density(u)[0] == pytest.approx(model.log_posterior(u), rel=1e-9, abs=1e-7)


@cases
def test_gradient_is_the_slope_of_the_value(case):
    density = case.model().density()
    h = 1e-3
    for u in points(density.dimension, 2):
        _, gradient = density(u)
        numeric = np.empty_like(gradient)
        for i, step in enumerate(h * np.eye(density.dimension)):
            near = density(u + step)[0] - density(u - step)[0]
            far = density(u + 2 * step)[0] - density(u - 2 * step)[0]
            numeric[i] = (8 * near - far) / (12 * h)
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-6 * np.abs(gradient).max())


def test_the_prior_names_its_parameters_in_the_documented_order():
    case = CASES["everything"]
    said = [prior.name for prior in case.model().priors]
    ours = {"controls_spread": "control_spread", "seasonality_spread": "season_spread"}
    plain = [name.partition("[")[0] for name in case.plain().names()]
    assert said == [ours.get(name, name) for name in plain]


def test_the_page_states_the_priors_of_panels():
    page = (Path(__file__).parents[2] / "docs" / "guide" / "model.md").read_text(encoding="utf-8")
    stated = {"geo_spread": EFFECT_SPREAD, "intercept_spread": INTERCEPT_SPREAD}
    stated |= {"controls_spread": CONTROL_SPREAD, "seasonality_spread": SEASON_SPREAD}
    for name, belief in stated.items():
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{name}`")]
        assert f"| {belief.median:.0%} | {belief.p95:.0%} |" in line
    (line,) = [line for line in page.splitlines() if line.startswith("| `noise_factor`")]
    assert f"| {NOISE_FACTOR.median:g} | {NOISE_FACTOR.p95:g} |" in line


def test_the_scratch_of_one_call_does_not_reach_the_next():
    density = CASES["everything"].model().density()
    u, other = points(density.dimension, 2)
    value, gradient = density(u)
    density(other)
    again, gradient_again = density(u)
    assert again == value
    np.testing.assert_array_equal(gradient_again, gradient)


@pytest.mark.parametrize("unequal", [False, True], ids=["equal", "unequal"])
def test_what_stands_in_held_out_rows_does_not_enter(unequal):
    """With a population, which says how large geos are without looking at outcomes."""
    data = holes()
    outcome_gt = data.outcome_gt.copy()
    outcome_gt[:, -6:] = 1e9
    models = [
        Case(lambda d=d: d, holdout=6, unequal=unequal).model().density()
        for d in (data, replace(data, outcome_gt=outcome_gt))
    ]
    u = points(models[0].dimension, 1)[0]
    assert models[0](u)[0] == models[1](u)[0]


# --- exact draws of what is integrated out ------------------------------------------------------


class Given(np.random.Generator):
    """A generator whose standard normals are given: shows the map from normals to draws."""

    def __init__(self, normals: np.ndarray) -> None:
        super().__init__(np.random.PCG64(0))
        self.normals = normals

    def standard_normal(self, size=None, **_):
        assert tuple(size) == self.normals.shape
        return self.normals


def linear_draws(case: Case, u: np.ndarray, rng: np.random.Generator, n: int) -> np.ndarray:
    """Draws of (v, z) as standard normal coefficients, in the order of `PlainPanel.linear`."""
    model, plain = case.model(), case.plain()
    done = model.complete(np.tile(u, (n, 1)), rng)
    theta = plain.natural(np, u)
    v = done.coefficient_dp / np.array([term.sd for term in plain.terms])
    local = done.deviation_dgp / np.array([theta[str(term.spread)] for term in plain.local()])
    size_t = plain.size_g[:, None]
    beta_c = []
    for c, part in zip(plain.channels, plain.media(np, theta), strict=True):
        # β h summed over geos is effect × scale; h itself follows from the formula.
        at = {p: theta[f"{p}[{c.name}]"] for p in plain_panel.ADSTOCK[c.adstock]}
        at |= {p: theta[f"{p}[{c.name}]"] for p in plain_panel.SATURATION[c.saturation]}
        h = plain_panel.response(np, c, at)
        beta_c.append((size_t * part).sum() / (size_t * h).sum())
    spread_c = np.array([theta[f"geo_spread[{c.name}]"] for c in plain.channels])
    effects = (done.beta_dgc / np.array(beta_c) - 1.0) / spread_c
    return np.hstack([v, np.concatenate([local, effects], axis=2).reshape(n, -1)])


@cases
def test_draws_have_the_conditional_mean_and_covariance_exactly(case):
    """The map from normals to draws is affine: its offset is the mean, its slope a root of the covariance."""
    plain = case.plain()
    u = points(len(plain.names()), 1)[0]
    mean, covariance = plain.conditional(u)
    n = len(mean)
    drawn = linear_draws(case, u, Given(np.vstack([np.zeros(n), np.eye(n)])), n + 1)
    np.testing.assert_allclose(drawn[0], mean, atol=1e-8)
    slope = (drawn[1:] - drawn[0]).T
    np.testing.assert_allclose(slope @ slope.T, covariance, atol=1e-8)


@pytest.mark.parametrize("name", ["unequal noise", "everything"])
def test_random_draws_are_normal_around_it(name):
    """Whitened, 4,000 draws are independent standard normals.

    Three statistics, each with a chance of 1 in 10,000 of failing a correct engine: the means
    (χ² exactly), the squared norms (χ² exactly), the products of pairs (χ² in the limit).
    """
    case, n = CASES[name], 4000
    plain = case.plain()
    u = points(len(plain.names()), 1)[0]
    mean, covariance = plain.conditional(u)
    drawn = linear_draws(case, u, np.random.default_rng(6), n)
    white = np.linalg.solve(np.linalg.cholesky(covariance), (drawn - mean).T)
    k = len(mean)
    pairs = (white @ white.T)[np.triu_indices(k, 1)] / np.sqrt(n)
    for statistic, df in [
        (n * (white.mean(axis=1) ** 2).sum(), k),
        ((white**2).sum(), n * k),
        ((pairs**2).sum(), len(pairs)),
    ]:
        assert 5e-5 < chi2.cdf(statistic, df) < 1 - 5e-5


def test_draws_are_the_same_for_the_same_seed():
    model = CASES["everything"].model()
    u = points(len(model.priors), 50)
    one, two = (model.complete(u, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.beta_dgc, two.beta_dgc)
    np.testing.assert_array_equal(one.deviation_dgp, two.deviation_dgp)
