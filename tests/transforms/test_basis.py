"""The baseline's columns against formulas and brute force."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamix.core.types import Event, Every
from mediamix.transforms import basis


def days(start: str, n: int, step: int = 1) -> np.ndarray:
    return np.datetime64(start, "D") + step * np.arange(n)


def test_fourier_is_sine_and_cosine_of_the_calendar():
    dates = days("2021-01-04", 120, 7)
    block = basis.fourier(dates, 3)
    assert block.names == ("sin 1", "cos 1", "sin 2", "cos 2", "sin 3", "cos 3")
    for row, day in enumerate(dates.tolist()):
        since_1970 = (day - date(1970, 1, 1)).days
        for k in (1, 2, 3):
            angle = 2 * np.pi * k * since_1970 / 365.25
            np.testing.assert_allclose(
                block.matrix[row, 2 * k - 2 : 2 * k], [np.sin(angle), np.cos(angle)], atol=1e-9
            )


def test_fourier_phase_does_not_depend_on_where_the_window_starts():
    whole, part = basis.fourier(days("2020-01-06", 200, 7), 2), basis.fourier(days("2020-10-12", 100, 7), 2)
    np.testing.assert_allclose(whole.matrix[40:140], part.matrix, atol=1e-12)


@given(start=st.dates(date(1960, 1, 1), date(2060, 1, 1)))
def test_weekday_effects_name_the_day_and_sum_to_zero_over_any_week(start):
    block = basis.weekday(days(start.isoformat(), 7))
    np.testing.assert_array_equal(block.matrix.sum(axis=0), 0)
    for row in range(7):
        day = (start + timedelta(row)).weekday()
        want = -np.ones(6) if day == 6 else np.eye(6)[day]
        np.testing.assert_array_equal(block.matrix[row], want)
    assert block.names == ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


@given(n=st.integers(2, 400), spacing=st.floats(1.0, 600.0), seed=st.integers(0, 2**32 - 1))
def test_knots_make_a_broken_line_through_the_random_walk_of_levels(n, spacing, seed):
    block = basis.knot_trend(n, spacing)
    pieces = len(block.names)
    assert block.matrix.shape == (n, pieces)
    assert 1 <= pieces <= max(1, n - 1)
    steps = np.random.default_rng(seed).normal(size=pieces)
    knots = np.linspace(0, n - 1, pieces + 1)
    want = np.interp(np.arange(n), knots, np.concatenate([[0.0], np.cumsum(steps)]))
    np.testing.assert_allclose(block.matrix @ steps, want, atol=1e-9)


def test_knots_are_about_as_far_apart_as_asked():
    assert len(basis.knot_trend(157, 26).names) == 6
    assert len(basis.knot_trend(10, 26).names) == 1


def test_a_linear_trend_is_centred_and_rises_by_one():
    matrix = basis.linear_trend(53).matrix
    assert matrix[0, 0] == -0.5
    assert matrix[-1, 0] == 0.5
    np.testing.assert_allclose(np.diff(matrix[:, 0]), 1 / 52)


happenings = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.integers(-40, 500), st.integers(0, 60)), min_size=0, max_size=4
)


def brute_force(dates: np.ndarray, every: Every, found: list[Event]) -> dict[str, np.ndarray]:
    """Count covered days one at a time; repetitions of a name add up to the whole period at most."""
    columns: dict[str, np.ndarray] = {}
    for event in found:
        share = np.zeros(len(dates))
        for row, start in enumerate(dates.tolist()):
            if every.months:
                month = start.year * 12 + start.month - 1 + every.months
                stop = date(month // 12, month % 12 + 1, 1)
            else:
                stop = start + timedelta(int(every.days))
            period = [start + timedelta(k) for k in range((stop - start).days)]
            covered = [d for d in period if event.start.item() <= d <= event.end.item()]
            share[row] = len(covered) / len(period)
        if share.any():
            columns[event.name] = np.minimum(columns.get(event.name, np.zeros(len(dates))) + share, 1)
    return columns


@pytest.mark.parametrize("every", list(Every))
@given(raw=happenings)
def test_events_are_the_share_of_days_they_cover(every, raw):
    if every.months:
        months = np.arange("2021-11", "2022-12", every.months, dtype="datetime64[M]")
        dates = months.astype("datetime64[D]")
    else:
        dates = days("2021-11-01", 40, int(every.days))
    first = np.datetime64("2021-11-01", "D")
    found = [Event(name, first + start, first + start + length) for name, start, length in raw]
    block = basis.events(dates, every, found)
    want = brute_force(dates, every, found)
    assert set(block.names) == set(want)
    for name, column in zip(block.names, block.matrix.T, strict=True):
        np.testing.assert_allclose(column, want[name], atol=1e-12)
