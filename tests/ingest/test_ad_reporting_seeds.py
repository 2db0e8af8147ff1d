"""The integration seeds of dbt_ad_reporting: raw tables of eleven platforms, from landing to status.

They are fetched, not kept here: ``integration_tests/seeds`` of github.com/fivetran/dbt_ad_reporting, in
``../shared/data/ad_reporting`` or where the environment variable says.
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from mediamix import pipeline
from mediamix.core.errors import DataError
from mediamix.core.spec import load_spec
from mediamix.ingest.contracts import CONTRACTS, PLATFORM_CONTRACTS
from mediamix.project.ingesting import Options, ingest_files
from mediamix.warehouse.engines.duckdb import DuckDB
from mediamix.warehouse.status_queries import status_of

VARIABLE = "MEDIAMIX_AD_REPORTING_SEEDS"
SEEDS = Path(os.environ.get(VARIABLE) or Path(__file__).parents[3] / "shared" / "data" / "ad_reporting")
#: Platform → its campaigns' report, the column of its money, and what a unit of it is.
REPORTS = {
    "amazon_ads": ("amazon_ads_campaign_level_report_data", "cost", "1"),
    "apple_search_ads": ("apple_search_campaign_report_data", "local_spend_amount", "1"),
    "facebook_ads": ("facebook_ads_basic_ad_data", "spend", "1"),
    "google_ads": ("google_ads_campaign_stats_data", "cost_micros", "0.000001"),
    "linkedin": ("linkedin_ad_analytics_by_campaign_data", "cost_in_local_currency", "1"),
    "microsoft_ads": ("microsoft_ads_campaign_performance_daily_report_data", "spend", "1"),
    "pinterest": ("pinterest_campaign_report_data", "spend_in_micro_dollar", "0.000001"),
    "reddit": ("reddit_ads_campaign_report_data", "spend", "0.000001"),
    "snapchat": ("snapchat_campaign_hourly_report_data", "spend", "0.000001"),
    "tiktok": ("tiktok_campaign_report_hourly_data", "spend", "1"),
    "twitter": ("twitter_campaign_report_data", "billed_charge_local_micro", "0.000001"),
}
#: The advertiser of TikTok whose currency is said to be its country, and what that money is worth.
CANADIAN, RATE = "2", Decimal("0.79")


def money() -> tuple[dict[str, Decimal], Decimal]:
    """Platform → sum of the cells of its report, each row once; and what of TikTok's is Canadian."""
    found: dict[str, Decimal] = {}
    canadian = Decimal()
    with (SEEDS / "tiktok_campaign_history_data.csv").open(newline="") as file:
        owners = {row["campaign_id"]: row["advertiser_id"] for row in map(_lower, csv.DictReader(file))}
    for platform, (name, column, unit) in REPORTS.items():
        with (SEEDS / f"{name}.csv").open(newline="") as file:
            rows = [_lower(row) for row in csv.DictReader(file)]
        once = {tuple((k, v) for k, v in row.items() if k != "_fivetran_synced"): row for row in rows}
        found[platform] = sum((Decimal(row[column] or "0") for row in once.values()), Decimal()) * Decimal(
            unit
        )
        if platform == "tiktok":
            canadian = sum(
                (Decimal(r[column]) for r in once.values() if owners[r["campaign_id"]] == CANADIAN), Decimal()
            )
    return found, canadian


def _lower(row: dict[str, str]) -> dict[str, str]:
    return {key.lower(): value for key, value in row.items()}


@pytest.mark.skipif(not SEEDS.is_dir(), reason=f"the seeds aren't in {SEEDS.name}; {VARIABLE} names a folder")
def test_the_seeds_land_build_and_reconcile(tmp_path: Path) -> None:
    spec_path, store = tmp_path / "mediamix.yml", DuckDB(tmp_path / "warehouse.duckdb")
    spec_path.write_text("{}\n")
    made = ingest_files(
        [str(SEEDS)], spec_path, None, Options(name="seeds", currency="USD"), lambda line: None
    )
    expected, canadian = money()
    assert canadian > 0
    assert sum(made.money.values()) == sum(expected.values())
    assert made.money["CAN"] == canadian  # as its table says it: no currency, but money all the same
    assert made.told[0].startswith("money is said to be in 'CAN', which is no code of ISO 4217")
    with pytest.raises(DataError, match="currency=CAN") as refused:  # and nothing says what it is worth
        pipeline.build_warehouse(load_spec(spec_path), tmp_path, store)
    assert (
        "state what a unit of each is worth: `mart: {exchange_rates: rates.csv}`" in refused.value.next_step
    )

    (tmp_path / "rates.csv").write_text(f"date,currency,to_currency,rate\n2021-09-15,CAN,USD,{RATE}\n")
    spec_path.write_text("mart: {exchange_rates: rates.csv}\n")
    built, _ = pipeline.build_warehouse(load_spec(spec_path), tmp_path, store)
    assert [test.name for test in built.tests if test.name.startswith("reconcile")]
    assert all(test.ok for test in built.tests)
    in_usd = {**expected, "tiktok": expected["tiktok"] - canadian + canadian * RATE}
    with store.connect(read_only=True) as session:
        sql = "select platform, sum(spend) from mart.campaign_day group by platform"
        landed = dict(session.execute(sql).fetchall())
        sql = "select sum(cast(value as decimal(38, 6))) from mart.media_day where metric = 'spend'"
        (together,) = session.execute(sql).fetchone()
    assert landed == {name: amount.quantize(Decimal("0.000001")) for name, amount in expected.items()}
    assert abs(together - sum(in_usd.values())) < Decimal("0.0001")

    contracts = {c.name: [one.name for one in c.all_columns] for c in (*CONTRACTS, *PLATFORM_CONTRACTS)}
    told = status_of(store, contracts)
    of_platform: dict[str, Decimal] = defaultdict(Decimal)
    for account in told.accounts:
        of_platform[account.platform] += account.money
    assert of_platform == landed
    assert [build.failed for build in told.builds] == [0]
    assert not told.unread
