"""Do plans hold under the truth? Made-up markets, default fits, plans judged by the true curves.

Run it with ``uv run python benchmarks/planner/truth.py [--cases 20] [--more 80] [--many 20]``. It
prints the claims and writes ``benchmarks/planner/truth.md``. Three kinds of market, all
national, 156 weeks and five channels:

- *as drawn*: `Scenario.weekly(seed)`, whatever its split is worth;
- *clearly off*: those of them whose best split within the bounds has over 3 % more media contribution;
- *near-optimal*: the same curves, but the history is the true optimum, scattered by 12 % per channel, so
  that at most 1 % more is possible.

More markets of the last two kinds test stated probabilities, with 5 channels and with 10 and 20.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console

from mediamix.core.files import write_text
from mediamix.simulate.generate import Simulation
from planner.truth_cases import (
    DESIGN,
    FEW,
    JUDGED,
    MAIN_RULES,
    MANY,
    MORE,
    RULES,
    WIDE,
    Judged,
    Kind,
    Shift,
    judge,
    markets,
)
from planner.truth_page import Found, markdown, verdict_rows

RESULT = Path(__file__).with_name("truth.md")


def judged_all(
    found: Iterator[tuple[Kind, int, Simulation]], say: Callable[[str], None], rules: Sequence[str]
) -> tuple[list[Judged], list[Shift]]:
    """Judge every market."""
    judged: list[Judged] = []
    shifts: list[Shift] = []
    for kind, seed, market in found:
        plans, moves = judge(kind, seed, market, rules)
        judged += plans
        shifts += moves
        say(f"{kind} {seed}: possible {plans[0].possible:+.2%}, gained {plans[0].gained:+.2%}")
    return judged, shifts


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print the claims, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=20, help="near-optimal markets, and clearly off ones")
    parser.add_argument("--drawn", type=int, default=40, help="markets as drawn")
    parser.add_argument(
        "--more", type=int, default=80, help="further ones of each, for stated probabilities only; 0: none"
    )
    parser.add_argument(
        "--many", type=int, default=20, help="ones of each with more channels, for each number; 0: none"
    )
    parser.add_argument("--design", type=int, default=40, help="of each kind to choose the rule on; 0: none")
    parser.add_argument("--out", type=Path, default=RESULT, help="the Markdown report")
    options = parser.parse_args(arguments)
    console = Console()

    def say(line: str) -> None:
        console.print(line, highlight=False)

    def judged(
        first: int, each: int, drawn: int, channels: int = FEW, rules: Sequence[str] = tuple(RULES)
    ) -> tuple[list[Judged], list[Shift]]:
        found = markets(first, each, each, drawn, channels)
        return judged_all(found, say, rules) if each else ([], [])

    design, _ = judged(DESIGN, options.design, options.design)
    plans, shifts = judged(JUDGED, options.cases, options.drawn)
    more, moved = judged(MORE, options.more, 0)
    wide = {n: judged(MANY, options.many, 0, n, MAIN_RULES) for n in WIDE if options.many}
    for row in verdict_rows(plans):
        say(" | ".join(row))
    given = sys.argv[1:] if arguments is None else arguments
    write_text(options.out, markdown(Found(plans, shifts, more, moved, wide, design, options.drawn), given))


if __name__ == "__main__":
    main()
