"""The command line: it calls `mediamix.pipeline`, and formats what comes back."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

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
    gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])
    try:
        from mediamix.cli.app import run

        return run(arguments)
    except KeyboardInterrupt:  # while the commands were still being imported
        print("Stopped. Nothing was written.", file=sys.stderr)
        return 130
