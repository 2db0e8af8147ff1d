"""Start a command, end it at its limit, write down what it took: ``launch.py FILE LIMIT_S COMMAND…``.

A process of its own and a small one, since a process's peak memory counts from that of its parent.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress

#: Seconds between looks at the process; an error of this size in the wall time.
LOOK = 0.01
#: macOS counts ru_maxrss in bytes, Linux in KiB.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def end_group(leader: int) -> None:
    """Kill a process and all it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def main(file: str, limit_s: float, command: list[str]) -> None:
    """Run the command in a session of its own; its exit code is None where it was stopped."""
    began = time.perf_counter()
    process = os.posix_spawn(command[0], command, dict(os.environ), setsid=True)
    stopped = False
    try:
        while True:
            found, status, usage = os.wait4(process, os.WNOHANG)
            seconds = time.perf_counter() - began
            if found:
                break
            if seconds > limit_s and not stopped:
                stopped = True
                end_group(process)
            time.sleep(LOOK)
    finally:
        # Also what it left behind, and all of it if we are interrupted.
        end_group(process)
    code = None if stopped else os.waitstatus_to_exitcode(status)
    measured = {"seconds": seconds, "peak_mb": usage.ru_maxrss * RSS_UNIT / 1e6, "code": code}
    with open(file, "w", encoding="utf-8") as out:
        json.dump(measured, out)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
