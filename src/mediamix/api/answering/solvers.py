"""Who solves: processes of their own, each with the fits that it was asked about, or this process."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from threading import Lock

from mediamix.api.answering.solve import Failed, begin, solve, warm
from mediamix.api.problems import Refusal
from mediamix.core.errors import UserError

#: Questions that wait for a solver, each; more are told to come again.
WAITING = 32


class Solvers:
    """Processes that answer questions.

    Args:
        number: Of processes; 0: a thread of this one.
        folder: Of the fit that is loaded before somebody asks.
    """

    def __init__(self, number: int, folder: str | None = None) -> None:
        self._number, self._folder = number, folder
        self._lock = Lock()
        self._pool = self._made()
        self._open = 0
        # One that takes seconds leaves a solver to the others.
        self._heavy = asyncio.Semaphore(max(1, number - 1))

    def _made(self) -> Executor:
        if not self._number:
            return ThreadPoolExecutor(1, "solver")
        # Spawned: a fork would take over the threads' locks of this process.
        how = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._number, how, begin, (self._folder, os.getpid()))

    async def ready(self) -> None:
        """Every process is started and has the first fit in memory."""
        loop = asyncio.get_running_loop()
        tasks = max(1, self._number)
        await asyncio.gather(*(loop.run_in_executor(self._pool, warm, self._folder) for _ in range(tasks)))

    async def answer(self, kind: str, folder: str, question: str, *, heavy: bool = False) -> bytes:
        """The answer to a question.

        Raises:
            UserError: It has none; or (503) too many wait.
        """
        if self._open >= WAITING * max(1, self._number):
            raise Refusal(
                503,
                "busy",
                "all solvers are busy",
                expected=f"up to {WAITING} questions waiting for each",
                next_step="ask again in a second, or start the service with more --solvers",
                headers={"Retry-After": "1"},
            )
        self._open += 1
        try:
            if heavy:
                async with self._heavy:
                    found = await self._solved(kind, folder, question)
            else:
                found = await self._solved(kind, folder, question)
        finally:
            self._open -= 1
        if isinstance(found, Failed):
            raise found.error()
        return found

    async def _solved(self, kind: str, folder: str, question: str) -> bytes | Failed:
        loop, pool = asyncio.get_running_loop(), self._pool
        try:
            return await loop.run_in_executor(pool, solve, kind, folder, question)
        except BrokenProcessPool:
            # One was killed: all are begun anew, and this question is asked once more.
            with self._lock:
                if self._pool is pool:
                    self._pool = self._made()
            try:
                return await loop.run_in_executor(self._pool, solve, kind, folder, question)
            except BrokenProcessPool as error:
                raise UserError(
                    "the solver of this question ended before it answered, twice",
                    expected="memory for the fit and its curves",
                    next_step="ask a smaller question, or give the service more memory",
                ) from error

    def close(self) -> None:
        """End them."""
        self._pool.shutdown(wait=False, cancel_futures=True)
