"""Work spread over threads that Ctrl-C ends: what hasn't begun then doesn't begin."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

from mediamix.core.machine import cores

Item = TypeVar("Item")
Made = TypeVar("Made")

#: Pieces per core: one that something else holds up isn't waited for with all of its share.
PIECES = 4


def spread(work: Callable[[Item], Made], items: Iterable[Item], workers: int) -> list[Made]:
    """``work(item)`` for each item, in order.

    Of an error, and of Ctrl-C, only the pieces that are at work are waited for: make them small.
    """
    pool = ThreadPoolExecutor(workers)
    try:
        return list(pool.map(work, items))
    finally:
        pool.shutdown(cancel_futures=True)


def spread_rows(work: Callable[[int, int], None], rows: int, least: int = 16) -> None:
    """``work(start, stop)`` over rows 0 … `rows`, in pieces of `least` rows or more, on all cores."""
    workers = cores()
    pieces = max(1, min(PIECES * workers, rows // least))
    if pieces == 1 or workers == 1:
        work(0, rows)
        return
    edges = [rows * i // pieces for i in range(pieces + 1)]
    spread(lambda ends: work(*ends), pairwise(edges), workers)
