"""Answers as the platforms' references print them (numbers invented), said again to the official clients."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from mediamix.ingest.source import Connection, Days
from mediamix.testing.platforms.base import Answer, Fault, HttpServer, Request, World

NO_WORLD = World(date(2026, 1, 1), date(2026, 1, 1), accounts=())


class Recorded(HttpServer):
    """Says the first answer whose key is in the path (with its query)."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        super().__init__(NO_WORLD)
        self.answers = dict(answers)

    def answer(self, request: Request) -> Answer:
        asked = f"{request.path}?{request.query}"
        return next(one for key, one in self.answers.items() if key in asked)

    def counts(self, request: Request) -> bool:
        return False

    def failure(self, fault: Fault, request: Request) -> Answer:
        raise AssertionError


def rows_of(connection: Connection, days: Days, account: int = 0) -> list[Mapping[str, object]]:
    """All rows of a window."""
    replies = connection.pull(connection.accounts()[account], days)
    return [row for reply in replies for row in reply.rows]
