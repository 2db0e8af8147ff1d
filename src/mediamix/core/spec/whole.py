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
from mediamix.core.spec.geo import Geo
from mediamix.core.spec.holdout import Holdout
from mediamix.core.spec.holidays import Holidays
from mediamix.core.spec.mediators import MediatorSpec, contradictions, taken
from mediamix.core.spec.numbers import Numbers
from mediamix.core.spec.outcome import Outcome
from mediamix.core.spec.report import Report
from mediamix.core.spec.sampler import Sampler
from mediamix.core.spec.seasonality import Seasonality
from mediamix.core.spec.section import Section
from mediamix.core.spec.time import Time
from mediamix.core.spec.trend import Trend


class Spec(Shown, Section):
    """The whole of ``mediamix.yml``."""

    later: ClassVar[frozenset[str]] = frozenset({"mediators", "report"})

    data: Data = Data()
    numbers: Numbers | None = None
    outcome: Outcome = Outcome()
    time: Time = Time()
    geo: Geo | None = None
    channels: dict[str, ChannelSpec] = Field({}, description="overrides for channels that the data hold")
    trend: Trend = Trend()
    seasonality: Seasonality = Seasonality()
    holidays: Holidays | None = None
    calibration: str | None = Field(
        None, description="table of experiments; this version refuses to fit with it"
    )
    mediators: dict[str, MediatorSpec] = Field(
        {}, description="what media move on their way to the outcome: awareness, branded searches, visits"
    )
    holdout: Holdout = Holdout()
    sampler: Sampler = Sampler()
    report: Report = Report()

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
