"""Questions, as the planner's files have them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

#: Money of any currency: more is no number that can be planned with.
MOST = 1e15
# Strict: `true` is no 1, and a text no number.


def _whole(value: object) -> object:
    """JSON knows one kind of number: 13.0 is 13."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
Money = Annotated[float, Field(strict=True, ge=0, le=MOST)]
Positive = Annotated[float, Field(strict=True, gt=0, le=MOST)]
Number = Annotated[float, Field(strict=True, ge=-MOST, le=MOST)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Cell = Annotated[str, Field(max_length=200)] | Number | bool | None


class Strict(BaseModel):
    """No key but the documented ones."""

    model_config = ConfigDict(extra="forbid")


class Bound(Strict):
    """Limits of a channel; all that are given hold."""

    low: Money | None = None
    high: Money | None = None
    change: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = Field(
        default=None, description="Lowest and highest change from today's spend: [-0.2, 0.3]."
    )
    fixed: Money | Literal["today"] | None = None
    minimum_buy: Money | None = Field(default=None, description="Off, or at least this.")
    cost_per_unit: Positive | None = None
    restart: dict[Literal["from", "to"], Day] | None = None
    frequency: Annotated[float, Field(strict=True, ge=1, le=1000)] | Literal["optimal"] | None = None


class Group(Strict):
    """Limits on several channels together."""

    channels: Annotated[list[Name], Field(min_length=1, max_length=500)]
    max: Money | None = None
    min: Money | None = None
    max_share: Annotated[float, Field(strict=True, ge=0, le=1)] | None = None
    min_share: Annotated[float, Field(strict=True, ge=0, le=1)] | None = None
    name: Annotated[str, Field(max_length=200)] | None = None


class Ratio(Strict):
    """A channel's spend as a multiple of another's."""

    channel: Name
    to: Name
    min: Money | None = None
    max: Money | None = None


class Objective(Strict):
    """What is maximised."""

    kind: Literal["mean", "quantile", "cvar", "mean_sd", "beats_today", "gain"]
    level: Annotated[float, Field(strict=True, ge=0, le=10)] | None = None
    margin: Annotated[float, Field(strict=True, gt=0, le=1)] | None = None


Limits = dict[Name, Annotated[list[Money], Field(min_length=2, max_length=2)] | Bound]


class Asked(Strict):
    """What every question may say."""

    bounds: Annotated[Limits, Field(max_length=2000)] | None = Field(
        default=None, description="Channel → [lowest, highest] spend, or a bound. `*` stands for any text."
    )
    groups: Annotated[list[Group], Field(max_length=200)] | None = None
    ratios: Annotated[list[Ratio], Field(max_length=200)] | None = None
    objective: Objective | Annotated[str, Field(max_length=40)] | None = Field(
        default=None, description="`mean`, `gain:0.2` (the default), `cvar:0.05` … or an object."
    )
    last: Annotated[int, Field(strict=True, ge=1, le=100_000), WHOLE] | None = Field(
        default=None, description="Plan the last N periods; absent: all."
    )
    by: Literal["geo"] | None = Field(default=None, description="Plan each channel in each geo.")
    history: bool | None = Field(
        default=None, description="Whether today's split counts as evidence; absent: yes."
    )
    anyway: bool | None = Field(
        default=None,
        description="Answer of a fit that failed its checks, too, and budgets of another window.",
    )


class Optimize(Asked):
    """The best split of a budget."""

    budget: Positive | Annotated[list[Money], Field(min_length=2, max_length=2)] | None = Field(
        default=None, description="Money, or [least, highest]; absent: as much as today."
    )
    frontier: bool | None = Field(default=None, description="Also plans for more and more aversion to risk.")
    tests: bool | None = Field(
        default=None, description="Also what an experiment on each channel could be worth."
    )


class Wanted(Strict):
    """Exactly one of the four."""

    outcome: Number | None = None
    roi: Positive | None = None
    mroi: Positive | None = None
    cost_per_unit: Positive | None = None
    probability: Annotated[float, Field(strict=True, gt=0, lt=1)] | None = Field(
        default=None, description="Reach the outcome with this probability instead of on average."
    )


class Target(Asked):
    """The budget of a wanted outcome, ROI, marginal ROI, or cost per unit."""

    target: Wanted


class Scenarios(Asked):
    """The best plan of each of several budgets."""

    totals: Annotated[list[Positive], Field(min_length=1, max_length=50)] | None = None
    multiples: (
        Annotated[list[Annotated[float, Field(strict=True, gt=0, le=10)]], Field(min_length=1, max_length=50)]
        | None
    ) = Field(default=None, description="Of today's spend; absent: 0.5 to 1.5.")


Move = dict[
    Literal["change", "by", "shift", "from", "to", "without", "control", "plus"],
    Annotated[str, Field(max_length=200)] | Number,
]


class WhatIf(Asked):
    """Named moves of money and of controls, evaluated as they are."""

    what_ifs: Annotated[
        dict[Name, Move | Annotated[list[Move], Field(min_length=1, max_length=50)]],
        Field(min_length=1, max_length=50),
    ]


class Rules(Strict):
    """What one channel may do over time."""

    total: Annotated[list[Money], Field(min_length=2, max_length=2)] | None = None
    period: Annotated[list[Money], Field(min_length=2, max_length=2)] | None = None
    minimum_buy: Money | None = None
    burst: Annotated[int, Field(strict=True, ge=1, le=1000), WHOLE] | None = None
    gap: Annotated[int, Field(strict=True, ge=0, le=1000), WHOLE] | None = None
    cost: Positive | None = None


Row = Annotated[dict[Name, Cell], Field(max_length=200)]
Rows = Annotated[list[Row], Field(min_length=1, max_length=20_000)]


class Flight(Strict):
    """A budget per channel and period of the time to come."""

    budget: Positive | None = Field(default=None, description="Absent: as in the same periods a year before.")
    periods: Annotated[int, Field(strict=True, ge=1, le=400), WHOLE] | None = Field(
        default=None, description="Absent: 13."
    )
    channels: Annotated[dict[Name, Rules], Field(max_length=500)] | None = None
    period: Annotated[list[Money], Field(min_length=2, max_length=2)] | None = Field(
        default=None, description="Lowest and highest spend of all channels in every period."
    )
    cost: Literal["last_year", "season"] | None = None
    after: Literal["continues", "stops"] | None = None
    controls: Rows | None = Field(default=None, description="Expected controls: date and each one.")
    events: Rows | None = Field(default=None, description="Planned events: date, event.")
    history: bool | None = None
    anyway: bool | None = None


class Predict(Strict):
    """The outcome of the periods that follow the data."""

    periods: Annotated[int, Field(strict=True, ge=1, le=1000), WHOLE] | None = Field(
        default=None, description="How many; tables that aren't given repeat the year before."
    )
    media: Rows | None = Field(default=None, description="Planned media: date, channel, spend.")
    controls: Rows | None = None
    events: Rows | None = None
    anyway: bool | None = None


def plain(question: BaseModel) -> dict[str, Any]:
    """What was said, without what wasn't."""
    return question.model_dump(exclude_none=True, by_alias=True)
