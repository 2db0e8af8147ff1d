"""Pinterest as a loader copies it, in micros."""

from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.form import FINER, Form, Names

PINTEREST = Form(
    name="pinterest_raw",
    title="Pinterest, campaign_report (raw)",
    lands=CAMPAIGN_DAY,
    is_={
        "date": ("date",),
        "account_id": ("advertiser_id",),
        "campaign_id": ("campaign_id",),
        "campaign_name": ("campaign_name",),
        "clicks": ("clickthrough_1",),
        "impressions": ("impression_1",),
        "spend": ("spend_in_micro_dollar",),
        "conversions": ("total_conversions",),
        "conversions_value": ("total_conversions_value_in_micro_dollar",),
    },
    needs=("date", "account_id", "campaign_id", "spend"),
    without=FINER,
    units={"spend": "micros", "conversions_value": "micros"},
    platform="pinterest",
    campaigns=Names(
        ("id", "advertiser_id", "name", "is_campaign_budget_optimization"),
        {"campaign_name": "name"},
        "_fivetran_synced",
    ),
    accounts=Names(
        ("id", "billing_profile_status", "currency"),
        {"account_name": "name", "currency": "currency"},
        "updated_time",
    ),
    facts=("clicks and impressions are the paid ones (clickthrough_1, impression_1)",),
)
