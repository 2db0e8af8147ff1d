"""Effects that vary over time in panels of geos.

Oracles: one multivariate normal of all outcomes (`oracle.plain_panel`) with the factors stated a second
time, finite differences, sums.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.spec import parse_spec
from mediamix.data.dataset import Dataset
from mediamix.measure.contribution import total_contributions
from mediamix.measure.survey import survey
from mediamix.models.bayes import fit, restore
from mediamix.models.coordinates import coordinates
from mediamix.models.problem import pose
from models_panels import absent, missing, panel
from oracle import plain, plain_panel
from short import QUICK

VARYING = {
    "tv": {"varying": {"by": "time", "length": 20}},
    "search": {"varying": {"by": "season"}},
}


def data() -> Dataset:
    """Three channels, a geo that starts late, holes."""
    return missing(absent(panel(channels=3), 1, slice(0, 23)), (3, slice(5, 40)))


def spec_of(*, unequal: bool = False, **more: object):
    noise = "unequal" if unequal else "equal"
    return parse_spec({"geo": {"noise": noise}, "channels": VARYING, **more})


@dataclass(frozen=True)
class Varied(plain_panel.PlainPanel):
    """The plain panel with factors on its responses."""

    factors: list[np.ndarray] = field(default_factory=list)

    def media(self, xp: Any, theta: dict[str, Any]) -> list[Any]:
        found = []
        for c, plain_part, factor in zip(self.channels, super().media(xp, theta), self.factors, strict=True):
            part = plain_part * factor
            scaled = theta[f"{c.effect}[{c.name}]"] * c.scale
            found.append(part * scaled / (self.size_g[:, None] * part).sum())
        return found


@pytest.mark.parametrize("unequal", [False, True], ids=["equal", "unequal"])
def test_the_density_is_the_plain_one_and_its_gradient_the_difference(unequal: bool) -> None:
    dataset = data()
    problem = pose(dataset, spec_of(unequal=unequal))
    density, courses = problem.model.density(), problem.model.courses
    state = plain_panel.state(dataset, {}, 0, unequal, False)
    named = len(state.names())
    tv, search = courses.each[0].matrix_sk, courses.each[1].matrix_sk
    rng = np.random.default_rng(2)
    for _ in range(2):
        u = 0.7 * rng.standard_normal(density.dimension)
        rest = u[named:]
        size = 0.15 * np.exp(np.log(4.0) / plain.Z95 * rest[0])
        logs = [size * tv @ rest[1 : 1 + tv.shape[1]], search @ rest[1 + tv.shape[1] :], 0.0]
        factors = [np.exp(one) * np.ones(dataset.n_periods) for one in logs]
        varied = Varied(**vars(state), factors=factors)
        value, gradient = density(u)
        wanted = varied.log_posterior(u[:named]) - 0.5 * rest @ rest
        assert value == pytest.approx(wanted, rel=1e-9, abs=1e-7)
        h = 1e-3
        numeric = np.empty_like(gradient)
        for i, step in enumerate(h * np.eye(density.dimension)):
            near = density(u + step)[0] - density(u - step)[0]
            far = density(u + 2 * step)[0] - density(u - 2 * step)[0]
            numeric[i] = (8 * near - far) / (12 * h)
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-6 * np.abs(gradient).max())
    # A weight of exactly zero has no logarithm, and needs none.
    assert np.isfinite(density(np.zeros(density.dimension))[1]).all()


def test_a_panel_s_fit_with_courses_adds_up_and_comes_back() -> None:
    made = fit(data(), spec_of(sampler=QUICK))
    found = survey(made)
    np.testing.assert_allclose(found.media_dt.sum(axis=1), total_contributions(made).sum(axis=1))
    np.testing.assert_allclose(found.total_rgc.sum(axis=1), found.total_dc[found.rows], rtol=1e-9)
    back = restore(made.dataset, made.spec, made.posterior, made.stats, made.run)
    np.testing.assert_allclose(survey(back).media_dt, found.media_dt, rtol=1e-12)
    u = coordinates(pose(made.dataset, made.spec), made, np.array([0, 9]))
    assert np.isfinite(pose(made.dataset, made.spec).model.density()(u[0])[0])
    table = mm.effects_over_time(made)
    assert set(table["channel"]) == {"tv", "search"}
    # Geos' deviations aside, the effect is about the window as a whole.
    roi = made.posterior.stacked("roi").mean(axis=0)
    brought = total_contributions(made).mean(axis=0) / made.dataset.spend_c
    np.testing.assert_allclose(brought, roi, rtol=0.25)


def test_who_does_not_vary_gets_the_same_draws_as_before() -> None:
    """The panel's kernel has a branch more, and the same sums: a factor of one changes nothing."""
    dataset = data()
    still = pose(dataset, spec_of())
    plain_one = pose(dataset, parse_spec({"geo": {}}))
    u = 0.5 * np.random.default_rng(1).standard_normal(plain_one.model.density().dimension)
    rest = np.zeros(still.model.courses.count)
    value, gradient = still.model.density()(np.concatenate([u, rest]))
    other, slope = plain_one.model.density()(u)
    assert value == pytest.approx(other, rel=1e-12)
    np.testing.assert_allclose(gradient[: len(u)], slope, rtol=1e-9, atol=1e-9)
    assert (
        replace(still.model, courses=plain_one.model.courses, priors=plain_one.model.priors).density()(u)[0]
        == other
    )
