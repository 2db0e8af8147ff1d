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
from mediamix.data.guess.channels import HOLES
from mediamix.data.guess.copies import FOLDER, Files, ended, reasons, written
from mediamix.data.guess.long_rows import WRITERS
from mediamix.data.guess.outcome import Chosen
from mediamix.data.guess.part import DELIVERY, Part, delivery_name
from mediamix.data.guess.result import Role, Table
from mediamix.data.guess.values import amounts_of


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


def long_tables_of(parts: Sequence[Part], chosen: Chosen | None, files: Files, said: Numbers | None) -> Long:
    """The four tables, written where none that came is one.

    Raises:
        DataError: Rows at the end of a table have no date.
    """
    made = Long(outcome="" if chosen is None else chosen.column)
    by_kind: dict[str, list[Part]] = {
        "media": [p for p in parts if p.look.channel or p.channels],
        "outcome": [] if chosen is None else [parts[chosen.at]],
        "controls": [p for p in parts if p.columns(Role.CONTROL)],
        "events": [p for p in parts if p.columns(Role.EVENT)],
    }
    fitting = {
        kind: own[0]
        for kind, own in by_kind.items()
        if len(own) == 1 and _is_one(kind, own[0]) and not reasons(own[0].look, own[0].drafts)
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
        frame = WRITERS[kind](whole, made.outcome, said)
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


def _is_one(kind: str, part: Part) -> bool:
    """Whether a table can be read as one of the four without a change."""
    look, drafts = part.look, part.drafts
    if plain(look.date) != "date" or (part.geo is not None and plain(part.geo) != "geo"):
        return False
    spends = part.columns(Role.SPEND)
    if kind == "media":
        exposures = part.columns(Role.EXPOSURE)
        named = all(plain(delivery_name(c)) == plain(c) for c in exposures)
        return plain(look.channel or "") == "channel" and [plain(c) for c in spends] == ["spend"] and named
    if kind == "outcome":
        population = part.columns(Role.POPULATION)
        return look.channel is None and [plain(c) for c in population] in ([], ["population"])
    if kind == "events":
        return [plain(c) for c in part.columns(Role.EVENT)] == ["event"] and look.end in (None, "end_date")
    keys = {look.date, part.geo}
    return look.channel is None and all(d.role is Role.CONTROL for c, d in drafts.items() if c not in keys)


def _exposures(part: Part, said: Numbers | None) -> Mapping[str, str]:
    """Per channel of a long table the exposure that is there wherever it has spend."""
    look = part.look
    channel = texts(look.shape.frame[str(look.channel)])
    spends = part.columns(Role.SPEND)
    if not spends:
        return {}
    money = pd.Series(np.nan_to_num(amounts_of(look, spends[0], said)), index=channel.index)
    paid = money.where(money > 0, 0.0)
    total = paid.groupby(channel).sum()
    found: dict[str, str] = {}
    for column in sorted(part.columns(Role.EXPOSURE), key=_order):
        there = pd.Series(np.nan_to_num(amounts_of(look, column, said)) > 0, index=channel.index)
        covered = paid.where(there, 0.0).groupby(channel).sum()
        for name in total.index[(total > 0) & (covered >= (1 - HOLES) * total)]:
            found.setdefault(str(name), delivery_name(column))
    return found


def _order(column: str) -> int:
    names = [name for name, _ in DELIVERY]
    name = delivery_name(column)
    return names.index(name) if name in names else len(names)
