"""Reddit as a loader copies it, in micros."""

from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.form import Form, Names

REDDIT = Form(
    name="reddit_raw",
    title="Reddit, campaign_report (raw)",
    lands=CAMPAIGN_DAY,
    is_={
        "date": ("date",),
        "account_id": ("account_id",),
        "campaign_id": ("campaign_id",),
        "clicks": ("clicks",),
        "impressions": ("impressions",),
        "spend": ("spend",),
    },
    needs=("date", "account_id", "campaign_id", "spend"),
    marks=("ecpm", "app_install_metrics_install"),
    without=("ad_id", "ad_group_id"),
    units={"spend": "micros"},
    platform="reddit",
    campaigns=Names(
        ("id", "account_id", "name", "funding_instrument_id", "objective"), {"campaign_name": "name"}
    ),
    accounts=Names(
        ("id", "currency", "time_zone_id"),
        {"currency": "currency", "time_zone": "time_zone_id", "account_name": "name"},
    ),
    facts=("spend is in micros",),
)
