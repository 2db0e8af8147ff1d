"""Put the market and the media together: ``simulate(scenario) -> Simulation``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from mediamix.core.errors import SpecError
from mediamix.core.types import NATIONAL, Channel, Every
from mediamix.data.dataset import Dataset
from mediamix.data.tables import Tables
from mediamix.simulate.archetypes import channels_of
from mediamix.simulate.curves import adstock, hill_odds
from mediamix.simulate.market import Market, dates_of, make_market
from mediamix.simulate.patterns import spend_pattern
from mediamix.simulate.scenario import ChannelTruth, Scenario
from mediamix.simulate.truth import Truth

# One stream of random numbers per purpose: turning a knob of one leaves the others as they were.
_STREAMS = ("channels", "market", "patterns", "geos", "noise", "delivery")
# Change of log spend per standard deviation of demand, at full confounding.
_DEMAND_PULL = 0.8
_PEOPLE_PER_GEO = 2_000_000


@dataclass(frozen=True)
class Simulation:
    """A made-up market: what an analyst sees, and what is true.

    Args:
        dataset: As the engine takes it; exposure is spend.
        truth: Contributions, curves, the best split.
        tables: The same rows as long tables, with impressions and clicks beside spend.
    """

    dataset: Dataset
    truth: Truth
    tables: Tables


@dataclass(frozen=True)
class _Geos:
    """Names, inhabitants and weights (summing to 1): of people, and of the outcome."""

    names: tuple[str, ...]
    population_g: np.ndarray
    weight_g: np.ndarray
    base_g: np.ndarray


def simulate(scenario: Scenario | None = None) -> Simulation:
    """Draw a market from its knobs; the same scenario gives the same numbers.

    ``outcome = baseline + Σ_c contribution_c + noise``, with the baseline's level set so that media
    cause exactly `media_share` of it (but for rounding to cents or whole units).

    Raises:
        SpecError: The knobs together leave no positive baseline or outcome.
    """
    scenario = scenario or Scenario()
    seeds = np.random.SeedSequence(int(scenario.seed)).spawn(len(_STREAMS))
    rng = {name: np.random.Generator(np.random.PCG64(seed)) for name, seed in zip(_STREAMS, seeds, strict=True)}

    channels = channels_of(scenario, rng["channels"])
    geos = _make_geos(scenario, rng["geos"])
    market = make_market(scenario, rng["market"])
    spend_gtc = _spend(scenario, channels, geos, market.demand_t, rng)
    odds_gtc, beta_gc, half_effect_c = _responses(scenario, channels, geos, spend_gtc, rng["geos"])
    contribution_gtc = beta_gc[:, None, :] * odds_gtc / (1 + odds_gtc)

    names, baseline_gtp = _baseline(scenario, market, geos, float(contribution_gtc.sum()))
    outcome_gt = _outcome(scenario, baseline_gtp.sum(axis=2) + contribution_gtc.sum(axis=2), rng["noise"])
    mean = _mean_baseline(scenario)
    truth = Truth(
        scenario=scenario,
        geos=geos.names,
        channels=channels,
        spend_c=spend_gtc.sum(axis=(0, 1)),
        contribution_gtc=contribution_gtc,
        baseline_gtp=baseline_gtp,
        baseline_names=names,
        noise_gt=outcome_gt - baseline_gtp.sum(axis=2) - contribution_gtc.sum(axis=2),
        odds_gtc=odds_gtc,
        beta_gc=beta_gc,
        half_effect_c=half_effect_c,
        control_effects={name: mean * value for name, value in market.coefficients.items()},
        event_effects={event.name: mean * event.effect for event in scenario.events},
    )
    dataset = _dataset(scenario, channels, geos, market, spend_gtc, outcome_gt)
    return Simulation(dataset, truth, _tables(dataset, channels, rng["delivery"]))


def _mean_baseline(scenario: Scenario) -> float:
    """Mean outcome without media of all geos per period, in outcome units."""
    outcome = scenario.revenue_per_day * Every(scenario.every).days / scenario.money_per_unit
    return (1 - scenario.media_share) * outcome


def _make_geos(scenario: Scenario, rng: np.random.Generator) -> _Geos:
    n = scenario.geos
    if n == 1:
        one = np.ones(1)
        return _Geos((NATIONAL,), one, one, one)
    population_g = np.round(_PEOPLE_PER_GEO * np.exp(0.7 * rng.standard_normal(n)))
    weight_g = population_g / population_g.sum()
    base_g = weight_g * np.exp(scenario.geo_spread * rng.standard_normal(n))
    width = max(2, len(str(n)))
    names = tuple(f"geo_{g + 1:0{width}d}" for g in range(n))
    return _Geos(names, population_g, weight_g, base_g / base_g.sum())


def _spend(
    scenario: Scenario,
    channels: tuple[ChannelTruth, ...],
    geos: _Geos,
    demand_t: Float[np.ndarray, " time"],
    rng: dict[str, np.random.Generator],
) -> Float[np.ndarray, "geo time channel"]:
    """Money per geo, period and channel, in cents, scaled to cause `media_share` at the true ROIs."""
    days = int(Every(scenario.every).days)
    day_of_year = scenario.first_day.timetuple().tm_yday

    def pattern(kind: str) -> np.ndarray:
        return spend_pattern(kind, scenario.periods, days, day_of_year, rng["patterns"])  # type: ignore[arg-type]

    common_t = pattern("bursty")
    share_c = np.array([channel.spend_share for channel in channels])
    roi_c = np.array([channel.roi for channel in channels])
    media = scenario.media_share * scenario.revenue_per_day * days * scenario.periods
    total_c = media * share_c / (share_c @ roi_c)

    spend_gtc = np.empty((scenario.geos, scenario.periods, len(channels)))
    for c, channel in enumerate(channels):
        pull = _DEMAND_PULL * scenario.demand_confounding * channel.follows_demand
        own_t = (1 - scenario.collinearity) * pattern(channel.pattern) + scenario.collinearity * common_t
        shape_gt = (own_t * np.exp(pull * demand_t))[None] * _geo_buying(scenario, geos, rng["geos"])
        spend_gtc[:, :, c] = np.round(total_c[c] * shape_gt / shape_gt.sum(), 2)
    if not (spend_gtc.sum(axis=(0, 1)) > 0).all():
        raise SpecError(
            "a channel's spend rounds to zero",
            expected="revenue_per_day · media_share · spend_share of at least some cents a period",
            got=f"revenue_per_day {scenario.revenue_per_day:g}, spend {total_c.min():.4f} over the window",
            next_step="raise revenue_per_day or the channel's spend_share",
        )
    return spend_gtc


def _geo_buying(scenario: Scenario, geos: _Geos, rng: np.random.Generator) -> np.ndarray:
    """How one channel's money is spread: by people, unevenly, and changing every quarter."""
    if scenario.geos == 1:
        return np.ones((1, scenario.periods))
    quarter = round(91 / Every(scenario.every).days)
    blocks = -(-scenario.periods // quarter)
    always_g = 0.25 * rng.standard_normal((scenario.geos, 1))
    now_gb = 0.35 * rng.standard_normal((scenario.geos, blocks))
    uneven_gt = np.repeat(np.exp(always_g + now_gb), quarter, axis=1)[:, : scenario.periods]
    result: np.ndarray = geos.weight_g[:, None] * uneven_gt
    return result


def _responses(
    scenario: Scenario,
    channels: tuple[ChannelTruth, ...],
    geos: _Geos,
    spend_gtc: Float[np.ndarray, "geo time channel"],
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hill odds [geo, time, channel], largest effects [geo, channel], half effects [channel]."""
    odds_gtc = np.empty_like(spend_gtc)
    beta_gc = np.empty((scenario.geos, len(channels)))
    half_effect_c = np.empty(len(channels))
    weight_g = geos.weight_g
    for c, channel in enumerate(channels):
        spend_gt = spend_gtc[:, :, c]
        # As if all geos were bought at this rate per head: comparable between geos of any size.
        rate_gt = adstock(spend_gt, channel) / weight_g[:, None]
        half_effect_c[c] = channel.half_effect * rate_gt[spend_gt > 0].mean()
        odds_gtc[:, :, c] = hill_odds(rate_gt, half_effect_c[c], channel.slope)
        strength_g = weight_g.copy()
        if scenario.geos > 1:
            strength_g *= np.exp(scenario.geo_spread * rng.standard_normal(scenario.geos))
        effect = (strength_g[:, None] * odds_gtc[:, :, c] / (1 + odds_gtc[:, :, c])).sum()
        wanted = channel.roi * spend_gt.sum() / scenario.money_per_unit
        beta_gc[:, c] = strength_g * wanted / effect
    return odds_gtc, beta_gc, half_effect_c


def _baseline(
    scenario: Scenario, market: Market, geos: _Geos, media: float
) -> tuple[tuple[str, ...], Float[np.ndarray, "geo time part"]]:
    """Parts of the baseline in outcome units; the level makes media `media_share` of the whole."""
    size_g = _mean_baseline(scenario) * geos.base_g
    moving_gtp = np.stack([size_g[:, None] * part_gt for part_gt in market.parts.values()], axis=-1)
    wanted = media * (1 - scenario.media_share) / scenario.media_share
    level = (wanted - moving_gtp.sum()) / scenario.periods
    level_gt = np.repeat(level * geos.base_g[:, None], scenario.periods, axis=1)
    baseline_gtp = np.concatenate([level_gt[:, :, None], moving_gtp], axis=-1)
    lowest = float((baseline_gtp.sum(axis=2) / size_g[:, None]).min())
    if lowest <= 0:
        raise SpecError(
            "the scenario's baseline falls below zero",
            expected="trend, seasonality, weekday, controls, events and hidden_demand that leave it positive",
            got=f"{lowest:.2f} of its mean at its lowest",
            next_step="lower the largest of these knobs",
        )
    return ("level", *market.parts), baseline_gtp


def _outcome(
    scenario: Scenario, expected_gt: Float[np.ndarray, "geo time"], rng: np.random.Generator
) -> Float[np.ndarray, "geo time"]:
    """Noise added, rounded as it would be booked: to cents, or to whole units of a count."""
    shock_gt = rng.standard_normal(expected_gt.shape)
    shock_gt -= shock_gt.mean(axis=1, keepdims=True)  # so that shares of the total are as asked for
    noisy_gt = expected_gt + scenario.noise * expected_gt.mean(axis=1, keepdims=True) * shock_gt
    outcome_gt: np.ndarray = np.round(noisy_gt, 2 if scenario.unit == "revenue" else 0)
    if outcome_gt.min() < 0:
        raise SpecError(
            "the scenario's outcome falls below zero",
            expected="noise that is small beside the lowest baseline",
            got=f"noise {scenario.noise:g}, lowest outcome {outcome_gt.min():,.2f}",
            next_step="lower noise",
        )
    return outcome_gt


def _dataset(
    scenario: Scenario,
    channels: tuple[ChannelTruth, ...],
    geos: _Geos,
    market: Market,
    spend_gtc: Float[np.ndarray, "geo time channel"],
    outcome_gt: Float[np.ndarray, "geo time"],
) -> Dataset:
    return Dataset(
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


def _tables(dataset: Dataset, channels: tuple[ChannelTruth, ...], rng: np.random.Generator) -> Tables:
    """Long tables of the same rows; impressions and clicks are noisy images of spend."""
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
    outcome = pd.DataFrame({**per_geo, dataset.outcome_name: dataset.outcome_gt.ravel()})
    if dataset.unit == "count":
        outcome[dataset.outcome_name] = outcome[dataset.outcome_name].astype(np.int64)
    if dataset.population_g is not None:
        outcome["population"] = np.repeat(dataset.population_g, t).astype(np.int64)
    controls = pd.DataFrame(per_geo)
    for k, name in enumerate(dataset.control_names):
        controls[name] = dataset.controls_gtk[:, :, k].ravel()
    events = pd.DataFrame(
        {
            "date": pd.DatetimeIndex([event.start for event in dataset.events]),
            "end_date": pd.DatetimeIndex([event.end for event in dataset.events]),
            "event": [event.name for event in dataset.events],
            "geo": pd.Series([None] * len(dataset.events), dtype=object),
        }
    )
    return Tables(media, outcome, controls if dataset.control_names else None, events if dataset.events else None)
