"""Put the market and the media together: ``simulate(scenario) -> Simulation``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core.card import Shown
from mediamix.core.errors import SpecError
from mediamix.core.types import Every
from mediamix.data.dataset import Dataset
from mediamix.data.tables import Tables
from mediamix.simulate.archetypes import channels_of
from mediamix.simulate.effects import Effects, make_effects
from mediamix.simulate.market import Market, make_market
from mediamix.simulate.media import Geos, make_geos, make_responses, make_spend
from mediamix.simulate.modulation import frequencies, shaped_noise
from mediamix.simulate.parts import ChannelTruth
from mediamix.simulate.presence import make_presence
from mediamix.simulate.rows import make_dataset, make_tables
from mediamix.simulate.scenario import Scenario
from mediamix.simulate.truth import Truth

# One stream of random numbers per purpose: turning a knob of one leaves the others as they were.
_STREAMS = (
    *("channels", "market", "patterns", "geos", "noise", "delivery", "presence", "holes"),
    # Those of structures: new ones come last.
    *("structure", "frequency", "tails"),
)


@dataclass(frozen=True, eq=False, repr=False)
class Simulation(Shown):
    """A made-up market: what an analyst sees, and what is true.

    Args:
        dataset: As the engine takes it; exposure is spend (reach and frequency are in the tables).
        truth: Contributions, curves, the best split.
        tables: The same rows as long tables, with impressions and clicks beside spend.
    """

    dataset: Dataset
    truth: Truth
    tables: Tables


def simulate(scenario: Scenario | None = None) -> Simulation:
    """Draw a market from its knobs; the same scenario gives the same numbers.

    ``outcome = baseline + Σ_c contribution_c + noise``, with the baseline's level set so that media
    cause exactly `media_share` of it (but for rounding to cents or whole units).

    Raises:
        SpecError: The knobs together leave no positive baseline or outcome.
    """
    scenario = scenario or Scenario()
    seeds = np.random.SeedSequence(int(scenario.seed)).spawn(len(_STREAMS))
    streams = zip(_STREAMS, seeds, strict=True)
    rng = {name: np.random.Generator(np.random.PCG64(seed)) for name, seed in streams}

    channels = channels_of(scenario, rng["channels"])
    geos = make_geos(scenario, rng["geos"])
    market = make_market(scenario, rng["market"])
    presence = make_presence(scenario, len(channels), rng["presence"], rng["holes"])
    spend_gtc = make_spend(scenario, channels, geos, presence, market.demand_t, rng)
    odds_gtc, frequency_tc = None, _frequencies(scenario, channels, rng["frequency"])
    if scenario.structure is None and all(channel.plain for channel in channels):
        odds_gtc, beta_gc, half_effect_c = make_responses(scenario, channels, geos, spend_gtc, rng["geos"])
        contribution_gtc = beta_gc[:, None, :] * odds_gtc / (1 + odds_gtc)
        ones_tc = np.ones(spend_gtc.shape[1:])
        effects = Effects(channels, geos.weight_g, spend_gtc, half_effect_c, beta_gc, ones_tc, ones_tc)
    else:
        effects = make_effects(scenario, channels, geos, spend_gtc, market.season_t, frequency_tc, rng)
        contribution_gtc = effects.contribution(spend_gtc)

    present_gt = presence.present_gt
    names, baseline_gtp = _baseline(scenario, market, geos, present_gt, float(contribution_gtc.sum()))
    expected_gt = baseline_gtp.sum(axis=2) + contribution_gtc.sum(axis=2)
    outcome_gt = _outcome(scenario, expected_gt, geos, present_gt, rng)
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
        beta_gc=effects.beta_gc,
        half_effect_c=effects.half_effect_c,
        control_effects={name: mean * value for name, value in market.coefficients.items()},
        event_effects={event.name: mean * event.effect for event in scenario.events},
        effects=effects,
    )
    seen_gt = np.where(presence.recorded_gt, outcome_gt, np.nan)
    dataset = make_dataset(scenario, channels, geos, market, presence, spend_gtc, seen_gt)
    tables = make_tables(dataset, channels, presence, frequency_tc, rng["delivery"])
    return Simulation(dataset, truth, tables)


def _frequencies(
    scenario: Scenario, channels: tuple[ChannelTruth, ...], rng: np.random.Generator
) -> Float[np.ndarray, "time channel"]:
    """Contacts per person of the channels bought so; NaN of all others.

    Raises:
        SpecError: One of them isn't there.
    """
    wanted = () if scenario.structure is None else scenario.structure.reach_frequency
    names = [channel.name for channel in channels]
    strangers = [name for name in wanted if name not in names]
    if strangers:
        raise SpecError(
            f"channels bought as reach and frequency that aren't there: {', '.join(map(str, strangers))}",
            expected=f"some of {', '.join(names)}",
            next_step="correct structure.reach_frequency",
        )
    frequency_tc = np.full((scenario.periods, len(channels)), np.nan)
    for name in wanted:
        frequency_tc[:, names.index(name)] = frequencies(scenario.periods, rng)
    return frequency_tc


def _mean_baseline(scenario: Scenario) -> float:
    """Mean outcome without media of all geos per period, in outcome units."""
    outcome = scenario.revenue_per_day * Every(scenario.every).days / scenario.money_per_unit
    return (1 - scenario.media_share) * outcome


def _baseline(
    scenario: Scenario, market: Market, geos: Geos, present_gt: Bool[np.ndarray, "geo time"], media: float
) -> tuple[tuple[str, ...], Float[np.ndarray, "geo time part"]]:
    """Parts of the baseline in outcome units, 0 where a geo isn't present.

    The level makes media `media_share` of the whole.
    """
    size_g = _mean_baseline(scenario) * geos.base_g
    moving_gtp = np.stack([size_g[:, None] * part_gt for part_gt in market.parts.values()], axis=-1)
    moving_gtp = moving_gtp * present_gt[:, :, None]
    wanted = media * (1 - scenario.media_share) / scenario.media_share
    weight = scenario.periods if present_gt.all() else float(geos.base_g @ present_gt.sum(axis=1))
    level = (wanted - moving_gtp.sum()) / weight
    level_gt = np.repeat(level * geos.base_g[:, None], scenario.periods, axis=1) * present_gt
    baseline_gtp = np.concatenate([level_gt[:, :, None], moving_gtp], axis=-1)
    lowest = float((baseline_gtp.sum(axis=2) / size_g[:, None])[present_gt].min())
    if lowest <= 0:
        raise SpecError(
            "the scenario's baseline falls below zero",
            expected="trend, seasonality, weekday, controls, events and hidden_demand that leave it positive",
            got=f"{lowest:.2f} of its mean at its lowest",
            next_step="lower the largest of these knobs",
        )
    return ("level", *market.parts), baseline_gtp


def _outcome(
    scenario: Scenario,
    expected_gt: Float[np.ndarray, "geo time"],
    geos: Geos,
    present_gt: Bool[np.ndarray, "geo time"],
    rng: dict[str, np.random.Generator],
) -> Float[np.ndarray, "geo time"]:
    """Noise added, rounded as it would be booked: to cents, or to whole units of a count."""
    shock_gt = rng["noise"].standard_normal(expected_gt.shape)
    if scenario.structure is not None:
        shock_gt = shaped_noise(scenario.structure, shock_gt, rng["tails"])
    # centred, so that shares of the total are as asked for
    shock_gt = (shock_gt - _mean_g1(shock_gt, present_gt)) * present_gt
    relative_g = (geos.population_g / geos.population_g.mean()) ** -scenario.noise_by_size
    noise_g1 = scenario.noise * _mean_g1(expected_gt, present_gt) * relative_g[:, None]
    noisy_gt = expected_gt + noise_g1 * shock_gt
    outcome_gt: np.ndarray = np.round(noisy_gt, 2 if scenario.unit == "revenue" else 0)
    if outcome_gt.min() < 0:
        raise SpecError(
            "the scenario's outcome falls below zero",
            expected="noise that is small beside the lowest baseline",
            got=f"noise {scenario.noise:g}, lowest outcome {outcome_gt.min():,.2f}",
            next_step="lower noise",
        )
    return outcome_gt


def _mean_g1(values_gt: np.ndarray, present_gt: np.ndarray) -> np.ndarray:
    """Mean over the periods in which each geo is present, a column."""
    if present_gt.all():
        return np.asarray(values_gt.mean(axis=1, keepdims=True))
    total_g1 = (values_gt * present_gt).sum(axis=1, keepdims=True)
    return np.asarray(total_g1 / present_gt.sum(axis=1, keepdims=True))
