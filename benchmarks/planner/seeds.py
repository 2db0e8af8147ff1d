"""Does the same question get the same answer with another seed? Weakly known channels, many seeds.

Run it with ``uv run python benchmarks/planner/seeds.py [--worlds 8] [--seeds 8]``. It prints a line per
plan and writes ``benchmarks/planner/seeds.md``. A world has eight channels, 130 weeks, media that
cause a quarter of the outcome, half as much noise again as usual and spend that moves together: most
channels' returns are hardly told from their priors, and some worlds are near the border between moving and
staying. Each is fitted with several sampler seeds and planned by default; every
pair of plans of one world is compared.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from pathlib import Path

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from rich.console import Console

from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions
from mediamix.core.spec import parse_spec
from mediamix.decide.answer.plan import Plan
from mediamix.decide.fitted.curves import curves_of
from mediamix.decide.fitted.history import NONE
from mediamix.decide.problem.problem import Budget
from mediamix.decide.problem.recommend import default_objective
from mediamix.decide.questions.maximise import optimize
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate
from mediamix.simulate.generate import Simulation
from planner.truth_page import table

RESULT = Path(__file__).with_name("seeds.md")
#: Seeds of the first world: of those that the numbers of draws were chosen on, and of others.
FIRST, OTHERS = 3001, 3101
#: A channel moves if its spend changes by so much of itself.
MOVED = 0.05
#: A claim that another seed mustn't refuse.
SURE = 0.95


@dataclass(frozen=True)
class Answer:
    """One seed's plan for one world.

    Args:
        world: Its seed.
        seed: Of the sampler.
        direction: Per channel −1, 0 or 1.
        probability: P(better) that the plan states; 0 where it stays.
        gained: Under the truth, as a part of the media contribution.
        counted: Whether today's split counted as evidence.
    """

    world: int
    seed: int
    direction: tuple[int, ...]
    probability: float
    gained: float
    counted: bool

    @property
    def stays(self) -> bool:
        """Whether nothing moves."""
        return not any(self.direction)


def weak(seed: int) -> Simulation:
    """A world whose channels are weakly known."""
    return simulate(
        replace(
            Scenario.weekly(seed), channels=8, periods=130, collinearity=0.5, noise=0.045, media_share=0.25
        )
    )


def direction_of(plan: Plan, today: dict[str, float]) -> tuple[int, ...]:
    """Which channels get more, and which less."""
    change = [plan.allocation[name] / spend - 1.0 for name, spend in today.items()]
    return tuple(int(np.sign(c)) if abs(c) >= MOVED else 0 for c in change)


def answers(first: int, worlds: int, seeds: int) -> Iterator[Answer]:
    """Fit and plan."""
    for world in range(first, first + worlds):
        market = weak(world)
        media = market.truth.media_outcome()
        for seed in range(1, seeds + 1):
            curves = curves_of(fit(market.dataset, parse_spec({"sampler": {"seed": seed}})))
            plan = optimize(curves, Budget(), default_objective(curves))
            today = dict(curves.current or {})
            multiple = {name: plan.allocation[name] / spend for name, spend in today.items()}
            direction = direction_of(plan, today)
            yield Answer(
                world,
                seed,
                direction,
                plan.uplift.probability_better if plan.uplift and any(direction) else 0.0,
                market.truth.media_outcome(multiple) / media - 1.0,
                NONE not in curves.notes,
            )


def same(one: Answer, other: Answer) -> bool:
    """Both stay or both move, and no channel gets more in one and less in the other."""
    against = any(a * b < 0 for a, b in zip(one.direction, other.direction, strict=True))
    return one.stays == other.stays and not against


def contradicts(one: Answer, other: Answer) -> bool:
    """One is sure of a move that the other refuses, by staying or by moving a channel the other way."""
    sure = max(one.probability, other.probability) > SURE
    return sure and not same(one, other)


def markdown(chosen: Sequence[Answer], others: Sequence[Answer]) -> str:
    """The page."""
    machine = host()
    described = ", ".join(f"{name} {version}" for name, version in versions().items())
    parts = [
        "# The same question with another seed",
        "Worlds of eight weakly known channels (national, 130 weeks, media a quarter of the outcome, noise "
        "4.5 %, spend that moves together), fitted with several sampler seeds and planned by default. Made "
        f"by `uv run python benchmarks/planner/seeds.py` on {date.today().isoformat()}: {machine['cores']} "
        f"cores, {machine['system']} {machine['machine']}; {described}.",
        "Two plans of one world give the same answer where both stay or both move, and no channel gets more "
        "in one and less in the other (wanted: at least 90 % of pairs). They contradict each other where one "
        f"claims over {SURE:.0%} for a move that the other refuses (wanted: none).",
        "## Worlds that the numbers of draws were chosen on",
        *_part(chosen),
        "## Others",
        *_part(others),
    ]
    return "\n\n".join(parts) + "\n"


def _part(found: Sequence[Answer]) -> tuple[str, str]:
    """What was counted, and the table by world."""
    rows, pairs = [], []
    for world in dict.fromkeys(a.world for a in found):
        own = [a for a in found if a.world == world]
        these = list(combinations(own, 2))
        pairs += these
        gained = [a.gained for a in own]
        rows.append(
            (
                str(world),
                f"{sum(not a.stays for a in own)} of {len(own)}",
                f"{sum(a.counted for a in own)}",
                f"{np.mean([same(*p) for p in these]):.0%}",
                str(sum(contradicts(*p) for p in these)),
                f"{min(gained):+.2%} to {max(gained):+.2%}",
            )
        )
    alike, against = np.mean([same(*p) for p in pairs]), sum(contradicts(*p) for p in pairs)
    head = ("world", "plans that move", "count today's split", "pairs alike", "contradictions", "true gain")
    return f"Of {len(pairs)} pairs **{alike:.1%}** are alike, **{against}** contradict.", table(head, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--worlds", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--out", type=Path, default=RESULT, help="the Markdown report")
    options = parser.parse_args(arguments)
    console = Console()
    parts: list[list[Answer]] = []
    for first in (FIRST, OTHERS):
        parts.append([])
        for answer in answers(first, options.worlds, options.seeds):
            console.print(
                f"{answer.world} seed {answer.seed}: {'stays' if answer.stays else answer.direction} "
                f"{answer.probability:.3f} {answer.gained:+.2%}",
                highlight=False,
            )
            parts[-1].append(answer)
    write_text(options.out, markdown(*parts))


if __name__ == "__main__":
    main()
