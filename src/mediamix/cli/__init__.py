"""The command line: it calls `mediamix.pipeline`, and formats what comes back."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0: done. 1: our fault. 2: what the user can mend. 130: stopped by Ctrl-C.

    Args:
        arguments: Without the program's name; absent: those of the process.
    """
    from mediamix.cli.app import run

    return run(arguments)
