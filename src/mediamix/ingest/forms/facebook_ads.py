"""Meta as a loader copies it: basic_ad, a row per ad. Clicks are clicks on links."""

from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.form import Form, Names

FACEBOOK_ADS = Form(
    name="facebook_ads_raw",
    title="Meta, basic_ad (raw)",
    lands=CAMPAIGN_DAY,
    is_={
        "date": ("date",),
        "account_id": ("account_id",),
        "campaign_id": ("ad_id",),
        "clicks": ("inline_link_clicks",),
        "impressions": ("impressions",),
        "spend": ("spend",),
        "reach": ("reach",),
    },
    needs=("date", "account_id", "campaign_id", "spend"),
    marks=("inline_link_clicks",),
    without=("country", "region"),
    platform="facebook_ads",
    campaigns=Names(("id", "ad_set_id", "campaign_id"), {"campaign_id": "campaign_id"}, "updated_time"),
    facts=("clicks are inline_link_clicks", "a row is an ad: its campaign is looked up in ad_history"),
)
