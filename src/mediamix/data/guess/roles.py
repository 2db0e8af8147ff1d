"""What each column of a table is for, where its header or its cells say so; the rest is left to `units`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mediamix.data.cells import texts
from mediamix.data.days import MISSING
from mediamix.data.guess import words as w
from mediamix.data.guess.answers import Answers
from mediamix.data.guess.keys import Keys
from mediamix.data.guess.look import Look
from mediamix.data.guess.naming import channel_words
from mediamix.data.guess.result import Certainty, Role

#: Share of cells without a word from which on a column of words names events.
QUIET = 0.5
#: What a header says about amounts: no count of periods, however regular they are.
_AMOUNTS = frozenset(("spend", "exposure", "money", "count", "plain", "value", "media"))
_OWN = frozenset(("trend", "seas", "seasonal", "seasonality"))
MOST_EVENTS = 60
FORMULA = " (a formula's value is stored when Excel saves it)"


@dataclass(frozen=True)
class Draft:
    """A column's role, on the way.

    Args:
        role: What it is for; None: `units` decides.
        why: In words.
        certainty: How sure.
        kind: Of outcomes ``money``, ``count`` or ``plain``.
        channel: Of spend and exposure.
    """

    role: Role | None
    why: str = ""
    certainty: Certainty = "certain"
    kind: str = ""
    channel: str | None = None


Drafts = dict[str, Draft]
SAID = "you said so"


def drafts_of(look: Look, keys: Keys, answers: Answers) -> Drafts:
    """A draft per column."""
    drafts: Drafts = {}
    for column in look.shape.columns:
        forced = answers.of("role", column)
        if forced is not None and column not in look.shape.unnamed:
            kind = look.hints[column].kind
            kind = kind if kind in ("money", "count") else "plain"
            drafts[column] = Draft(Role(forced), SAID, kind=kind if forced == "outcome" else "")
        else:
            drafts[column] = _draft(look, keys, column)
    return _without_totals(look, _without_plans(look, drafts))


def _draft(look: Look, keys: Keys, column: str) -> Draft:
    if column == look.date:
        return Draft(Role.DATE, _about_dates(look))
    if column in look.shape.unnamed:
        return Draft(Role.LABEL, "it has no header, and reading leaves it out")
    if column == look.channel:
        return Draft(Role.CHANNEL, "its cells name the channels, a row each")
    if column == look.end:
        return Draft(Role.IGNORED, "the end of what the date begins")
    if column == keys.geo:
        return Draft(Role.GEO, keys.why, "certain" if keys.certain else "asked")
    figures, hint = look.figures[column], look.hints[column]
    if figures.kind == "empty":
        excel = look.shape.source.suffix == ".xlsx"
        return Draft(Role.EMPTY, f"it has no value{FORMULA if excel else ''}")
    if hint.kind == "label" and figures.different == len(look.rows):
        return Draft(Role.LABEL, "it numbers the rows")
    if hint.kind == "currency" and figures.kind == "text":
        return Draft(Role.CURRENCY, "named as a currency")
    if _is_constant(look, column) and not (hint.kind in ("spend", "exposure") and (figures.known > 0).any()):
        return Draft(Role.EMPTY, f"every row has the same value, {figures.samples[0]}")
    if figures.kind == "text":
        return _of_text(look, column)
    part = "" if hint.kind in _AMOUNTS else _part_of_date(look, column)
    if part:
        return Draft(Role.IGNORED, f"it is {part}, which the date says already")
    return _of_numbers(look, keys, column)


def _about_dates(look: Look) -> str:
    spelled = f", {look.dates.spelling}" if look.dates.spelling else ""
    return f"dates from {look.periods[0]} to {look.periods[-1]}{spelled}"


def _is_constant(look: Look, column: str) -> bool:
    return (
        look.figures[column].different == 1 and len(look.rows) > 1 and look.shape.frame[column].nunique() == 1
    )


def _of_text(look: Look, column: str) -> Draft:
    hint, figures = look.hints[column], look.figures[column]
    cells = texts(look.rows[column])
    quiet = float(cells.map(lambda cell: cell.lower() in MISSING).mean())
    if hint.kind == "event" and figures.different <= MOST_EVENTS:
        return Draft(Role.EVENT, f"named '{hint.word}', and its words name what happened")
    if quiet >= QUIET and figures.different <= MOST_EVENTS and look.channel is None:
        return Draft(Role.EVENT, "words in a few rows, which name what happened", "likely")
    if look.channel is not None:
        return Draft(Role.CAMPAIGN, "words that tell rows of a channel apart; they are summed", "likely")
    if hint.kind in ("spend", "exposure", "money", "count", "control"):
        return Draft(Role.IGNORED, "its header names an amount, but most of its cells are no numbers")
    return Draft(Role.IGNORED, "words that neither date, place nor channel are")


def _of_numbers(look: Look, keys: Keys, column: str) -> Draft:
    hint, figures = look.hints[column], look.figures[column]
    named = f"named '{hint.word}'"
    match hint.kind:
        case "result" if hint.word in _OWN:
            return Draft(Role.IGNORED, f"{named}: the model has a trend and a season of its own")
        case "result":
            return Draft(Role.IGNORED, f"{named}: a result or a truth, which no model may see")
        case "ratio":
            return Draft(Role.IGNORED, f"{named}: a ratio of other columns")
        case "part":
            return Draft(Role.IGNORED, f"{named}: a part of the outcome, and no cause of it")
        case "value":
            return Draft(Role.VALUE, f"{named}: what one unit of the outcome is worth")
        case "population":
            if keys.geo is not None and _one_per_geo(look, keys.geo, column):
                return Draft(Role.POPULATION, f"{named}, one number per geo")
            return Draft(Role.IGNORED, f"{named}, and geos aren't compared here")
        case "event" if figures.flags:
            return Draft(Role.EVENT, f"{named}, zeros and ones")
        case "control" | "event":
            return Draft(Role.CONTROL, named, "certain" if hint.kind == "control" else "likely")
        case "spend":
            if figures.negative:
                return Draft(Role.SPEND, f"{named}; it has values below zero", "likely")
            return Draft(Role.SPEND, named)
        case "exposure":
            return Draft(Role.EXPOSURE, named)
        case "money" | "count" | "plain":
            if look.channel is not None and not _repeats(look, keys, column):
                return Draft(
                    Role.IGNORED, f"{named}, per channel: what a platform counts as its own", "likely"
                )
            return Draft(Role.OUTCOME, named, kind=hint.kind)
        case "date":
            return Draft(Role.IGNORED, f"{named}: a part of the date")
        case "label":
            return Draft(Role.LABEL, "it has no name that says what it is", "likely")
        case "campaign":
            return Draft(Role.IGNORED, f"{named}: a number that names, and no amount", "likely")
    if look.channel is not None:
        return Draft(Role.IGNORED, "nothing says what it is", "likely")
    if figures.flags:
        return Draft(Role.EVENT, "zeros and ones, which tell when something was on", "likely")
    return Draft(None)


def _one_per_geo(look: Look, geo: str, column: str) -> bool:
    cells = texts(look.shape.frame[column])
    return bool((cells.groupby(texts(look.shape.frame[geo])).nunique() <= 1).all())


def _repeats(look: Look, keys: Keys, column: str) -> bool:
    """True if all channels of a date (and geo) have the same value in a column: it isn't theirs."""
    frame = look.shape.frame
    by = [pd.Series(look.dates.days, index=frame.index), *([texts(frame[keys.geo])] if keys.geo else [])]
    different = texts(frame[column]).groupby(by).nunique()
    return bool((different <= 1).mean() > 0.99)


def _part_of_date(look: Look, column: str) -> str:
    """``the day of the year``, where a column of whole numbers is nothing but a part of its date."""
    figures, days = look.figures[column], look.row_days
    if not figures.whole or figures.different < 2 or np.ptp(figures.known) > max(366, len(look.periods)):
        return ""
    known = np.isfinite(figures.values) & ~np.isnat(days)
    values, stamps = figures.values[known], pd.Series(days[known])
    rank = np.searchsorted(look.periods, days[known])
    week = stamps.dt.isocalendar().week
    parts = {
        "the day of the year": stamps.dt.day_of_year,
        "the week of the year": week,
        "the month": stamps.dt.month,
        "the quarter": stamps.dt.quarter,
        "the year": stamps.dt.year,
        "the day of the month": stamps.dt.day,
        "the day of the week": stamps.dt.day_of_week,
        "the number of the period": pd.Series(rank),
    }
    for name, part in parts.items():
        apart = values - part.to_numpy(dtype=np.float64)
        if len(apart) > 1 and np.ptp(part.to_numpy(dtype=np.float64)) > 0 and np.ptp(apart) == 0:
            return name
    return ""


def _without_plans(look: Look, drafts: Drafts) -> Drafts:
    """What was planned gives way to what was spent."""
    spends = {c: channel_words(c, look.letters) for c, d in drafts.items() if d.role is Role.SPEND}
    planned = {c for c in spends if w.says(w.tokens(c), w.PLANNED)}
    actual = {words for c, words in spends.items() if c not in planned}
    for column in planned:
        if spends[column] in actual and drafts[column].why != SAID:
            drafts[column] = Draft(Role.IGNORED, "what was planned; another column says what was spent")
    return drafts


def _without_totals(look: Look, drafts: Drafts) -> Drafts:
    """Spend that is the sum of the other spends would count twice."""
    if look.channel is not None:
        return drafts
    spends = [c for c, d in drafts.items() if d.role is Role.SPEND or (d.role is None and _is_media(look, c))]
    for column in spends:
        others = [np.nan_to_num(look.figures[c].values) for c in spends if c != column]
        if len(others) < 2 or drafts[column].why == SAID:
            continue
        own, rest = np.nan_to_num(look.figures[column].values), np.sum(others, axis=0)
        same = bool((np.abs(own - rest) <= 1e-4 * np.abs(rest) + 0.02).mean() > 0.95)
        called = bool(w.says(w.tokens(column), w.TOTAL)) and not channel_words(column, look.letters)
        if same or called:
            why = "the sum of the other columns of spend" if same else "called a total, beside its parts"
            drafts[column] = Draft(Role.IGNORED, why, "certain" if same else "likely")
            return _without_totals(look, drafts)
    return drafts


def _is_media(look: Look, column: str) -> bool:
    return look.hints[column].kind == "media"


def as_outcome(draft: Draft) -> Draft:
    """The same column as the outcome."""
    return replace(draft, role=Role.OUTCOME)
