"""What a scenario is made of: channels, controls, events, and how far seeds vary the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Pattern = Literal["flighted", "occasional", "always_on", "seasonal", "bursty"]
AdstockKind = Literal["geometric", "delayed", "binomial", "weibull_pdf", "weibull_cdf"]
SaturationKind = Literal["hill", "logistic", "michaelis_menten", "power", "log", "none"]
OrderKind = Literal["adstock_first", "saturation_first"]
ControlKind = Literal["price", "competitor", "promotion"]

PATTERNS: tuple[str, ...] = get_args(Pattern)
ADSTOCKS: tuple[str, ...] = get_args(AdstockKind)
SATURATIONS: tuple[str, ...] = get_args(SaturationKind)
ORDERS: tuple[str, ...] = get_args(OrderKind)
CONTROL_KINDS: tuple[str, ...] = get_args(ControlKind)


@dataclass(frozen=True)
class ChannelTruth:
    """One channel as it truly works.

    Args:
        name: As it will stand in the data.
        pattern: How it is bought. ``flighted``: weeks on, weeks off; ``occasional``: short flights
            far apart; ``always_on``: steps, pauses and doublings; ``seasonal``: half of the year;
            ``bursty``: a low base with bursts.
        half_life: Periods after which half of the carry-over is gone; 0 is no carry-over. Not of a
            delayed one.
        adstock: ``geometric`` (needs `half_life`), ``delayed`` (`retention`, `peak`, `max_lag`),
            ``binomial`` (`half_life`, `max_lag`), or ``weibull_pdf`` and ``weibull_cdf`` (`half_life`,
            `max_lag`, `shape`).
        half_effect: Exposure at half of the largest effect, in multiples of the channel's mean
            adstocked exposure over the periods with spend. Of a curve without a largest effect the
            exposure that counts as one.
        slope: Slope of the Hill curve; above 1 it is S-shaped. Exponent of a power.
        roi: Contribution in money per unit of spend over the window.
        spend_share: Weight of the channel in the total spend (relative to the other channels').
        follows_demand: Weight of the scenario's `demand_confounding` on this channel, 0 to 1.
        cost_per_thousand: Money per 1,000 impressions.
        click_rate: Clicks per impression.
        retention: Delayed adstock: weight lost per squared period away from the peak, 0 to 1.
        peak: Delayed adstock: lag of the largest effect, in periods.
        max_lag: Number of lags, lag 0 included, in periods; not of a geometric adstock.
        shape: Of a Weibull adstock.
        saturation: ``hill``, ``logistic``, ``michaelis_menten``, ``power``, ``log`` or ``none``.
        order: ``adstock_first``, or ``saturation_first``: each period saturates by itself.
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
    shape: float = 1.0
    saturation: SaturationKind = "hill"
    order: OrderKind = "adstock_first"

    @property
    def plain(self) -> bool:
        """What is carried over saturates by a Hill curve."""
        return self.saturation == "hill" and self.order == "adstock_first"


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
