"""The campaign report of dbt_ad_reporting, which many teams have in their warehouse."""

from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.form import FINER, Form

AD_REPORTING = Form(
    name="ad_reporting",
    title="ad_reporting, campaign report (dbt)",
    lands=CAMPAIGN_DAY,
    is_={
        "date": ("date_day",),
        "platform": ("platform",),
        "account_id": ("account_id",),
        "account_name": ("account_name",),
        "campaign_id": ("campaign_id",),
        "campaign_name": ("campaign_name",),
        "clicks": ("clicks",),
        "impressions": ("impressions",),
        "spend": ("spend",),
        "conversions": ("conversions",),
        "conversions_value": ("conversions_value",),
        "currency": ("currency", "currency_code"),
    },
    needs=("date", "platform", "account_id", "campaign_id", "spend"),
    without=FINER,
    grain=("source_relation", "date_day", "platform", "account_id", "campaign_id"),
    facts=(
        "it says no currency: give it",
        "days are days of each account's own time zone, which it doesn't say",
    ),
)
