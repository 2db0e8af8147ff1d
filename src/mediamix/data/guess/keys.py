"""What tells the rows of one date apart: geos, or a series of which one has to be chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError
from mediamix.data.cells import texts
from mediamix.data.checking import some
from mediamix.data.guess.answers import Answers
from mediamix.data.guess.look import Look
from mediamix.data.guess.result import Question
from mediamix.data.guess.words import tokens
from mediamix.data.limits import MOST_GEOS

_LISTED = 12
#: Words of headers that name whose rows they are, not where they happened.
_SERIES = frozenset(
    """id ids uuid series timeseries brand client company organisation organization advertiser account marke
    kunde mandant""".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Keys:
    """What names a row beside its date.

    Args:
        geo: The column of geos, if there are several.
        why: How it was found.
        certain: Whether its header says so, too.
        question: Which series is meant, if there are several.
    """

    geo: str | None = None
    why: str = ""
    certain: bool = True
    question: Question | None = None


def keys_of(look: Look, answers: Answers) -> Keys:
    """The geo of a table, by its header, or because it tells the rows of a date apart.

    Raises:
        DataError: Several rows of a date that nothing tells apart.
    """
    told = next((c for c in look.others if answers.of("role", c) == "geo"), None)
    named = [c for c in look.others if look.hints[c].kind == "geo" and _may_be_geo(look, c, answers)]
    if look.channel is not None:
        geo = told or next(iter(named), None)
        return Keys(geo, "named as a place" if geo else "")
    days = pd.Series(look.dates.days, index=look.shape.frame.index)
    if look.dates.either or not days.dropna().duplicated().any():
        return Keys(told, "as you said") if told else Keys()
    for column in [told] if told else named:
        if _tells_apart(look, days, [column]):
            return Keys(column, "as you said" if told else "named as a place, and one row per date in each")
    others = [c for c in look.others if c not in named and _may_be_geo(look, c, answers)]
    others.sort(key=lambda c: (bool(set(tokens(c)) & _SERIES), c))
    if not told and not named:
        for column in others:
            if _tells_apart(look, days, [column]) and not set(tokens(column)) & _SERIES:
                why = "one row per date in each of its values"
                return Keys(column, why, certain=False, question=_is_geo(look, column))
    geo = told or next(iter(named), None)
    for column in others:
        if _tells_apart(look, days, [column, *([geo] if geo else [])]):
            values = [str(value) for value in pd.unique(texts(look.shape.frame[column]))]
            return Keys(geo, "named as a place" if geo else "", question=_which(look, column, values))
    keys = pd.DataFrame({"day": days, "geo": texts(look.shape.frame[geo]) if geo else ""}).dropna()
    twice = keys[keys.duplicated(keep=False)]
    first = twice.iloc[0]
    rows = twice.index[(twice == first).all(axis=1)]
    per = f"{first['day']:%Y-%m-%d}" + (f" and '{first['geo']}'" if geo else "")
    key = "date and geo" if geo else "date"
    several = ", sheets " in look.shape.name
    one_sheet = (
        "say what the sheets are: --set sheets=channels or --set sheets=geos; take one: --set sheet=NAME; or "
        if several
        else ""
    )
    raise DataError(
        f"{look.shape.name} has several rows per {key}, and nothing tells them apart",
        expected="one row per date, or per date and geo",
        got=f"{int(keys.duplicated().sum()):,} such rows, for example of {per} in rows {some(rows, 4)}",
        next_step=f"{one_sheet}sum the rows of a date, or name the column of geos: --set role.COLUMN=geo",
    )


def _is_geo(look: Look, column: str) -> Question:
    values = list(dict.fromkeys(texts(look.shape.frame[column])))
    text = (
        f"'{column}' of {look.shape.name} tells the rows of a date apart ({some(values, 4)}): is it a place "
        f"(geo)? If only one of them is meant: --set only.{column}=VALUE"
    )
    return Question(f"role.{column}", text, ("geo",), "geo")


def _which(look: Look, column: str, values: list[str]) -> Question:
    text = (
        f"{look.shape.name} holds {len(values):,} series, told apart by '{column}': which one? "
        f"({some(values, _LISTED)})"
    )
    return Question(f"only.{column}", text, tuple(values[:_LISTED]))


def _may_be_geo(look: Look, column: str, answers: Answers) -> bool:
    figures, kind = look.figures[column], look.hints[column].kind
    if column in look.shape.unnamed or answers.of("role", column) is not None:
        return False
    if figures.kind == "number" and not (figures.whole and kind == "geo"):
        return False
    return figures.kind != "empty" and 1 < look.shape.frame[column].nunique() <= MOST_GEOS


def _tells_apart(look: Look, days: pd.Series, columns: list[str]) -> bool:
    codes = [pd.factorize(texts(look.shape.frame[column]).to_numpy())[0] for column in columns]
    keys = pd.DataFrame({"day": days.to_numpy(), **{str(i): code for i, code in enumerate(codes)}})
    known = keys[~np.isnat(keys["day"].to_numpy())]
    return not bool(known.duplicated().any())
