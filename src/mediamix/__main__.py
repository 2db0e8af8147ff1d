"""``python -m mediamix``: the same as the command `mediamix`."""

from __future__ import annotations

from mediamix.cli import program

if __name__ == "__main__":
    program()
