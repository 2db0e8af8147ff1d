"""The search of flighting against brute force, its bound, its kernels and the burst rules."""

from __future__ import annotations

import numpy as np
import pytest
from flighting_cases import all_plans, free, limits_of, outlook_of, problem_of
from hypothesis import given
from hypothesis import strategies as st

from mediamix.decide.flighting.bursts import Bursts, candidates, neighbours
from mediamix.decide.flighting.nearest import nearest
from mediamix.decide.flighting.response import Expected
from mediamix.decide.flighting.search import refine, search
from mediamix.decide.flighting.solve import ascend

SMALL = (2, 4)
PLANS = all_plans(SMALL, 6)


@pytest.mark.parametrize("slope", [(0.5, 1.0), (1.2, 4.0)], ids=["concave", "s-shaped"])
def test_value_and_gradient_are_those_of_the_formula(slope: tuple[float, float]) -> None:
    rng = np.random.default_rng(1)
    outlook, oracle = outlook_of(rng, (3, 5), slope)
    expected = Expected.of(outlook)
    x = rng.uniform(0.1, 2.0, (3, 5))
    value, slope_ct = expected.slope(x)
    assert value == pytest.approx(oracle(x[None])[0], rel=1e-9)
    assert value == pytest.approx(expected.value(x), rel=1e-12)
    for c, t in [(0, 0), (1, 2), (2, 4)]:
        step = np.zeros((2, 3, 5))
        step[:, c, t] = 1e-5, -1e-5
        up, down = oracle(x + step)
        assert slope_ct[c, t] == pytest.approx((up - down) / 2e-5, rel=1e-5)


def test_curvature_is_the_change_of_the_gradient_where_it_is_concave() -> None:
    rng = np.random.default_rng(2)
    outlook, _ = outlook_of(rng, (2, 6), (0.6, 1.0))
    expected = Expected.of(outlook)
    x, step = rng.uniform(0.5, 2.0, (2, 6)), 1e-5 * rng.normal(size=(2, 6))
    change = (expected.slope(x + step)[1] - expected.slope(x - step)[1]) / 2
    promised = -np.einsum("cst,ct->cs", expected.curvature(x), step)
    # Far lags are left out of it.
    np.testing.assert_allclose(promised, change, atol=0.02 * np.abs(change).max())


@pytest.mark.parametrize("seed", range(3))
def test_the_envelope_is_nowhere_below_and_concave(seed: int) -> None:
    rng = np.random.default_rng(seed)
    outlook, _ = outlook_of(rng, (2, 5), (1.2, 4.0))
    limits = limits_of((2, 5), 6.0)
    exact = Expected.of(outlook)
    envelope = exact.enveloped(limits)
    assert not envelope.is_exact
    plans = rng.dirichlet(np.full(11, 0.5), 60)[:, :10].reshape(-1, 2, 5) * limits.total
    for one, other in zip(plans[::2], plans[1::2], strict=True):
        ends = envelope.value(one), envelope.value(other)
        assert (envelope.values(one) >= exact.values(one) - 1e-9).all()
        assert envelope.value((one + other) / 2) >= sum(ends) / 2 - 1e-9
        # The tangent that the bound is made of.
        value, slope = envelope.slope(one)
        assert ends[1] <= value + (slope * (other - one)).sum() + 1e-8


@pytest.mark.parametrize("seed", range(8))
def test_no_plan_of_brute_force_is_better_and_none_passes_the_bound(seed: int) -> None:
    rng = np.random.default_rng(seed)
    outlook, oracle = outlook_of(rng, SMALL, (0.6, 1.0) if seed % 4 == 0 else (1.2, 4.0))
    total = rng.uniform(2, 8)
    bursts = least = None
    if seed % 2:
        first = Bursts(2, 1 if seed % 3 else None, -1, np.ones(4, bool), np.zeros(4, bool))
        bursts, least = (first, free(4)), (total / 3, 0.0)
    problem = problem_of(outlook, limits_of(SMALL, total), bursts, least or ())
    found = search(problem, Expected.of(outlook))
    assert found is not None
    plans = PLANS * total
    allowed = np.array([problem.allows(plan) for plan in plans])
    assert problem.allows(found.x_ct)
    best = oracle(plans[allowed]).max()
    assert found.value == pytest.approx(oracle(found.x_ct[None])[0], rel=1e-7)
    assert found.value >= best * (1 - 1e-5)
    assert found.upper >= max(best, found.value)
    if seed % 4 == 0:
        assert found.gap < 1e-4
        assert found.status == "optimal"


@pytest.mark.parametrize("seed", range(6))
def test_no_even_pattern_of_a_long_window_is_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    outlook, oracle = outlook_of(rng, (1, 11), (2.0, 4.0))
    rules = Bursts(2, None, -1, np.ones(11, bool), np.zeros(11, bool))
    total = rng.uniform(3, 12)
    problem = problem_of(outlook, limits_of((1, 11), total), (rules,), (total / 6,))
    found = search(problem, Expected.of(outlook))
    assert found is not None
    patterns = [on for on in rules.all() if 0 < on.sum() <= 6]
    even = np.array([on * (total / on.sum()) for on in patterns])[:, None, :]
    assert len(even) > 100
    assert found.value >= oracle(even).max() * (1 - 1e-4)


def test_marginals_are_equal_where_a_concave_plan_spends() -> None:
    rng = np.random.default_rng(5)
    outlook, _ = outlook_of(rng, (3, 6), (0.7, 1.0))
    limits = limits_of((3, 6), 8.0, channel_high_c=np.array([2.0, 8.0, 8.0]), period_high_t=np.full(6, 1.5))
    expected = Expected.of(outlook)
    peak = ascend(expected, limits)
    assert peak is not None
    assert limits.keeps(peak.x)
    _, slope = expected.slope(peak.inner)
    period_t = peak.x.sum(axis=0)
    assert peak.x.sum() == pytest.approx(8.0, rel=1e-6)
    # Between two periods with room, a channel's marginals agree; between two free channels, too.
    roomy = period_t < 1.5 - 1e-4
    spent = (peak.x > 1e-3) & roomy
    for c in range(3):
        if spent[c].sum() > 1:
            assert np.ptp(slope[c][spent[c]]) < 1e-3 * slope[c][spent[c]].max()
    both = spent[1] & spent[2]
    np.testing.assert_allclose(slope[1][both], slope[2][both], rtol=2e-3)
    assert peak.x[0].sum() == pytest.approx(2.0, rel=1e-4)


def test_limits_that_leave_no_room_are_kept_and_contradictions_found() -> None:
    rng = np.random.default_rng(6)
    outlook, _ = outlook_of(rng, (2, 3), (0.7, 1.0))
    expected = Expected.of(outlook)
    fixed = limits_of((2, 3), 3.0, period_low_t=np.ones(3), period_high_t=np.ones(3))
    peak = ascend(expected, fixed)
    assert peak is not None
    np.testing.assert_allclose(peak.x.sum(axis=0), 1.0, rtol=1e-6)
    assert ascend(expected, limits_of((2, 3), 3.0, period_low_t=np.full(3, 2.0))) is None
    problem = problem_of(outlook, limits_of((2, 3), 3.0, period_low_t=np.full(3, 2.0)))
    assert search(problem, expected) is None


def test_a_start_is_never_made_worse() -> None:
    rng = np.random.default_rng(7)
    outlook, oracle = outlook_of(rng, (2, 9), (2.0, 4.0))
    problem = problem_of(outlook, limits_of((2, 9), 4.0))
    start = np.zeros((2, 9))
    start[0, ::3] = 4.0 / 3
    found = search(problem, Expected.of(outlook), [start])
    assert found is not None
    assert found.value >= oracle(start[None])[0] * (1 - 1e-9)
    other, _ = outlook_of(np.random.default_rng(7), (2, 9), (2.0, 4.0), draws=5)
    again = refine(problem, Expected.of(other), found)
    assert again.value >= found.value * (1 - 1e-9)
    assert again.upper >= again.value


def _pattern_rules(seed: int, periods: int) -> Bursts:
    rng = np.random.default_rng(seed)
    gap = [None, 0, 1, 2, 3][int(rng.integers(5))]
    may = rng.random(periods) > 0.1
    return Bursts(
        int(rng.integers(1, 4)), gap, int(rng.integers(-4, 4)), may, may & (rng.random(periods) > 0.9)
    )


def _keeps(rules: Bursts, on: np.ndarray) -> bool:
    """The rules in words: gaps and bursts read off the runs, with what the history began."""
    if (on & ~rules.may_t).any() or (rules.must_t & ~on).any():
        return False
    past = [rules.before > 0] * abs(rules.before)
    runs: list[list[object]] = []
    for place, value in enumerate([*past, *on.tolist()]):
        if runs and runs[-1][0] == value:
            runs[-1][1] = place + 1
        else:
            runs.append([value, place + 1, place])
    for value, stop, start in runs:
        length = int(stop) - int(start)  # type: ignore[call-overload]
        inside = int(stop) > len(past)  # type: ignore[call-overload]
        began = int(start) >= len(past)  # type: ignore[call-overload]
        if value and began and length < rules.burst:
            return False
        # A gap that the history already made too long must end at once, but can't be undone.
        if not value and rules.gap is not None and inside and length > rules.gap:
            return False
    return True


@given(st.integers(0, 10_000))
def test_the_best_pattern_is_that_of_trying_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rules = _pattern_rules(seed, 6)
    score = rng.normal(size=6)
    every = [np.array([code >> t & 1 for t in range(6)], bool) for code in range(64)]
    allowed = [on for on in every if _keeps(rules, on)]
    assert [on.tobytes() for on in rules.all()] == [on.tobytes() for on in allowed]
    best = rules.best(score)
    if not allowed:
        assert best is None
        return
    assert best is not None
    assert rules.allows(best)
    assert score[best].sum() == pytest.approx(max(score[on].sum() for on in allowed), abs=1e-12)


def test_candidates_and_neighbours_keep_the_rules() -> None:
    rules = Bursts(3, 5, -2, np.ones(30, bool), np.arange(30) == 20)
    found = candidates(rules, np.linspace(0, 1, 30), np.linspace(1, 2, 30))
    assert len(found) > 20
    assert all(_keeps(rules, on) for on in found)
    near = neighbours(rules, found[5])
    assert near
    assert all(_keeps(rules, on) and (on != found[5]).any() for on in near)


@pytest.mark.parametrize("seed", range(4))
def test_a_pattern_that_keeps_everything_is_found_by_integers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    outlook, _ = outlook_of(rng, (3, 8), (1.0, 2.0))
    # Every period needs money, no two channels fit together: patterns must interlock.
    limits = limits_of((3, 8), 12.0, period_low_t=np.ones(8), period_high_t=np.full(8, 1.9))
    rules = tuple(Bursts(2, 5, -1, np.ones(8, bool), np.zeros(8, bool)) for _ in range(3))
    problem = problem_of(outlook, limits, rules, (1.0, 1.0, 1.0))
    on = nearest(problem, rng.random((3, 8)))
    assert on is not None
    assert all(_keeps(part, pattern) for part, pattern in zip(rules, on, strict=True))
    assert on.sum(axis=0).min() == on.sum(axis=0).max() == 1
    found = search(problem, Expected.of(outlook))
    assert found is not None
    assert problem.allows(found.x_ct)
