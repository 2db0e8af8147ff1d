"""Spread work keeps its order, and an interrupt ends it soon."""

from __future__ import annotations

import time

import pytest

from mediamix.core.threads import spread


def test_results_come_in_order() -> None:
    assert spread(lambda n: n * n, range(100), 4) == [n * n for n in range(100)]


def test_after_an_interrupt_nothing_more_begins() -> None:
    begun: list[int] = []

    def work(n: int) -> None:
        begun.append(n)
        if n == 3:
            raise KeyboardInterrupt
        time.sleep(0.02)

    with pytest.raises(KeyboardInterrupt):
        spread(work, range(1000), 2)
    assert len(begun) < 20
