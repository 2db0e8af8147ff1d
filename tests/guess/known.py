"""Tables that `init` wasn't made for, and what a person who knows them says about their columns.

Written from the documentation of each set (the index of shared data, its source), not from what comes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tables import INPUTS

Pair = tuple[str | None, str | None]


@dataclass(frozen=True)
class Known:
    """A set.

    Args:
        files: Below the folder of shared data, or of our own inputs where they begin with ``inputs/``.
        roles: Column → role, for all columns but those of channels.
        channels: Channel → its columns of spend and exposure.
        asked: Question → what is assumed.
        answers: Where it can't go on without.
        unit: Of the outcome.
        panel: Whether geos stay apart.
    """

    files: tuple[str, ...]
    roles: Mapping[str, str]
    channels: Mapping[str, Pair]
    asked: Mapping[str, str | None] = field(default_factory=lambda: {"currency": "EUR"})
    answers: Mapping[str, str] = field(default_factory=dict)
    unit: str = "revenue"
    panel: bool = False

    def paths(self, shared: Path) -> list[Path]:
        """Its files."""
        return [
            INPUTS / name.removeprefix("inputs/") if name.startswith("inputs/") else shared / name
            for name in self.files
        ]


MERIDIAN_ROLES = {
    "time": "date",
    "competitor_sales_control": "control",
    "sentiment_score_control": "control",
    "Promo": "control",  # a non-media treatment; the engine has no such kind yet
    "conversions": "outcome",
    "revenue_per_conversion": "value",
}
MERIDIAN_CHANNELS: dict[str, Pair] = {
    **{f"channel{i}": (f"Channel{i}_spend", f"Channel{i}_impression") for i in range(5)},
    "organic_channel0": (None, "Organic_channel0_impression"),
}
RECOVERY_ROLES = {
    "date": "date",
    "c1": "control",
    "c2": "control",
    "c1_effect": "ignored",  # truth
    "c2_effect": "ignored",
    "y": "outcome",
}
OF_Y = {"unit": "revenue", "currency": "EUR"}

KNOWN = {
    "robyn": Known(
        ("robyn/dt_simulated_weekly.csv",),
        {"DATE": "date", "revenue": "outcome", "competitor_sales_B": "control", "events": "event"},
        {
            "tv": ("tv_S", None),
            "ooh": ("ooh_S", None),
            "print": ("print_S", None),
            "facebook": ("facebook_S", "facebook_I"),
            "search": ("search_S", "search_clicks_P"),
            "newsletter": (None, "newsletter"),
        },
    ),
    "meridian, geos": Known(
        ("meridian/geo_all_channels.csv",),
        {**MERIDIAN_ROLES, "geo": "geo", "population": "population", "(column A)": "label"},
        MERIDIAN_CHANNELS,
        unit="count",
        panel=True,
    ),
    "meridian, national": Known(
        ("meridian/national_all_channels.csv",), MERIDIAN_ROLES, MERIDIAN_CHANNELS, unit="count"
    ),
    "pymc-marketing": Known(
        ("pymc_marketing/mmm_example.csv",),
        {
            "date_week": "date",
            "y": "outcome",
            "event_1": "event",
            "event_2": "event",
            "dayofyear": "ignored",
            "t": "ignored",
        },
        {"x1": (None, "x1"), "x2": (None, "x2")},  # 0 to 1 beside an outcome of thousands: no money
        {**OF_Y, "media": "exposure"},
    ),
    "pymc-marketing, geos": Known(
        ("pymc_marketing/mmm_multidimensional_example.csv",),
        {"date": "date", "geo": "geo", "y": "outcome", "event_1": "event", "event_2": "event"},
        {"x1": (None, "x1"), "x2": (None, "x2")},  # together more than the outcome
        {**OF_Y, "media": "exposure"},
        panel=True,
    ),
    "small business": Known(
        ("recovery/small_business.csv",),
        {**RECOVERY_ROLES, "geo": "empty"},
        {
            "search_ads": ("x1_Search-Ads", None),
            "social": ("x2_Social-Media", None),
            "local_ads": ("x3_Local-Ads", None),
            "email": ("x4_Email", None),
        },
        OF_Y,
    ),
    "growing business": Known(
        ("recovery/growing_business.csv",),
        {**RECOVERY_ROLES, "geo": "geo"},
        {
            "search_ads": ("x1_Search-Ads", None),
            "search_ads_brand": ("x2_Search-Ads-Brand", None),
            "video": ("x3_Video", None),
            "social": ("x4_Social-Media", None),
            "display_ads": ("x5_Display-Ads", None),
            "email": ("x6_Email", None),
        },
        OF_Y,
        panel=True,
    ),
    "conjura, one brand": Known(
        ("conjura/conjura_one_brand_weekly.csv",),
        {
            "date": "date",
            "first_orders": "ignored",
            "revenue": "ignored",  # of first orders: a part of all_revenue
            "all_orders": "ignored",
            "all_revenue": "outcome",
        },
        {
            name: (name, None)
            for name in (
                *("google_search", "google_shopping", "google_pmax", "google_display", "google_video"),
                *("meta_facebook", "meta_instagram", "meta_other"),
            )
        },
        {"outcome": "all_revenue", "currency": "EUR"},
    ),
    "an agency's sheet": Known(
        ("inputs/agency.xlsx",),
        {
            "Week commencing": "date",
            "Price Index": "control",
            "Promo %": "control",
            "Net Sales (€)": "outcome",
        },
        {
            "tv": ("TV (€)", None),
            "paid_search_google": ("Paid Search – Google (€)", None),
            "paid_social_meta_tiktok": ("Paid Social (Meta + TikTok) €", None),
            "display_prog": ("Display/Prog.", None),
            "ooh_print": ("OOH & Print", None),
            "radio": ("Radio", None),
        },
        {},
    ),
    "a German export": Known(
        ("inputs/de_media.csv", "inputs/de_outcome.csv"),
        {"date": "date", "channel": "channel", "spend": "spend", "revenue": "outcome"},
        {},
        {"decimal": None, "currency": "EUR"},
        {"decimal": ","},
    ),
    "geolift": Known(
        ("geolift/data_negativeGLv2.csv", "geolift/test_investment_by_city_v2.csv"),
        {
            "(column A)": "label",
            "location": "geo",
            "date": "date",
            "time": "date",
            "Y": "outcome",
        },
        {"media": ("investment", None)},
        OF_Y,
        panel=True,
    ),
    "matched markets": Known(
        ("incrementality/mm_salesandcost.csv",),
        {"date": "date", "geo": "geo", "sales": "outcome"},
        {"media": ("cost", None)},
        panel=True,
    ),
    "geox": Known(
        ("incrementality/geox_design_single_cell.csv",),
        {"date": "date", "location": "geo", "conversions": "outcome"},
        {"media": ("spend", None)},
        unit="count",
        panel=True,
    ),
    "causal impact": Known(
        ("incrementality/causalimpact_vignette_seed1.csv",),
        {"date": "date", "y": "outcome"},
        {"x1": ("x1", None)},
        {**OF_Y, "media": "spend"},
    ),
}
#: The ten that the promise is about, each fitted as its spec was written.
TEN = (
    *("robyn", "meridian, geos", "meridian, national", "pymc-marketing", "pymc-marketing, geos"),
    *("small business", "growing business", "conjura, one brand", "an agency's sheet", "a German export"),
)
