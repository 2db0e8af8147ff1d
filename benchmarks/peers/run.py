"""The engine against its peers, in one run: builds an environment per peer, fits, writes the table.

Run it with ``uv run python benchmarks/peers/run.py``; ``--help`` says what can be left out. Environments
and raw results lie in a cache folder, the table in ``benchmarks/peers/peers.md``.
"""

from __future__ import annotations

import sys
from pathlib import Path

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers.command import main

if __name__ == "__main__":
    sys.exit(main())
