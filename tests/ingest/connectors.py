"""What the tests of connectors share: recorded replies on loopback, and a search for secrets."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote

from mediamix.testing.platforms.base import Answer, HttpServer, Request, World

REPLIES = Path(__file__).parent / "replies"
DAY = date(2026, 10, 1)


class Saying(HttpServer):
    """Gives the same answers to whoever asks, one after the other; the last one for good."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__(World(DAY, DAY, accounts=()))
        self.answers = list(answers)

    def counts(self, request: Request) -> bool:
        return False

    def answer(self, request: Request) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def recorded(name: str) -> Answer:
    return Answer((REPLIES / name).read_bytes())


def said_by(error: BaseException) -> str:
    """Everything that an error and those behind it would write, also those that a traceback leaves out."""
    texts = ["".join(traceback.format_exception(error))]
    for one in _behind(error):
        texts += [str(one), repr(one), repr(vars(one)), repr(one.args)]
    return "\n".join(texts)


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    if error is not None:
        yield error
        yield from _behind(error.__cause__)
        yield from _behind(error.__context__)


def holds(text: str, secrets: Iterable[str]) -> list[str]:
    """The secrets that stand in a text, plain or as an address or JSON writes them."""
    return [
        one
        for one in secrets
        for spelt in {one, quote(one), quote(one, safe=""), one.replace("/", "\\/")}
        if spelt in text
    ]
