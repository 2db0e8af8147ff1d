"""One thread for BLAS while we compute: what is worth more than one core is spread by ourselves.

Our matrices are tall and narrow. A second thread of OpenBLAS gains nothing on them and spins for 30 ms after
each call, which took a sixth of all processor time; and sums taken in two parts differ in their last digit
from sums in one, so that results depended on the number of cores.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

#: Packages whose wheels bring their own OpenBLAS, and the module that loads it; names of its functions.
_PLACES = {"numpy": "numpy", "scipy": "scipy.linalg"}
_NAMES = ("scipy_openblas_{}_num_threads64_", "scipy_openblas_{}_num_threads", "openblas_{}_num_threads")


@dataclass
class _Scopes:
    """How many are open, in all threads, and what was set before the first of them."""

    lock: Lock
    open: int
    before: dict[str, int]


_SCOPES = _Scopes(Lock(), 0, {})


@contextmanager
def alone() -> Iterator[None]:
    """Inside, or in a function decorated with it, BLAS of NumPy's and SciPy's wheels has one thread.

    Other builds of BLAS keep theirs. It holds for the process: when the last of several that overlap in
    time ends, the threads are as they were.
    """
    with _SCOPES.lock:
        _SCOPES.open += 1
        if _SCOPES.open == 1:
            _SCOPES.before = {path: threads for path in _libraries() if (threads := _threads(path)) > 1}
            for path in _SCOPES.before:
                _call(path, "set", 1)
    try:
        yield
    finally:
        with _SCOPES.lock:
            _SCOPES.open -= 1
            if _SCOPES.open == 0:
                for path, threads in _SCOPES.before.items():
                    _call(path, "set", threads)


def _libraries() -> list[str]:
    """OpenBLAS of the packages that are loaded."""
    return [path for package, module in _PLACES.items() if module in sys.modules for path in _of(package)]


@cache
def _of(package: str) -> tuple[str, ...]:
    home = Path(sys.modules[package].__file__ or "").parent
    folders = (home.parent / f"{package}.libs", home / ".dylibs")
    return tuple(str(path) for folder in folders for path in sorted(folder.glob("*openblas*")))


@cache
def _loaded(path: str) -> tuple[Any, str] | None:
    """The library and how it names its functions; None where it can't be asked."""
    with suppress(OSError):
        library = ctypes.CDLL(path)
        for name in _NAMES:
            if hasattr(library, name.format("get")) and hasattr(library, name.format("set")):
                return library, name
    return None


def _call(path: str, verb: str, *arguments: int) -> int:
    found = _loaded(path)
    return 0 if found is None else int(getattr(found[0], found[1].format(verb))(*arguments))


def _threads(path: str) -> int:
    return _call(path, "get")
