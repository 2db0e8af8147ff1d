"""Put the market and the media together: ``simulate(scenario) -> Simulation``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import SpecError
from mediamix.core.types import Every
from mediamix.data.dataset import Dataset
from mediamix.data.tables import Tables
from mediamix.simulate.archetypes import channels_of
from mediamix.simulate.market import Market, make_market
from mediamix.simulate.media import Geos, make_geos, make_responses, make_spend
from mediamix.simulate.rows import make_dataset, make_tables
from mediamix.simulate.scenario import Scenario
from mediamix.simulate.truth import Truth

# One stream of random numbers per purpose: turning a knob of one leaves the others as they were.
_STREAMS = ("channels", "market", "patterns", "geos", "noise", "delivery")


@dataclass(frozen=True, eq=False)
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
    spend_gtc = make_spend(scenario, channels, geos, market.demand_t, rng)
    odds_gtc, beta_gc, half_effect_c = make_responses(scenario, channels, geos, spend_gtc, rng["geos"])
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
    dataset = make_dataset(scenario, channels, geos, market, spend_gtc, outcome_gt)
    return Simulation(dataset, truth, make_tables(dataset, channels, rng["delivery"]))


def _mean_baseline(scenario: Scenario) -> float:
    """Mean outcome without media of all geos per period, in outcome units."""
    outcome = scenario.revenue_per_day * Every(scenario.every).days / scenario.money_per_unit
    return (1 - scenario.media_share) * outcome


def _baseline(
    scenario: Scenario, market: Market, geos: Geos, media: float
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
