"""The command line: it calls `mediamix.pipeline`, and formats what comes back."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

_ROOM = 64 << 20
#: Objects between two looks for cycles. Imports make hundreds of thousands that stay: Python's 700 costs a
#: fifth of their time.
_OBJECTS = 50_000


def _room() -> bool:
    """Whether the disk of this installation has space for bytecode."""
    try:
        found = os.statvfs(__file__)
    except (AttributeError, OSError):  # Windows; an installation that isn't made of files
        return True
    return found.f_bavail * found.f_frsize > _ROOM


def program() -> NoReturn:
    """The command `mediamix`: `main`, and an end of the process that doesn't take all objects apart.

    What is registered for the end is done. Freeing a fit's modules and arrays one by one took a second.
    """
    code = main()
    with suppress(Exception, KeyboardInterrupt):  # then the interpreter ends as it does
        threading._shutdown()  # type: ignore[attr-defined]  # as the processes of multiprocessing end
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0: done. 1: our fault. 2: what the user can mend. 130: stopped by Ctrl-C.

    Args:
        arguments: Without the program's name; absent: those of the process.
    """
    # Imports take half as long from bytecode. Where PYTHONDONTWRITEBYTECODE is set (containers, CI) Python
    # would never keep it; like the engine's native code it is made once for an installation.
    # On a full disk some Pythons keep half of a module, which no later run can read.
    sys.dont_write_bytecode = not _room()
    # As `core.blas`, for all that a command does; who says otherwise is heard.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])
    try:
        from mediamix.cli.app import run
        from mediamix.core.heap import keep_freed

        keep_freed()
        return run(arguments)
    except KeyboardInterrupt:  # while the commands were still being imported
        print("Stopped. Nothing was written.", file=sys.stderr)
        return 130
