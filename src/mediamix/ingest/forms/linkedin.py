"""LinkedIn as a loader copies it: ad_analytics_by_campaign."""

from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.form import FINER, Form, Names

LINKEDIN = Form(
    name="linkedin_raw",
    title="LinkedIn, ad_analytics_by_campaign (raw)",
    lands=CAMPAIGN_DAY,
    is_={
        "date": ("day",),
        "campaign_id": ("campaign_id",),
        "clicks": ("clicks",),
        "impressions": ("impressions",),
        "spend": ("cost_in_local_currency",),
        "conversions": ("external_website_conversions",),
        "conversions_value": ("conversion_value_in_local_currency",),
    },
    needs=("date", "campaign_id", "spend"),
    without=FINER,
    platform="linkedin",
    campaigns=Names(
        ("id", "campaign_group_id", "account_id", "name"),
        {"account_id": "account_id", "campaign_name": "name"},
        "last_modified_time",
    ),
    accounts=Names(
        ("id", "last_modified_time", "name", "currency"),
        {"account_name": "name", "currency": "currency"},
        "last_modified_time",
    ),
)
