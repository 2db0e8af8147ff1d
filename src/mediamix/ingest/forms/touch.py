"""Touches of customers, as event trackers and warehouses have them."""

from mediamix.ingest.contracts import TOUCH
from mediamix.ingest.form import Form

TOUCHES = Form(
    name="touch",
    title="touches: a contact of a person with a channel",
    lands=TOUCH,
    is_={
        "user_id": ("user_id", "user", "customer_id", "customer", "visitor_id", "client_id", "cookie"),
        "touched_at": ("touched_at", "timestamp", "time", "touch_time", "session_start", "event_time"),
        "channel": ("channel", "touch", "utm_source", "source_medium"),
        "campaign": ("campaign", "utm_campaign", "campaign_name"),
        "cost": ("cost", "spend"),
        "currency": ("currency",),
    },
    needs=("user_id", "touched_at", "channel"),
    without=("conversion_id", "order_id", "converted_at"),
)
