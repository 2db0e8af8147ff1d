"""Recorded answers by path, said again to the official clients of analytics and CRMs."""

from __future__ import annotations

from collections.abc import Mapping

from connectors import Saying

from mediamix.ingest.source import Connection, Days
from mediamix.testing.platforms.base import Answer, Request


class Recorded(Saying):
    """Says the first answer whose key is in the path (with its query)."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        super().__init__()
        self.by_path = dict(answers)

    def answer(self, request: Request) -> Answer:
        asked = f"{request.path}?{request.query}"
        return next(one for key, one in self.by_path.items() if key in asked)


def rows_of(connection: Connection, days: Days, account: int = 0) -> list[Mapping[str, object]]:
    """All rows of a window."""
    replies = connection.pull(connection.accounts()[account], days)
    return [row for reply in replies for row in reply.rows]
