"""The spec: the pydantic image of ``mediamix.yml``. Every key has a default; ``{}`` is valid.

Unknown keys are refused with the nearest known one. Names of components (adstock, saturation)
are checked where they are used, by the registry.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mediamix.core.errors import FolderError, SpecError
from mediamix.core.registry import suggestion
from mediamix.core.types import Every, Kind, Unit

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Section(BaseModel):
    """Base of every part of the spec: frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WideChannel(Section):
    """Columns of one channel in a wide table. Without `spend` the channel is organic."""

    spend: str | None = Field(None, description="its spend column")
    exposure: str | None = Field(
        None, description="its column of delivery (impressions, clicks); absent: spend"
    )

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if self.spend is None and self.exposure is None:
            raise ValueError("give 'spend', 'exposure' or both")
        return self


class Data(Section):
    """Where the rows are: four long tables, or one wide one. Paths are relative to the spec."""

    media: str | dict[str, WideChannel] | None = Field(
        None, description="long: the media table; wide: channel -> its columns"
    )
    outcome: str | None = Field(None, description="long: the outcome table; wide: its column")
    controls: str | list[str] | None = Field(
        None, description="long: the controls table; wide: the control columns"
    )
    events: str | None = Field(
        None, description="long: the events table; wide: the column that names the event"
    )
    wide: str | None = Field(None, description="one table: a row per date (and geo)")
    date: str = Field("date", description="wide: the date column")
    geo: str | None = Field(None, description="wide: the geo column")
    population: str | None = Field(None, description="wide: the population column")

    @model_validator(mode="after")
    def _long_or_wide(self) -> Self:
        if self.wide is None:
            if isinstance(self.media, dict) or isinstance(self.controls, list):
                raise ValueError("column mappings need 'wide: <table>'")
        elif not isinstance(self.media, dict) or not self.media:
            raise ValueError("a wide table needs 'media: {channel: {spend: column}}'")
        elif isinstance(self.controls, str):
            raise ValueError("a wide table needs 'controls' as a list of columns")
        return self


class Outcome(Section):
    """What we explain."""

    column: str = Field("revenue", description="column of the outcome table")
    unit: Unit = Field("revenue", description="revenue (money) or count (orders, leads)")
    currency: str = Field("EUR", min_length=1, max_length=8, description="of spend and revenue")
    value_per_unit: Positive | None = Field(None, description="money per unit of a count outcome")


class Time(Section):
    """The length of a period."""

    every: Every | None = Field(None, description="day, week or month; found in the data if absent")


class Geo(Section):
    """Geographic panel; absent: national (rows of all geos are summed)."""

    population: str | None = Field("population", description="population column, for scaling")
    noise: Literal["equal", "unequal"] = Field(
        "equal", description="noise per head: the same in all geos, or a factor for each geo"
    )
    season: Literal["shared", "own"] = Field(
        "shared", description="yearly season per head: the same in all geos, or each geo's own around it"
    )


class PriorSpec(Section):
    """A prior in words people can judge: half the belief below `median`, 95 % below `p95`."""

    median: Positive = Field(description="half of the belief lies below")
    p95: Positive = Field(description="95 % of the belief lie below")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.p95 <= self.median:
            raise ValueError("p95 must be larger than median")
        return self


class AdstockSpec(Section):
    """Carry-over of exposure in time."""

    kind: str = Field("geometric", description="a name of `mediamix list adstock`")
    max_lag: Annotated[int, Field(ge=1, le=400)] | None = Field(
        None, description="periods after which the effect has ended; absent: the component's own"
    )


class SaturationSpec(Section):
    """Diminishing returns."""

    kind: str = Field("hill", description="a name of `mediamix list saturation`")


class ChannelSpec(Section):
    """Overrides for one channel that the data hold."""

    kind: Kind | None = Field(None, description="paid or organic; found in the data if absent")
    exposure: str | None = Field(None, description="column of delivery: impressions, clicks, spend")
    adstock: AdstockSpec = AdstockSpec()
    saturation: SaturationSpec = SaturationSpec()
    prior: dict[str, PriorSpec] = Field(
        {}, description="roi, share (of the outcome), or a parameter of the components"
    )


class Trend(Section):
    """The slow movement of the baseline."""

    kind: Literal["knots", "linear", "none"] = Field(
        "knots", description="knots: a random walk of levels; linear: one line; none"
    )
    every: Positive = Field(26, description="weeks between knots")


class Seasonality(Section):
    """What repeats."""

    yearly: Annotated[int, Field(ge=0, le=20)] = Field(2, description="pairs of Fourier terms a year")
    weekly: Literal["auto", "on", "off"] = Field("auto", description="weekday effects; auto: daily data")

    @model_validator(mode="before")
    @classmethod
    def _yaml_booleans(cls, value: Any) -> Any:
        # YAML 1.1 reads a bare `on` and `off` as booleans.
        if isinstance(value, dict) and isinstance(value.get("weekly"), bool):
            value = {**value, "weekly": "on" if value["weekly"] else "off"}
        return value


class Holidays(Section):
    """Public holidays as events."""

    country: str = Field(min_length=2, max_length=2, description="ISO 3166 code: US, DE, …")


class Holdout(Section):
    """Periods kept out of the likelihood to judge the forecast."""

    last: Annotated[int, Field(ge=0)] = Field(0, description="last periods that are scored, not trained on")


class Sampler(Section):
    """Length and seed of the sampling."""

    chains: int = Field(4, ge=1, le=64, description="independent chains; they run in parallel")
    draws: int = Field(1000, ge=50, le=100_000, description="kept draws per chain")
    tune: int = Field(
        400, ge=50, le=100_000, description="draws per chain that adapt the sampler and are dropped"
    )
    seed: int = Field(1, ge=0, lt=2**63, description="the same seed gives the same draws")


class Spec(Section):
    """The whole of ``mediamix.yml``."""

    data: Data = Data()
    outcome: Outcome = Outcome()
    time: Time = Time()
    geo: Geo | None = None
    channels: dict[str, ChannelSpec] = {}
    trend: Trend = Trend()
    seasonality: Seasonality = Seasonality()
    holidays: Holidays | None = None
    calibration: str | None = Field(
        None, description="table of experiments; this version refuses to fit with it"
    )
    holdout: Holdout = Holdout()
    sampler: Sampler = Sampler()

    def channel(self, name: str) -> ChannelSpec:
        """The overrides of channel `name`, or the defaults."""
        return self.channels.get(name, ChannelSpec())

    @property
    def hash(self) -> str:
        """SHA-256 of the spec with its defaults, the first 16 hexadecimal digits."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def to_yaml(self) -> str:
        """The spec complete with its defaults."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def load_spec(path: str | Path) -> Spec:
    """Read a spec from a YAML file.

    Raises:
        FolderError: The file is absent or can't be read.
        SpecError: It isn't YAML, or a key or value is wrong; all findings at once.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FolderError(
            f"can't read the spec {path}", got=str(error), next_step="check the path; see `mediamix demo`"
        ) from error
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SpecError(
            f"{path} is not valid YAML", got=str(error).replace("\n", " "), next_step="mend the named line"
        ) from error
    return parse_spec({} if raw is None else raw, source=str(path))


def parse_spec(raw: object, source: str = "the spec") -> Spec:
    """Turn a mapping into a `Spec`.

    Raises:
        SpecError: All findings at once, each with its key and the nearest known key.
    """
    if not isinstance(raw, dict):
        raise SpecError(
            f"{source} must be a mapping of keys", expected="data: …, outcome: …", got=type(raw).__name__
        )
    try:
        return Spec.model_validate(raw)
    except ValidationError as error:
        details = [_explain(issue) for issue in error.errors()]
        raise SpecError(
            f"{source} has {len(details)} wrong {'entry' if len(details) == 1 else 'entries'}",
            details=details,
            next_step="see docs: the spec, or `mediamix fit --help`",
        ) from error


def _explain(issue: Any) -> str:
    """One finding of pydantic in our words: key, problem, what was got, nearest key."""
    location = [str(part) for part in issue["loc"]]
    where = ".".join(location) or "(top level)"
    if issue["type"] == "extra_forbidden":
        known = _keys_at(location[:-1])
        hint = suggestion(location[-1], known) or f"known keys: {', '.join(known)}"
        return f"unknown key '{where}': {hint}"
    got = issue.get("input")
    shown = "" if isinstance(got, dict) else f" (got {got!r})"
    return f"{where}: {issue['msg'].removeprefix('Value error, ')}{shown}"


def _keys_at(path: list[str]) -> list[str]:
    """The keys that the section at `path` knows."""
    model: Any = Spec
    for part in path:
        fields = getattr(model, "model_fields", {})
        if part in fields:
            model = _section_of(fields[part].annotation)
        # else: the key of a mapping such as `channels`; its value type was already entered
    return list(getattr(model, "model_fields", {}))


def _section_of(annotation: Any) -> Any:
    """The `Section` inside an annotation such as ``dict[str, ChannelSpec]`` or ``Geo | None``."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _section_of(inner)
        if found is not None:
            return found
    return None
