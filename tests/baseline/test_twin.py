"""The made-up twin of the e-commerce table has the columns, rows and missing values that are asked for."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from mediamix.baseline.run import baseline

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from ecommerce.twin import BOUGHT, ROWS, VISITS, twin

ORDERS = [f"{who}_PURCHASES{what}" for who in ("FIRST", "ALL")
          for what in ("", "_UNITS", "_ORIGINAL_PRICE", "_GROSS_DISCOUNT")]  # fmt: skip
LABELS = [
    "MMM_TIMESERIES_ID", "ORGANISATION_ID", "ORGANISATION_VERTICAL", "ORGANISATION_SUBVERTICAL",
    "ORGANISATION_MARKETING_SOURCES", "ORGANISATION_PRIMARY_TERRITORY_NAME", "TERRITORY_NAME", "DATE_DAY",
    "CURRENCY_CODE",
]  # fmt: skip
#: Of 132,759 rows.
FILLED = {"google_paid_search": 96_637, "google_shopping": 78_980, "tiktok": 3_462, "meta_instagram": 26_817}


@pytest.fixture(scope="module")
def schema() -> pd.DataFrame:
    traffic = {f"{c}_{kind}".upper(): FILLED.get(c, 40_000) for kind in ("SPEND", "CLICKS", "IMPRESSIONS")
               for c in BOUGHT}  # fmt: skip
    counts = dict.fromkeys([*LABELS, *ORDERS], ROWS) | traffic
    counts |= {f"{c}_CLICKS".upper(): 100_000 for c in VISITS} | {"ORGANISATION_VERTICAL": 124_649}
    return pd.DataFrame({"column": list(counts), "non_null_of_132759": list(counts.values())})


@pytest.fixture(scope="module")
def stats() -> pd.DataFrame:
    active = ["google_paid_search_spend", "google_shopping_spend", "meta_instagram_spend"]
    rows = [
        {
            "organisation_id": f"brand{b}xxxx",
            "territory_name": "UK",
            "organisation_vertical": "Food & Drink",
            "n_days": 500 + 40 * b,
            "date_max": "2024-03-01",
            "total_spend": 2e5,
            "total_target": 9000,
            "active_channels": str(active[: 2 + b % 2]),
            "spend_cv": 0.6,
            "target_cv": 0.5,
        }
        for b in range(4)
    ]
    return pd.DataFrame(rows)


def test_it_has_the_rows_columns_and_missing_values_of_the_schema(
    stats: pd.DataFrame, schema: pd.DataFrame
) -> None:
    rows = 2_400
    made = twin(stats, schema, rows)
    assert list(made.table.columns) == list(schema["column"])
    assert len(made.table) == rows
    assert not made.table.duplicated(["MMM_TIMESERIES_ID", "DATE_DAY"]).any()
    wanted = schema.set_index("column")["non_null_of_132759"] * rows / ROWS
    got = made.table.notna().sum()
    whole = ["ORGANISATION_VERTICAL", "ORGANISATION_SUBVERTICAL"]
    pd.testing.assert_series_equal(
        got.drop(whole).astype(float), wanted.drop(whole), check_names=False, atol=1.0, rtol=0.0
    )
    assert (made.roi["roi"] > 0).all()
    found = baseline(made.table)
    assert len(found.fitted) == 4
    assert "tiktok_spend" in found.table.dropped


def test_the_same_seed_makes_the_same_twin_and_too_few_rows_are_refused(
    stats: pd.DataFrame, schema: pd.DataFrame
) -> None:
    one, other = (twin(stats, schema, 2_300, seed=3).table for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
    with pytest.raises(ValueError, match="fewer than"):
        twin(stats, schema, 100)
