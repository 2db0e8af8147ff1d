"""X as a loader copies it: a row per campaign and placement, in micros."""

from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.form import FINER, Form, Names

TWITTER = Form(
    name="twitter_raw",
    title="X (Twitter), campaign_report (raw)",
    lands=CAMPAIGN_DAY,
    is_={
        "date": ("date",),
        "account_id": ("account_id",),
        "campaign_id": ("campaign_id",),
        "clicks": ("clicks",),
        "impressions": ("impressions",),
        "spend": ("billed_charge_local_micro",),
    },
    needs=("date", "account_id", "campaign_id", "spend"),
    marks=("placement",),
    without=FINER,
    units={"spend": "micros"},
    platform="twitter",
    campaigns=Names(
        ("id", "account_id", "name", "currency", "funding_instrument_id"),
        {"campaign_name": "name", "currency": "currency"},
        "updated_at",
    ),
    accounts=Names(
        ("id", "timezone", "approval_status"), {"account_name": "name", "time_zone": "timezone"}, "updated_at"
    ),
)
