from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pretend import source

from mediamix.ingest.pulled import Wanted
from mediamix.ingest.source import Days
from mediamix.ingest.windows import windows

TODAY = date(2026, 3, 10)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def daily(first: date, last: date, *, restates: int = 14) -> dict[date, date]:
    """As pulls of every morning leave it, up to that after `last`."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return {day: min(day + timedelta(days=restates), last + timedelta(days=1)) for day in days}


def asked(found) -> list[date]:
    return [day for window in found.days for day in window.each]


def test_the_first_pull_goes_to_yesterday_in_windows_of_the_source():
    found = windows(source(window=7), Wanted(since=ago(17)), TODAY, {})
    assert found.days == (Days(ago(17), ago(11)), Days(ago(10), ago(4)), Days(ago(3), ago(1)))
    assert found.clamped is None


def test_where_nobody_says_it_begins_two_years_back():
    assert windows(source(), Wanted(), TODAY, {}).first == ago(730)


def test_a_daily_pull_fetches_what_is_still_restated_and_what_is_new():
    landed = daily(ago(60), ago(2))
    assert asked(windows(source(restates=14), Wanted(since=ago(60)), TODAY, landed)) == [
        ago(n) for n in range(14, 0, -1)
    ]
    assert asked(windows(source(), Wanted(since=ago(60), restated=3), TODAY, landed))[0] == ago(3)


def test_a_hole_is_filled_and_nothing_around_it_is_fetched_again():
    landed = {day: TODAY for day in daily(ago(60), ago(2)) if not ago(50) <= day <= ago(49)}
    found = windows(source(restates=2), Wanted(since=ago(60)), TODAY, landed)
    assert found.days == (Days(ago(50), ago(49)), Days(ago(2), ago(1)))


def test_after_a_pause_no_number_stays_that_was_provisional():
    # Pulled daily until 100 days ago: what was young then has never been seen settled.
    found = windows(source(restates=14), Wanted(since=ago(200)), TODAY, daily(ago(200), ago(101)))
    assert asked(found)[0] == ago(113)
    assert asked(found)[-1] == ago(1)


def test_an_earlier_beginning_fetches_the_days_before():
    landed = dict.fromkeys(daily(ago(30), ago(1)), TODAY)
    assert asked(windows(source(restates=1), Wanted(since=ago(33)), TODAY, landed)) == [
        ago(33),
        ago(32),
        ago(31),
        ago(1),
    ]


def test_what_the_platform_has_forgotten_is_announced_if_it_was_wanted():
    found = windows(source(history=40), Wanted(since=ago(50)), TODAY, {})
    assert (found.first, found.clamped) == (ago(40), Days(ago(50), ago(41)))
    assert windows(source(history=40), Wanted(), TODAY, {}).clamped is None
    assert windows(source(history=40), Wanted(since=ago(40)), TODAY, {}).clamped is None


def test_a_month_that_has_ended_is_fetched_whole_once():
    monthly = source(monthly=True, restates=5)
    on_the_first = date(2026, 3, 1)
    landed = daily(date(2026, 1, 1), date(2026, 2, 27), restates=5)
    wanted = Wanted(since=date(2026, 1, 1))
    # January was pulled day by day, too, and never as a whole.
    assert asked(windows(monthly, wanted, on_the_first, landed))[0] == date(2026, 1, 1)
    whole = dict.fromkeys(landed, on_the_first) | {date(2026, 2, 28): on_the_first}
    assert asked(windows(monthly, wanted, date(2026, 3, 2), whole))[0] == date(2026, 2, 25)
    assert asked(windows(source(restates=5), wanted, on_the_first, landed))[0] == date(2026, 2, 24)


@given(
    landed=st.dictionaries(st.integers(0, 80), st.integers(0, 80), max_size=60),
    since=st.integers(1, 70),
    restates=st.integers(1, 40),
    size=st.integers(1, 30),
)
def test_laws_of_windows(landed, since, restates, size):
    known = {ago(day): max(ago(pulled), ago(day)) for day, pulled in landed.items()}
    found = windows(source(restates=restates, window=size), Wanted(since=ago(since)), TODAY, known)
    days = asked(found)
    assert days == sorted(set(days))
    assert all(ago(since) <= day < TODAY for day in days)  # never today
    assert all(1 <= len(window) <= size for window in found.days)
    for day in (ago(n) for n in range(1, since + 1)):
        settled = day in known and known[day] >= day + timedelta(days=restates)
        assert (day in days) == (not settled or day >= ago(restates))
    after = {**known, **dict.fromkeys(days, TODAY)}
    again = windows(source(restates=restates, window=size), Wanted(since=ago(since)), TODAY, after)
    assert all(day >= ago(restates) for day in asked(again))


@pytest.mark.parametrize("days", range(2, 9))
def test_halves_make_up_a_window(days):
    one, other = Days(ago(days), ago(1)).halves
    assert one.each + other.each == Days(ago(days), ago(1)).each
