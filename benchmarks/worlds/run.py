"""Is the default right where the truth isn't of its form? Independent worlds, two halves.

Run it with ``uv run python benchmarks/worlds/run.py [--seeds 6]``: some 25 minutes. It writes
``benchmarks/worlds/worlds.md``: what was tried on one half, how before and after do on the other, and what
fits say of channels that bring nothing. Kinds are in `kinds`, candidates in `candidates` and `weighing`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console

from mediamix.core.files import write_text
from worlds.candidates import BEFORE, CANDIDATES, DEFAULT, spec_of
from worlds.kinds import CHOOSE, JUDGE, Kind
from worlds.make import World, make
from worlds.nothing import Seen, look, markets
from worlds.page import HEAD, markdown, row
from worlds.score import Scored, score
from worlds.weighing import screen

RESULT = Path(__file__).with_name("worlds.md")
MARKETS = 20


def worlds(kinds: Sequence[Kind], seeds: int) -> list[World]:
    """All of a half."""
    return [make(kind, seed) for seed in range(1, seeds + 1) for kind in kinds]


def try_out(name: str, half: Sequence[World], console: Console) -> list[Scored]:
    """One candidate on one half."""
    results = [score(world, spec_of(world, CANDIDATES[name])) for world in half]
    words = zip(HEAD, row(name, results), strict=True)
    console.print("; ".join(f"{head}: {value}" for head, value in words), highlight=False)
    return results


def say_nothing(name: str, n: int) -> list[Seen]:
    """What one candidate says in markets with and without a useless channel."""
    found = []
    for useless in (True, False):
        for source, dataset, truth, where in markets(n, useless):
            world = World("", 0, dataset, truth, ())
            found.append(look(source, dataset, truth, where, spec_of(world, CANDIDATES[name])))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, print, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=6, help="worlds per kind")
    parser.add_argument("--markets", type=int, default=MARKETS, help="with, and without, a useless channel")
    parser.add_argument("--out", type=Path, default=RESULT, help="the Markdown page")
    options = parser.parse_args(arguments)
    console = Console(width=200)
    half = worlds(CHOOSE, options.seeds)
    chosen = {name: try_out(name, half, console) for name in CANDIDATES}
    found = [screen(world) for world in half]
    screened = {name: [one[name] for one in found] for name in found[0]}
    other = worlds(JUDGE, options.seeds)
    judged = {name: try_out(name, other, console) for name in (BEFORE, DEFAULT)}
    nothing = {name: say_nothing(name, options.markets) for name in (BEFORE, DEFAULT)}
    write_text(options.out, markdown(chosen, screened, judged, nothing, (options.seeds, options.seeds)))


if __name__ == "__main__":
    main()
