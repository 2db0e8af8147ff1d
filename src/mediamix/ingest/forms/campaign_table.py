"""Days of campaigns as people's own tables have them, too many to be looked at cell by cell."""

from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.form import FINER, Form

CAMPAIGN_TABLE = Form(
    name="campaign_table",
    title="days of campaigns: date, channel, campaign, spend",
    lands=CAMPAIGN_DAY,
    is_={
        "date": ("date", "day"),
        "platform": ("channel",),
        "account_id": ("account_id", "account", "channel"),
        "geo": ("geo",),
        "campaign_id": ("campaign_id", "campaign"),
        "campaign_name": ("campaign_name", "campaign"),
        "clicks": ("clicks",),
        "impressions": ("impressions",),
        "reach": ("reach",),
        "spend": ("spend",),
        "conversions": ("conversions",),
        "conversions_value": ("conversions_value",),
        "currency": ("currency",),
    },
    needs=("date", "platform", "campaign_id", "spend"),
    without=tuple(name for name in FINER if name != "geo"),
    grain=("date", "day", "geo", "channel", "account_id", "account", "campaign_id", "campaign"),
    large=True,
    facts=("a table of this size is read as a platform's report: plain numbers, days as YYYY-MM-DD",),
)
