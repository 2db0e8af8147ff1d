"""``python -m mediamix``: the same as the command `mediamix`."""

from __future__ import annotations

import sys

from mediamix.cli import main

if __name__ == "__main__":
    sys.exit(main())
