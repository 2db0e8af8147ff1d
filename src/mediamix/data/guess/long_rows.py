"""The rows of the four long tables: media, outcome, controls and events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from mediamix.core.spec import Numbers
from mediamix.data.cells import texts
from mediamix.data.days import MISSING
from mediamix.data.guess.look import Look
from mediamix.data.guess.part import Part, delivery_name
from mediamix.data.guess.result import Role
from mediamix.data.guess.values import amounts_of, days_of
from mediamix.data.periods import TimeAxis, detect, starts

#: Takes the parts, the outcome's column and how numbers are written.
Writer = Callable[[Sequence[Part], str, Numbers | None], pd.DataFrame]


def _keys(part: Part) -> dict[str, pd.Series]:
    geo = {"geo": texts(part.look.shape.frame[part.geo])} if part.geo else {}
    return {"date": days_of(part.look), **geo}


def _media(parts: Sequence[Part], outcome: str, said: Numbers | None) -> pd.DataFrame:
    frames = []
    for part in parts:
        look, keys = part.look, _keys(part)
        if look.channel is not None:
            columns: dict[str, object] = {**keys, "channel": texts(look.shape.frame[look.channel])}
            spends = part.columns(Role.SPEND)
            columns["spend"] = _summed([amounts_of(look, c, said) for c in spends])
            for column in part.columns(Role.EXPOSURE):
                name = delivery_name(column)
                columns[column if name in columns else name] = amounts_of(look, column, said)
            for column in part.columns(Role.CAMPAIGN):
                columns["campaign" if "campaign" not in columns else column] = texts(look.shape.frame[column])
            frames.append(pd.DataFrame(columns))
            continue
        for channel in part.channels:
            own: dict[str, object] = {**keys, "channel": channel.name}
            own["spend"] = amounts_of(look, channel.spend, said) if channel.spend else np.nan
            if channel.exposure:
                own["exposure"] = amounts_of(look, channel.exposure, said)
            frames.append(pd.DataFrame(own))
    return pd.concat(frames, ignore_index=True)


def _summed(amounts: list[np.ndarray]) -> np.ndarray | float:
    """The spend of a row; NaN, not 0, where nothing is said: a channel without any is organic."""
    if not amounts:
        return np.nan
    total = np.sum([np.nan_to_num(a) for a in amounts], axis=0)
    return np.where(np.isnan(amounts).all(axis=0), np.nan, total)


def _outcome(parts: Sequence[Part], outcome: str, said: Numbers | None) -> pd.DataFrame:
    part = parts[0]
    columns: dict[str, object] = {**_keys(part), outcome: amounts_of(part.look, outcome, said)}
    for column in part.columns(Role.POPULATION):
        columns["population"] = amounts_of(part.look, column, said)
    frame = pd.DataFrame(columns)
    # one row per channel, all with the same outcome
    return frame.drop_duplicates(ignore_index=True) if part.look.channel is not None else frame


def _controls(parts: Sequence[Part], outcome: str, said: Numbers | None) -> pd.DataFrame:
    with_geo = any(part.geo for part in parts)
    merged: pd.DataFrame | None = None
    for part in parts:
        keys = _keys(part)
        if with_geo and "geo" not in keys:
            keys["geo"] = pd.Series("", index=keys["date"].index)
        values = {c: amounts_of(part.look, c, said) for c in part.columns(Role.CONTROL)}
        frame = pd.DataFrame({**keys, **values}).drop_duplicates()
        merged = (
            frame
            if merged is None
            else merged.merge(frame, how="outer", on=list(keys), suffixes=("", " (2)"))
        )
    return pd.DataFrame() if merged is None else merged


def _events(parts: Sequence[Part], outcome: str, said: Numbers | None) -> pd.DataFrame:
    frames = []
    for part in parts:
        look, keys = part.look, _keys(part)
        last = _last_days(look)
        for column in part.columns(Role.EVENT):
            if look.figures[column].kind == "number":
                happens = amounts_of(look, column, said) == 1.0
                named = pd.Series(column, index=keys["date"].index, dtype=object)
            else:
                named = texts(look.shape.frame[column])
                happens = ~named.map(str.lower).isin(MISSING).to_numpy()
            frame = pd.DataFrame({**keys, "event": named})
            if last is not None:
                frame["end_date"] = last
            frames.append(frame[happens])
    made: pd.DataFrame = pd.concat(frames, ignore_index=True).drop_duplicates(ignore_index=True)
    return made


def _last_days(look: Look) -> pd.Series | None:
    """The last day of each row: of an events table what it says, of another the end of its period."""
    if look.end is not None:
        return texts(look.shape.frame[look.end])
    days = look.dates.days
    others = [f.kind == "number" and not f.flags for f in look.figures.values()]
    every = detect(days) if any(others) else None
    if every is None:
        return None
    axis = TimeAxis(starts(days.min(), days.max(), every), every)
    return pd.Series(axis.last_day(days).astype(str), index=look.shape.frame.index)


#: Table → what makes its rows.
WRITERS: Mapping[str, Writer] = {
    "media": _media,
    "outcome": _outcome,
    "controls": _controls,
    "events": _events,
}
