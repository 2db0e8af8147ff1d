"""Asking a platform until it answers: waiting as it says, asking again, halving a window that is too much."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from mediamix.ingest.source import (
    Account,
    Connection,
    Days,
    Dropped,
    Reply,
    SourceError,
    Throttled,
    TooMuch,
    Unavailable,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Clock:
    """Time and chance, so that a test needs neither.

    Args:
        now: The moment, with a time zone.
        sleep: Wait for some seconds.
        chance: Between 0 and 1: spreads the tries of many clients.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = field(default=random.random)


@dataclass(frozen=True)
class Patience:
    """How long a platform is waited for.

    Args:
        tries: Of one call, the first included.
        first_s: Mean of the first wait, doubled each time.
        longest_s: Of one wait, also of one that the platform asks for.
    """

    tries: int = 7
    first_s: float = 2.0
    longest_s: float = 900.0


class Asker:
    """Calls of one pull.

    Args:
        title: The platform's, for messages.
        clock: Time.
        patience: Limits.
        told: Takes a line whenever something is waited for.
    """

    def __init__(self, title: str, clock: Clock, patience: Patience, told: Callable[[str], None]) -> None:
        self._title, self._clock, self._patience, self._told = title, clock, patience, told

    def ask(self, call: Callable[[], T], what: str, *, halved: bool = False) -> T:
        """The call's answer; throttled or without a whole answer it is made again, later.

        Args:
            call: Asks the platform.
            what: Of it, for messages.
            halved: Whether what breaks off, or is too much, is the caller's to halve.

        Raises:
            SourceError: The platform refuses, or answers none of the tries.
            Dropped: The answer broke off; only with `halved`.
            TooMuch: It is too much for one answer; only with `halved`.
        """
        passing = (Throttled, Unavailable) if halved else (Throttled, Unavailable, Dropped, TooMuch)
        for number in range(1, self._patience.tries + 1):
            try:
                return call()
            except passing as state:
                self._wait(state, number, what)
        raise AssertionError("unreachable")

    def pages(
        self, connection: Connection, account: Account, days: Days
    ) -> Iterator[tuple[Days, list[Reply]]]:
        """The windows that were answered, with all of their pages: `days`, or what it was halved to.

        A window is taken whole or not at all: what came before its answer broke off is thrown away.

        Raises:
            SourceError: The platform refuses, or answers none of the tries.
        """
        what = f"{account.name or account.id}, {days.first} to {days.last}"
        number = 0
        while True:
            try:
                replies = self.ask(lambda: list(connection.pull(account, days)), what, halved=True)
                break
            except (Dropped, TooMuch) as state:
                if len(days) == 1:  # which can't be halved
                    number += 1
                    self._wait(state, number, what)
                    continue
                self._told(f"{self._title}: {what}: {state}; half of it is asked for")
            for half in days.halves:
                yield from self.pages(connection, account, half)
            return
        yield days, replies

    def _wait(self, state: Exception, number: int, what: str) -> None:
        """Sleep before the next try, if there is one."""
        asked = state.seconds if isinstance(state, Throttled) else None
        if number >= self._patience.tries:
            raise SourceError(
                f"{self._title} doesn't answer: {what}",
                got=f"{state}, {number} times",
                next_step="try again later; what has landed stays, and the next pull goes on from there",
            ) from state
        if asked is not None and asked > self._patience.longest_s:
            raise SourceError(
                f"{self._title} takes no more calls for {asked:.0f} seconds: {what}",
                expected=f"a wait of {self._patience.longest_s:.0f} seconds at most",
                got=str(state),
                next_step="pull again after that time; what has landed so far stays",
            ) from state
        # Back-off with full jitter around its mean: between half and one and a half of it.
        spread = 0.5 + self._clock.chance()
        seconds = (
            asked
            if asked is not None
            else min(self._patience.first_s * 2 ** (number - 1) * spread, self._patience.longest_s)
        )
        self._told(f"{self._title}: {what}: {state}; asked again in {seconds:.0f} s")
        self._clock.sleep(seconds)
