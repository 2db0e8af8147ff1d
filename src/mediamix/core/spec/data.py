"""``data``: where the rows are."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, model_validator

from mediamix.core.names import clashes, plain
from mediamix.core.spec.section import Section


class WideChannel(Section):
    """Columns of one channel in a wide table. Without `spend` the channel is organic."""

    later: ClassVar[frozenset[str]] = frozenset({"reach", "frequency"})

    spend: str | None = Field(None, description="its spend column")
    exposure: str | None = Field(
        None, description="its column of delivery (impressions, clicks); absent: spend"
    )

    reach: str | None = Field(None, description="its column of people reached, of a channel reach_frequency")
    frequency: str | None = Field(
        None,
        description="how often each was reached; with `exposure: <impressions>` instead it is their ratio",
    )

    @property
    def columns(self) -> dict[str, str]:
        """What is mapped: name in the long table → column of the wide one."""
        return {name: column for name in type(self).model_fields if (column := getattr(self, name))}

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if not self.columns:
            raise ValueError("give 'spend', 'exposure' or both")
        if (self.reach or self.frequency) and len({*self.columns} - {"spend"}) < 2:
            raise ValueError(
                "reach & frequency need two of 'reach', 'frequency' and 'exposure' (impressions)"
            )
        return self


class Sheets(StrEnum):
    """What the sheets of a workbook are, where they have the same columns."""

    CHANNELS = "channels"
    GEOS = "geos"
    ROWS = "rows"


class Data(Section):
    """Where the rows are: four long tables, or one wide one. Paths are relative to the spec."""

    later: ClassVar[frozenset[str]] = frozenset({"sheets"})

    media: str | dict[str, WideChannel] | None = Field(
        None, description="long: the media table; wide: channel -> its columns"
    )
    outcome: str | None = Field(None, description="long: the outcome table; wide: its column")
    controls: str | list[str] | None = Field(
        None, description="long: the controls table; wide: the control columns"
    )
    events: str | list[str] | None = Field(
        None,
        description="long: the events table; wide: the column that names the event, or a list of columns of "
        "zeros and ones, each an event",
    )
    loaded_at: str | None = Field(
        None,
        description="the column that says when a row was delivered: of a fact that came twice the latest "
        "counts; absent: `loaded_at`, `_loaded_at`, `synced_at`, `_dlt_load_time` and the like",
    )
    wide: str | None = Field(None, description="one table: a row per date (and geo)")
    date: str = Field("date", description="wide: the date column")
    geo: str | None = Field(None, description="wide: the geo column")
    population: str | None = Field(None, description="wide: the population column")
    day_first: bool | None = Field(
        None,
        description="dates such as 03/04/2024: true day/month, false month/day; absent: the column decides",
    )
    sheets: Sheets | None = Field(
        None,
        description="workbooks whose sheets have the same columns: channels (of the media table: a sheet's "
        "name is its channel), geos (its name is its geo), rows (one table, a sheet per year or the like); "
        "absent: the first sheet is read",
    )

    def files(self, base: Path) -> tuple[Path, ...]:
        """The tables that are named, relative to `base`."""
        long = (self.media, self.outcome, self.controls, self.events)
        named = (self.wide,) if self.wide is not None else long
        return tuple(base / name for name in named if isinstance(name, str))

    @model_validator(mode="after")
    def _long_or_wide(self) -> Self:
        if self.wide is None:
            if isinstance(self.media, dict) or isinstance(self.controls, list) or self.flags:
                raise ValueError("column mappings need 'wide: <table>'")
        elif self.sheets is Sheets.CHANNELS:
            raise ValueError("'sheets: channels' is for the media table of long tables, not for a wide one")
        elif self.sheets is Sheets.GEOS and self.geo is None:
            raise ValueError("'sheets: geos' of a wide table needs 'geo': what its column shall be called")
        elif not isinstance(self.media, dict) or not self.media:
            raise ValueError("a wide table needs 'media: {channel: {spend: column}}'")
        elif isinstance(self.controls, str):
            raise ValueError("a wide table needs 'controls' as a list of columns")
        for group in clashes(self.media if isinstance(self.media, dict) else ()):
            raise ValueError(f"{' and '.join(group)} in 'media' are one name: keep one of them")
        if isinstance(self.media, dict):
            self._refuse_counted_twice(self.media)
        self._refuse_other_flags()
        return self

    @property
    def flags(self) -> tuple[str, ...]:
        """Columns of zeros and ones that are an event each: those of a list."""
        return tuple(self.events) if isinstance(self.events, list) else ()

    def _refuse_other_flags(self) -> None:
        """ValueError for an event column that is named twice, or that is something else as well."""
        for group in clashes(self.flags):
            raise ValueError(f"{' and '.join(group)} in 'events' are one column: keep one of them")
        others = {plain(name): "a control" for name in self.controls or () if isinstance(self.controls, list)}
        others |= {plain(name): "the outcome" for name in [self.outcome] if name is not None}
        for name in self.flags:
            if plain(name) in others:
                raise ValueError(
                    f"the column '{name}' is an event and {others[plain(name)]}: keep one of them"
                )

    def _refuse_counted_twice(self, media: dict[str, WideChannel]) -> None:
        """ValueError for a column of money that stands for two channels, or for a channel and the outcome."""
        users: dict[str, list[str]] = {}
        for name, channel in media.items():
            if channel.spend is not None:
                users.setdefault(plain(channel.spend), []).append(f"the spend of {name}")
        if self.outcome is not None and plain(self.outcome) in users:
            users[plain(self.outcome)].append("the outcome")
        for column, uses in users.items():
            if len(uses) > 1:
                raise ValueError(f"the column '{column}' is {' and '.join(uses)}: it can be one of them only")
