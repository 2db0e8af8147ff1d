"""Which column is the outcome, of several that could be; its unit and what one of a count is worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mediamix.core.names import plain
from mediamix.data.checking import some
from mediamix.data.guess.answers import Answers
from mediamix.data.guess.look import Look
from mediamix.data.guess.naming import currency_in
from mediamix.data.guess.result import Question, Role
from mediamix.data.guess.roles import SAID, Draft, Drafts
from mediamix.data.guess.values import amounts_of

#: How much the value of a unit may differ (standard deviation over mean) before that is said.
STEADY = 0.25
DIGITS = 6
#: Roles that give way to the outcome, where somebody says that a column is it.
_POSSIBLE = (None, Role.IGNORED, Role.CONTROL, Role.VALUE)


@dataclass(frozen=True)
class Chosen:
    """The outcome.

    Args:
        at: Which table.
        column: Its column.
        unit: ``revenue`` or ``count``.
        value_per_unit: Of a count.
        notes: What to know about it.
    """

    at: int
    column: str
    unit: str
    value_per_unit: float | None
    notes: tuple[str, ...] = ()


def choose_outcome(
    looks: Sequence[Look], drafts: Sequence[Drafts], answers: Answers
) -> tuple[Chosen | None, list[Drafts], list[Question]]:
    """The outcome, the drafts without the other candidates, and what was asked."""
    made = [dict(draft) for draft in drafts]
    candidates = [
        (at, c) for at, own in enumerate(made) for c, draft in own.items() if draft.role is Role.OUTCOME
    ]
    said = [(at, c) for at, c in candidates if made[at][c].why == SAID]
    candidates = said or candidates
    questions = []
    answer = answers.get("outcome")
    if answer is not None:
        candidates = _named(answer, looks, candidates) or candidates
    best = max(candidates, key=lambda found: _merit(found, candidates, looks, made), default=None)
    if best is None or (answer is None and len(candidates) > 1) or (answer is not None and best is not None):
        question = _question(best, candidates, looks, made)
        if answer is not None and best is not None and plain(answer) == plain(best[1]):
            question = replace(question, answer=best[1])
        if best is None or len(question.options) > 1:
            questions.append(question)
    if best is None:
        return None, made, questions
    at, column = best
    kind = made[at][column].kind or looks[at].hints[column].kind
    whole = _wholes(best, candidates, looks)
    for other_at, other in list(_all(made)):
        if (other_at, other) != best and made[other_at][other].role is Role.OUTCOME:
            made[other_at][other] = Draft(Role.IGNORED, f"another outcome; '{column}' is explained", "likely")
    why = made[at][column].why or SAID
    why += (
        f"; {some([repr(c) for c in whole], 3)} {'is a part' if len(whole) == 1 else 'are parts'} of it"
        if whole
        else ""
    )
    asked = bool(questions) and questions[0].answer is None
    made[at][column] = Draft(Role.OUTCOME, why, "asked" if asked else "certain", kind)
    unit, more = _unit(kind, looks[at], column, answers)
    value, notes = _value(looks[at], made[at], column, unit, answers)
    return Chosen(at, column, unit, value, notes), made, [*questions, *more]


def _all(drafts: Sequence[Drafts]) -> Iterator[tuple[int, str]]:
    return ((at, column) for at, own in enumerate(drafts) for column in own)


def _named(answer: str, looks: Sequence[Look], candidates: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The column that an answer names: of the candidates, or any column of numbers."""
    numeric = [
        (at, c) for at, look in enumerate(looks) for c in look.others if look.figures[c].kind == "number"
    ]
    return [found for found in (*candidates, *numeric) if plain(found[1]) == plain(answer)][:1]


def _merit(
    found: tuple[int, str], others: list[tuple[int, str]], looks: Sequence[Look], drafts: Sequence[Drafts]
) -> tuple[int, int, int, str]:
    """Money before counts, the whole before its parts, short names before long ones."""
    at, column = found
    kind = drafts[at][column].kind
    rank = {"money": 2, "plain": 1}.get(kind, 0)
    return rank, len(_wholes(found, others, looks)), -len(column), plain(column)


def _wholes(found: tuple[int, str], others: list[tuple[int, str]], looks: Sequence[Look]) -> list[str]:
    """Other candidates of the same kind that are nowhere larger: parts of this one."""
    at, column = found
    own = looks[at].figures[column].values
    parts = []
    for other_at, other in others:
        if other_at != at or other == column or looks[at].hints[other].kind != looks[at].hints[column].kind:
            continue
        values = looks[at].figures[other].values
        both = np.isfinite(own) & np.isfinite(values)
        if both.any() and (values[both] <= own[both]).all() and (values[both] < own[both]).any():
            parts.append(other)
    return parts


def _question(
    best: tuple[int, str] | None,
    candidates: list[tuple[int, str]],
    looks: Sequence[Look],
    drafts: Sequence[Drafts],
) -> Question:
    if best is None:
        numeric = [
            c
            for look, own in zip(looks, drafts, strict=True)
            for c in look.others
            if look.figures[c].kind == "number" and own[c].role in _POSSIBLE
        ]
        names = ", ".join(look.shape.name for look in looks)
        text = f"no column of {names} is named as an outcome (revenue, sales, orders, …): which one is it?"
        return Question("outcome", text, tuple(numeric[:12]))
    samples = "; ".join(f"{c}: {', '.join(looks[at].figures[c].samples)}" for at, c in candidates[:6])
    ordered = [best, *(found for found in candidates if found != best)]
    text = f"which column is the outcome? ({samples})"
    return Question("outcome", text, tuple(c for _, c in ordered), best[1])


def _unit(kind: str, look: Look, column: str, answers: Answers) -> tuple[str, list[Question]]:
    answer = answers.get("unit")
    if kind in ("money", "count") and answer is None:
        return ("revenue" if kind == "money" else "count"), []
    figures = look.figures[column]
    money = currency_in(column) or figures.sign not in ("", "%") or not figures.whole
    assumed = "revenue" if kind == "money" or (kind != "count" and money) else "count"
    if currency_in(column) and answer is None:
        return "revenue", []
    samples = ", ".join(figures.samples)
    text = f"is the outcome '{column}' money (revenue) or a count (orders, leads)? ({samples})"
    return (answer or assumed), [Question("unit", text, ("revenue", "count"), assumed, answer)]


def _value(
    look: Look, drafts: Drafts, column: str, unit: str, answers: Answers
) -> tuple[float | None, tuple[str, ...]]:
    """What one unit of a count is worth: answered, or the mean of its column, weighted by the count."""
    said = answers.get("value_per_unit")
    worths = [c for c, draft in drafts.items() if draft.role is Role.VALUE]
    if unit != "count" or said is not None:
        for name in worths:
            drafts[name] = Draft(Role.IGNORED, "what one unit is worth, which isn't needed here", "likely")
        return (float(said) if said is not None and unit == "count" else None), ()
    if not worths:
        return None, (f"without `value_per_unit` a count has no ROI: say what one of '{column}' is worth",)
    for name in worths[1:]:
        drafts[name] = Draft(Role.IGNORED, "a second value of one unit", "likely")
    counts = amounts_of(look, column, answers.numbers)
    values = amounts_of(look, worths[0], answers.numbers)
    both = np.isfinite(counts) & np.isfinite(values)
    if not counts[both].sum() > 0 or not (counts[both] @ values[both]) > 0:
        return None, ()
    mean = float(counts[both] @ values[both] / counts[both].sum())
    weighted = f"the mean of '{worths[0]}', each as often as it happened"
    notes = [f"one of '{column}' is worth {mean:.{DIGITS}g}, {weighted}"]
    spread = float(np.std(values[both])) / mean
    if spread > STEADY:
        notes.append(f"'{worths[0]}' varies by {spread:.0%}: a column of revenue would say more than a count")
    return float(f"{mean:.{DIGITS}g}"), tuple(notes)
