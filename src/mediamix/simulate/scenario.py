"""`Scenario`: all knobs of the generator, validated where they are declared."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from mediamix.core.errors import SpecError
from mediamix.core.types import Every, Unit
from mediamix.simulate.check import problems
from mediamix.simulate.parts import ChannelTruth, ControlTruth, EventTruth, Variation
from mediamix.simulate.structure import Structure

#: Knobs of a channel that came after worlds were first written.
_LATER = {"shape": 1.0, "saturation": "hill", "order": "adstock_first"}
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
        every: ``day``, ``week`` or ``month``.
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
        geo_spread: Standard deviation of log differences between geos: base per head, effects, and
            (half as large) how seasonal they are and how fast they grow.
        late_geos: Share of the geos that start later, between a tenth and six tenths of the window.
        absent: Share of the pairs of geo and channel in which the channel is never bought.
        missing_outcomes: Share of the outcomes that nobody has written down.
        noise_by_size: How much noisier per head small geos are: the noise of a geo of w times the
            mean population is ``noise · w^(−noise_by_size)``; 0.5 is that of independent people.
        structure: What else the market has; None: nothing.
        shared_shock: Standard deviation of a shock of each period that all geos feel and no column
            shows, as a fraction of the mean baseline.

    Raises:
        SpecError: Knobs out of range, all of them at once.
    """

    seed: int = 1
    every: Every | Literal["day", "week", "month"] = Every.DAY
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
    late_geos: float = 0.0
    absent: float = 0.0
    missing_outcomes: float = 0.0
    noise_by_size: float = 0.0
    structure: Structure | None = None
    shared_shock: float = 0.0

    def __post_init__(self) -> None:
        found = problems(vars(self))
        if found:
            raise SpecError(
                f"the scenario has {len(found)} wrong {'knob' if len(found) == 1 else 'knobs'}",
                details=found,
                next_step="see `mediamix generate --help`, or the docstring of mediamix.simulate.Scenario",
            )

    @classmethod
    def weekly(cls, seed: int = 1) -> Scenario:
        """National, 156 weeks, 5 channels, a truth of its own for every seed."""
        return cls(seed=seed, every=Every.WEEK, periods=156, noise=0.03, variation=Variation())

    @classmethod
    def monthly(cls, seed: int = 1) -> Scenario:
        """National, 14 years of months, 3 channels, a truth of its own for every seed."""
        return cls(
            seed=seed,
            every=Every.MONTH,
            periods=168,
            start="2011-01-01",
            channels=3,
            trend=0.03,
            noise=0.03,
            variation=Variation(),
        )

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
    def outcome_unit(self) -> str:
        """Unit of the outcome: the currency, or the outcome's name for counts."""
        return self.currency if self.unit == "revenue" else self.outcome_name

    @property
    def money_per_unit(self) -> float:
        """Money per unit of the outcome: 1 for revenue."""
        return 1.0 if self.value_per_unit is None else float(self.value_per_unit)

    @property
    def first_day(self) -> date:
        """`start` as a date."""
        return date.fromisoformat(self.start)

    def to_dict(self) -> dict[str, Any]:
        """All knobs, for JSON; those that came later only where they say something."""
        raw = {**asdict(self), "every": str(self.every)}
        if self.structure is None:
            del raw["structure"]
        if not self.shared_shock:
            del raw["shared_shock"]
        for channel in raw["channels"] if isinstance(raw["channels"], tuple | list) else ():
            for name, default in _LATER.items():
                if channel[name] == default:
                    del channel[name]
        return raw
