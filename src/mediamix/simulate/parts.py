"""What a scenario is made of: channels, controls, events, and how far seeds vary the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Pattern = Literal["flighted", "occasional", "always_on", "seasonal", "bursty"]
AdstockKind = Literal["geometric", "delayed"]
ControlKind = Literal["price", "competitor", "promotion"]

PATTERNS: tuple[str, ...] = get_args(Pattern)
ADSTOCKS: tuple[str, ...] = get_args(AdstockKind)
CONTROL_KINDS: tuple[str, ...] = get_args(ControlKind)


@dataclass(frozen=True)
class ChannelTruth:
    """One channel as it truly works.

    Args:
        name: As it will stand in the data.
        pattern: How it is bought. ``flighted``: weeks on, weeks off; ``occasional``: short flights
            far apart; ``always_on``: steps, pauses and doublings; ``seasonal``: half of the year;
            ``bursty``: a low base with bursts.
        half_life: Periods after which half of a geometric carry-over is gone; 0 is no carry-over.
        adstock: ``geometric`` (needs `half_life`) or ``delayed`` (`retention`, `peak`, `max_lag`).
        half_effect: Exposure at half of the largest effect, in multiples of the channel's mean
            adstocked exposure over the periods with spend.
        slope: Slope of the Hill curve; above 1 it is S-shaped.
        roi: Contribution in money per unit of spend over the window.
        spend_share: Weight of the channel in the total spend (relative to the other channels').
        follows_demand: Weight of the scenario's `demand_confounding` on this channel, 0 to 1.
        cost_per_thousand: Money per 1,000 impressions.
        click_rate: Clicks per impression.
        retention: Delayed adstock: weight lost per squared period away from the peak, 0 to 1.
        peak: Delayed adstock: lag of the largest effect, in periods.
        max_lag: Delayed adstock: number of lags, lag 0 included, in periods.
    """

    name: str
    pattern: Pattern = "always_on"
    half_life: float = 1.0
    adstock: AdstockKind = "geometric"
    half_effect: float = 1.0
    slope: float = 1.0
    roi: float = 1.4
    spend_share: float = 1.0
    follows_demand: float = 0.5
    cost_per_thousand: float = 8.0
    click_rate: float = 0.01
    retention: float = 0.7
    peak: float = 2.0
    max_lag: int = 13


@dataclass(frozen=True)
class ControlTruth:
    """One control: what it looks like and what it does.

    Args:
        name: Column of the controls table.
        kind: ``price`` (index around 100, in steps), ``competitor`` (activity from 0 up) or
            ``promotion`` (depth, 0 outside of promotions).
        effect: Change of the outcome per standard deviation of the control, as a fraction of the
            mean baseline; negative where the control hurts.
    """

    name: str
    kind: ControlKind = "price"
    effect: float = -0.03


@dataclass(frozen=True)
class EventTruth:
    """One event, annual (`month`, `day`) or once (`at`).

    Args:
        name: As in the events table; the same every year.
        effect: Change of the outcome while it lasts, as a fraction of the mean baseline.
        days: Its length; on weekly data it covers whole weeks.
        month: Of its first day, for an annual event.
        day: Of its first day, for an annual event.
        at: Start of an event that happens once, as a fraction of the window.
    """

    name: str
    effect: float
    days: int = 7
    month: int | None = None
    day: int | None = None
    at: float | None = None


@dataclass(frozen=True)
class Variation:
    """How much the truth of the built-in channels differs from seed to seed (log-normal).

    Args:
        roi_median: Median ROI of every channel, money per money.
        roi: Standard deviation of log ROI.
        half_life: Standard deviation of log half-life around the channel's archetype.
        half_effect_median: Median half effect, in multiples of the mean adstocked exposure.
        half_effect: Standard deviation of its logarithm.
        slope_median: Median slope of the Hill curve.
        slope: Standard deviation of its logarithm.
        spend_share: Standard deviation of the log weight in the total spend.
    """

    roi_median: float = 1.4
    roi: float = 0.4
    half_life: float = 0.3
    half_effect_median: float = 1.0
    half_effect: float = 0.4
    slope_median: float = 1.15
    slope: float = 0.2
    spend_share: float = 0.2
