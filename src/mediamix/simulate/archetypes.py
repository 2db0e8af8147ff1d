"""The built-in channels: what kind of medium they are, before a seed moves them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediamix.core.types import Every
from mediamix.simulate.parts import ChannelTruth, Variation
from mediamix.simulate.scenario import Scenario
from mediamix.simulate.structure import Structure

# Half-lives in days. Below this many periods a carry-over can't be told from none.
SHORTEST_HALF_LIFE = {Every.DAY: 1.5, Every.WEEK: 0.4, Every.MONTH: 0.15}
# Of structured adstocks: length, how long after the half-life a delayed one peaks and how wide, in days.
_WINDOW, _PEAK, _DELAYED_SPREAD = 91.0, 7.0, 10.0
_SHAPES = {"weibull_pdf": 2.0, "weibull_cdf": 1.0}


ARCHETYPES = (
    ChannelTruth("tv", "flighted", 20, slope=1.4, half_effect=1.1, roi=1.4, spend_share=0.30,
            follows_demand=0.2, cost_per_thousand=12.0, click_rate=0.0),
    ChannelTruth("search", "always_on", 1.5, slope=1.0, half_effect=1.6, roi=2.5, spend_share=0.18,
            follows_demand=1.0, cost_per_thousand=40.0, click_rate=0.04),
    ChannelTruth("social", "bursty", 5, slope=1.1, half_effect=1.2, roi=1.7, spend_share=0.20,
            follows_demand=0.3, cost_per_thousand=7.0, click_rate=0.011),
    ChannelTruth("display", "always_on", 4, slope=1.0, half_effect=0.8, roi=1.1, spend_share=0.18,
            follows_demand=0.3, cost_per_thousand=3.0, click_rate=0.002),
    ChannelTruth("print_ooh", "occasional", 10, slope=1.2, half_effect=0.9, roi=1.0, spend_share=0.14,
            follows_demand=0.1, cost_per_thousand=15.0, click_rate=0.0),
    ChannelTruth("radio", "flighted", 7, slope=1.2, roi=1.2, spend_share=0.10,
            follows_demand=0.2, cost_per_thousand=6.0, click_rate=0.0),
    ChannelTruth("online_video", "bursty", 9, slope=1.3, roi=1.5, spend_share=0.12,
            follows_demand=0.3, cost_per_thousand=14.0, click_rate=0.004),
    ChannelTruth("affiliate", "always_on", 2, roi=1.8, spend_share=0.08,
            follows_demand=0.6, cost_per_thousand=20.0, click_rate=0.03),
    ChannelTruth("influencer", "bursty", 6, slope=1.1, roi=1.2, spend_share=0.07,
            follows_demand=0.2, cost_per_thousand=25.0, click_rate=0.01),
    ChannelTruth("retail_media", "always_on", 3, roi=1.7, spend_share=0.09,
            follows_demand=0.6, cost_per_thousand=10.0, click_rate=0.008),
    ChannelTruth("direct_mail", "occasional", 12, slope=1.2, roi=1.0, spend_share=0.07,
            follows_demand=0.1, cost_per_thousand=400.0, click_rate=0.0),
    ChannelTruth("cinema", "seasonal", 14, slope=1.2, roi=0.9, spend_share=0.05,
            follows_demand=0.1, cost_per_thousand=60.0, click_rate=0.0),
)  # fmt: skip


def channels_of(scenario: Scenario, rng: np.random.Generator) -> tuple[ChannelTruth, ...]:
    """List the channels; built-in ones with half-lives in periods, moved by the scenario's variation."""
    if isinstance(scenario.channels, tuple | list):
        return tuple(scenario.channels)
    every = Every(scenario.every)
    built = []
    for i in range(scenario.channels):
        archetype = ARCHETYPES[i % len(ARCHETYPES)]
        name = archetype.name if i < len(ARCHETYPES) else f"channel_{i + 1:02d}"
        half_life = max(archetype.half_life / every.days, SHORTEST_HALF_LIFE[every])
        built.append(replace(archetype, name=name, half_life=half_life))
    if scenario.variation is not None:
        built = [_vary(channel, scenario.variation, rng) for channel in built]
    if scenario.structure is not None:
        built = [_shaped(channel, scenario.structure, every) for channel in built]
    return tuple(built)


def _shaped(channel: ChannelTruth, structure: Structure, every: Every) -> ChannelTruth:
    """A built-in channel with the structure's adstock, saturation and order."""
    adstock = structure.adstock or channel.adstock
    saturation = structure.saturation or channel.saturation
    spread = _DELAYED_SPREAD / every.days
    return replace(
        channel,
        adstock=adstock,
        saturation=saturation,
        order=structure.order or channel.order,
        slope=min(0.5 * channel.slope, 0.95) if saturation == "power" else channel.slope,
        max_lag=max(2, round(_WINDOW / every.days)),
        peak=_PEAK / every.days + channel.half_life,
        retention=float(np.exp(-0.5 / spread**2)),
        shape=_SHAPES.get(adstock, channel.shape),
    )


def _vary(channel: ChannelTruth, by: Variation, rng: np.random.Generator) -> ChannelTruth:
    z = rng.standard_normal(5)
    return replace(
        channel,
        roi=float(by.roi_median * np.exp(by.roi * z[0])),
        half_life=float(channel.half_life * np.exp(by.half_life * z[1])),
        half_effect=float(by.half_effect_median * np.exp(by.half_effect * z[2])),
        slope=float(by.slope_median * np.exp(by.slope * z[3])),
        spend_share=float(channel.spend_share * np.exp(by.spend_share * z[4])),
    )
