"""What a column's cells leave open: numbers with a thousands or a decimal sign, days or months first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mediamix.data.amounts import number
from mediamix.data.cells import texts
from mediamix.data.checking import some
from mediamix.data.guess.answers import Answers
from mediamix.data.guess.calendars import WEEKS
from mediamix.data.guess.look import Look
from mediamix.data.guess.result import Question, Role
from mediamix.data.guess.roles import Drafts
from mediamix.data.spelled import doubt_of

_UNUSED = frozenset((Role.IGNORED, Role.EMPTY, Role.LABEL, Role.CURRENCY))


def doubts_of(looks: Sequence[Look], drafts: Sequence[Drafts], answers: Answers) -> list[Question]:
    """Questions about how cells are written; only of columns that are used, once for all tables."""
    questions = []
    either = [look for look in looks if look.dates.either]
    if either or answers.get("day_first") is not None:
        names = ", ".join(f"'{look.date}' of {look.shape.name}" for look in either or looks)
        first = next((str(cell) for look in either for cell in look.rows[look.date] if str(cell).strip()), "")
        text = f"are the dates in {names} day/month or month/day? ({first}; true: the day comes first)"
        questions.append(Question("day_first", text, ("true", "false"), None, answers.get("day_first")))
    counted = [look for look in looks if look.dates.spelling == WEEKS]
    if counted:
        names = ", ".join(f"'{look.date}' of {look.shape.name}" for look in counted)
        first = next(cell for cell in texts(counted[0].rows[counted[0].date]) if doubt_of([cell]))
        text = f"how are the weeks in {names} counted? {first!r} {doubt_of([first])}"
        questions.append(Question("weeks", text, ("iso",), None, answers.get("weeks")))
    doubtful = [
        (look, column)
        for look, own in zip(looks, drafts, strict=True)
        for column, figures in look.figures.items()
        if len(figures.readings) == 2 and own[column].role not in _UNUSED
    ]
    if doubtful or answers.get("decimal") is not None:
        questions.append(_decimal(doubtful, answers))
    return questions


def numbers_section(answers: Answers) -> dict[str, dict[str, Any]]:
    """The section ``numbers`` of the spec, where it was asked for."""
    said = answers.numbers
    return {} if said is None else {"numbers": said.model_dump(exclude_none=True)}


def _decimal(doubtful: list[tuple[Look, str]], answers: Answers) -> Question:
    answer = answers.get("decimal")
    if not doubtful:
        return Question("decimal", "which sign stands before decimals?", (".", ","), None, answer)
    look, column = doubtful[0]
    figures = look.figures[column]
    ways = " or ".join(
        f"{number(figures.example, reading):,.15g} (decimal={reading.decimal})"
        for reading in figures.readings
    )
    names = some([f"'{name}' of {of.shape.name}" for of, name in doubtful], 4)
    text = f"in {names} a number can be read in two ways: is '{figures.example}' {ways}?"
    return Question("decimal", text, (".", ","), None, answer)
