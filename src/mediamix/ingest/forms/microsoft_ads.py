"""Microsoft Advertising as a loader copies it: a row per campaign, network and device."""

from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.form import FINER, Form, Names

MICROSOFT_ADS = Form(
    name="microsoft_ads_raw",
    title="Microsoft Advertising, campaign_performance_daily_report (raw)",
    lands=CAMPAIGN_DAY,
    is_={
        "date": ("date",),
        "account_id": ("account_id",),
        "campaign_id": ("campaign_id",),
        "clicks": ("clicks",),
        "impressions": ("impressions",),
        "spend": ("spend",),
        "conversions": ("conversions",),
        "conversions_value": ("revenue",),
        "currency": ("currency_code",),
    },
    needs=("date", "account_id", "campaign_id", "spend"),
    marks=("device_os", "delivered_match_type"),
    without=FINER,
    platform="microsoft_ads",
    campaigns=Names(
        ("id", "account_id", "name", "time_zone"),
        {"campaign_name": "name", "channel": "type"},
        "modified_time",
    ),
    accounts=Names(
        ("id", "name", "time_zone", "currency_code"),
        {"account_name": "name", "currency": "currency_code", "time_zone": "time_zone"},
        "last_modified_time",
    ),
)
