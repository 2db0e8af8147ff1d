from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamix.core.numbers import chance, duration, money, percent, quantity, scale, span, times
from mediamix.core.types import Every

SUFFIX = {"": 1.0, "k": 1e3, "M": 1e6, "bn": 1e9}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "EUR 0"),
        (950.0, "EUR 950"),
        (12.34, "EUR 12.3"),
        (999.4, "EUR 999"),
        (999.6, "EUR 1.00 k"),
        (999_999.0, "EUR 1.00 M"),
        (12_400_000.0, "EUR 12.4 M"),
        (3.456e9, "EUR 3.46 bn"),
        (2e13, "EUR 20,000 bn"),
        (-5432.0, "−EUR 5.43 k"),
        (0.00123, "EUR 0.00123"),
        (float("nan"), "–"),
        (float("inf"), "–"),
        (None, "–"),
    ],
)
def test_money(value: float | None, text: str) -> None:
    assert money(value, "EUR") == text


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (money(1.2e6, "EUR", signed=True), "+EUR 1.20 M"),
        (money(0.0, "EUR", signed=True), "EUR 0"),
        (money(5.0, ""), "5"),
        (quantity(12_400.0, "orders"), "12.4 k orders"),
        (quantity(-3.0), "−3"),
        (times(2.3), "2.30×"),
        (times(12.34), "12.3×"),
        (times(1234.0), "1,234×"),
        (times(-0.001), "0.00×"),
        (times(None), "–"),
        (percent(0.32), "32%"),
        (percent(0.032), "3.2%"),
        (percent(0.0004), "0.04%"),
        (percent(-0.5, signed=True), "−50%"),
        (percent(0.5, signed=True), "+50%"),
        (percent(0.0, signed=True), "0%"),
        (percent(-1e-9, signed=True), "0%"),
        (chance(0.92), "92%"),
        (chance(1.0), "more than 99%"),
        (chance(0.0), "less than 1%"),
        (duration(4.23, Every.WEEK), "4.2 weeks"),
        (duration(None, Every.DAY), "–"),
        (span(1.2e6, 3.4e6, lambda v: money(v, "EUR")), "EUR 1.20 M to 3.40 M"),
        (span(-1e5, 2e6, lambda v: money(v, "EUR")), "−EUR 100 k to EUR 2.00 M"),
        (span(-2e5, -1e5, lambda v: money(v, "EUR")), "−EUR 200 k to −EUR 100 k"),
        (span(0.8, 2.3, times), "0.80× to 2.30×"),
        (span(1200.0, 3400.0, quantity), "1.20 k to 3.40 k"),
    ],
)
def test_texts(shown: str, text: str) -> None:
    assert shown == text


@given(st.floats(-1e15, 1e15))
def test_what_is_read_back_is_the_number_to_three_digits(value: float) -> None:
    text = quantity(value).replace("−", "-").replace(",", "")
    match = re.fullmatch(r"(-?[\d.e-]+) ?(k|M|bn)?", text)
    assert match is not None
    read = float(match[1]) * SUFFIX[match[2] or ""]
    assert math.isclose(read, value, rel_tol=0.0051, abs_tol=1e-300)


@given(st.floats(1e-3, 1e12))
def test_scale_leaves_one_to_three_digits_before_the_point(value: float) -> None:
    divisor, suffix = scale(value)
    assert SUFFIX[suffix] == divisor
    assert value / divisor < 1000 or suffix == "bn"
