"""Kill `mediamix build` on PostgreSQL while dbt works, at random moments, and look at what is there.

A kill is a SIGKILL that a fork gives itself: when dbt sends one of its statements, or a moment later, while
the server works on it.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from mediamix.warehouse.build import build
from mediamix.warehouse.engines.postgres import Postgres
from mediamix.warehouse.engines.postgres_session import DbtHandle


def in_fork(work: Callable[[], None]) -> int:
    """How a fork that does `work` ended."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1]


class Statements:
    """Counts what dbt sends, and kills at one of them.

    Args:
        at: Number of the statement; None: nobody is killed.
        later: Seconds after it.
    """

    def __init__(self, at: int | None = None, later: float = 0.0) -> None:
        self.at, self.later, self.sent = at, later, 0

    def watch(self) -> None:
        """From now on, in this process."""
        inner = DbtHandle.cursor

        def outer(handle: DbtHandle) -> object:
            self.sent += 1
            if self.sent == self.at:
                threading.Thread(target=self._soon, daemon=True).start()
                if not self.later:
                    time.sleep(60)
            return inner(handle)

        DbtHandle.cursor = outer  # type: ignore[method-assign, assignment]

    def _soon(self) -> None:
        time.sleep(self.later)
        os.kill(os.getpid(), signal.SIGKILL)


def count(warehouse: Postgres, told: Path) -> int:
    """Statements of dbt in a build that lives."""

    def lives() -> None:
        statements = Statements()
        statements.watch()
        build(warehouse)
        told.write_text(str(statements.sent))

    assert in_fork(lives) == 0
    return int(told.read_text())


def killed(
    land: Callable[[Postgres], None], warehouse: Postgres, statements: int, rng: random.Random
) -> tuple[int, int]:
    """Land, build, and kill that at a random statement; at which, and how it ended."""
    at, later = rng.randint(1, statements), rng.choice([0.0, rng.uniform(0.0, 0.05)])

    def dies() -> None:
        Statements(at, later).watch()
        with warehouse.renewed() as aside:
            land(aside)  # type: ignore[arg-type]
            build(aside)

    return at, in_fork(dies)
