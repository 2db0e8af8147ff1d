"""Apple Search Ads as a loader copies it: campaign_report."""

from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.form import FINER, Form, Names

APPLE_SEARCH = Form(
    name="apple_search_ads_raw",
    title="Apple Search Ads, campaign_report (raw)",
    lands=CAMPAIGN_DAY,
    is_={
        "date": ("date",),
        "campaign_id": ("id",),
        "clicks": ("taps",),
        "impressions": ("impressions",),
        "spend": ("local_spend_amount",),
        "conversions": ("conversions",),
        "currency": ("local_spend_currency",),
    },
    needs=("date", "campaign_id", "spend"),
    marks=("taps",),
    without=("campaign_id", *FINER),
    platform="apple_search_ads",
    campaigns=Names(
        ("id", "organization_id", "name", "adam_id"),
        {"account_id": "organization_id", "campaign_name": "name"},
        "modification_time",
    ),
    accounts=Names(
        ("id", "payment_model", "currency", "role_names"),
        {"account_name": "name", "time_zone": "time_zone"},
    ),
    called="campaign",
    facts=("clicks are taps",),
)
