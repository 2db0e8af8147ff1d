"""What the local Google Ads says by place: less than in all, as the platform does."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from mediamix.testing.platforms.base import Delivery

GERMANY, AUSTRIA = 2276, 2040
#: Region → its country, and hundredths of a campaign's numbers; six of a hundred are of nowhere.
REGIONS = {20226: (GERMANY, 50), 20228: (GERMANY, 30), 20029: (AUSTRIA, 14)}
NAMES = {
    GERMANY: "Germany",
    AUSTRIA: "Austria",
    20226: "Bavaria,Germany",
    20228: "Berlin,Germany",
    20029: "Vienna,Austria",
}


def location_rows(one: Delivery, *, silent: bool) -> Iterator[dict[str, Any]]:
    """Rows of ``user_location_view``: a region that is targeted and isn't has two.

    Args:
        one: What a campaign delivered.
        silent: Of a campaign of which nothing is said by place.
    """
    if silent:
        return
    for region, (country, share) in REGIONS.items():
        parts = (share // 3, share - share // 3) if region == 20226 else (share,)
        for part in parts:
            yield _row(one, region, country, part)
    yield _row(one, None, GERMANY, 2)  # a country is known, a region isn't


def constants(ids: str) -> Iterator[dict[str, Any]]:
    """Rows of ``geo_target_constant``."""
    for one in map(int, ids.split(", ")):
        if one in NAMES:
            yield {"geo_target_constant": {"id": one, "canonical_name": NAMES[one]}}


def share_of(amount: Decimal | int, hundredths: int) -> int:
    """Of millionths or counts, rounded down."""
    return int(amount * hundredths / 100)


def _row(one: Delivery, region: int | None, country: int, share: int) -> dict[str, Any]:
    conversions, value = (float(part * share / 100) for part in (one.conversions, one.conversions_value))
    return {
        "segments": {
            "date": one.date.isoformat(),
            "geo_target_region": None if region is None else f"geoTargetConstants/{region}",
        },
        "campaign": {"id": int(one.campaign_id)},
        "user_location_view": {"country_criterion_id": country},
        "metrics": {
            "impressions": share_of(one.impressions, share),
            "clicks": share_of(one.clicks, share),
            "cost_micros": share_of(one.spend * 1_000_000, share),
            "conversions": conversions,
            "conversions_value": value,
            "conversions_by_conversion_date": conversions,
            "conversions_value_by_conversion_date": value,
        },
    }
