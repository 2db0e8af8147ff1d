"""A made-up twin of the Multi-Region MMM dataset: its 50 columns, its 132,759 rows, its missing values.

From the published schema come the columns and how many values each has, from the statistics of its 134 usable
series their days, active channels, spend, first purchases and how much both vary. These series have 124,859
days in all; the rest of the rows is added before the first day of each. Everything else is made up:
revenue of a day is

    level × trend × season × weekday × demand + Σ_c ROI_c × saturated carry-over of spend + noise

with demand driving part of the spend, as in shops that buy more when more is sold. So the truth is known:
`Twin.roi` holds what a unit of spend returns in each series.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 132_759
MONEY = {"UK": "GBP", "US": "USD", "Australia": "AUD", "Germany": "EUR", "All Territories": "GBP"}
BOUGHT = (
    "google_paid_search", "google_shopping", "google_pmax", "google_display", "google_video",
    "meta_facebook", "meta_instagram", "meta_other", "tiktok",
)  # fmt: skip
VISITS = ("direct", "branded_search", "organic_search", "email", "referral", "all_other")
#: Spend and price of an order above which amounts are in a currency of small units.
WEAK = 1000.0
#: Part of a day's effect that is left on the next day; part of a click's price that varies.
DECAY = {"google": 0.6, "meta": 0.8, "tiktok": 0.8}


@dataclass(frozen=True)
class Twin:
    """The table, and what a unit of spend returns: ``series, channel, roi``."""

    table: pd.DataFrame
    roi: pd.DataFrame


def twin(stats: pd.DataFrame, schema: pd.DataFrame, rows: int = ROWS, seed: int = 1) -> Twin:
    """Make one.

    Args:
        stats: ``conjura_134_series_stats.csv``, or some of its rows.
        schema: ``conjura_schema.csv``: ``column, non_null_of_132759``.
        rows: Of the table; at least the days of the series.
        seed: Of everything that is drawn.
    """
    rng = np.random.default_rng(seed)
    days = stats["n_days"].to_numpy()
    more = rows - int(days.sum())
    if more < 0:
        raise ValueError(f"{rows:,} rows are fewer than the series' days, {int(days.sum()):,}")
    days = days + np.diff(np.linspace(0, more, len(days) + 1).astype(int))
    active = [ast.literal_eval(text) for text in stats["active_channels"]]
    filled = dict(zip(schema["column"], schema["non_null_of_132759"] * rows / ROWS, strict=True))
    values = {
        name: _filled(filled[f"{name}_SPEND".upper()], days, [f"{name}_spend" in one for one in active], rng)
        for name in BOUGHT
    }
    visits = {
        name: _filled(filled[f"{name}_CLICKS".upper()], days, [True] * len(days), rng) for name in VISITS
    }
    parts, found = [], []
    for s, one in enumerate(stats.itertuples()):
        known = {name: int(values[name][s]) for name in BOUGHT}
        seen = {name: int(visits[name][s]) for name in VISITS}
        name = f"{s:03d}-{one.organisation_id[:8]}"
        frame, roi = _series(name, one, int(days[s]), known, seen, rng)
        parts.append(frame)
        found += [
            {"series": f"{s:03d}-{one.organisation_id[:8]}", "channel": c, "roi": r} for c, r in roi.items()
        ]
    table = pd.concat(parts, ignore_index=True)
    # As many rows as near as whole brands come.
    known, left = np.zeros(len(days), dtype=bool), filled["ORGANISATION_VERTICAL"]
    table = table.fillna({"ORGANISATION_VERTICAL": "Other", "ORGANISATION_SUBVERTICAL": "Other"})
    for s in rng.permutation(len(days)):
        if days[s] <= left:
            known[s], left = True, left - days[s]
    has = np.repeat(known, days)
    table.loc[~has, ["ORGANISATION_VERTICAL", "ORGANISATION_SUBVERTICAL"]] = None
    return Twin(table[list(schema["column"])], pd.DataFrame(found))


def _filled(wanted: float, days: np.ndarray, active: list[bool], rng: np.random.Generator) -> np.ndarray:
    """Last days of each series that have a value, so that they are as many as wanted.

    Series in which the channel is active come first; where their days aren't enough, others follow.
    """
    order = np.lexsort((rng.random(len(days)), ~np.array(active)))
    left, found = round(wanted), np.zeros(len(days), dtype=int)
    first = order[: max(int(np.sum(active)), 1)]
    share = min(1.0, left / days[first].sum())
    for s in first:
        found[s] = min(left - found.sum(), round(share * days[s]))
    for s in [*order[len(first) :], *first]:
        if found.sum() >= left:
            break
        found[s] = min(days[s], found[s] + left - found.sum())
    return found


def _series(
    name: str, one: object, n: int, known: dict[str, int], seen: dict[str, int], rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, float]]:
    """One brand's rows, and its channels' returns."""
    dates = pd.date_range(end=pd.Timestamp(one.date_max), periods=n, freq="D")
    t = np.arange(n)
    demand = np.exp(0.35 * min(one.target_cv, 1.5) * _wandering(n, 0.97, rng))
    season = 1 + 0.25 * np.sin(2 * np.pi * (dates.day_of_year.to_numpy() / 365.25 - 0.6))
    season = season + 1.2 * np.exp(-(((dates.day_of_year.to_numpy() - 330) / 6.0) ** 2))
    weekday = np.array([1.05, 1.0, 0.98, 1.0, 0.98, 0.93, 1.06])[dates.day_of_week]
    orders = float(one.total_target) / n * rng.uniform(1.3, 2.5)
    worth = float(one.total_spend) / max(float(one.total_target), 1.0) * rng.uniform(2.0, 6.0)
    usual = orders * worth
    base = 0.7 * usual * (1 + 0.25 * rng.standard_normal() * t / n) * season * weekday * demand
    names = [c for c in BOUGHT if known[c]]
    weights = dict(zip(names, rng.dirichlet(np.full(len(names), 1.5)) if names else [], strict=True))
    frame = pd.DataFrame({"DATE_DAY": dates.strftime("%Y-%m-%d")})
    media, roi = np.zeros(n), {}
    common = _wandering(n, 0.98, rng)
    for c in BOUGHT:
        spend = np.zeros(n)
        if known[c]:
            own = 0.6 * common + 0.8 * _wandering(n, 0.95, rng)
            spend = np.exp(one.spend_cv * own) * season**0.7 * demand ** rng.uniform(0.2, 0.9)
            spend[: n - known[c]] = 0.0
            spend *= weights[c] * float(one.total_spend) / spend.sum()
            decay = DECAY[c.partition("_")[0]]
            carried = np.zeros(n)
            for day in range(n):
                carried[day] = decay * (carried[day - 1] if day else 0.0) + (1 - decay) * spend[day]
            half = 2.0 * spend.sum() / known[c]
            response = carried / (carried + half)
            returns = rng.lognormal(np.log(1.5), 0.5)
            media += returns * spend.sum() * response / response.sum()
            roi[c] = float(returns)
        gap = np.arange(n) < n - known[c]
        price = rng.uniform(0.3, 1.5)
        clicks = np.round(spend / price * np.exp(0.1 * rng.standard_normal(n)))
        shown = clicks * np.round(rng.uniform(20, 120))
        for kind, series in (("SPEND", np.round(spend, 2)), ("CLICKS", clicks), ("IMPRESSIONS", shown)):
            frame[f"{c}_{kind}".upper()] = np.where(gap, np.nan, series)
    revenue = np.maximum(base + media, 0.05 * usual) * np.exp(0.12 * rng.standard_normal(n))
    for c in VISITS:
        noise = np.exp(0.5 * _wandering(n, 0.9, rng) + 0.2 * rng.standard_normal(n))
        clicks = np.round(revenue / worth * rng.uniform(2, 15) * noise)
        frame[f"{c}_CLICKS".upper()] = np.where(np.arange(n) < n - seen[c], np.nan, clicks)
    discount = rng.uniform(0.05, 0.2)
    price = revenue / (1 - discount)
    count = np.maximum(np.round(revenue / worth), 1.0)
    fresh = np.round(count * rng.uniform(0.4, 0.7))
    for kind, part, share in (("ALL", count, np.ones(n)), ("FIRST", fresh, fresh / count)):
        frame[f"{kind}_PURCHASES"] = part.astype(int)
        frame[f"{kind}_PURCHASES_UNITS"] = np.round(part * 1.6).astype(int)
        frame[f"{kind}_PURCHASES_ORIGINAL_PRICE"] = np.round(price * share, 2)
        frame[f"{kind}_PURCHASES_GROSS_DISCOUNT"] = np.round(price * share * discount, 2)
    territory = str(one.territory_name)
    labels = {
        "MMM_TIMESERIES_ID": name,
        "ORGANISATION_ID": one.organisation_id,
        "ORGANISATION_VERTICAL": one.organisation_vertical,
        "ORGANISATION_SUBVERTICAL": one.organisation_vertical,
        "ORGANISATION_MARKETING_SOURCES": "['Google', 'Meta']",
        "ORGANISATION_PRIMARY_TERRITORY_NAME": "UK" if territory == "All Territories" else territory,
        "TERRITORY_NAME": territory,
        # Some series are in a currency whose unit is worth little.
        "CURRENCY_CODE": MONEY.get(territory, "EUR") if worth < WEAK else "JPY",
    }
    return frame.assign(**labels), roi


def _wandering(n: int, memory: float, rng: np.random.Generator) -> np.ndarray:
    """An autoregression of standard deviation 1."""
    shock = np.sqrt(1 - memory**2) * rng.standard_normal(n)
    found = np.empty(n)
    last = rng.standard_normal()
    for i in range(n):
        last = memory * last + shock[i]
        found[i] = last
    return found


def published(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Statistics and schema from the folder of the data."""
    return pd.read_csv(folder / "conjura_134_series_stats.csv"), pd.read_csv(folder / "conjura_schema.csv")
