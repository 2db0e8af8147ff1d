"""The channels that a media table holds: their kind and what their exposure is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np
import pandas as pd

from mediamix.core.errors import SpecError
from mediamix.core.registry import suggestion
from mediamix.core.spec import Spec
from mediamix.core.types import Channel, Kind
from mediamix.data.reach import COLUMNS, told

# What an organic channel's exposure is where the spec doesn't say: the first that has values.
DELIVERY = ("exposure", "impressions", "clicks", "reach")


def find_channels(media: pd.DataFrame, spec: Spec, controls: Collection[str] = ()) -> tuple[Channel, ...]:
    """Channels in order of first appearance, each with its kind and exposure column.

    Args:
        media: Rows of media.
        spec: For kinds and exposures.
        controls: Names of the controls: treatments are among them.

    Raises:
        SpecError: The spec names a channel or an exposure column that the media table lacks, a treatment
            that no control is, or calls a channel paid that has no spend; all at once.
    """
    known = [str(name) for name in media["channel"].unique()]
    problems: list[str] = []
    for name, own in spec.channels.items():
        if own.kind is Kind.TREATMENT:
            problems += _treatment(name, known, controls)
        elif name not in known:
            near = suggestion(name, known) or f"channels: {', '.join(known)}"
            problems.append(f"channels.{name}: no such channel in the media table; {near}")
    channels = [_channel(name, rows, spec, problems) for name, rows in by_channel(media).items()]
    if problems:
        raise SpecError(
            "the spec doesn't fit the media table",
            details=problems,
            next_step="mend these entries of `channels`, or the media table",
        )
    return tuple(channels)


def by_channel(media: pd.DataFrame) -> Mapping[str, pd.DataFrame]:
    """The rows of each channel, in order of first appearance; they are taken when they are asked for."""
    return _ByChannel(media)


class _ByChannel(Mapping[str, pd.DataFrame]):
    """Rows of a table by their channel."""

    def __init__(self, media: pd.DataFrame) -> None:
        codes, names = pd.factorize(media["channel"])
        self._media, self._names = media, {str(name): i for i, name in enumerate(names)}
        in_order = bool((codes[1:] >= codes[:-1]).all())  # one channel after the other: no rows are moved
        small = codes.astype(np.min_scalar_type(-len(names) - 1))
        self._order = None if in_order else np.argsort(small, kind="stable")
        ends = np.cumsum(np.bincount(codes + 1, minlength=len(names) + 1))
        self._edges = ends.tolist()

    def __getitem__(self, name: str) -> pd.DataFrame:
        at = self._names[name]
        places = slice(self._edges[at], self._edges[at + 1])
        return self._media.iloc[places if self._order is None else self._order[places]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def stated_kind(spec: Spec, name: str) -> Kind | None:
    """What a spec says of a channel; columns of reach or frequency in a wide mapping say it, too."""
    mapped = spec.data.media.get(name) if isinstance(spec.data.media, dict) else None
    reaches = mapped is not None and bool(mapped.reach or mapped.frequency)
    return spec.channel(name).kind or (Kind.REACH_FREQUENCY if reaches else None)


def reaching(media: pd.DataFrame, spec: Spec) -> list[str]:
    """The channels of reach & frequency in a media table."""
    return [
        name
        for name in map(str, media["channel"].unique())
        if stated_kind(spec, name) is Kind.REACH_FREQUENCY
    ]


def _treatment(name: str, media: Collection[str], controls: Collection[str]) -> Iterator[str]:
    """What is wrong with a treatment."""
    if name in controls:
        return
    if name in media:
        yield (
            f"channels.{name}: a treatment is a column of the controls (wide: `data.controls`), and this is "
            "a channel of the media table; move it there, or say `kind: organic` for what carries over"
        )
    else:
        near = suggestion(name, list(controls)) or f"controls: {', '.join(controls) or 'none'}"
        yield f"channels.{name}: the treatment is no column of the controls; {near}"


def _channel(name: str, rows: pd.DataFrame, spec: Spec, problems: list[str]) -> Channel:
    override = spec.channel(name)
    paid = bool(rows["spend"].notna().any())
    kind = stated_kind(spec, name) or (Kind.PAID if paid else Kind.ORGANIC)
    numeric = [c for c in rows.columns if pd.api.types.is_numeric_dtype(rows[c].dtype)]
    filled = [str(c) for c in numeric if rows[c].notna().any()]
    if kind is Kind.PAID and not paid:
        problems.append(f"channels.{name}.kind: 'paid', but the channel has no spend")
    exposure = override.exposure
    if kind is Kind.REACH_FREQUENCY:
        given = told(rows)
        if len(given) < 2:
            problems.append(
                f"channels.{name}.kind: reach_frequency needs two of the columns {', '.join(COLUMNS)}; the "
                f"channel has values in {', '.join(given) or 'none of them'}"
            )
        if exposure not in (None, "reach"):
            problems.append(f"channels.{name}.exposure: of reach_frequency it is the reach; leave it out")
        return Channel(name, kind, "reach")
    if spec.each_channel is not None and exposure == spec.each_channel.exposure and exposure not in filled:
        exposure = None  # said for each channel, and this one has no such column
    if exposure is not None and exposure not in filled:
        near = suggestion(exposure, filled) or f"columns with values: {', '.join(filled)}"
        problems.append(f"channels.{name}.exposure: the channel has no values in '{exposure}'; {near}")
    if exposure is None:
        candidates = ("exposure",) if paid else DELIVERY
        exposure = next((c for c in candidates if c in filled), "spend")
    if exposure == "spend" and not paid and override.exposure is None:
        problems.append(f"channel '{name}' has neither spend nor any of {', '.join(DELIVERY)}")
    return Channel(name, kind, exposure)
