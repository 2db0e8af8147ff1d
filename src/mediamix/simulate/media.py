"""The media side: geos, spend, and what spend does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import SpecError
from mediamix.core.types import NATIONAL, Every
from mediamix.simulate.curves import adstock, hill_odds
from mediamix.simulate.parts import ChannelTruth, Pattern
from mediamix.simulate.patterns import spend_pattern
from mediamix.simulate.presence import Presence
from mediamix.simulate.scenario import Scenario

# Change of log spend per standard deviation of demand, at full confounding.
_DEMAND_PULL = 0.8
_PEOPLE_PER_GEO = 2_000_000


@dataclass(frozen=True)
class Geos:
    """Names, inhabitants and weights (summing to 1): of people, and of the outcome."""

    names: tuple[str, ...]
    population_g: np.ndarray
    weight_g: np.ndarray
    base_g: np.ndarray


def make_geos(scenario: Scenario, rng: np.random.Generator) -> Geos:
    """Draw the geos: log-normal populations, and bases per head that differ by `geo_spread`."""
    n = scenario.geos
    if n == 1:
        one = np.ones(1)
        return Geos((NATIONAL,), one, one, one)
    population_g = np.round(_PEOPLE_PER_GEO * np.exp(0.7 * rng.standard_normal(n)))
    weight_g = population_g / population_g.sum()
    base_g = weight_g * np.exp(scenario.geo_spread * rng.standard_normal(n))
    width = max(2, len(str(n)))
    names = tuple(f"geo_{g + 1:0{width}d}" for g in range(n))
    return Geos(names, population_g, weight_g, base_g / base_g.sum())


def make_spend(
    scenario: Scenario,
    channels: tuple[ChannelTruth, ...],
    geos: Geos,
    presence: Presence,
    demand_t: Float[np.ndarray, " time"],
    rng: dict[str, np.random.Generator],
) -> Float[np.ndarray, "geo time channel"]:
    """Money per geo, period and channel, in cents, scaled to cause `media_share` at the true ROIs.

    Raises:
        SpecError: A channel is so small that all of its periods round to zero.
    """
    days = int(Every(scenario.every).days)
    day_of_year = scenario.first_day.timetuple().tm_yday

    def pattern(kind: Pattern) -> np.ndarray:
        return spend_pattern(kind, scenario.periods, days, day_of_year, rng["patterns"])

    common_t = pattern("bursty")
    share_c = np.array([channel.spend_share for channel in channels])
    roi_c = np.array([channel.roi for channel in channels])
    media = scenario.media_share * scenario.revenue_per_day * days * scenario.periods
    total_c = media * share_c / (share_c @ roi_c)

    spend_gtc = np.empty((scenario.geos, scenario.periods, len(channels)))
    for c, channel in enumerate(channels):
        follows = scenario.demand_confounding * channel.follows_demand
        own_t = (1 - scenario.collinearity) * pattern(channel.pattern) + scenario.collinearity * common_t
        # The closer spend follows demand, the less is left of the channel's own levels.
        shape_t = own_t ** (1 - follows**2) * np.exp(_DEMAND_PULL * follows * demand_t)
        shape_gt = shape_t[None] * _geo_buying(scenario, geos, rng["geos"])
        shape_gt = shape_gt * presence.present_gt * presence.bought_gc[:, c, None]
        spend_gtc[:, :, c] = np.round(total_c[c] * shape_gt / shape_gt.sum(), 2)
    if not (spend_gtc.sum(axis=(0, 1)) > 0).all():
        raise SpecError(
            "a channel's spend rounds to zero",
            expected="revenue_per_day · media_share · spend_share of at least some cents a period",
            got=f"revenue_per_day {scenario.revenue_per_day:g}, spend {total_c.min():.4f} over the window",
            next_step="raise revenue_per_day or the channel's spend_share",
        )
    return spend_gtc


def _geo_buying(scenario: Scenario, geos: Geos, rng: np.random.Generator) -> np.ndarray:
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


def make_responses(
    scenario: Scenario,
    channels: tuple[ChannelTruth, ...],
    geos: Geos,
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
