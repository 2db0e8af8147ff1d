"""Tables that are made: a small wide one, and a twin of Conjura's with its fifty columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from mediamix.data.guess.result import Guess
from mediamix.data.guess.whole import guess

INPUTS = Path(__file__).parent / "inputs"
PLATFORMS = (
    "google_paid_search", "google_shopping", "google_pmax", "google_display", "google_video",
    "meta_facebook", "meta_instagram", "meta_other", "tiktok",
)  # fmt: skip
VISITS = ("direct", "branded_search", "organic_search", "email", "referral", "all_other")


def wide_frame(n: int = 104, freq: str = "7D") -> pd.DataFrame:
    """Weeks of tv, search, price and revenue; flights with gaps, amounts with cents."""
    rng = np.random.default_rng(11)
    tv = np.where(rng.random(n) < 0.3, 0.0, np.round(rng.gamma(3.0, 9_000.0, n), 2))
    search = np.round(rng.gamma(5.0, 2_000.0, n), 2)
    price = np.round(rng.normal(100, 3, n), 2)
    revenue = np.round(900_000 + 2.0 * tv + 3.0 * search + rng.normal(0, 30_000, n), 2)
    dates = pd.date_range("2022-01-03", periods=n, freq=freq).strftime("%Y-%m-%d")
    return pd.DataFrame(
        {"date": dates, "tv_spend": tv, "search_cost": search, "price_index": price, "revenue": revenue}
    )


def conjura(n: int = 450, series: tuple[str, ...] = ("a1",)) -> pd.DataFrame:
    """Days in the columns of Conjura's table, with the currency and the empty channels of one brand."""
    parts = []
    for number, name in enumerate(series):
        rng = np.random.default_rng(3 + number)
        days = pd.date_range("2022-01-01", periods=n, freq="D").strftime("%Y-%m-%d")
        season = 1.0 + 0.2 * np.sin(np.arange(n) / 58.0)
        frame = pd.DataFrame({"MMM_TIMESERIES_ID": name, "ORGANISATION_ID": "brand"}, index=range(n))
        frame["ORGANISATION_VERTICAL"] = "Toys & Hobbies"
        frame["ORGANISATION_SUBVERTICAL"] = "Toys"
        frame["ORGANISATION_MARKETING_SOURCES"] = "Google, Meta"
        frame["ORGANISATION_PRIMARY_TERRITORY_NAME"] = "US"
        frame["TERRITORY_NAME"] = "All Territories"
        frame["DATE_DAY"] = days
        frame["CURRENCY_CODE"] = "GBP"
        orders = rng.poisson(300 * season)
        first = rng.binomial(orders, 0.6)
        for kind, count in (("FIRST", first), ("ALL", orders)):
            frame[f"{kind}_PURCHASES"] = count
            frame[f"{kind}_PURCHASES_UNITS"] = count * 2
            frame[f"{kind}_PURCHASES_ORIGINAL_PRICE"] = np.round(count * 47.13, 2)
            frame[f"{kind}_PURCHASES_GROSS_DISCOUNT"] = np.round(count * 4.37, 2)
        for position, platform in enumerate(PLATFORMS):
            absent = position in (3, 8)
            spend = np.round(rng.gamma(4.0, 60.0, n) * season, 2)
            for kind, values in (("SPEND", spend), ("CLICKS", spend * 2.3), ("IMPRESSIONS", spend * 110)):
                whole = values if kind == "SPEND" else np.round(values)
                frame[f"{platform.upper()}_{kind}"] = np.nan if absent else whole
        for visit in VISITS:
            frame[f"{visit.upper()}_CLICKS"] = rng.poisson(400 * season)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def saved(frame: pd.DataFrame, path: Path, **options: object) -> Path:
    """As CSV."""
    frame.to_csv(path, index=False, **options)  # type: ignore[call-overload]
    return path


def roles(found: Guess) -> dict[str, str]:
    """Column → role, of all tables."""
    return {column.name: str(column.role) for column in found.columns}


def channels(found: Guess) -> dict[str, tuple[str | None, str | None]]:
    """Channel → its columns of spend and exposure."""
    made: dict[str, tuple[str | None, str | None]] = {}
    for column in found.columns:
        if column.channel is None:
            continue
        spend, exposure = made.get(column.channel, (None, None))
        if column.role == "spend":
            made[column.channel] = (column.name, exposure)
        else:
            made[column.channel] = (spend, column.name)
    return made


def assumed(found: Guess) -> dict[str, str | None]:
    """Key → what is assumed, of every question."""
    return {question.key: question.assumed for question in found.questions}


def of(frame: pd.DataFrame, path: Path, **answers: str) -> Guess:
    """The guess of a frame that is saved as CSV."""
    return guess([saved(frame, path)], {key.replace("__", "."): value for key, value in answers.items()})
