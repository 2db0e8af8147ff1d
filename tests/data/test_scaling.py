"""Every change of scale has its way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mediamix.data.scaling import ExposureScale, OutcomeScale

amounts = st.just(0.0) | st.floats(1e-3, 1e9)
outcomes = arrays(float, st.integers(2, 30), elements=st.floats(1.0, 1e9))
tables = arrays(float, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=amounts)


@given(outcome=outcomes)
def test_outcome_there_and_back(outcome):
    scale = OutcomeScale.of(outcome)
    scaled = scale.apply(outcome)
    np.testing.assert_allclose(scale.invert(scaled), outcome, atol=1e-9 * scale.mean)
    assert scaled.mean() == pytest.approx(0, abs=1e-9)


def test_missing_outcomes_stay_missing_and_do_not_move_the_mean():
    scale = OutcomeScale.of(np.array([2.0, np.nan, 4.0]))
    assert scale.mean == 3.0
    np.testing.assert_array_equal(scale.apply(np.array([3.0, np.nan])), [0.0, np.nan])


def test_an_outcome_that_cancels_is_scaled_by_its_size():
    assert OutcomeScale.of(np.array([-2.0, 2.0, -4.0, 4.0])).mean == 3.0


@given(exposure=tables)
def test_exposure_there_and_back(exposure):
    scale = ExposureScale.of(exposure)
    np.testing.assert_allclose(scale.invert(scale.apply(exposure)), exposure, rtol=1e-9)


@given(exposure=tables)
def test_active_periods_have_a_mean_of_one(exposure):
    scaled = ExposureScale.of(exposure).apply(exposure)
    for column, raw in zip(scaled.T, exposure.T, strict=True):
        if (raw > 0).any():
            assert column[raw > 0].mean() == pytest.approx(1, rel=1e-9)
        else:
            assert not column.any()
