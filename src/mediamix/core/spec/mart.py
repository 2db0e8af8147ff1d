"""``mart``: what the mart is told that no row says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from mediamix.core.spec.section import Section

Days = Annotated[int, Field(ge=1, le=4000)]

#: Keys that name a table; the dbt project has a seed of each name.
STATED = ("channel_patterns", "exchange_rates", "source_periods", "holidays", "event_kinds")


class MartSpec(Section):
    """Tables that a team keeps itself (paths relative to the spec), and settings of the dbt project."""

    channel_patterns: str | None = Field(
        None, description="table of priority, source, campaign, channel: which campaigns are which channel"
    )
    exchange_rates: str | None = Field(
        None, description="table of date, currency, to_currency, rate: what a unit of a currency is worth"
    )
    source_periods: str | None = Field(
        None,
        description="table of source, name, metric, period (week, month, quarter), rule (even, repeat): rows "
        "that stand for more than a day",
    )
    holidays: str | None = Field(
        None, description="table of date, holiday, geo: the flag of mmm_datamart, no effect of the model"
    )
    event_kinds: str | None = Field(
        None, description="table of event, kind: which events are a holiday, which a promotion"
    )
    currency: Annotated[str, Field(min_length=3, max_length=3)] | None = Field(
        None, description="of the mart; absent: the one that all exchange rates lead to"
    )
    rate_age_days: Days | None = Field(
        None, description="days that a rate holds without a newer one; absent: 7"
    )
    week_start: (
        Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] | None
    ) = Field(None, description="first day of the mart's weeks; absent: monday")
    split_by_channel_type: bool | None = Field(
        None,
        description="whether google_ads is a channel per channel type, as google_ads_search; absent: true",
    )
    source_outcomes: bool | None = Field(
        None, description="whether deals and visits are outcomes of the mart; absent: true"
    )
    traffic_controls: bool | None = Field(None, description="whether visits are a control; absent: false")
    session_minutes: Days | None = Field(None, description="pause that ends a visit of journeys; absent: 30")
    lookback_days: Days | None = Field(
        None, description="days before a conversion whose touches led to it; absent: 30"
    )
    share_touches: bool | None = Field(
        None, description="whether a touch belongs to every conversion within its lookback; absent: false"
    )
    fresh_days: Days | None = Field(
        None, description="days without a new row after which a platform is told to be stale; absent: 7"
    )

    def tables(self, base: Path) -> dict[str, Path]:
        """Name of the dbt project's seed → the file that takes its place."""
        return {name: base / path for name in STATED if (path := getattr(self, name)) is not None}

    @property
    def settings(self) -> dict[str, object]:
        """Vars of the dbt project that are said."""
        said = self.model_dump(exclude_none=True, exclude=set(STATED))
        return {"currency": said.pop("currency").upper(), **said} if "currency" in said else said
