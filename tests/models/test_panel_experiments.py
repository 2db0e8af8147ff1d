"""Experiments in a panel: against one dense normal of all outcomes and lifts, and finite differences."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.linalg import block_diag
from scipy.stats import multivariate_normal

from mediamix.core.spec import parse_spec
from mediamix.core.types import Experiment
from mediamix.data.dataset import Dataset
from mediamix.models.panel import PanelModel
from mediamix.models.problem import pose
from models_panels import absent, missing, organic, panel, unbought
from oracle import plain_panel

DAY = np.timedelta64(1, "D")
#: Channel, geos (none: all), first and last tested period, last measured one, factor without the test, lift
#: and error as shares of the outcome per unit of size.
Trials = tuple[tuple[str, tuple[int, ...], int, int, int, float, float, float], ...]
ONE_GEO: Trials = (("tv", (1,), 10, 13, 16, 0.0, 0.4, 0.1),)
SEVERAL: Trials = (
    ("tv", (1,), 10, 13, 16, 0.0, 0.4, 0.1),
    ("search", (), 20, 24, 24, 1.5, -0.8, 0.3),
    ("tv", (0, 3), 30, 35, 41, 0.5, 0.2, 0.2),
    ("search", (2, 3), 40, 41, 41, 0.0, 0.0, 0.05),
)
CHOICE: plain_panel.Choice = {
    "tv": ("delayed", "logistic", 8),
    "search": ("geometric", "hill", None, "saturation_first"),
}


@dataclass(frozen=True)
class Case:
    data: Dataset
    trials: Trials
    unequal: bool = False
    choice: plain_panel.Choice | None = None
    lasting: bool = False

    def model(self) -> PanelModel:
        channels = {
            name: {"adstock": {"kind": adstock, "max_lag": lag}, "saturation": {"kind": saturation}}
            | dict(zip(["order"], order, strict=False))
            for name, (adstock, saturation, lag, *order) in (self.choice or {}).items()
        }
        noise = "unequal" if self.unequal else "equal"
        kind = "ar1" if self.lasting else "normal"
        spec = parse_spec({"geo": {"noise": noise}, "channels": channels, "noise": {"kind": kind}})
        mean = self.plain().mean
        made = []
        for name, geos, first, last, until, factor, lift, error in self.trials:
            c, rows = self.data.channel_names.index(name), list(geos) or slice(None)
            shown = float(self.data.exposure_gtc[rows, first : last + 1, c].sum())
            days = (self.data.dates[first], self.data.dates[last] + 6 * DAY, self.data.dates[until])
            where = tuple(self.data.geos[g] for g in geos)
            made.append(Experiment(name, *days, lift * mean, error * mean, (1 - factor) * shown, None, where))
        model = pose(replace(self.data, experiments=tuple(made)), spec).model
        assert isinstance(model, PanelModel)
        return model

    def plain(self) -> plain_panel.PlainPanel:
        return plain_panel.state(self.data, self.choice, 0, self.unequal, lasting=self.lasting)

    def lifts(self, theta: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
        """Expected lifts as ``offset + J (v, z)``, in the order of `PlainPanel.linear`."""
        plain = self.plain()
        p, own = len(plain.terms), len(plain.local())
        block = own + len(plain.channels)
        jacobian, offset = np.zeros((len(self.trials), p + len(plain.geos) * block)), []
        for e, (name, geos, first, last, until, factor, _, _) in enumerate(self.trials):
            c = self.data.channel_names.index(name)
            channel = plain.channels[c]
            x = self.data.exposure_gtc[:, :, c] / plain.size_g[:, None]
            x0 = x / x[x > 0].mean()
            for g in geos or range(len(x)):
                x0[g, first : last + 1] *= factor
            lags = channel.lagged.shape[2]
            lagged = np.stack([plain_panel.lag_matrix(row, lags) for row in x0])
            kinds = plain_panel.ADSTOCK[channel.adstock] + plain_panel.SATURATION[channel.saturation]
            at = {kind: theta[f"{kind}[{name}]"] for kind in kinds}
            h = plain_panel.response(np, channel, at)
            h0 = plain_panel.response(np, replace(channel, lagged=lagged), at)
            total = (plain.size_g[:, None] * h).sum()
            beta = theta[f"{channel.effect}[{name}]"] * channel.scale / total
            moved_g = beta * plain.size_g * (h - h0)[:, first : until + 1].sum(axis=1)
            offset.append(moved_g.sum())
            for g, moved in enumerate(moved_g):
                jacobian[e, p + g * block + own + c] = moved * theta[f"geo_spread[{name}]"]
        return jacobian, np.array(offset)

    def joint(self, theta: dict[str, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Outcomes and lifts: observed, offset, J, covariance of the noise."""
        plain = self.plain()
        rows = plain.trained_gt
        of_outcomes, offset = plain.linear(theta)
        of_lifts, expected = self.lifts(theta)
        lift, error = np.array([trial[-2:] for trial in self.trials]).T
        return (
            np.concatenate([plain.outcome_gt[rows], lift]),
            np.concatenate([offset, expected]),
            np.vstack([of_outcomes, of_lifts]),
            block_diag(plain.covariance(theta), np.diag(error**2)),
        )


def ragged() -> Dataset:
    """Geos that start late and end early, holes, a newsletter, a channel that one geo never bought."""
    data = absent(absent(panel(), 1, slice(0, 8)), 2, slice(50, None))
    return organic(unbought(missing(data, (3, slice(5, 40))), [0], [1]))


CASES = {
    "one geo": Case(panel(), ONE_GEO),
    "one geo, unequal noise": Case(panel(), ONE_GEO, unequal=True),
    "several": Case(panel(), SEVERAL),
    "several, unequal noise": Case(panel(), SEVERAL, unequal=True),
    "other components": Case(panel(), SEVERAL, choice=CHOICE),
    "ragged": Case(ragged(), (*SEVERAL, ("newsletter", (), 30, 33, 33, 0.0, 0.1, 0.2)), unequal=True),
    "two blocks of lanes": Case(panel(geos=11), (*SEVERAL, ("tv", (7, 8, 10), 50, 53, 55, 0.0, 0.3, 0.1))),
    "two blocks, unequal noise": Case(panel(geos=10), SEVERAL, unequal=True),
    "noise that lasts": Case(panel(), SEVERAL, lasting=True),
    "noise that lasts, ragged": Case(ragged(), SEVERAL, unequal=True, lasting=True),
}
cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def points(dimension: int, n: int) -> np.ndarray:
    return 0.7 * np.random.default_rng(8).standard_normal((n, dimension))


@cases
def test_value_is_the_dense_normal_of_outcomes_and_lifts(case: Case):
    density, plain = case.model().density(), case.plain()
    for u in points(density.dimension, 2):
        seen, offset, jacobian, noise = case.joint(plain.natural(np, u))
        covariance = noise + jacobian @ jacobian.T
        expected = multivariate_normal.logpdf(seen, offset, covariance) - 0.5 * u @ u
        assert density(u)[0] == pytest.approx(expected, rel=1e-9, abs=1e-7)


@cases
def test_gradient_is_the_slope_of_the_value(case: Case):
    density = case.model().density()
    h = 1e-3
    for u in points(density.dimension, 2):
        _, gradient = density(u)
        numeric = [
            (8 * (density(u + s)[0] - density(u - s)[0]) - density(u + 2 * s)[0] + density(u - 2 * s)[0])
            / (12 * h)
            for s in h * np.eye(density.dimension)
        ]
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-6 * np.abs(gradient).max())


class Given(np.random.Generator):
    """A generator whose standard normals are given: shows the map from normals to draws."""

    def __init__(self, normals: np.ndarray) -> None:
        super().__init__(np.random.PCG64(0))
        self.normals = normals

    def standard_normal(self, size=None, **_):
        assert tuple(size) == self.normals.shape
        return self.normals


@cases
def test_draws_have_the_conditional_mean_and_covariance_exactly(case: Case):
    """The map from normals to draws is affine: its offset is the mean, its slope a root of the covariance."""
    model, plain = case.model(), case.plain()
    u = points(len(model.priors), 1)[0]
    theta = plain.natural(np, u)
    seen, offset, jacobian, noise = case.joint(theta)
    scaled = np.linalg.solve(noise, jacobian)
    covariance = np.linalg.inv(np.eye(jacobian.shape[1]) + jacobian.T @ scaled)
    mean = covariance @ (scaled.T @ (seen - offset))
    n = len(mean) + len(case.trials)
    done = model.complete(np.tile(u, (n + 1, 1)), Given(np.vstack([np.zeros(n), np.eye(n)])))
    v = done.coefficient_dp / np.array([term.sd for term in plain.terms])
    local = done.deviation_dgp / np.array([theta[str(term.spread)] for term in plain.local()])
    spread_c = np.array([theta[f"geo_spread[{c.name}]"] for c in plain.channels])
    effects = (done.beta_dgc / _beta(case, theta) - 1.0) / spread_c
    drawn = np.hstack([v, np.concatenate([local, effects], axis=2).reshape(n + 1, -1)])
    np.testing.assert_allclose(drawn[0], mean, atol=1e-8)
    slope = (drawn[1:] - drawn[0]).T
    np.testing.assert_allclose(slope @ slope.T, covariance, atol=1e-8)


def _beta(case: Case, theta: dict[str, float]) -> np.ndarray:
    """β of an average geo, by its formula."""
    plain, found = case.plain(), []
    for channel in plain.channels:
        kinds = plain_panel.ADSTOCK[channel.adstock] + plain_panel.SATURATION[channel.saturation]
        h = plain_panel.response(np, channel, {kind: theta[f"{kind}[{channel.name}]"] for kind in kinds})
        effect = theta[f"{channel.effect}[{channel.name}]"] * channel.scale
        found.append(effect / (plain.size_g[:, None] * h).sum())
    return np.array(found)


def test_effects_that_vary_over_time():
    """The value is that of a density whose lift is the model's own; the gradient by differences."""
    data = panel()
    spec = parse_spec({"geo": {}, "channels": {"tv": {"varying": {"by": "season"}}}})
    case = Case(data, SEVERAL)
    trials = case.model().trials
    model = replace(pose(data, spec).model, trials=trials)
    density = model.density()
    h = 1e-3
    for u in points(density.dimension, 2):
        _, gradient = density(u)
        numeric = [
            (8 * (density(u + s)[0] - density(u - s)[0]) - density(u + 2 * s)[0] + density(u - 2 * s)[0])
            / (12 * h)
            for s in h * np.eye(density.dimension)
        ]
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-6 * np.abs(gradient).max())
    # A very sharp lift pins the draws down: what they say of it is what was said.
    sharp = replace(model, trials=(replace(trials[0], error=1e-9),))
    u = np.tile(points(density.dimension, 1), (5, 1))
    beta_dg = sharp.complete(u, np.random.default_rng(1)).beta_dgc[:, 1, 0]
    theta = np.column_stack([prior.natural(u[:1, k]) for k, prior in enumerate(sharp.priors)])
    factor = sharp.courses.each[0].factor(sharp.courses.weights(theta)[0], data.n_periods)[0]
    own, (one,) = theta[:, 1 : 1 + len(sharp.transforms[0].parameters)], sharp.trials
    x0 = sharp.exposure_gct[1, 0].copy()
    x0[one.begin : one.begin + one.without_gs.shape[1]] = one.without_gs[0]
    response = [sharp.transforms[0].respond(x, own)[0] for x in (sharp.exposure_gct[1, 0].copy(), x0)]
    gone = (factor * (response[0] - response[1]))[10:17].sum()
    np.testing.assert_allclose(sharp.size_g[1] * beta_dg * gone, one.lift, rtol=1e-5)


def test_the_scratch_of_one_call_does_not_reach_the_next():
    density = CASES["ragged"].model().density()
    u, other = points(density.dimension, 2)
    value, gradient = density(u)
    density(other)
    again, gradient_again = density(u)
    assert again == value
    np.testing.assert_array_equal(gradient_again, gradient)
