"""Memory that was freed stays with the process for the next array."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

#: Parameters of `mallopt` in glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
#: Arrays up to this many bytes are taken from what was freed before; what is kept for that.
LARGEST, KEPT = 128 << 20, 256 << 20


def keep_freed() -> None:
    """Tell glibc, for processes that are ours; nothing happens with another C library.

    A draw for each period makes arrays of tens of megabytes. Beyond 32 each gets pages of its own, which
    the system fills with zeros and takes back with the array: a fifteenth of a fit's and a report's time.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # musl has no such function
            library = ctypes.CDLL(None)
            library.mallopt(_MMAP_THRESHOLD, LARGEST)
            library.mallopt(_TRIM_THRESHOLD, KEPT)
