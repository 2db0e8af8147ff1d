"""Our planner against its peers' own: same curves, or each its own fit of the same market.

Run it with ``uv run python benchmarks/peers/plans.py``; ``--help`` says what can be left out. Environments
and raw results lie in a cache folder, the pages in ``benchmarks/peers/plans.md`` (the same curves) and
``plans_fitted.md`` (each its own fit).
"""

from __future__ import annotations

import sys
from pathlib import Path

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers.planning import main

if __name__ == "__main__":
    sys.exit(main())
