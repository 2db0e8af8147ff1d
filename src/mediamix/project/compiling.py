"""The engine is compiled once for an installation: by a process of its own, beside what else has to be done.

``python -m mediamix.project.compiling`` compiles it; of several that begin at once one does the work.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import mediamix
from mediamix.core.locks import held, sole_writer

#: Where numba keeps the last kernel that an import of the engine compiles.
KEPT = Path(mediamix.__file__).parent / "models" / "__pycache__"
_KERNEL = f"density.log_posterior-*.py{sys.version_info.major}{sys.version_info.minor}*.nbi"
_LOCK = KEPT / "kernels"
#: Longer than compiling takes on a slow machine.
PATIENCE = 300.0


def missing() -> bool:
    """Whether the next import of the engine compiles it, as far as can be told without that import."""
    folder = KEPT if KEPT.exists() else KEPT.parent
    return os.access(folder, os.W_OK) and next(KEPT.glob(_KERNEL), None) is None


def at_work() -> bool:
    """Whether a process compiles it now."""
    return missing() and held(_LOCK)


def begin() -> subprocess.Popen[bytes] | None:
    """Compile it in a process that takes half a minute at most; None where that isn't needed or can't be."""
    if not missing():
        return None
    with suppress(OSError):
        # Silent: who begins it says so. Ctrl-C and a run's end reach it, too: it is of the same group.
        quiet = subprocess.DEVNULL
        command = [sys.executable, "-m", "mediamix.project.compiling"]
        return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
    return None


@contextmanager
def beside(on_step: Callable[[str], None]) -> Iterator[None]:
    """Compile it beside the block, which doesn't need it, and then wait for it."""
    process = begin()
    try:
        yield
        if process is not None and process.poll() is None:
            on_step("Compiling the engine, once for this installation")
            process.wait()
    finally:
        if process is not None:
            process.kill()
            process.wait()


def main() -> None:
    """Compile, unless another process did it meanwhile."""
    KEPT.mkdir(exist_ok=True)
    with sole_writer(_LOCK, patience=PATIENCE):
        if missing():
            import mediamix.models.bayes  # noqa: F401


if __name__ == "__main__":
    main()
