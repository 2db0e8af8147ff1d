"""Requests that may be sent again: of the same `Idempotency-Key` the first is done, all have its answer."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from mediamix.api.problems import Refusal
from mediamix.api.replies import JSON
from mediamix.core.errors import FolderError
from mediamix.project.folder import Project

#: Seconds that an answer is kept, and that a request may be at work.
KEPT, AT_WORK = 86_400.0, 600.0
#: Seconds that one waits for another's transaction.
_PATIENCE = 10.0
IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=128,
        pattern=r"^[A-Za-z0-9_.:-]*$",
        description="Send the request again with the same key, and it is done once: the answer is the first "
        "one's. Kept for a day.",
    ),
]


@dataclass(frozen=True)
class Repeats:
    """Answers of a project's service to requests with a key.

    Args:
        project: Whose.
        clock: Seconds since 1970.
    """

    project: Project
    clock: Callable[[], float] = time.time

    async def once(
        self, request: Request, key: str, content: bytes, make: Callable[[], Awaitable[Response]]
    ) -> Response:
        """Do what was asked, or give the answer that it had.

        Args:
            request: Of whom, and to which path.
            key: Of the request; empty: it is done.
            content: What was asked, to tell another request with the same key.
            make: Does it.

        Raises:
            Refusal: 409: the key was used for another request, or its first request is at work.
        """
        if not key:
            return await make()
        who = request.state.who.id
        name = hashlib.sha256(f"{who}\0{request.url.path}\0{key}".encode()).hexdigest()
        mark = hashlib.sha256(content).hexdigest()
        kept = await run_in_threadpool(self._begin, name, mark)
        if kept is not None:
            return kept
        done: Response | None = None
        try:
            done = await make()
            return done
        finally:
            # What was refused may be asked again.
            keep = done if done is not None and done.status_code < 400 else None
            await run_in_threadpool(self._end, name, keep)

    def _begin(self, name: str, mark: str) -> Response | None:
        now = self.clock()
        with self._writing() as db:
            db.execute("DELETE FROM repeats WHERE at < ?", (now - KEPT,))
            db.execute("DELETE FROM repeats WHERE status IS NULL AND at < ?", (now - AT_WORK,))
            row = db.execute(
                "SELECT mark, status, body, location FROM repeats WHERE name = ?", (name,)
            ).fetchone()
            if row is None:
                db.execute("INSERT INTO repeats (name, mark, at) VALUES (?, ?, ?)", (name, mark, now))
                return None
        if row[0] != mark:
            raise Refusal(
                409,
                "again",
                "this Idempotency-Key was used for another request",
                expected="a new key for a new request",
                next_step="make a new key, e.g. a UUID",
            )
        if row[1] is None:
            raise Refusal(
                409,
                "again",
                "the first request with this Idempotency-Key is at work",
                next_step="ask again in a second",
                headers={"Retry-After": "1"},
            )
        headers = {"Idempotency-Replayed": "true"} | ({} if row[3] is None else {"Location": row[3]})
        return Response(row[2], row[1], headers, JSON)

    def _end(self, name: str, done: Response | None) -> None:
        with self._writing() as db:
            if done is None:
                db.execute("DELETE FROM repeats WHERE name = ?", (name,))
                return
            values = (done.status_code, bytes(done.body), done.headers.get("location"), name)
            db.execute("UPDATE repeats SET status = ?, body = ?, location = ? WHERE name = ?", values)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            db = sqlite3.connect(self.project.repeats, timeout=_PATIENCE, isolation_level=None)
            try:
                db.execute(
                    "CREATE TABLE IF NOT EXISTS repeats (name TEXT PRIMARY KEY, mark TEXT NOT NULL, "
                    "at REAL NOT NULL, status INTEGER, body BLOB, location TEXT)"
                )
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                except BaseException:
                    db.execute("ROLLBACK")
                    raise
                db.execute("COMMIT")
            finally:
                db.close()
        except sqlite3.Error as error:
            raise FolderError(
                "what was answered before can't be kept",
                expected="a project's folder that can be written",
                got=type(error).__name__,
                next_step="ask again; without Idempotency-Key nothing needs to be kept",
            ) from error
