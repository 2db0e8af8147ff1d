"""Amazon Ads as a loader copies it: campaign_level_report."""

from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.form import FINER, Form, Names

AMAZON_ADS = Form(
    name="amazon_ads_raw",
    title="Amazon Ads, campaign_level_report (raw)",
    lands=CAMPAIGN_DAY,
    is_={
        "date": ("date",),
        "campaign_id": ("campaign_id",),
        "clicks": ("clicks",),
        "impressions": ("impressions",),
        "spend": ("cost",),
        "conversions": ("purchases_30_d",),
        "conversions_value": ("sales_30_d",),
        "currency": ("campaign_budget_currency_code",),
    },
    needs=("date", "campaign_id", "spend"),
    marks=("campaign_budget_amount",),
    without=FINER,
    platform="amazon_ads",
    campaigns=Names(
        ("id", "profile_id", "name"),
        {"account_id": "profile_id", "campaign_name": "name"},
        "last_updated_date",
    ),
    accounts=Names(
        ("id", "account_marketplace_string_id", "currency_code"),
        {"account_name": "account_name", "currency": "currency_code", "time_zone": "timezone"},
    ),
    facts=("conversions are purchases within 30 days of the click",),
)
