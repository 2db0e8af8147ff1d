"""The solver against oracles that share no code with it, and against laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediamix.decide.solvers.chain import Separable, maximise
from mediamix.decide.solvers.envelope import envelope, upper_hull


def hill(x, slope, half, height):
    return height * x**slope / (x**slope + half**slope)


def separable(grids, values, lower, upper, total, group=None, cap=()):
    group = np.full(len(grids), -1) if group is None else np.asarray(group)
    return Separable(
        grids, values, np.asarray(lower, float), np.asarray(upper, float), float(total), group, np.array(cap)
    )


def best_on_lattice(values, low, high, total):
    """Dynamic program over whole steps: the best sum of values[c][k_c] with Σ k_c <= total."""
    best = np.full(total + 1, -np.inf)
    best[0] = 0.0
    for value, lowest, highest in zip(values, low, high, strict=True):
        further = np.full(total + 1, -np.inf)
        for k in range(lowest, min(highest, total) + 1):
            further[k:] = np.maximum(further[k:], best[: total + 1 - k] + value[k])
        best = further
    return best.max()


def random_value(rng, steps, size):
    """One curve on whole steps: concave, S-shaped, ragged, or one that falls again."""
    x = np.arange(size + 1) * 1.0
    kind = rng.integers(4)
    if kind == 0:
        return hill(x, rng.uniform(0.4, 1.0), rng.uniform(5, 60), rng.uniform(10, 300))
    if kind == 1:
        return hill(x, rng.uniform(1.5, 9.0), rng.uniform(5, 60), rng.uniform(10, 300))
    if kind == 2:
        return np.concatenate(([0.0], np.cumsum(rng.exponential(size=size) ** 3)))
    return rng.uniform(1, 9) * x - rng.uniform(0.02, 0.2) * x**2


@pytest.mark.parametrize("block", range(10))
def test_three_hundred_random_problems_against_a_dynamic_program(block):
    # On a lattice of grid points with bounds and budget on it, at most one channel of an optimum
    # is between its grid points, hence none is: the dynamic program is exact, not a floor.
    rng = np.random.default_rng(block)
    for _ in range(30):
        n = int(rng.integers(2, 6))
        sizes = rng.integers(20, 80, n)
        step = rng.uniform(0.1, 5000)
        values = [random_value(rng, step, size) for size in sizes]
        low = np.array([rng.integers(0, size // 4) for size in sizes])
        high = np.array([rng.integers(lowest, size + 1) for lowest, size in zip(low, sizes, strict=True)])
        total = int(low.sum() + rng.integers(1, max(2, (high - low).sum())))
        grids = [np.arange(size + 1) * step for size in sizes]
        found = maximise(separable(grids, values, low * step, high * step, total * step))
        exact = best_on_lattice(values, low, high, total)
        slack = 1e-9 * max(1.0, abs(exact))
        assert found.value == pytest.approx(exact, rel=2e-6, abs=slack)
        assert found.upper >= exact - slack
        assert found.status == "optimal"
        assert found.x.sum() <= total * step * (1 + 1e-12)
        assert (found.x >= low * step * (1 - 1e-12)).all()
        assert (found.x <= high * step).all()
        spent = sum(np.interp(x, g, v) for x, g, v in zip(found.x, grids, values, strict=True))
        assert spent == pytest.approx(found.value, rel=1e-12)


def test_groups_against_a_dynamic_program():
    rng = np.random.default_rng(5)
    for _ in range(40):
        sizes = rng.integers(15, 40, 4)
        values = [random_value(rng, 1.0, size) for size in sizes]
        total, cap = int(rng.integers(20, 90)), int(rng.integers(5, 50))
        grids = [np.arange(size + 1.0) for size in sizes]
        found = maximise(separable(grids, values, [0] * 4, sizes, total, [0, 0, -1, -1], [float(cap)]))
        zero = [0, 0]
        # Split the budget between the group (at most its cap) and the rest in every possible way.
        exact = max(
            best_on_lattice(values[:2], zero, sizes[:2], inside)
            + best_on_lattice(values[2:], zero, sizes[2:], total - inside)
            for inside in range(min(cap, total) + 1)
        )
        assert found.value == pytest.approx(exact, rel=2e-6, abs=1e-9)
        assert found.upper >= exact - 1e-9 * abs(exact)
        assert found.x[:2].sum() <= cap * (1 + 1e-12)


def test_square_roots_have_a_closed_form():
    height = np.array([3.0, 1.0, 2.0, 0.5])
    grid = np.linspace(0, 100, 20_001)
    found = maximise(separable([grid] * 4, [h * np.sqrt(grid) for h in height], [0] * 4, [100] * 4, 100))
    # Σ h √x under Σ x = B is best at x ∝ h², with the value √(B Σ h²).
    np.testing.assert_allclose(found.x, 100 * height**2 / (height**2).sum(), atol=0.02)
    assert found.value == pytest.approx(np.sqrt(100 * (height**2).sum()), rel=1e-5)


def test_logarithms_with_bounds_have_a_closed_form():
    height, half, total = np.array([50.0, 20.0, 5.0]), np.array([10.0, 20.0, 40.0]), 100.0
    grid = np.linspace(0, 100, 20_001)
    values = [h * np.log1p(grid / k) for h, k in zip(height, half, strict=True)]
    found = maximise(separable([grid] * 3, values, [0, 0, 12.0], [60.0, 100, 100], total))
    # First and third sit at their bounds; the second takes the rest (its slope 20/(20+28) = 0.417
    # is under the first's 50/70 = 0.714 and over the third's 5/52 = 0.096).
    np.testing.assert_allclose(found.x, [60.0, 28.0, 12.0], atol=0.01)
    free = maximise(separable([grid] * 2, values[:2], [0, 0], [100, 100], total))
    price = height[:2].sum() / (total + half[:2].sum())
    np.testing.assert_allclose(free.x, height[:2] / price - half[:2], atol=0.02)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_no_random_allocation_beats_the_bound(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 7))
    grids = [np.sort(rng.uniform(0, 1000, 60)) for _ in range(n)]
    values = [np.cumsum(rng.normal(0.5, 1, 60) ** 3) for _ in range(n)]
    lower = np.array([rng.uniform(g[0], g[-1] * 0.3 + g[0] * 0.7) for g in grids])
    upper = np.array([rng.uniform(low, g[-1]) for low, g in zip(lower, grids, strict=True)])
    total = lower.sum() + rng.uniform(0.05, 1.1) * (upper - lower).sum()
    found = maximise(separable(grids, values, lower, upper, total))
    extra = rng.dirichlet(np.full(n, 0.5), 1000) * rng.uniform(0, total - lower.sum(), (1000, 1))
    points = np.minimum(lower + extra, upper)
    reached = sum(np.interp(points[:, c], grids[c], values[c]) for c in range(n))
    assert found.upper >= reached.max() - 1e-9 * np.abs(reached).max()
    assert found.upper >= found.value


def test_money_that_would_harm_is_not_spent():
    grid = np.linspace(0, 10, 11)
    found = maximise(separable([grid, grid], [10 * grid - grid**2, -grid], [0, 2], [10, 10], 20))
    np.testing.assert_allclose(found.x, [5.0, 2.0])
    assert found.value == pytest.approx(23.0)


def test_a_search_that_stops_early_says_so_and_its_bound_still_holds():
    # Twenty equal S-curves: every choice of which ones to fund is as good, which is the worst case.
    grid = np.arange(101.0)
    value = hill(grid, 8, 50, 100)
    problem = separable([grid] * 20, [value] * 20, [0] * 20, [100] * 20, 390)
    early = maximise(problem, max_nodes=30)
    exact = best_on_lattice([value] * 20, [0] * 20, [100] * 20, 390)
    assert early.status == "feasible"
    assert early.gap > 1e-3
    assert early.value <= exact <= early.upper
    assert early.gap == pytest.approx((early.upper - early.value) / early.value)


def test_a_looser_tolerance_looks_at_fewer_boxes_and_keeps_its_promise():
    rng = np.random.default_rng(3)
    grids = [np.linspace(0, 1000, 201)] * 8
    values = [
        hill(grids[0], rng.uniform(5, 12), rng.uniform(300, 900), rng.uniform(90, 110)) for _ in range(8)
    ]
    problem = separable(grids, values, [0] * 8, [1000] * 8, 2100)
    tight, loose = maximise(problem), maximise(problem, tolerance=0.05)
    assert loose.nodes < tight.nodes
    assert loose.gap <= 0.05
    assert loose.value <= tight.upper <= loose.upper * (1 + 1e-12)


@settings(max_examples=80, deadline=None)
@given(
    rises=st.lists(st.integers(-6, 6), min_size=1, max_size=14),
    steps=st.lists(st.integers(1, 4), min_size=14, max_size=14),
)
def test_the_envelope_is_the_highest_chord(rises, steps):
    x = np.concatenate(([0], np.cumsum(steps[: len(rises)]))).astype(float)
    y = np.concatenate(([0], np.cumsum(rises))).astype(float)
    # Whole numbers and lines through pairs: the oracle takes the best of all chords at each point.
    highest = y.copy()
    for i in range(x.size):
        for j in range(i + 1, x.size):
            between = slice(i, j + 1)
            chord = y[i] + (y[j] - y[i]) * (x[between] - x[i]) / (x[j] - x[i])
            highest[between] = np.maximum(highest[between], chord)
    corners = upper_hull(x, y)
    np.testing.assert_allclose(np.interp(x, x[corners], y[corners]), highest, atol=1e-12)
    slopes = np.diff(y[corners]) / np.diff(x[corners])
    assert (np.diff(slopes) < 0).all()


def test_the_envelope_on_a_part_of_the_grid_starts_and_ends_on_the_curve():
    grid, value = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 0.0, 4.0, 5.0])
    part = envelope(grid, value, 0.5, 2.5)
    assert (part.start, part.lower, part.upper) == (0.0, 0.5, 2.5)
    np.testing.assert_allclose(part.length, [1.5, 0.5])
    np.testing.assert_allclose(part.slope, [4 / 1.5, 1.0])
    assert envelope(grid, value, 2.0, 2.0).length.size == 0
