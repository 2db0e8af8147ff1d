"""Small tables in the schema of the e-commerce table."""

from __future__ import annotations

import numpy as np
import pandas as pd

CHANNELS = ("google_paid_search", "google_shopping", "google_pmax", "meta_facebook", "tiktok")


def table(brands: int = 3, days: int = 400, seed: int = 1) -> pd.DataFrame:
    """Brands with lines of their own: revenue = 500 + 2 × search + 1 × shopping + 3 × email + noise.

    TikTok has values on one day in ten, Facebook on all but one in ten.
    """
    rng = np.random.default_rng(seed)
    parts = []
    for b in range(brands):
        frame = pd.DataFrame(
            {
                "MMM_TIMESERIES_ID": f"brand{b}",
                "CURRENCY_CODE": ["GBP", "EUR"][b % 2],
                "DATE_DAY": pd.date_range("2023-02-01", periods=days, freq="D").strftime("%Y-%m-%d"),
            }
        )
        for c in CHANNELS:
            frame[f"{c}_spend".upper()] = np.round(rng.gamma(2.0, 50.0, days), 2)
        frame["EMAIL_CLICKS"] = rng.poisson(80, days).astype(float)
        frame.loc[rng.random(days) < 0.9, "TIKTOK_SPEND"] = np.nan
        frame.loc[rng.random(days) < 0.1, "META_FACEBOOK_SPEND"] = np.nan
        revenue = 500 + 2 * frame["GOOGLE_PAID_SEARCH_SPEND"] + frame["GOOGLE_SHOPPING_SPEND"]
        revenue = revenue + 3 * frame["EMAIL_CLICKS"] + 40 * rng.standard_normal(days)
        frame["ALL_PURCHASES_GROSS_DISCOUNT"] = np.round(0.1 * revenue, 2)
        frame["ALL_PURCHASES_ORIGINAL_PRICE"] = np.round(revenue, 2) + frame["ALL_PURCHASES_GROSS_DISCOUNT"]
        frame["ALL_PURCHASES"] = np.round(revenue / 50).astype(int)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)
