"""The whole spec: its sections in the order of ``mediamix.yml``."""

from __future__ import annotations

import hashlib
from typing import ClassVar, Self

from pydantic import Field, model_validator

from mediamix.core.card import Shown
from mediamix.core.documents import as_yaml
from mediamix.core.names import clashes
from mediamix.core.spec.channels import ChannelSpec
from mediamix.core.spec.data import Data
from mediamix.core.spec.events import Around
from mediamix.core.spec.geo import Geo
from mediamix.core.spec.holdout import Holdout
from mediamix.core.spec.holidays import Holidays
from mediamix.core.spec.noise import Noise
from mediamix.core.spec.numbers import Numbers
from mediamix.core.spec.outcome import Outcome
from mediamix.core.spec.report import Report
from mediamix.core.spec.sampler import Sampler
from mediamix.core.spec.seasonality import Seasonality
from mediamix.core.spec.section import Positive, Section
from mediamix.core.spec.synergy import Synergy
from mediamix.core.spec.time import Time
from mediamix.core.spec.trend import Auto, Trend


class Spec(Shown, Section):
    """The whole of ``mediamix.yml``."""

    later: ClassVar[frozenset[str]] = frozenset({"report", "noise", "synergy", "events", "event_spread"})

    data: Data = Data()
    numbers: Numbers | None = None
    outcome: Outcome = Outcome()
    time: Time = Time()
    geo: Geo | None = None
    channels: dict[str, ChannelSpec] = Field({}, description="overrides for channels that the data hold")
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
        None, description="table of experiments; this version refuses to fit with it"
    )
    holdout: Holdout = Holdout()
    sampler: Sampler = Sampler()
    report: Report = Report()

    @model_validator(mode="after")
    def _channels_once(self) -> Self:
        for group in clashes(self.channels):
            raise ValueError(f"{' and '.join(group)} in 'channels' are one name: keep one of them")
        return self

    def channel(self, name: str) -> ChannelSpec:
        """The overrides of channel `name`, or the defaults."""
        return self.channels.get(name, ChannelSpec())

    @property
    def hash(self) -> str:
        """SHA-256 of the spec with its defaults, the first 16 hexadecimal digits.

        Keys that came later (`Section.later`) count only where they say something else than their default.
        """
        return hashlib.sha256(self.model_dump_json(exclude=self.unsaid()).encode()).hexdigest()[:16]

    def to_yaml(self) -> str:
        """The spec complete with its defaults."""
        return as_yaml(self.model_dump(mode="json"))
