"""The smooth trend against the Gaussian process that it stands for, written a second time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gamma, kv

from mediamix.transforms.hsgp import hsgp_columns, hsgp_trend, matern

YEAR = 52.18


def bessel(distance: np.ndarray) -> np.ndarray:
    """Matérn 5/2 by its definition with Bessel's function."""
    r = np.sqrt(5) * np.maximum(np.abs(distance), 1e-9)
    return 2 ** (1 - 2.5) / gamma(2.5) * r**2.5 * kv(2.5, r)


def covariance(period_t: np.ndarray, periods: int, length: float, year: float = YEAR) -> np.ndarray:
    columns = hsgp_columns(period_t, periods, length, year)
    return columns @ columns.T


@pytest.mark.parametrize("distance", [0.0, 0.1, 0.5, 1.0, 3.0])
def test_the_correlation(distance: float) -> None:
    assert matern(distance) == pytest.approx(float(bessel(np.array(distance))), rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(periods=st.integers(52, 300), length=st.floats(5, 110))
def test_columns_have_the_kernels_covariance(periods: int, length: float) -> None:
    """Inside of the window, and as far ahead as the ends aren't felt."""
    at = np.arange(periods + 26)
    kernel = bessel((at[:, None] - at) / length) / (2 * (1 - bessel(np.array(YEAR / length))))
    np.testing.assert_allclose(covariance(at, periods, length), kernel, atol=0.07 * kernel.max())


@given(length=st.floats(5, 110), start=st.integers(0, 100))
def test_the_level_changes_by_one_in_a_year(length: float, start: int) -> None:
    pair = covariance(np.array([start, start + YEAR]), 156, length)
    assert pair[0, 0] + pair[1, 1] - 2 * pair[0, 1] == pytest.approx(1.0, abs=0.12)


def test_what_is_known_fades_ahead_and_then_stays() -> None:
    """Given the window exactly, the sd of what follows grows from period to period, for a year at least."""
    known, ahead = np.arange(156), np.arange(156, 156 + 52)
    whole = covariance(np.concatenate([known, ahead]), 156, 26.0)
    inverse = np.linalg.inv(whole[:156, :156] + 1e-6 * np.eye(156))
    rest = whole[156:, 156:] - whole[156:, :156] @ inverse @ whole[:156, 156:]
    sd = np.sqrt(np.diag(rest))
    assert (np.diff(sd[:26]) > 0).all()
    assert sd[-1] > 0.8 * np.sqrt(whole[0, 0])
    far = hsgp_columns(np.array([400, 1000]), 156, 26.0, YEAR)
    np.testing.assert_array_equal(far[0], far[1])


def test_the_block() -> None:
    block = hsgp_trend(104, 13.0, YEAR)
    assert block.component == "trend"
    assert block.names[:2] == ("wave 1", "wave 2")
    np.testing.assert_array_equal(block.matrix, hsgp_columns(np.arange(104), 104, 13.0, YEAR))
