"""The knobs of the generator: `Scenario` and its parts, validated where they are declared."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, get_args

from mediamix.core.errors import SpecError
from mediamix.core.types import Every, Unit

Pattern = Literal["flighted", "occasional", "always_on", "seasonal", "bursty"]
AdstockKind = Literal["geometric", "delayed"]
ControlKind = Literal["price", "competitor", "promotion"]


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


CONTROLS = (
    ControlTruth("price", "price", -0.04),
    ControlTruth("competitor", "competitor", -0.03),
    ControlTruth("promotion", "promotion", 0.04),
)
EVENTS = (
    EventTruth("black_friday", 0.35, days=7, month=11, day=22),
    EventTruth("christmas", 0.20, days=14, month=12, day=11),
    EventTruth("launch", 0.15, days=14, at=0.55),
)


@dataclass(frozen=True)
class Scenario:
    """All knobs of the generator; the default is a national advertiser over 1,095 days.

    Args:
        seed: Of everything random; the same scenario gives the same bytes.
        every: ``day`` or ``week``.
        periods: Length of the window.
        start: First day, ISO date.
        geos: 1 is national; more make a panel with populations.
        channels: How many built-in channels, or the channels themselves.
        variation: How far built-in channels stray from their archetypes; None: not at all.
        outcome: Column of the outcome; absent: ``revenue``, or ``orders`` for counts.
        unit: ``revenue`` (money) or ``count``.
        value_per_unit: Money per unit of a count outcome.
        currency: Of spend and revenue.
        revenue_per_day: Mean outcome of all geos per day, in money.
        media_share: Share of the outcome that media cause.
        trend: Growth per year, as a fraction of the mean baseline.
        seasonality: Amplitude of the yearly season, as a fraction of the mean baseline.
        weekday: Standard deviation of the weekday effects (daily data), same fraction.
        controls: What else moves the outcome and is seen.
        events: Dated happenings.
        hidden_demand: Standard deviation of a slow demand that no column shows, same fraction.
        collinearity: 0: channels are bought independently; 1: all follow one pattern.
        demand_confounding: 0: spend ignores demand (season, hidden demand); 1: follows it closely.
        noise: Standard deviation of the noise, as a fraction of the geo's mean outcome.
        geo_spread: Standard deviation of log differences between geos: base per head and effects.

    Raises:
        SpecError: Knobs out of range, all of them at once.
    """

    seed: int = 1
    every: Every | Literal["day", "week"] = Every.DAY
    periods: int = 1095
    start: str = "2023-01-02"
    geos: int = 1
    channels: int | tuple[ChannelTruth, ...] = 5
    variation: Variation | None = None
    outcome: str | None = None
    unit: Unit = "revenue"
    value_per_unit: float | None = None
    currency: str = "EUR"
    revenue_per_day: float = 250_000.0
    media_share: float = 0.32
    trend: float = 0.10
    seasonality: float = 0.24
    weekday: float = 0.13
    controls: tuple[ControlTruth, ...] = CONTROLS
    events: tuple[EventTruth, ...] = EVENTS
    hidden_demand: float = 0.0
    collinearity: float = 0.0
    demand_confounding: float = 0.25
    noise: float = 0.026
    geo_spread: float = 0.15

    def __post_init__(self) -> None:
        from mediamix.simulate.check import problems

        found = problems(self)
        if found:
            raise SpecError(
                f"the scenario has {len(found)} wrong {'knob' if len(found) == 1 else 'knobs'}",
                details=found,
                next_step="see the docstring of mediamix.simulate.Scenario",
            )

    @classmethod
    def weekly(cls, seed: int = 1) -> Scenario:
        """National, 156 weeks, 5 channels, a truth of its own for every seed."""
        return cls(seed=seed, every=Every.WEEK, periods=156, noise=0.03, variation=Variation())

    @classmethod
    def geo_panel(cls, seed: int = 1) -> Scenario:
        """40 geos, 156 weeks, 6 channels, a truth of its own for every seed."""
        return cls(
            seed=seed,
            every=Every.WEEK,
            periods=156,
            geos=40,
            channels=6,
            noise=0.05,
            variation=Variation(),
        )

    @property
    def outcome_name(self) -> str:
        """Column of the outcome."""
        return self.outcome or ("revenue" if self.unit == "revenue" else "orders")

    @property
    def money_per_unit(self) -> float:
        """Money per unit of the outcome: 1 for revenue."""
        return 1.0 if self.value_per_unit is None else float(self.value_per_unit)

    @property
    def first_day(self) -> date:
        """`start` as a date."""
        return date.fromisoformat(self.start)

    def to_dict(self) -> dict[str, Any]:
        """All knobs, for JSON."""
        return {**asdict(self), "every": str(self.every)}


PATTERNS: tuple[str, ...] = get_args(Pattern)
ADSTOCKS: tuple[str, ...] = get_args(AdstockKind)
CONTROL_KINDS: tuple[str, ...] = get_args(ControlKind)
