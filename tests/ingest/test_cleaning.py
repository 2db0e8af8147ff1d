from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamix.core.errors import MediamixError
from mediamix.ingest.cleaning import clean
from mediamix.ingest.contracts import CAMPAIGN_DAY, DEAL
from mediamix.ingest.source import Days

DAY = date(2026, 1, 31)
WINDOW = Days(DAY, DAY)


def cleaned(**cells):
    return clean([{"date": DAY, "campaign_id": "1", **cells}], CAMPAIGN_DAY, WINDOW)


@pytest.mark.parametrize(
    ("column", "came", "landed"),
    [
        ("spend", "1234.56", Decimal("1234.56")),
        ("spend", " 0.1 ", Decimal("0.1")),
        ("spend", 0.1, Decimal("0.1")),
        ("spend", 7, Decimal(7)),
        ("spend", "1E+2", Decimal(100)),
        ("spend", Decimal("0.0000005"), Decimal("0")),
        ("spend", Decimal("0.0000015"), Decimal("0.000002")),
        ("conversions_value", "-3.20", Decimal("-3.20")),
        ("impressions", "1230000", 1_230_000),
        ("impressions", "12.0", 12),
        ("conversions", "0.25", 0.25),
        ("campaign_id", 42, "42"),
        ("campaign_name", "  (not set)", "  (not set)"),
        ("campaign_name", "", None),
        ("spend", "", None),
        ("spend", None, None),
    ],
)
def test_cells_as_the_platform_writes_them(column, came, landed):
    found = cleaned(**{column: came})
    assert not found.aside
    assert found.rows[0][column] == landed
    assert type(found.rows[0][column]) is type(landed)


@pytest.mark.parametrize(
    ("column", "came", "reason"),
    [
        ("spend", "n/a", "a number is needed"),
        ("spend", "1,234.50", "a number is needed"),
        ("spend", "1_000", "a number is needed"),
        ("spend", "12 EUR", "a number is needed"),
        ("spend", True, "a number is needed"),
        ("spend", ["1"], "a number is needed"),
        ("spend", "NaN", "not a finite number"),
        ("spend", math.inf, "not a finite number"),
        ("spend", "-0.01", "below zero"),
        ("spend", "1e15", "beyond 1e15"),
        ("clicks", "1.5", "a whole number is needed"),
        ("clicks", -1, "below zero"),
        ("conversions", -0.5, "below zero"),
        ("campaign_id", {"id": 1}, "a name is needed"),
        ("campaign_id", True, "a name is needed"),
        ("date", "31.01.2026", "a day is needed"),
        ("date", datetime(2026, 1, 31, 5, tzinfo=UTC), "without a time"),
        ("date", "2026-02-01", "outside of the days that were asked for, 2026-01-31 to 2026-01-31"),
        ("date", None, "missing"),
        ("date", " ", "missing"),
    ],
)
def test_what_cannot_be_read_is_put_aside_as_a_whole_and_never_guessed(column, came, reason):
    found = cleaned(**{"spend": "1.00", column: came})
    assert found.rows == []
    (aside,) = found.aside
    assert aside.field == column
    assert reason in aside.reason
    assert json.loads(aside.body)["campaign_id"] is not None


def test_a_column_that_the_contract_lacks_is_our_fault():
    with pytest.raises(MediamixError, match=r"\['cost'\], which campaign_day doesn't have"):
        cleaned(cost=1)


def test_a_row_twice_counts_once_and_another_of_the_same_grain_is_put_aside():
    row = {"date": DAY, "campaign_id": "1", "spend": "1.00"}
    found = clean([row, dict(row), {**row, "spend": "2.00"}, {**row, "geo": "DE"}], CAMPAIGN_DAY, WINDOW)
    assert [one["spend"] for one in found.rows] == [Decimal(1), Decimal(1)]
    assert found.repeated == 1
    assert [one.reason for one in found.aside] == [
        "a second row of the same date, geo, campaign_id, with other numbers"
    ]


def test_a_deal_needs_what_every_deal_has_and_its_moments_are_utc():
    moment = datetime(2026, 1, 31, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    deal = {
        "deal_id": "7",
        "created_at": "2026-01-01T00:00:00+01:00",
        "modified_at": moment,
        "is_won": "true",
        "is_deleted": False,
        "amount": "12.5",
        "closed_on": "2031-05-05",
    }
    found = clean(
        [deal, {**deal, "deal_id": "8", "is_won": "maybe"}, {**deal, "deal_id": None}], DEAL, WINDOW
    )
    (row,) = found.rows
    assert (row["created_at"], row["modified_at"]) == (
        datetime(2025, 12, 31, 23),
        datetime(2026, 2, 1, 4, 30),
    )
    assert row["is_won"] is True
    assert [(one.field, one.reason) for one in found.aside] == [
        ("is_won", "true or false is needed"),
        ("deal_id", "missing"),
    ]


@given(st.integers(0, 10**14), st.integers(0, 999_999))
def test_text_and_micros_keep_every_digit(whole, millionths):
    amount = Decimal(whole) + Decimal(millionths) / 1_000_000
    for came in (str(amount), amount, f"{amount:.6f}"):
        assert cleaned(spend=came).rows[0]["spend"] == amount
