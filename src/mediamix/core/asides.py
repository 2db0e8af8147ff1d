"""Remarks of the deeper layers to whoever waits: on stderr, unless a command says where they go."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def _on_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class _Current:
    """Where remarks go."""

    tell: Callable[[str], None] = staticmethod(_on_stderr)


def aside(text: str) -> None:
    """Say something beside the result."""
    _Current.tell(text)


@contextmanager
def heard_by(tell: Callable[[str], None]) -> Iterator[None]:
    """Remarks go to `tell` inside."""
    before = _Current.tell
    _Current.tell = staticmethod(tell)
    try:
        yield
    finally:
        _Current.tell = staticmethod(before)
