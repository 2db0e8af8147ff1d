"""TikTok as a loader copies it: a row per campaign and hour."""

from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.form import FINER, Form, Names

TIKTOK = Form(
    name="tiktok_raw",
    title="TikTok, campaign_report (raw)",
    lands=CAMPAIGN_DAY,
    is_={
        "date": ("stat_time_day", "stat_time_hour"),
        "campaign_id": ("campaign_id",),
        "clicks": ("clicks",),
        "impressions": ("impressions",),
        "spend": ("spend",),
        "conversions": ("conversion",),
        "conversions_value": ("total_purchase_value",),
    },
    needs=("date", "campaign_id", "spend"),
    without=FINER,
    platform="tiktok",
    campaigns=Names(
        ("campaign_id", "advertiser_id", "updated_at"),
        {"account_id": "advertiser_id", "campaign_name": "campaign_name"},
        "updated_at",
    ),
    accounts=Names(
        ("id", "currency", "timezone", "promotion_area"),
        {"account_name": "name", "currency": "currency", "time_zone": "timezone"},
    ),
    facts=("hours are UTC: a day is a day there",),
)
