"""Questions about tables: what ``--set`` says, what is typed, and what is said where nobody answers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import typer

from mediamix.cli.console import command_line, note
from mediamix.core.errors import UserError
from mediamix.core.text import visible

if TYPE_CHECKING:
    from mediamix.data.guess.result import Question
    from mediamix.project.ingesting import Options

T = TypeVar("T")


def parsed_answers(answers: Sequence[str]) -> dict[str, str]:
    """Key → value of each ``KEY=VALUE``.

    Raises:
        UserError: One is none.
    """
    wrong = [answer for answer in answers if "=" not in answer.strip("=")]
    if wrong:
        raise UserError(
            f"--set takes an answer, not {wrong[0]!r}",
            expected="--set KEY=VALUE, such as --set outcome=revenue",
            next_step="write the key of the question, an equals sign and the answer",
        )
    # the value is behind the last sign: names of columns may hold one, answers hardly do
    parts = [answer.rpartition("=") for answer in answers]
    return {key.strip(): value.strip() for key, _, value in parts}


def on_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def prompt(question: Question) -> str:
    """What is typed, once it can be an answer."""
    from mediamix.data.guess.answers import parsed

    choice = question.options if question.options != (question.assumed,) else ()
    text = visible(question.text + (f" [{' / '.join(choice)}]" if choice else ""))
    while True:
        answer: str = typer.prompt(text, default=question.assumed, err=True, type=str)
        try:
            parsed({question.key: answer.strip()})
        except UserError as error:
            note("; ".join(error.details))
            continue
        return answer.strip()


def unanswered(questions: Sequence[Question]) -> UserError:
    """What is said where a question has no answer."""
    lines = []
    for question in questions:
        ways = [way if "=" in way else f"{question.key}={way}" for way in question.options[:6]]
        shown = f" --set {command_line(*ways[:1]).partition(' ')[2]}" if ways else f" --set {question.key}=…"
        others = f" (or {', '.join(ways[1:])})" if ways[1:] else ""
        lines.append(f"{question.text} Answer:{shown}{others}")
    noun = "question has" if len(lines) == 1 else "questions have"
    return UserError(
        f"{len(lines)} {noun} to be answered first",
        details=lines,
        expected="an answer to each; the tables don't say",
        next_step="run the same command again with the answers; nothing was written",
    )


def answered(work: Callable[[Options], T], options: Options, *, ask: bool) -> T:
    """Do what may have a question; on a terminal it is asked, and then done again.

    Raises:
        UserError: A question has no answer.
    """
    from mediamix.project.ingesting import Unanswered

    while True:
        try:
            return work(options)
        except Unanswered as waiting:
            found = waiting.read.guess
            questions = found.open if found is not None else ()
            askable = [question for question in questions if question.key != "role"]
            if not (ask and on_terminal() and askable):
                raise unanswered(questions) from None
            said = {question.key: prompt(question) for question in askable}
            options = replace(options, answers={**(options.answers or {}), **said})
