"""The whole spec: its sections in the order of ``mediamix.yml``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from mediamix.core.card import Shown
from mediamix.core.documents import as_yaml
from mediamix.core.errors import shown
from mediamix.core.names import clashes
from mediamix.core.presets import presets
from mediamix.core.registry import suggestion
from mediamix.core.spec.alerts import Alerts
from mediamix.core.spec.channels import ChannelSpec
from mediamix.core.spec.data import Data
from mediamix.core.spec.events import Around
from mediamix.core.spec.geo import Geo
from mediamix.core.spec.holdout import Holdout
from mediamix.core.spec.holidays import Holidays
from mediamix.core.spec.mart import MartSpec
from mediamix.core.spec.media import Media
from mediamix.core.spec.mediators import MediatorSpec, contradictions, taken
from mediamix.core.spec.merge import said, under
from mediamix.core.spec.model import Model
from mediamix.core.spec.noise import Noise
from mediamix.core.spec.numbers import Numbers
from mediamix.core.spec.outcome import Outcome
from mediamix.core.spec.prior import PriorSpec
from mediamix.core.spec.promotion import Promotion
from mediamix.core.spec.records import Records
from mediamix.core.spec.report import Report
from mediamix.core.spec.sampler import Sampler
from mediamix.core.spec.schedule import Schedule
from mediamix.core.spec.seasonality import Seasonality
from mediamix.core.spec.section import Positive, Section
from mediamix.core.spec.sources import SourceSpec
from mediamix.core.spec.synergy import Synergy
from mediamix.core.spec.time import Time
from mediamix.core.spec.trend import Auto, Trend
from mediamix.core.spec.warehouse import WarehouseSpec

#: Where rows come from and land, beside the tables of `data`.
_DATA_LEG = ("warehouse", "sources", "mart")
#: What is done with runs, and when: no run depends on it, so neither its hash nor its spec holds it.
BESIDE = ("schedule", "promotion", "alerts", "records")


class Spec(Shown, Section):
    """The whole of ``mediamix.yml``."""

    later: ClassVar[frozenset[str]] = frozenset(
        {
            "report",
            "noise",
            "synergy",
            "events",
            "event_spread",
            "preset",
            "each_channel",
            "media",
            "mediators",
            "model",
            "warehouse",
            "sources",
            "mart",
            *BESIDE,
        }
    )

    data: Data = Data()
    numbers: Numbers | None = None
    outcome: Outcome = Outcome()
    time: Time = Time()
    geo: Geo | None = None
    model: Model = Model()
    preset: str | None = Field(
        None,
        description="keys that hold unless the spec says otherwise, for teams that come from another tool: a "
        "name of `mediamix list preset`",
    )
    each_channel: ChannelSpec | None = Field(
        None, description="keys of a channel that hold for every channel that doesn't say otherwise"
    )
    channels: dict[str, ChannelSpec] = Field({}, description="overrides for channels that the data hold")
    media: Media = Media()
    trend: Trend = Trend()
    seasonality: Seasonality = Seasonality()
    holidays: Holidays | None = None
    synergy: Synergy | None = Field(
        None, description="pairs of channels that bring more, or less, together than one by one; absent: none"
    )
    noise: Noise = Noise()
    events: dict[str, Around] = Field(
        {}, description="event or holiday that the data hold -> days around it with an effect of their own"
    )
    event_spread: Positive | Auto = Field(
        "auto",
        description="how much the effects of event columns (a list in `data.events`) differ from what they "
        "have in common, as a share of the mean outcome; auto: what predicts the data best",
    )
    calibration: str | None = Field(
        None, description="table of experiments, relative to the spec: each is an observation of the model"
    )
    mediators: dict[str, MediatorSpec] = Field(
        {}, description="what media move on their way to the outcome: awareness, branded searches, visits"
    )
    holdout: Holdout = Holdout()
    sampler: Sampler = Sampler()
    report: Report = Report()
    warehouse: WarehouseSpec | None = Field(
        None, description="where landed rows and the mart are; absent: warehouse.duckdb beside the spec"
    )
    sources: dict[str, SourceSpec] = Field({}, description="platforms that rows are fetched from, by name")
    mart: MartSpec | None = Field(
        None, description="what the mart is told that no row says: channels, rates, periods, holidays"
    )
    schedule: Schedule | None = Field(
        None,
        description="when the project is trained anew; absent: when somebody asks; `{}`: Sundays, 0:00 UTC",
    )
    promotion: Promotion = Promotion()
    alerts: Alerts = Alerts()
    records: Records | None = Field(
        None, description="runs recorded in MLflow, the promoted one in its registry; absent: not"
    )

    @model_validator(mode="before")
    @classmethod
    def _unless_said(cls, value: Any) -> Any:
        """The preset under what is said, and ``each_channel`` under each channel.

        Doing it twice changes nothing: a spec that was written complete reads as it was.
        """
        if not isinstance(value, dict) or (value.get("preset") is None and value.get("each_channel") is None):
            return value
        preset = presets().get(value["preset"]) if isinstance(value.get("preset"), str) else None
        merged: Any = said(value) if preset is None else under(preset.spec, said(value))
        each, own = merged.get("each_channel"), merged.get("channels")
        if isinstance(own, dict) and _is_channel(each):
            merged["channels"] = {name: under(each, one) for name, one in own.items()}
        return merged

    @field_validator("preset")
    @classmethod
    def _known_preset(cls, name: str | None) -> str | None:
        if name is not None and name not in presets():
            hint = suggestion(name, presets()) or f"there are {', '.join(presets())}"
            raise ValueError(f"there is no preset {shown(name)}: {hint}")
        return name

    @model_validator(mode="after")
    def _channels_once(self) -> Self:
        for group in clashes(self.channels):
            raise ValueError(f"{' and '.join(group)} in 'channels' are one name: keep one of them")
        return self

    @model_validator(mode="after")
    def _mediators_can_be(self) -> Self:
        lines = contradictions(self.mediators)
        if lines := [*lines, *taken(self.mediators, self.data, self.outcome.column)]:
            raise ValueError("; ".join(lines))
        return self

    def files(self, base: Path) -> tuple[Path, ...]:
        """All tables that are named, relative to `base`."""
        tests = () if self.calibration is None else (base / self.calibration,)
        stated = () if self.mart is None else self.mart.tables(base).values()
        return (*self.data.files(base), *tests, *stated)

    def channel(self, name: str) -> ChannelSpec:
        """The overrides of channel `name`, or the defaults."""
        return self.channels.get(name) or self.each_channel or ChannelSpec()

    @property
    def exposures(self) -> set[str]:
        """Columns of delivery that it names."""
        named = [*self.channels.values(), *([self.each_channel] if self.each_channel else [])]
        return {channel.exposure for channel in named if channel.exposure}

    def stated(self, name: str) -> dict[str, PriorSpec]:
        """The priors that are stated for channel `name` alone, not for each channel."""
        common = {} if self.each_channel is None else self.each_channel.prior
        return {
            key: belief for key, belief in self.channel(name).beliefs.items() if belief != common.get(key)
        }

    @property
    def hash(self) -> str:
        """SHA-256 of the spec with its defaults, the first 16 hexadecimal digits.

        Keys that came later (`Section.later`) count only where they say something else than their default,
        and those that no run depends on never do.
        """
        beside = dict.fromkeys(BESIDE, True)
        return hashlib.sha256(self.model_dump_json(exclude=self.unsaid() | beside).encode()).hexdigest()[:16]

    def to_yaml(self) -> str:
        """What a run is made of: the spec complete with its defaults, but for keys of other families, of a
        data leg it hasn't, and of when and for whom runs are made.
        """
        absent = {name: True for name in _DATA_LEG if not getattr(self, name)} | dict.fromkeys(BESIDE, True)
        return as_yaml(self.model_dump(mode="json", exclude={"model": self.model.others, **absent}))


def _is_channel(value: object) -> bool:
    """Whether a mapping is what ``each_channel`` takes: what is wrong in it is said once, there."""
    try:
        ChannelSpec.__pydantic_validator__.validate_python(value)
    except ValidationError:
        return False
    return True
