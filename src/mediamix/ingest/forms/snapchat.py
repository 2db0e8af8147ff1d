"""Snapchat as a loader copies it: a row per campaign and hour, in micros."""

from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.form import FINER, Form, Names

SNAPCHAT = Form(
    name="snapchat_raw",
    title="Snapchat, campaign_hourly_report (raw)",
    lands=CAMPAIGN_DAY,
    is_={
        "date": ("date",),
        "campaign_id": ("campaign_id",),
        "clicks": ("swipes",),
        "impressions": ("impressions",),
        "spend": ("spend",),
        "conversions": ("conversion_purchases",),
        "conversions_value": ("conversion_purchases_value",),
    },
    needs=("date", "campaign_id", "spend"),
    marks=("swipes", "screen_time_millis"),
    without=FINER,
    units={"spend": "micros"},
    platform="snapchat",
    campaigns=Names(
        ("id", "ad_account_id", "name"),
        {"account_id": "ad_account_id", "campaign_name": "name"},
        "_fivetran_synced",
    ),
    facts=(
        "spend is in micros, the value of purchases in the account's currency",
        "hours are UTC: a day is a day there",
        "clicks are swipes",
    ),
)
