"""The same rows twice: as the engine's `Dataset` and as the long tables a user would have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from jaxtyping import Float

from mediamix.core.types import Channel, Every
from mediamix.data.dataset import Dataset
from mediamix.data.presence import fill_absence
from mediamix.data.tables import Tables
from mediamix.simulate.market import Market, dates_of
from mediamix.simulate.media import Geos
from mediamix.simulate.parts import ChannelTruth
from mediamix.simulate.presence import Presence
from mediamix.simulate.scenario import Scenario


def make_dataset(
    scenario: Scenario,
    channels: tuple[ChannelTruth, ...],
    geos: Geos,
    market: Market,
    presence: Presence,
    spend_gtc: Float[np.ndarray, "geo time channel"],
    outcome_gt: Float[np.ndarray, "geo time"],
) -> Dataset:
    """Bring the arrays into the form that the engine takes; exposure is spend, no outcome is NaN."""
    dataset = Dataset(
        dates=dates_of(scenario),
        every=Every(scenario.every),
        geos=geos.names,
        channels=tuple(Channel(channel.name) for channel in channels),
        outcome_name=scenario.outcome_name,
        unit=scenario.unit,
        currency=scenario.currency,
        outcome_gt=outcome_gt,
        spend_gtc=spend_gtc,
        exposure_gtc=spend_gtc.copy(),
        controls_gtk=market.controls_gtk,
        control_names=tuple(control.name for control in scenario.controls),
        events=market.events,
        population_g=geos.population_g if scenario.geos > 1 else None,
        value_per_unit=scenario.value_per_unit,
    )
    hidden_gtk = np.where(presence.present_gt[:, :, None], dataset.controls_gtk, np.nan)
    return replace(dataset, controls_gtk=fill_absence(hidden_gtk, dataset.present_gt))


def make_tables(
    dataset: Dataset,
    channels: tuple[ChannelTruth, ...],
    presence: Presence,
    frequency_tc: Float[np.ndarray, "time channel"],
    rng: np.random.Generator,
) -> Tables:
    """Long tables of the same rows; impressions and clicks are noisy images of spend.

    Impressions of a channel bought as reach and frequency have no noise: they are the product of both.

    There is no row where a geo isn't present, and no media row where a channel is never bought; an
    outcome that is missing is an empty cell.
    """
    here_gt = presence.present_gt
    bought_gtc = np.broadcast_to(here_gt[:, :, None] & presence.bought_gc[:, None], dataset.spend_gtc.shape)
    g, t, c = dataset.spend_gtc.shape
    dates = pd.DatetimeIndex(dataset.dates)
    price_c = np.array([channel.cost_per_thousand for channel in channels])
    rate_c = np.array([channel.click_rate for channel in channels])
    impressions_gtc = np.round(dataset.spend_gtc / price_c * 1000 * np.exp(rng.normal(0, 0.02, (g, t, c))))
    clicks_gtc = np.round(impressions_gtc * rate_c * np.exp(rng.normal(0, 0.05, (g, t, c))))
    clicks_gtc = np.minimum(clicks_gtc, impressions_gtc)
    per_geo = {"date": np.tile(dates, g), "geo": np.repeat(list(dataset.geos), t)}
    media = pd.DataFrame(
        {
            "date": np.tile(np.repeat(dates, c), g),
            "geo": np.repeat(list(dataset.geos), t * c),
            "channel": np.tile(list(dataset.channel_names), g * t),
            "spend": dataset.spend_gtc.ravel(),
            "impressions": impressions_gtc.ravel().astype(np.int64),
            "clicks": clicks_gtc.ravel().astype(np.int64),
        }
    )
    is_known_c = np.isfinite(frequency_tc).all(axis=0)
    if is_known_c.any():
        exact_gtc = dataset.spend_gtc / price_c * 1000
        reach_gtc = np.where(is_known_c, np.round(exact_gtc / frequency_tc), np.nan)
        often_gtc = np.where(reach_gtc > 0, frequency_tc, np.where(is_known_c, 0.0, np.nan))
        media["reach"], media["frequency"] = reach_gtc.ravel(), often_gtc.ravel()
        counted = np.where(is_known_c, np.round(reach_gtc * often_gtc), impressions_gtc)
        media["impressions"] = counted.ravel().astype(np.int64)
    media = media[bought_gtc.ravel()].reset_index(drop=True)
    outcome = pd.DataFrame({**per_geo, dataset.outcome_name: dataset.outcome_gt.ravel()})
    if dataset.unit == "count":
        whole = outcome[dataset.outcome_name].astype("Int64")  # which can leave a cell empty
        outcome[dataset.outcome_name] = whole if whole.isna().any() else whole.astype(np.int64)
    if dataset.population_g is not None:
        outcome["population"] = np.repeat(dataset.population_g, t).astype(np.int64)
    controls = pd.DataFrame(per_geo)
    for k, name in enumerate(dataset.control_names):
        controls[name] = dataset.controls_gtk[:, :, k].ravel()
    outcome, controls = (table[here_gt.ravel()].reset_index(drop=True) for table in (outcome, controls))
    events = pd.DataFrame(
        {
            "date": pd.DatetimeIndex([event.start for event in dataset.events]),
            "end_date": pd.DatetimeIndex([event.end for event in dataset.events]),
            "event": [event.name for event in dataset.events],
            "geo": pd.Series([None] * len(dataset.events), dtype=object),
        }
    )
    return Tables(
        media=media,
        outcome=outcome,
        controls=controls if dataset.control_names else None,
        events=events if dataset.events else None,
    )
