"""The parts of a search: ranges, fronts, groups, Robyn's rules, the baseline without Prophet."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal, weibull_min

from mediamix.core.spec import parse_spec
from mediamix.data.dataset import Dataset
from mediamix.models.design import baseline_blocks
from mediamix.models.evolve.baseline import decompose
from mediamix.models.evolve.clusters import grouped, k_means
from mediamix.models.evolve.convergence import course
from mediamix.models.evolve.pareto import first_front, fronts, hypervolume
from mediamix.models.evolve.ranges import Ranges
from mediamix.models.priors import linear_sd
from mediamix.models.problem import channel_transform


def dominates(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((a <= b).all() and (a < b).any())


@pytest.mark.parametrize("aims", [2, 3])
def test_fronts_are_those_of_all_pairs(aims: int) -> None:
    rng = np.random.default_rng(aims)
    points = np.round(rng.random((120, aims)), 1 if aims == 2 else 2)
    plain = np.array([not any(dominates(other, one) for other in points) for one in points])
    assert (first_front(points) == plain).all()
    found = fronts(points, 30)
    assert (found == 1).sum() == plain.sum()
    assert (found > 0).sum() >= 30
    last = int(found.max())
    assert ((found > 0) & (found < last)).sum() < 30
    for one, number in zip(points, found, strict=True):
        if number > 1:
            before = points[found == number - 1]
            assert any(dominates(other, one) for other in before)


def test_what_cannot_be_judged_is_in_no_front() -> None:
    points = np.array([[0.1, np.nan], [np.inf, 0.0], [0.5, 0.5]])
    assert fronts(points, 10).tolist() == [0, 0, 1]


def test_hypervolume_is_the_area_of_the_union() -> None:
    rng = np.random.default_rng(4)
    points = rng.integers(0, 22, (12, 2)) / 20.0
    cells = [(i + 0.5) / 20 for i in range(20)]
    covered = sum(any(p[0] <= x and p[1] <= y for p in points) for x, y in product(cells, cells))
    assert hypervolume(points, np.ones(2)) == pytest.approx(covered / 400)


def test_groups_are_found_and_numbered_by_size() -> None:
    rng = np.random.default_rng(8)
    centres = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 9.0], [9.0, 9.0]])
    truth = np.repeat(np.arange(4), [40, 30, 20, 10])
    points = centres[truth] + rng.normal(0, 0.4, (100, 2))
    assert (grouped(points, "auto", np.random.default_rng(1)) == truth).all()
    label, within = k_means(points, 4, np.random.default_rng(2))
    assert (label == truth).all()
    own = sum(((points[truth == j] - points[truth == j].mean(axis=0)) ** 2).sum() for j in range(4))
    assert within == pytest.approx(own)


def test_one_point_many_times_is_one_group() -> None:
    assert (grouped(np.ones((7, 2)), "auto", np.random.default_rng(0)) == 0).all()
    assert set(grouped(np.repeat([[1.0], [2.0]], 4, axis=0), 5, np.random.default_rng(0))) == {0, 1}


@pytest.mark.parametrize(("fall", "converged"), [(1.0, True), (0.0, False)])
def test_convergence_is_robyns_rule(fall: float, converged: bool) -> None:
    rng = np.random.default_rng(5)
    at = np.arange(400) / 400
    value = 1.0 - 0.8 * fall * at + rng.normal(0, 0.05, (3, 400)) * (1 - 0.8 * fall * at)
    value[1, 7] = np.nan
    made = course("NRMSE", value)
    frame = pd.DataFrame({"part": np.tile(np.arange(400) // 20, 3), "value": value.ravel()}).dropna()
    groups = frame.groupby("part")["value"]
    sd, median = groups.std(), groups.median()
    np.testing.assert_allclose(made.sd, sd)
    np.testing.assert_allclose(made.median, median)
    assert made.steady == (sd.iloc[-1] < sd.iloc[:3].mean())
    assert made.better == (median.iloc[-1] < median.iloc[0] - 2 * sd.iloc[:3].mean())
    assert made.converged == converged
    assert ("NOT" in made.words) == (not converged)


def ranges(dataset: Dataset, kind: str, **keys: object) -> tuple[Ranges, list]:
    spec = parse_spec(
        {"each_channel": {"adstock": {"kind": kind}}, "model": {"family": "evolve", "evolve": keys}}
    )
    transforms = [channel_transform(dataset, spec, name) for name in dataset.channel_names]
    return Ranges.of(dataset, spec, transforms), transforms


def test_theta_is_what_is_left_after_a_week(weekly: Dataset) -> None:
    found, transforms = ranges(weekly, "geometric")
    values = found.values(np.random.default_rng(1).random((3, len(found.names))))
    theta = found.theta(values)
    pulse = np.zeros(20)
    pulse[0] = 1.0
    carried = transforms[0].carry(pulse, np.ascontiguousarray(theta[:, :1]))
    np.testing.assert_allclose(carried[:, 5] / carried[:, 4], values[:, 0])
    assert found.names[:3] == ("tv.theta", "tv.gamma", "tv.alpha")
    np.testing.assert_array_equal(theta[:, 1:3], values[:, 1:3])


@pytest.mark.parametrize("kind", ["weibull_cdf", "weibull_pdf"])
def test_weibull_weights_are_robyns(weekly: Dataset, kind: str) -> None:
    found, transforms = ranges(weekly, kind, shape=[0.5, 3.0])
    values = found.values(np.random.default_rng(2).random((4, len(found.names))))
    theta, lags = found.theta(values), np.arange(13)
    pulse = np.zeros(13)
    pulse[0] = 1.0
    for row, own in zip(values, theta, strict=True):
        shape, scale = row[0], 1 + row[1] * (weekly.n_periods - 1)
        if kind == "weibull_cdf":
            steps = np.concatenate([[1.0], 1 - weibull_min.cdf(lags[1:], shape, scale=scale)])
            want = np.cumprod(steps)
        else:
            want = weibull_min.pdf(lags + 1, shape, scale=scale)
        made = transforms[0].carry(pulse, np.ascontiguousarray(own[None, :2]))[0]
        np.testing.assert_allclose(made / made.sum(), want / want.sum(), rtol=1e-6, atol=1e-12)


def test_ranges_narrow_around_a_model_and_stay_inside(weekly: Dataset) -> None:
    found, _ = ranges(weekly, "geometric", channels={"tv": {"theta": [0.3, 0.8]}})
    around = {"tv.theta": 0.78, "tv.alpha": 1.0, "gone.theta": 0.5}
    made = found.narrowed(around, 0.1)
    theta, alpha, gamma = (found.column(f"tv.{key}") for key in ("theta", "alpha", "gamma"))
    assert (made.low[theta], made.high[theta]) == pytest.approx((0.73, 0.8))
    assert (made.low[alpha], made.high[alpha]) == pytest.approx((0.75, 1.25))
    assert (made.low[gamma], made.high[gamma]) == (0.3, 1.0)


def test_the_baseline_is_a_ridge_at_its_best_noise(weekly: Dataset) -> None:
    spec, trained = parse_spec({}), np.ones(weekly.n_periods, dtype=bool)
    made = decompose(weekly, spec, trained)
    blocks = baseline_blocks(weekly, spec)
    x = np.column_stack([block.matrix for block in blocks])
    sd = np.concatenate([linear_sd(block, weekly.n_periods / weekly.every.per_year) for block in blocks])
    mean = weekly.outcome_gt[0].mean()
    y = weekly.outcome_gt[0] / mean - 1
    noises = np.geomspace(1e-4, 1.0, 60) * y.var()
    shared = x @ np.diag(sd**2) @ x.T
    dense = [
        multivariate_normal(np.zeros(len(y)), shared + noise * np.eye(len(y))).logpdf(y) for noise in noises
    ]
    assert made.evidence >= max(dense) - 1e-6
    assert made.evidence <= max(dense) + 0.5
    noise = noises[int(np.argmax(dense))]
    v = np.linalg.solve(x.T @ x / noise + np.diag(sd**-2.0), x.T @ y / noise) * mean
    at = {}
    start = 0
    for block in blocks:
        at[block.component] = slice(start, start + len(block.names))
        start += len(block.names)
    for name in ("trend", "seasonality", "events"):
        want = x[:, at[name]] @ v[at[name]]
        own = made.column[made.names.index(name)]
        np.testing.assert_allclose(own, want, atol=0.03 * np.abs(want).max())
    assert made.finished.tolist() == [True, True, True, *[False] * len(weekly.control_names)]


def test_coefficients_of_a_ridge_are_those_of_the_blocks(weekly: Dataset) -> None:
    made = decompose(weekly, parse_spec({}), np.ones(weekly.n_periods, dtype=bool))
    b = np.random.default_rng(3).random((2, 1 + len(made.names)))
    x = np.column_stack([block.matrix for block in made.blocks])
    np.testing.assert_allclose(made.spread(b) @ x.T, b[:, :1] + b[:, 1:] @ made.column)
