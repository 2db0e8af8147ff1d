"""Work spread over threads that Ctrl-C ends: what hasn't begun then doesn't begin."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def spread(work: Callable[[Item], Made], items: Iterable[Item], workers: int) -> list[Made]:
    """``work(item)`` for each item, in order.

    Of an error, and of Ctrl-C, only the pieces that are at work are waited for: make them small.
    """
    pool = ThreadPoolExecutor(workers)
    try:
        return list(pool.map(work, items))
    finally:
        pool.shutdown(cancel_futures=True)
