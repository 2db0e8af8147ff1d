"""The native evaluation against the same formulas in NumPy, and SciPy's bounded least squares."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from mediamix.models.evolve.task import MAPE, NRMSE, RSSD, TEST, TRAIN, VALIDATION, Task, evaluate
from mediamix.transforms.base import address, pick_adstock, pick_saturation

BEFORE, PERIODS, CHANNELS, COLUMNS = 6, 60, 3, 2


def task(seed: int, level: float = 50.0) -> Task:
    """Two columns and three channels, the last one organic; one test of the first."""
    rng = np.random.default_rng(seed)
    series = rng.gamma(2.0, 100.0, (CHANNELS, BEFORE + PERIODS)) * (
        rng.random((CHANNELS, BEFORE + PERIODS)) < 0.8
    )
    baseline = np.vstack([np.linspace(0, 9, PERIODS), rng.normal(3.0, 2.0, PERIODS)])
    y = level + baseline[0] + 20 * series[0, BEFORE:] / series.max() + rng.normal(0, 3, PERIODS)
    adstock, saturation = address(pick_adstock("geometric").kernel), address(pick_saturation("hill").kernel)
    without = series[:1].copy()
    without[0, BEFORE + 20 : BEFORE + 24] = 0.0
    return Task(
        codes=np.array([[3 * c, 1, adstock, 0, saturation] for c in range(CHANNELS)]),
        series=series,
        before=BEFORE,
        baseline=baseline,
        y=y,
        rows=np.flatnonzero(rng.random(PERIODS) < 0.95),
        limits=np.array([[0.0, -np.inf, 0, 0, 0], [1.0, np.inf, np.inf, np.inf, np.inf]]),
        share=np.array([0.7, 0.3, -1.0]),
        tests=np.array([[0, 20, 28]]),
        without=without,
        lifts=np.array([[12.0], [15.0]]),
    )


def candidates(seed: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    half_life, gamma, alpha = rng.uniform(0.2, 3, (3, count, CHANNELS)) * [[[1.0]], [[0.3]], [[1.0]]]
    theta = np.stack([half_life, gamma, alpha], axis=2).reshape(count, -1)
    return (
        theta,
        10.0 ** rng.uniform(-2, 3, count),
        np.where(rng.random(count) < 0.3, 1.0, rng.uniform(0.5, 0.8, count)),
    )


def carried(x: np.ndarray, half_life: float) -> np.ndarray:
    alpha = 2.0 ** (-1.0 / half_life)
    return (1 - alpha) * np.array(
        [sum(alpha**lag * x[t - lag] for lag in range(t + 1)) for t in range(len(x))]
    )


def hill(x: np.ndarray, half: float, slope: float) -> np.ndarray:
    return x**slope / (x**slope + half**slope)


def nrmse(y: np.ndarray, fitted: np.ndarray) -> float:
    return float(np.sqrt(np.mean((y - fitted) ** 2)) / (y.max() - y.min()))


def plainly(t: Task, theta: np.ndarray, penalty: float, train: float) -> dict[str, object]:
    """One candidate, written a second time."""
    z, halves, lifted = [*t.baseline], [], 0.0
    for c in range(CHANNELS):
        half_life, gamma, alpha = theta[3 * c : 3 * c + 3]
        there = carried(t.series[c], half_life)[BEFORE:]
        halves.append(gamma * there.max())
        z.append(hill(there, halves[-1], alpha))
        if c == 0:
            gone = hill(carried(t.without[0], half_life)[BEFORE:], halves[-1], alpha)
            lifted = float((z[-1] - gone)[20:28].sum())
    columns, n = np.array(z).T, len(t.rows)
    m = n if train >= 1 else int(np.floor(train * (n - 1)))
    stop = n if train >= 1 else m + int(np.floor(n * (1 - train) / 2))
    own, y = columns[t.rows[:m]], t.y[t.rows[:m]]
    sd = own.std(axis=0)
    root = np.diag(np.sqrt(m * penalty / y.std()) * sd)

    def solve(centre: bool) -> tuple[float, np.ndarray]:
        a, b = (own - own.mean(axis=0), y - y.mean()) if centre else (own, y)
        made = lsq_linear(
            np.vstack([a, root]), np.concatenate([b, np.zeros(len(sd))]), t.limits, tol=1e-14, max_iter=2000
        )
        return float(y.mean() - own.mean(axis=0) @ made.x) if centre else 0.0, made.x

    intercept, b = solve(True)
    if intercept < 0:
        intercept, b = solve(False)
    fitted = intercept + columns @ b
    effect = b[COLUMNS:] * columns[:, COLUMNS:].sum(axis=0)
    share = effect[:2] / effect[:2].sum()
    parts = {TRAIN: (0, m), VALIDATION: (m, stop), TEST: (stop, n)}
    errors = {
        k: nrmse(t.y[t.rows[i:j]], fitted[t.rows[i:j]]) if j > i else np.nan for k, (i, j) in parts.items()
    }
    return {
        "coefficient": np.concatenate([[intercept], b]),
        "half": np.array(halves),
        "effect": effect,
        "errors": errors,
        NRMSE: errors[TRAIN] if train >= 1 else errors[VALIDATION],
        RSSD: np.sqrt(((share - t.share[:2]) ** 2).sum()) * (1 + (share < 5e-5).sum() / 2),
        MAPE: abs(b[COLUMNS] * lifted - 12.0) / 15.0,
    }


@pytest.mark.parametrize("level", [50.0, -20.0], ids=["with an intercept", "without one"])
def test_candidates_are_what_numpy_and_scipy_say(level: float) -> None:
    t, (theta, penalty, train) = task(3, level), candidates(5, 24)
    made = evaluate(t, theta, penalty, train)
    dropped = 0
    for d in range(len(theta)):
        want = plainly(t, theta[d], penalty[d], train[d])
        np.testing.assert_allclose(made.half_effect[d], want["half"], rtol=1e-9)
        np.testing.assert_allclose(made.coefficient[d], want["coefficient"], rtol=2e-5, atol=2e-5)
        np.testing.assert_allclose(made.effect[d], want["effect"], rtol=2e-5, atol=2e-4)
        np.testing.assert_allclose(
            made.told[d, [NRMSE, MAPE]], [want[NRMSE], want[MAPE]], rtol=1e-5, atol=1e-7
        )
        if made.effect[d, :2].sum() > 1e-3:
            np.testing.assert_allclose(made.told[d, RSSD], want[RSSD], rtol=1e-4)
        for k, value in want["errors"].items():  # type: ignore[attr-defined]
            np.testing.assert_allclose(made.told[d, k], value, rtol=1e-5)
        dropped += made.coefficient[d, 0] == 0.0
    assert dropped == (0 if level > 0 else len(theta))


def test_a_candidate_is_the_same_alone_and_among_others() -> None:
    t, (theta, penalty, train) = task(1), candidates(2, 40)
    whole = evaluate(t, theta, penalty, train)
    for d in (0, 17, 39):
        alone = evaluate(t, theta[d : d + 1], penalty[d : d + 1], train[d : d + 1])
        assert (alone.told[0] == whole.told[d]).all() or np.isnan(whole.told[d]).any()
        assert (alone.coefficient[0] == whole.coefficient[d]).all()


def test_limits_hold_and_a_flat_column_has_no_coefficient() -> None:
    t, (theta, penalty, train) = task(4), candidates(6, 40)
    t.baseline[1] = 7.0
    made = evaluate(t, theta, penalty, train)
    assert (made.coefficient[:, 1] >= 0).all()
    assert (made.coefficient[:, 1] <= 1 + 1e-12).all()
    assert (made.coefficient[:, 2] == 0).all()
    assert (made.coefficient[:, 3:] >= 0).all()


def test_media_without_effect_have_no_distance_of_shares() -> None:
    t, (theta, _, train) = task(7), candidates(8, 5)
    t.y[:] = 100.0 - 30.0 * t.series[:, BEFORE:].sum(axis=0) / t.series.max()
    made = evaluate(t, theta, np.full(5, 1e4), train)
    assert np.isnan(made.told[:, RSSD]).all()
    assert np.isfinite(made.told[:, NRMSE]).all()


def test_the_range_of_penalties_is_that_of_robyns_rule() -> None:
    t = task(9)
    raw = np.vstack([t.baseline, t.series[:, BEFORE:]])[:, t.rows]
    y, n = t.y[t.rows], len(t.rows)
    products = [abs(np.sum((x - x.mean()) / x.std() * y)) for x in raw]
    low, high = t.penalties
    assert high == pytest.approx(0.1 * max(products) / (0.001 * n))
    assert low == pytest.approx(1e-4 * high)
