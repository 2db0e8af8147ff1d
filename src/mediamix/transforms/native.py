"""How kernels are compiled, and a word to who waits for it.

Kernels are compiled once per installation (and once more for another processor) and kept in numba's
cache. That takes long enough to be said.
"""

from __future__ import annotations

from typing import Any

from numba.core import event
from numba.core.caching import NullCache

from mediamix.core.asides import aside

#: Of kernels with short loops of arithmetic: no Python objects, no locks, no exceptions, and
#: multiply-adds in one step, which takes less time and rounds once less.
KERNEL: Any = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
#: The same where sums may be reordered too, so that they run in SIMD registers.
REORDERED: Any = KERNEL | {"fastmath": {"contract", "reassoc"}}
#: What only other kernels call, also with lanes, which Python has no name for.
INNER: Any = REORDERED | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

ANNOUNCEMENT = "Compiling the engine, once for this installation: up to a minute"


class Announcement(event.Listener):  # type: ignore[misc]
    """Says, once in a process, that a kernel wasn't in the cache."""

    def __init__(self) -> None:
        self.told = False

    def on_start(self, event: Any) -> None:
        """Something is being compiled; what isn't kept is compiled in every process, and is short."""
        if self.told or isinstance(event.data["dispatcher"]._cache, NullCache):
            return
        self.told = True
        aside(ANNOUNCEMENT)

    def on_end(self, event: Any) -> None:
        """Nothing to say."""


event.register("numba:compile", Announcement())
