"""Our exp and log against NumPy's, which share no code with them."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from mediamix.transforms import elementary


@numba.njit
def every(function, x):
    out = np.empty_like(x)
    for i in range(x.size):
        out[i] = function(x[i])
    return out


def ulps(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(np.max(np.abs(ours - theirs) / np.spacing(np.abs(theirs))))


def points(low: float, high: float) -> np.ndarray:
    rng = np.random.default_rng(5)
    near = np.concatenate([rng.normal(0, scale, 2000) for scale in (1e-12, 1e-3, 1.0)])
    return np.clip(np.concatenate([rng.uniform(low, high, 200_000), near, [0.0, low, high]]), low, high)


def test_exp_is_within_two_units_in_the_last_place() -> None:
    x = points(-708.0, 708.0)
    assert ulps(every(elementary.exp, x), np.exp(x)) <= 2


def test_exp_stays_finite_beyond_its_range() -> None:
    ends = every(elementary.exp, np.array([-1e9, -np.inf, np.inf, 1e9]))
    assert np.isfinite(ends).all()
    assert (ends[:2] < 1e-307).all()
    assert (ends[2:] > 1e307).all()


def test_log_is_within_two_units_in_the_last_place() -> None:
    x = np.concatenate(
        [
            np.exp(points(-690.0, 690.0)),
            1.0 + np.linspace(-0.3, 0.5, 5001),
            [2.0**k for k in range(-900, 900)],
        ]
    )
    x = x[x != 1.0]
    assert ulps(every(elementary.log, x), np.log(x)) <= 2
    assert every(elementary.log, np.ones(1))[0] == 0.0


@pytest.mark.parametrize("x", [1e-300, 1e-12, 0.3, 1.0, 7.0, 1e12])
def test_they_undo_each_other(x: float) -> None:
    there = every(elementary.exp, every(elementary.log, np.array([x])))[0]
    assert there == pytest.approx(x, rel=1e-13)
