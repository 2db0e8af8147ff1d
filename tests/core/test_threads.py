"""Spread work keeps its order, and an interrupt ends it soon."""

from __future__ import annotations

import time

import pytest

from mediamix.core.threads import spread, spread_rows


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


@pytest.mark.parametrize("rows", [0, 1, 63, 64, 129, 5000])
def test_every_row_is_worked_on_once(rows: int) -> None:
    seen = [0] * rows

    def work(start: int, stop: int) -> None:
        for row in range(start, stop):
            seen[row] += 1

    spread_rows(work, rows)
    assert seen == [1] * rows
