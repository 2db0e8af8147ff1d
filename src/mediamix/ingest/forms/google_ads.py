"""Google Ads as a loader copies it: campaign_stats, in micros, a row per network and device."""

from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.form import FINER, Form, Names

GOOGLE_ADS = Form(
    name="google_ads_raw",
    title="Google Ads, campaign_stats (raw)",
    lands=CAMPAIGN_DAY,
    is_={
        "date": ("date",),
        "account_id": ("customer_id",),
        "campaign_id": ("id",),
        "clicks": ("clicks",),
        "impressions": ("impressions",),
        "spend": ("cost_micros",),
        "conversions": ("conversions",),
        "conversions_value": ("conversions_value",),
    },
    needs=("date", "account_id", "campaign_id", "spend"),
    marks=("ad_network_type",),
    without=("campaign_id", *FINER),
    units={"spend": "micros"},
    platform="google_ads",
    campaigns=Names(
        ("id", "customer_id", "name", "advertising_channel_type"),
        {"campaign_name": "name", "channel": "advertising_channel_type"},
        "updated_at",
    ),
    accounts=Names(
        ("id", "auto_tagging_enabled", "currency_code", "time_zone"),
        {"currency": "currency_code", "time_zone": "time_zone", "account_name": "descriptive_name"},
        "updated_at",
    ),
)
