"""Does the sampling end well? Sixty made-up markets of six kinds, before and after it heals itself.

Run it with ``uv run python benchmarks/sampling/run.py [--each 10] [--json out.json]``. It prints a table and
writes ``benchmarks/sampling/sampling.md``. Before: one run with the acceptance target of all fits up to
0.1. After: `mediamix.fit` as it is. Both by turns, market for market, in one process.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from rich.console import Console
from rich.table import Table

from mediamix.core.files import write_json, write_text
from mediamix.core.provenance import host, versions
from mediamix.core.spec import Spec
from mediamix.inference import nuts, rescue
from mediamix.inference.diagnostics import ESS_OK, RHAT_OK
from mediamix.measure.convergence import convergence
from mediamix.models import bayes
from mediamix.models.base import Fit, RunInfo
from sampling.markets import FIRST_SEED, KINDS, Market, markets

RESULT = Path(__file__).with_name("sampling.md")
#: What may be added to the median time.
SLOWER_MOST = 1.2


@dataclass(frozen=True)
class Ended:
    """How one fit ended.

    Args:
        divergences: After tuning.
        rhat: Largest over all scalars.
        ess: Smallest effective number of draws, bulk and tail.
        seconds: From the dataset to the draws of every parameter.
        cpu_seconds: The same, of all cores: what else the machine does counts less there.
        again: What healing did, in words; empty where it did nothing.
    """

    divergences: int
    rhat: float
    ess: float
    seconds: float
    cpu_seconds: float
    again: str

    @property
    def well(self) -> bool:
        """Nothing to object to."""
        return self.divergences == 0 and self.rhat <= RHAT_OK and self.ess >= ESS_OK


@dataclass(frozen=True)
class Pair:
    """One market before and after."""

    kind: str
    seed: int
    before: Ended
    after: Ended


def once(market: Market) -> Fit:
    """One run, whatever comes of it."""
    problem, density, step = bayes.ready(market.dataset, market.spec)
    density(np.zeros(density.dimension))
    sampler = market.spec.sampler
    sample = rescue.sample(density, sampler, accept=nuts.ACCEPT)
    run = RunInfo(problem.dataset.hash, market.spec.hash, sampler.seed, thinned=step)
    return bayes.to_fit(problem, sample, run)


def healing(market: Market) -> Fit:
    """As `mediamix.fit`."""
    return bayes.fit(market.dataset, market.spec)


def ended(make: Callable[[Market], Fit], market: Market) -> Ended:
    """Fit and judge; judging isn't timed, but for what healing needs of it."""
    began, cpu_began = time.perf_counter(), time.process_time()
    fit = make(market)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    found = convergence(fit)
    return Ended(
        divergences=found.divergences,
        rhat=found.rhat_max,
        ess=min(found.ess_bulk_min, found.ess_tail_min),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        again="" if fit.run.healing is None else fit.run.healing.message,
    )


def run(each: int, console: Console) -> list[Pair]:
    """All markets."""
    found = []
    for i, market in enumerate(markets(each)):
        first, second = (once, healing) if i % 2 else (healing, once)
        results = {make: ended(make, market) for make in (first, second)}
        found.append(Pair(market.kind, market.seed, results[once], results[healing]))
        told = f": {results[healing].again}" if results[healing].again else ""
        console.print(f"{market.kind.split(':')[0]}, seed {market.seed}{told}", highlight=False)
    return found


HEAD = (
    "kind",
    "ended well",
    "with divergences",
    "largest R-hat",
    "fewest effective draws",
    "CPU seconds, median",
    "ratio of medians",
    "sampled again",
)


def rows(pairs: Sequence[Pair]) -> list[tuple[str, ...]]:
    """One per kind, and one for all."""
    kinds = list(dict.fromkeys(pair.kind for pair in pairs))
    table = [_row(kind, [pair for pair in pairs if pair.kind == kind]) for kind in kinds]
    return [*table, _row("**all**", pairs)]


def _row(name: str, pairs: Sequence[Pair]) -> tuple[str, ...]:
    before, after = [pair.before for pair in pairs], [pair.after for pair in pairs]

    def both(text: Callable[[Sequence[Ended]], str]) -> str:
        return f"{text(before)} → {text(after)}"

    return (
        name,
        both(lambda some: f"{sum(one.well for one in some)}") + f" of {len(pairs)}",
        both(lambda some: f"{sum(one.divergences > 0 for one in some)}"),
        both(lambda some: f"{max(one.rhat for one in some):.4f}"),
        both(lambda some: f"{min(one.ess for one in some):,.0f}"),
        both(lambda some: f"{_median(some):.2f}"),
        f"{_median(after) / _median(before):.2f}",
        f"{sum(bool(one.again) for one in after)}",
    )


def _median(some: Sequence[Ended]) -> float:
    return float(np.median([one.cpu_seconds for one in some]))


def sentence(pairs: Sequence[Pair]) -> str:
    """What was wanted, and whether it is so."""
    after = [pair.after for pair in pairs]
    wall = np.median([one.seconds for one in after]) / np.median([pair.before.seconds for pair in pairs])
    slower = _median(after) / _median([pair.before for pair in pairs])
    own = np.median([pair.after.cpu_seconds / pair.before.cpu_seconds for pair in pairs])
    mean = sum(one.cpu_seconds for one in after) / sum(pair.before.cpu_seconds for pair in pairs)
    well = sum(one.well for one in after)
    met = "met" if well == len(pairs) and slower < SLOWER_MOST else "missed"
    said = (
        f"Wanted: all {len(pairs)} without divergences, R-hat at most {RHAT_OK}, at least {ESS_OK:,.0f} "
        f"effective draws, at under {SLOWER_MOST - 1:.0%} more median time. Found: {well} of {len(pairs)}, "
        f"and {slower - 1:+.0%} of processor time ({wall - 1:+.0%} on the clock; the median market takes "
        f"{own - 1:+.0%}, all together {mean - 1:+.0%}): **{met}**."
    )
    return said.replace("%", " %")


def markdown(pairs: Sequence[Pair]) -> str:
    """The report, with the machine it was made on (no names, no paths)."""
    machine, sampler = host(), Spec().sampler
    described = ", ".join(f"{name} {version}" for name, version in versions().items())
    again = [(p.kind.split(":")[0], str(p.seed), p.after.again) for p in pairs if p.after.again]
    parts = [
        "# Sampling that ends well",
        f"{len(pairs)} made-up markets of {len(KINDS)} kinds, seeds from {FIRST_SEED:,} on, which are used "
        f"nowhere else; {sampler.chains} chains, {sampler.draws:,} draws after {sampler.tune} of tuning. "
        f"Before: one run with an acceptance target of {nuts.ACCEPT:g}. After: `mediamix.fit`, which begins "
        f"with {bayes.ACCEPT_OF_MANY:g} from {bayes.MANY_CHANNELS} channels on, and samples again what "
        "didn't end well. Both by turns in one process. Made by `uv run python benchmarks/sampling/run.py` "
        f"on {date.today().isoformat()}: {machine['cores']} cores, {machine['system']} {machine['machine']}; "
        f"{described}.",
        sentence(pairs),
        _markdown_table(HEAD, rows(pairs)),
        "## Sampled again",
        _markdown_table(("kind", "seed", "what was done"), again) if again else "None.",
    ]
    return "\n\n".join(parts) + "\n"


def _markdown_table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *lines])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print the table, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--each", type=int, default=10, help="markets of every kind")
    parser.add_argument("--json", type=Path, help="also write all numbers here")
    parser.add_argument("--out", type=Path, default=RESULT, help="the Markdown report")
    options = parser.parse_args(arguments)
    console = Console()
    pairs = run(options.each, console)
    table = Table(*HEAD)
    for row in rows(pairs):
        table.add_row(*row)
    console.print(table)
    write_text(options.out, markdown(pairs))
    if options.json:
        numbers = {"versions": versions(), "host": host(), "markets": [asdict(pair) for pair in pairs]}
        write_json(options.json, json.loads(json.dumps(numbers)))


if __name__ == "__main__":
    main()
