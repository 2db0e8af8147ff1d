"""Conversions of customers: orders, leads, whatever counts."""

from mediamix.ingest.contracts import CONVERSION
from mediamix.ingest.form import Form

CONVERSIONS = Form(
    name="conversion",
    title="conversions: an order, a lead or whatever counts, of a person",
    lands=CONVERSION,
    is_={
        "user_id": ("user_id", "user", "customer_id", "customer", "visitor_id", "client_id", "cookie"),
        "conversion_id": ("conversion_id", "order_id", "transaction_id", "lead_id"),
        "converted_at": ("converted_at", "timestamp", "time", "order_time", "ordered_at", "event_time"),
        "value": ("value", "revenue", "amount", "order_value"),
        "currency": ("currency",),
    },
    needs=("user_id", "conversion_id", "converted_at"),
    grain=("conversion_id", "order_id", "transaction_id", "lead_id"),
)
