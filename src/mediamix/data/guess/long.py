"""Long tables from whatever came: media, outcome, controls and events, as the guide describes them.

A table that has the columns of one already is named as it is; what others hold is written anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mediamix.core.names import plain
from mediamix.core.spec import Numbers
from mediamix.data.cells import texts
from mediamix.data.days import MISSING
from mediamix.data.guess import words as w
from mediamix.data.guess.channels import HOLES, Found
from mediamix.data.guess.copies import FOLDER, Files, ended, reasons, written
from mediamix.data.guess.look import Look
from mediamix.data.guess.outcome import Chosen
from mediamix.data.guess.result import Role, Table
from mediamix.data.guess.roles import Drafts
from mediamix.data.guess.values import amounts_of, days_of
from mediamix.data.periods import TimeAxis, detect, starts

#: What a column of delivery is called in a long table, by the first word of its header that says so.
_DELIVERY = (
    ("impressions", ("impression", "impr", "imp", "einblendung", "view", "aufruf", "vertoning", "impresion")),
    ("clicks", ("click", "klick", "clic")),
    ("reach", ("reach", "reichweite")),
    ("frequency", ("frequency",)),
)


@dataclass(frozen=True)
class Part:
    """A table and what is known of it.

    Args:
        look: The table.
        drafts: The roles of its columns.
        channels: Of a wide table.
        geo: Its column of geos.
    """

    look: Look
    drafts: Drafts
    channels: Sequence[Found] = ()
    geo: str | None = None


@dataclass
class Long:
    """Long tables.

    Args:
        data: The section ``data`` of the spec.
        tables: What is written.
        exposures: Channel → the column of its exposure.
        as_they_are: Whether every table is one that came.
        outcome: The outcome's column in its table.
    """

    data: dict[str, str] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    exposures: dict[str, str] = field(default_factory=dict)
    as_they_are: bool = True
    outcome: str = ""


def long_tables_of(parts: Sequence[Part], chosen: Chosen, files: Files, said: Numbers | None) -> Long:
    """The four tables, written where none that came is one.

    Raises:
        DataError: Rows at the end of a table have no date.
    """
    made = Long(outcome=chosen.column)
    by_kind: dict[str, list[Part]] = {
        "media": [p for p in parts if p.look.channel or p.channels],
        "outcome": [parts[chosen.at]],
        "controls": [p for p in parts if _columns(p, Role.CONTROL)],
        "events": [p for p in parts if _columns(p, Role.EVENT)],
    }
    fitting = {
        kind: own[0]
        for kind, own in by_kind.items()
        if len(own) == 1 and _is_one(kind, own[0], chosen) and not reasons(own[0].look, own[0].drafts)
    }
    made.as_they_are = all(kind in fitting for kind, own in by_kind.items() if own)
    if said is not None and not made.as_they_are:
        fitting = {}
    for kind, own in by_kind.items():
        if not own:
            continue
        if kind in fitting:
            made.data[kind] = f"{FOLDER}/{files.of[fitting[kind].look.shape.source]}"
            continue
        whole = [Part(ended(p.look), p.drafts, p.channels, p.geo) for p in own]
        frame = _WRITERS[kind](whole, chosen, said)
        if frame.empty:
            continue
        name = files.free(f"{kind}.csv")
        changes = [f"{kind} of {', '.join(p.look.shape.name for p in own)}, as a long table"]
        changes += [f"{p.look.shape.name}: {why}" for p in whole for why in reasons(p.look, p.drafts)]
        made.tables.append(written(name, frame, changes))
        made.data[kind] = f"{FOLDER}/{name}"
    for part in by_kind["media"]:
        if part.look.channel is not None:
            made.exposures.update(_exposures(part, said))
    return made


def delivery_name(column: str) -> str:
    """``impressions`` for ``Impr.``: what a long table calls it."""
    words = w.tokens(column)
    for name, starts_with in _DELIVERY:
        if any(word.startswith(starts_with) for word in words):
            return name
    return column


def _is_one(kind: str, part: Part, chosen: Chosen) -> bool:
    """Whether a table can be read as one of the four without a change."""
    look, drafts = part.look, part.drafts
    if plain(look.date) != "date" or (part.geo is not None and plain(part.geo) != "geo"):
        return False
    spends = _columns(part, Role.SPEND)
    if kind == "media":
        exposures = _columns(part, Role.EXPOSURE)
        named = all(plain(delivery_name(c)) == plain(c) for c in exposures)
        return plain(look.channel or "") == "channel" and [plain(c) for c in spends] == ["spend"] and named
    if kind == "outcome":
        population = _columns(part, Role.POPULATION)
        return look.channel is None and [plain(c) for c in population] in ([], ["population"])
    if kind == "events":
        return [plain(c) for c in _columns(part, Role.EVENT)] == ["event"] and look.end in (None, "end_date")
    keys = {look.date, part.geo}
    return look.channel is None and all(d.role is Role.CONTROL for c, d in drafts.items() if c not in keys)


def _columns(part: Part, role: Role) -> list[str]:
    return [column for column, draft in part.drafts.items() if draft.role is role]


def _keys(part: Part) -> dict[str, pd.Series]:
    geo = {"geo": texts(part.look.shape.frame[part.geo])} if part.geo else {}
    return {"date": days_of(part.look), **geo}


def _media(parts: Sequence[Part], chosen: Chosen, said: Numbers | None) -> pd.DataFrame:
    frames = []
    for part in parts:
        look, keys = part.look, _keys(part)
        if look.channel is not None:
            columns: dict[str, object] = {**keys, "channel": texts(look.shape.frame[look.channel])}
            spends = _columns(part, Role.SPEND)
            columns["spend"] = _summed([amounts_of(look, c, said) for c in spends])
            for column in _columns(part, Role.EXPOSURE):
                name = delivery_name(column)
                columns[column if name in columns else name] = amounts_of(look, column, said)
            for column in _columns(part, Role.CAMPAIGN):
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


def _outcome(parts: Sequence[Part], chosen: Chosen, said: Numbers | None) -> pd.DataFrame:
    part = parts[0]
    columns: dict[str, object] = {**_keys(part), chosen.column: amounts_of(part.look, chosen.column, said)}
    for column in _columns(part, Role.POPULATION):
        columns["population"] = amounts_of(part.look, column, said)
    frame = pd.DataFrame(columns)
    # one row per channel, all with the same outcome
    return frame.drop_duplicates(ignore_index=True) if part.look.channel is not None else frame


def _controls(parts: Sequence[Part], chosen: Chosen, said: Numbers | None) -> pd.DataFrame:
    with_geo = any(part.geo for part in parts)
    merged: pd.DataFrame | None = None
    for part in parts:
        keys = _keys(part)
        if with_geo and "geo" not in keys:
            keys["geo"] = pd.Series("", index=keys["date"].index)
        values = {c: amounts_of(part.look, c, said) for c in _columns(part, Role.CONTROL)}
        frame = pd.DataFrame({**keys, **values}).drop_duplicates()
        merged = (
            frame
            if merged is None
            else merged.merge(frame, how="outer", on=list(keys), suffixes=("", " (2)"))
        )
    return pd.DataFrame() if merged is None else merged


def _events(parts: Sequence[Part], chosen: Chosen, said: Numbers | None) -> pd.DataFrame:
    frames = []
    for part in parts:
        look, keys = part.look, _keys(part)
        last = _last_days(look)
        for column in _columns(part, Role.EVENT):
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
    return pd.concat(frames, ignore_index=True).drop_duplicates(ignore_index=True)


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


def _exposures(part: Part, said: Numbers | None) -> Mapping[str, str]:
    """Per channel of a long table the exposure that is there wherever it has spend."""
    look = part.look
    channel = texts(look.shape.frame[str(look.channel)])
    spends = _columns(part, Role.SPEND)
    if not spends:
        return {}
    money = pd.Series(np.nan_to_num(amounts_of(look, spends[0], said)), index=channel.index)
    paid = money.where(money > 0, 0.0)
    total = paid.groupby(channel).sum()
    found: dict[str, str] = {}
    for column in sorted(_columns(part, Role.EXPOSURE), key=_order):
        there = pd.Series(np.nan_to_num(amounts_of(look, column, said)) > 0, index=channel.index)
        covered = paid.where(there, 0.0).groupby(channel).sum()
        for name in total.index[(total > 0) & (covered >= (1 - HOLES) * total)]:
            found.setdefault(str(name), delivery_name(column))
    return found


def _order(column: str) -> int:
    names = [name for name, _ in _DELIVERY]
    name = delivery_name(column)
    return names.index(name) if name in names else len(names)


_WRITERS = {"media": _media, "outcome": _outcome, "controls": _controls, "events": _events}
