"""Write a large panel with known truth and its spec: 50 geos × 208 weeks × 30 channels.

python benchmarks/engine/large_panel.py FOLDER [--draws 1000]
mediamix fit FOLDER/mediamix.yml --out FOLDER/fit
"""

from __future__ import annotations

import argparse
from pathlib import Path

from mediamix.core.types import Every
from mediamix.simulate import Scenario, simulate
from mediamix.simulate.write import write_simulation

#: Four whole years that end before today, so that the data pass their own checks.
PANEL = Scenario(seed=1, every=Every.WEEK, start="2021-01-04", periods=208, geos=50, channels=30, noise=0.05)
SPEC = """\
data: {media: media.csv, outcome: outcome.csv, controls: controls.csv, events: events.csv}
geo: {population: population}
"""


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, help="Kept draws per chain, two chains: for a look in minutes.")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    write_simulation(simulate(PANEL), asked.folder)
    spec = SPEC
    if asked.draws is not None:
        spec += f"sampler: {{chains: 2, draws: {asked.draws}, tune: {asked.draws}}}\n"
    (asked.folder / "mediamix.yml").write_text(spec, encoding="utf-8")


if __name__ == "__main__":
    main()
