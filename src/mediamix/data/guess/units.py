r"""Columns of media that don't say their unit, and columns that say nothing: money, delivery, or asked.

With :math:`r = \sum column / \sum outcome`, both in one unit of money: media cost between a 3,000th of the
outcome and all of it; what is outside of that is no money, or of another unit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mediamix.data.checking import some
from mediamix.data.checks.units import MORE_THAN_EARNED, TOO_LITTLE
from mediamix.data.guess import words as w
from mediamix.data.guess.answers import Answers
from mediamix.data.guess.look import Look
from mediamix.data.guess.naming import channel_words, currency_in
from mediamix.data.guess.result import Question, Role
from mediamix.data.guess.roles import Draft, Drafts

#: Share of zeros from which on a column of an unknown name looks like media, which come in flights.
FLIGHTS = 0.05
#: Whole numbers up to here may be money; and what share of the outcome one channel hardly costs.
COUNTED, MUCH = 1_000, 0.3


@dataclass(frozen=True)
class _Judged:
    """A column's unit; `question` where it has to be asked, and of which group."""

    draft: Draft
    question: str = ""


def with_units(
    look: Look, drafts: Drafts, answers: Answers, outcome: float | None
) -> tuple[Drafts, list[Question]]:
    """The drafts with a role each, and what had to be asked: of media, and of what has no known name.

    Args:
        look: The table.
        drafts: Those without a role are judged.
        answers: To these questions.
        outcome: The outcome in money, in all; None where that isn't known.
    """
    open_ = [c for c, draft in drafts.items() if draft.role is None]
    judged = {c: _judged(look, drafts, c, outcome) for c in open_}
    questions = []
    for key in ("media", "others"):
        group = [c for c in open_ if judged[c].question == key]
        if not group:
            continue
        question = _question(look, key, group, outcome, answers)
        questions.append(question)
        for column in group:
            role = Role(question.taken or "ignored")
            judged[column] = _Judged(replace(judged[column].draft, role=role, certainty="asked"))
    return {**drafts, **{c: found.draft for c, found in judged.items()}}, questions


def _judged(look: Look, drafts: Drafts, column: str, outcome: float | None) -> _Judged:
    figures, hint = look.figures[column], look.hints[column]
    if hint.kind == "numbered":
        return _Judged(Draft(None, f"'{hint.word}' says neither channel nor unit"), "media")
    if hint.kind != "media":
        flights = not figures.negative and figures.zeros >= FLIGHTS
        if flights:
            return _Judged(
                Draft(None, "its name is no known word; zeros and amounts, as media have"), "media"
            )
        return _Judged(Draft(None, "its name is no known word"), "others")
    named = f"'{hint.word}' is a channel"
    if figures.negative:
        return _Judged(Draft(Role.CONTROL, f"{named}, but it has values below zero", "likely"))
    if currency_in(column) or figures.sign not in ("", "%"):
        return _Judged(Draft(Role.SPEND, f"{named}, in a currency"))
    spends = {channel_words(c, look.letters) for c, d in drafts.items() if d.role is Role.SPEND}
    words = channel_words(column, look.letters)
    if words in spends:
        return _Judged(Draft(Role.EXPOSURE, f"{named} whose spend is another column", "likely"))
    if spends and set(words) & w.OWNED:
        why = f"{named}, and its column isn't named as money, as others are: sent, not bought"
        return _Judged(Draft(Role.EXPOSURE, why, "likely"))
    if figures.cents:
        return _Judged(Draft(Role.SPEND, f"{named}, in amounts with cents", "likely"))
    ratio = _ratio(look, [column], outcome)
    large = figures.whole and float(figures.known.max()) > COUNTED
    if large and (ratio is None or ratio > MUCH):
        return _Judged(Draft(None, f"{named}; whole numbers, as delivery is counted"), "media")
    if ratio is not None and not TOO_LITTLE <= ratio <= MORE_THAN_EARNED:
        return _Judged(Draft(None, f"{named}; in all {ratio:,.3g} times the outcome"), "media")
    return _Judged(Draft(Role.SPEND, f"{named}, in amounts as money has them", "likely"))


def _question(look: Look, key: str, group: list[str], outcome: float | None, answers: Answers) -> Question:
    names = some([f"'{column}'" for column in group], 6)
    noun = "is" if len(group) == 1 else "are"
    samples = "; ".join(f"{column}: {', '.join(look.figures[column].samples)}" for column in group[:2])
    if key == "others":
        text = f"what {noun} {names} of {look.shape.name}? No known word names them ({samples})"
        return Question(key, text, ("ignored", "control", "spend", "exposure"), "ignored", answers.get(key))
    ratio = _ratio(look, group, outcome)
    fits = ratio is None or TOO_LITTLE <= ratio <= MORE_THAN_EARNED
    whole = all(look.figures[column].whole for column in group)
    assumed = "spend" if fits and not whole else "exposure"
    because = "" if ratio is None else f"; in all {ratio:,.3g} times the outcome"
    text = f"{noun} {names} of {look.shape.name} money or delivery? ({samples}{because})"
    return Question(key, text, ("spend", "exposure", "control", "ignored"), assumed, answers.get(key))


def total_of(look: Look, column: str) -> float:
    """The sum of a column, from the rows that are looked at."""
    share = len(look.rows) / len(look.shape.frame)
    return float(np.nansum(look.figures[column].values)) / share


def _ratio(look: Look, group: list[str], outcome: float | None) -> float | None:
    if outcome is None or outcome <= 0:
        return None
    return sum(total_of(look, column) for column in group) / outcome
