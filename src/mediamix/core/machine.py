"""What this machine has to give."""

from __future__ import annotations

import os
from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
#: Limit and use of the container that the process runs in, where it runs in one.
_CONTAINER = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current"))
#: The variable that bounds the threads of a process: set where several share a machine.
CORES = "MEDIAMIX_CORES"


def cores() -> int:
    """Cores that this process computes on: the machine's, or fewer where `CORES` says so."""
    there = os.cpu_count() or 1
    said = os.environ.get(CORES, "")
    return max(1, min(int(said), there)) if said.isdecimal() else there


def available_memory() -> int | None:
    """Bytes that a process can still take without swapping; None where nobody says."""
    found = [amount for amount in (_free(), _left_in_container()) if amount is not None]
    return min(found) if found else None


def _free() -> int | None:
    try:
        for line in _MEMINFO.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None


def _left_in_container() -> int | None:
    try:
        limit, used = (path.read_text(encoding="ascii").strip() for path in _CONTAINER)
        return None if limit == "max" else max(int(limit) - int(used), 0)
    except (OSError, ValueError):
        return None
