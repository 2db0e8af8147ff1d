"""How often a key may call: sliding windows of the `limits` library, in this process's memory."""

from __future__ import annotations

import math
import time

from mediamix.api.problems import Refusal
from mediamix.api.settings import Settings


class Rates:
    """How often each may call, and each address may fail.

    Args:
        settings: The rates: ``20000/minute``.
    """

    def __init__(self, settings: Settings) -> None:
        from limits import parse
        from limits.storage import MemoryStorage
        from limits.strategies import SlidingWindowCounterRateLimiter

        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._calls, self._works = parse(settings.calls), parse(settings.works)
        self._failures = parse(settings.failures)

    def count(self, who: str, *, works: bool) -> None:
        """Count a call.

        Raises:
            Refusal: 429, with the seconds to wait.
        """
        for what, rate in (("calls", self._calls), *((("works", self._works),) if works else ())):
            if not self._limiter.hit(rate, what, who):
                raise self._refused(rate, what, who)

    def fail(self, address: str) -> None:
        """Count a failed attempt.

        Raises:
            Refusal: 429: there were too many.
        """
        if not self._limiter.hit(self._failures, "failures", address):
            raise self._refused(self._failures, "failures", address)

    def _refused(self, rate: object, what: str, who: str) -> Refusal:
        resets = self._limiter.get_window_stats(rate, what, who).reset_time  # type: ignore[arg-type]
        wait = max(1, math.ceil(resets - time.time()))
        words = "failed attempts" if what == "failures" else "calls"
        return Refusal(
            429,
            "rate",
            f"too many {words}",
            expected=str(rate),
            next_step=f"wait {wait} s (Retry-After)",
            headers={"Retry-After": str(wait)},
        )
