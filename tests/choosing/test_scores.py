"""CRPS, stacking weights and naive forecasts against closed forms, brute force and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from mediamix.core.types import Every
from mediamix.measure.choosing.crps import Distances, crps
from mediamix.measure.choosing.naive import naive_forecasts
from mediamix.measure.choosing.weights import LEAST, on_simplex, projected, stacking_weights
from mediamix.models.mixed import Mixed, shares


def brute(draws: np.ndarray, y: float) -> float:
    """Both expectations written out."""
    return np.abs(draws - y).mean() - 0.5 * np.abs(draws[:, None] - draws[None]).mean()


def test_crps_is_both_expectations():
    rng = np.random.default_rng(1)
    draws, y = rng.gamma(2.0, 3.0, (40, 5)), rng.normal(5, 4, 5)
    assert crps(draws, y) == pytest.approx([brute(draws[:, t], y[t]) for t in range(5)], rel=1e-12)


def test_crps_of_a_normal_is_its_closed_form():
    quantiles = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    for mean, sd, y in ((0.0, 1.0, 0.3), (5.0, 2.0, 11.0)):
        z = (y - mean) / sd
        exact = sd * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))
        found = crps((mean + sd * quantiles)[:, None], np.array([y]))[0]
        assert found == pytest.approx(exact, rel=1e-4)


def test_crps_of_one_draw_is_the_absolute_error():
    assert crps(np.array([[3.0, 1.0]]), np.array([5.0, 1.0])) == pytest.approx([2.0, 0.0])


def test_a_mixture_scores_as_its_pooled_draws():
    rng = np.random.default_rng(2)
    parts, y = [rng.normal(m, 1 + m, (30, 4)) for m in range(3)], rng.normal(size=4)
    distances = Distances.of(parts, y)
    third = np.full(3, 1 / 3)
    assert distances.scores(third) == pytest.approx(crps(np.concatenate(parts), y), rel=1e-12)
    for m, part in enumerate(parts):
        assert distances.scores(np.eye(3)[m]) == pytest.approx(crps(part, y), rel=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_weights_are_where_scipy_finds_them(seed):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=30)
    parts = [rng.normal(rng.normal(), rng.uniform(0.3, 3), (60, 30)) for _ in range(2 + seed)]
    seen = Distances.of(parts, y)
    slope, curve = seen.to_outcome_tm.mean(axis=0), -seen.between_tmm.mean(axis=0)

    def score(w):
        return slope @ w + 0.5 * w @ curve @ w

    found = on_simplex(slope, curve)
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    start = np.full(len(slope), 1 / len(slope))
    best = optimize.minimize(
        score,
        start,
        method="SLSQP",
        bounds=[(0, 1)] * len(slope),
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert score(found) <= best.fun + 1e-7
    assert score(found) == pytest.approx(seen.scores(found).mean())
    kept = stacking_weights(seen)
    assert kept.sum() == pytest.approx(1)
    assert not np.any((kept > 0) & (kept < LEAST))


def test_the_same_model_twice_and_a_perfect_one():
    rng = np.random.default_rng(3)
    y, draws = rng.normal(size=20), rng.normal(0, 2, (50, 20))
    assert stacking_weights(Distances.of([draws, draws], y)).sum() == pytest.approx(1)
    perfect = np.tile(y, (50, 1))
    assert stacking_weights(Distances.of([draws, perfect], y)) == pytest.approx([0, 1])


def test_the_projection_is_the_nearest_point():
    rng = np.random.default_rng(4)
    for _ in range(20):
        point = rng.normal(0, 2, 5)
        nearest = optimize.minimize(
            lambda w, point=point: ((w - point) ** 2).sum(),
            np.full(5, 0.2),
            bounds=[(0, None)] * 5,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
            method="SLSQP",
            options={"ftol": 1e-14},
        ).x
        assert projected(point) == pytest.approx(nearest, abs=1e-5)


WEEKS = np.datetime64("2022-01-03") + np.timedelta64(7, "D") * np.arange(200)


def test_the_seasonal_one_repeats_a_series_that_repeats_itself():
    known = np.tile(np.sin(np.arange(52)) * 10 + 100, 3)
    found = naive_forecasts(known, WEEKS[: 156 + 13], Every.WEEK, np.random.default_rng(0))
    assert found["seasonal naive"] == pytest.approx(np.tile(known[:13], (1000, 1)))


def test_the_naive_ones_cover_what_they_are_right_about():
    rng = np.random.default_rng(5)
    inside: dict[str, list[float]] = {}
    for _ in range(40):
        known = 100 + 7 * rng.standard_normal(156)
        for name, draws in naive_forecasts(known, WEEKS[:169], Every.WEEK, rng).items():
            low, high = np.quantile(draws, (0.05, 0.95), axis=0)
            within = stats.norm.cdf((high - 100) / 7) - stats.norm.cdf((low - 100) / 7)
            inside.setdefault(name, []).append(float(within.mean()))
    assert set(inside) == {"seasonal naive", "mean of last year", "linear trend and season"}
    for values in inside.values():
        assert np.mean(values) == pytest.approx(0.9, abs=0.03)


def test_the_linear_one_has_the_textbooks_interval():
    rng = np.random.default_rng(6)
    t = np.arange(169)
    wave = 2 * np.pi * WEEKS[:169].astype(np.int64) / 365.25
    known = 50 + 0.3 * t[:156] + 9 * np.sin(wave[:156]) + 4 * rng.standard_normal(156)
    x = np.column_stack([np.ones(169), t, np.sin(wave), np.cos(wave), np.sin(2 * wave), np.cos(2 * wave)])
    own = x[:156]
    beta, (rss,), *_ = np.linalg.lstsq(own, known, rcond=None)
    middle, ahead = x[156:] @ beta, x[156:]
    sd = np.sqrt(rss / 150 * (1 + np.einsum("ij,jk,ik->i", ahead, np.linalg.inv(own.T @ own), ahead)))
    found = naive_forecasts(known, WEEKS[:169], Every.WEEK, rng)["linear trend and season"]
    assert np.abs((found.mean(axis=0) - middle) / sd).max() < 5 / np.sqrt(1000)
    width = stats.t.ppf(0.95, 150) * sd * 2
    low, high = np.quantile(found, (0.05, 0.95), axis=0)
    assert ((high - low) / width).mean() == pytest.approx(1, abs=0.06)


def test_too_little_past_leaves_a_naive_one_out():
    rng = np.random.default_rng(7)
    found = naive_forecasts(np.arange(30.0), WEEKS[:34], Every.WEEK, rng)
    assert set(found) == {"mean of last year", "linear trend and season"}
    assert naive_forecasts(np.arange(4.0), WEEKS[:6], Every.WEEK, rng) == {}


def test_holes_in_the_past_are_left_out():
    known = np.tile(np.linspace(90, 110, 52), 3)
    known[[3, 60, 100]] = np.nan
    found = naive_forecasts(known, WEEKS[: 156 + 13], Every.WEEK, np.random.default_rng(0))
    assert all(np.isfinite(draws).all() for draws in found.values())
    assert found["seasonal naive"] == pytest.approx(np.tile(known[104:117], (1000, 1)))


def test_shares_take_no_draw_twice_and_follow_the_weights():
    for weights, sizes in (([0.6, 0.4], [1000, 1000]), ([0.9, 0.1], [300, 4000]), ([1.0, 0.0], [7, 9])):
        rows = shares(np.array(weights), sizes)
        total = sum(map(len, rows))
        for own, weight, size in zip(rows, weights, sizes, strict=True):
            assert len(set(own.tolist())) == len(own)
            assert np.all(own < size)
            assert abs(len(own) - weight * total) <= 1
    assert [len(own) for own in shares(np.array([0.9, 0.1]), [300, 4000])] == [300, 33]


def test_mixed_draws_are_picked_as_their_members_are():
    sizes, rng = [5, 3, 4], np.random.default_rng(8)
    parts = [rng.normal(size=(size, 2)) for size in sizes]
    mixed = Mixed.of(sizes)
    whole = mixed.spread(parts)
    assert np.array_equal(whole, np.concatenate(parts))
    for rows in (np.array([0, 5, 5, 11, 2]), np.array([1, 2]), rng.permutation(12)):
        picked, own = mixed.picked(rows, len(parts))
        few = picked.spread([part[which] for part, which in zip(parts, own, strict=True)])
        assert np.array_equal(few, whole[rows])
        again, own_again = picked.picked(np.arange(len(rows))[::-1], len(parts))
        twice = [part[which][more] for part, which, more in zip(parts, own, own_again, strict=True)]
        assert np.array_equal(again.spread(twice), whole[rows][::-1])
