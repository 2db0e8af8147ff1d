"""How fast is the engine, and how far from what the machine could do?

Run it with ``uv run python benchmarks/engine.py [--quick]``. It prints tables and writes
``benchmarks/results/engine.md``: one gradient against an estimate of its floor, sampling, start-up
in a fresh process, and a whole ``mediamix fit``.

The floor of a gradient counts what the formulas need, whatever the code does: evaluations of exp and
log, divisions, multiply-adds, and the bytes that have to pass once. Each is priced by a tight loop of
its own on this machine; for exp and log the better of a Numba loop and NumPy's vectorised one. No
gradient can be much faster than the larger of the two sums (arithmetic, memory).
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numba
import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions
from mediamix.core.spec import Spec
from mediamix.inference.density import Density
from mediamix.measure.convergence import ess_bulk
from mediamix.models.bayes import fit
from mediamix.models.problem import pose
from mediamix.models.density import MediaModel
from mediamix.simulate import Scenario, simulate
from mediamix.simulate.write import write_simulation

RESULT = Path(__file__).parent / "results" / "engine.md"
#: Sampled per channel; the rest of the posterior is noise, or drawn exactly.
MEDIA = ("roi[", "half_life[", "half_effect[", "slope[")
BATCH_SECONDS, BATCHES, POINTS = 0.02, 25, 16
#: Doubles in the loops that price an operation: they fit the first-level cache.
PRICED = 1024
SPEC_TEXT = "data: {media: media.csv, outcome: outcome.csv, controls: controls.csv, events: events.csv}\n"


@dataclass(frozen=True)
class Size:
    """One problem size, fitted with the default spec."""

    name: str
    scenario: Scenario


def sizes(quick: bool) -> list[Size]:
    """The sizes of the tables; `quick`: the small ones."""
    few = [
        Size("156 weeks × 5", Scenario.weekly(1)),
        Size("156 weeks × 20", Scenario(seed=1, every="week", periods=156, channels=20, noise=0.03)),
    ]
    many = [
        Size("1,095 days × 5", Scenario(seed=1)),
        Size("1,095 days × 20", Scenario(seed=1, channels=20)),
    ]
    return few[:1] if quick else [few[0], many[0], few[1], many[1]]


@dataclass(frozen=True)
class Prices:
    """Nanoseconds per operation on this machine, in the first-level cache.

    Args:
        exp: The better of Numba's loop and NumPy's.
        log: Likewise.
        exp_scalar: Numba's loop over the system's scalar function.
        log_scalar: Likewise.
        divide: Element by element.
        multiply_add: Of a dot product.
    """

    exp: float
    log: float
    exp_scalar: float
    log_scalar: float
    divide: float
    multiply_add: float


@numba.njit(error_model="numpy")
def _exps(x: Any, y: Any, out: Any) -> float:
    for i in range(x.size):
        out[i] = math.exp(x[i])
    return 0.0


@numba.njit(error_model="numpy")
def _logs(x: Any, y: Any, out: Any) -> float:
    for i in range(x.size):
        out[i] = math.log(y[i])
    return 0.0


@numba.njit(error_model="numpy")
def _divisions(x: Any, y: Any, out: Any) -> float:
    for i in range(x.size):
        out[i] = x[i] / y[i]
    return 0.0


@numba.njit(fastmath={"reassoc", "contract"})
def _dot(x: Any, y: Any, out: Any) -> float:
    total = 0.0
    for i in range(x.size):
        total += x[i] * y[i]
    return total


@numba.njit
def _repeat(loop: Any, x: Any, y: Any, out: Any, times: int) -> float:
    total = 0.0
    for _ in range(times):
        total += loop(x, y, out)
    return total


@numba.njit
def _gradients(density: Any, points: Any, gradient: Any, integers: Any, numbers: Any, times: int) -> float:
    total = 0.0
    for i in range(times):
        total += density(points[i % points.shape[0]], gradient, integers, numbers)
    return total


def seconds_each(work: Callable[[int], object]) -> float:
    """Median over batches of the seconds per repetition of ``work(times)``, compiled before."""
    work(1)
    times = 1
    while True:
        began = time.perf_counter()
        work(times)
        spent = time.perf_counter() - began
        if spent > BATCH_SECONDS / 2:
            break
        times *= 2
    found = []
    for _ in range(BATCHES):
        began = time.perf_counter()
        work(times)
        found.append((time.perf_counter() - began) / times)
    return statistics.median(found)


def measure_prices() -> Prices:
    """Price every operation by a tight loop."""
    rng = np.random.default_rng(1)
    x, out = rng.normal(size=PRICED), np.empty(PRICED)
    y = np.exp(rng.normal(size=PRICED))

    def loop(function: Any) -> float:
        return 1e9 / PRICED * seconds_each(lambda times: _repeat(function, x, y, out, times))

    def vector(function: Any, values: np.ndarray) -> float:
        def work(times: int) -> None:
            for _ in range(times):
                function(values, out=out)

        return 1e9 / PRICED * seconds_each(work)

    exp, log = loop(_exps), loop(_logs)
    return Prices(
        exp=min(exp, vector(np.exp, x)),
        log=min(log, vector(np.log, y)),
        exp_scalar=exp,
        log_scalar=log,
        divide=loop(_divisions),
        multiply_add=loop(_dot),
    )


@dataclass(frozen=True)
class Counts:
    """What one gradient needs by its formulas (geometric adstock, Hill saturation)."""

    exp: int
    log: int
    divide: int
    multiply_add: int
    bytes: int


def count(model: MediaModel) -> Counts:
    """Operations and bytes of one gradient, from the model's shape.

    Per channel and period: the running sum and its derivative, both normalised (4 multiply-adds);
    Hill and its three derivatives (log, exp, 2 divisions, 6); the chain rule, the sum, the pull on
    the effect (3), and a push per curve parameter. Per row: the mean (a multiply-add per channel)
    and two passes over the factorised baseline. Bytes: exposures and outcome once, baseline twice,
    responses and their derivatives written and read.
    """
    c, t = model.exposure_ct.shape
    rank, n = model.linear.u_pn.shape
    curve = len(model.priors) - 1 - c
    return Counts(
        exp=c * t + len(model.priors),
        log=c * t + rank,
        divide=2 * c * t + 2 * rank,
        multiply_add=c * t * 13 + curve * t + n * (c + 2 * rank + 2),
        bytes=8 * (c * t + n + 2 * n * rank + 2 * (c + curve) * t),
    )


def bandwidth(working_set: int) -> float:
    """Bytes per nanosecond of reading an array of that size again and again, single thread."""
    n = max(working_set // 16, 64)
    x, y = np.ones(n), np.ones(n)
    return 16 * n / (1e9 * seconds_each(lambda times: _repeat(_dot, x, y, y, times)))


@dataclass(frozen=True)
class GradientTime:
    """One gradient, in microseconds.

    Args:
        size: Of the problem.
        dimension: Sampled parameters.
        rank: Columns of the baseline.
        measured: Single thread, in native code.
        arithmetic: Floor by operations, with vectorised exp and log.
        scalar: The same with the system's scalar exp and log.
        memory: Floor by bytes.
    """

    size: str
    dimension: int
    rank: int
    measured: float
    arithmetic: float
    scalar: float
    memory: float

    @property
    def floor(self) -> float:
        """What no gradient can be much faster than."""
        return max(self.arithmetic, self.memory)


def time_gradient(size: Size, prices: Prices) -> GradientTime:
    """Measure one gradient and estimate its floor."""
    model = pose(simulate(size.scenario).dataset, Spec()).model
    density: Density = model.density()
    points = np.random.default_rng(1).normal(0.0, 0.5, (POINTS, density.dimension))
    gradient = np.empty(density.dimension)
    measured = seconds_each(
        lambda times: _gradients(density.function, points, gradient, density.integers, density.numbers, times)
    )
    counts = count(model)
    common = counts.divide * prices.divide + counts.multiply_add * prices.multiply_add
    return GradientTime(
        size=size.name,
        dimension=density.dimension,
        rank=model.linear.rank,
        measured=1e6 * measured,
        arithmetic=1e-3 * (counts.exp * prices.exp + counts.log * prices.log + common),
        scalar=1e-3 * (counts.exp * prices.exp_scalar + counts.log * prices.log_scalar + common),
        memory=1e-3 * counts.bytes / bandwidth(counts.bytes),
    )


@dataclass(frozen=True)
class Sampling:
    """A fit with the default spec.

    Args:
        size: Of the problem.
        seconds: Sampling alone, tuning included.
        total: From dataset to draws of every parameter.
        steps: Gradients per kept draw.
        ess: Effective draws of the worst media parameter, and whose.
        worst: Its label.
        divergences: After tuning.
    """

    size: str
    seconds: float
    total: float
    steps: float
    ess: float
    worst: str
    divergences: int


def time_sampling(size: Size) -> Sampling:
    """Fit once; a first fit of the process isn't timed."""
    dataset = simulate(size.scenario).dataset
    began = time.perf_counter()
    result = fit(dataset, Spec())
    total = time.perf_counter() - began
    if result.stats is None:
        raise ValueError("the engine gave no sampler statistics")
    ess = {name: ess_bulk(x) for name, x in result.posterior.columns().items() if name.startswith(MEDIA)}
    worst = min(ess, key=lambda name: ess[name])
    return Sampling(
        size=size.name,
        seconds=result.run.seconds["sample_s"],
        total=total,
        steps=float(result.stats["n_steps"].mean()),
        ess=ess[worst],
        worst=worst,
        divergences=int(result.stats["diverging"].sum()),
    )


FIRST_GRADIENT = """
import time
began = time.perf_counter()
import numpy as np
import mediamix
mediamix.read, mediamix.fit, mediamix.Spec
imported = time.perf_counter()
from mediamix.models.problem import pose
files = {name: f"{name}.csv" for name in ("media", "outcome", "controls", "events")}
dataset = mediamix.read(**files)
read = time.perf_counter()
density = pose(dataset, mediamix.Spec()).model.density()
density(np.zeros(density.dimension))
print(imported - began, read - imported, time.perf_counter() - read)
"""


def _run(command: list[str], folder: Path) -> tuple[float, str]:
    """Wall seconds of a process, and what it printed.

    Bytecode is kept in the folder, as in an installation, even where the environment forbids it.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"NO_COLOR": "1", "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, env=environment)
    return time.perf_counter() - began, done.stdout


def time_processes(repeats: int) -> list[tuple[str, float]]:
    """Fresh processes on 156 weeks × 5 from files, medians; the first run fills the caches."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_simulation(simulate(Scenario.weekly(1)), folder)
        (folder / "mediamix.yml").write_text(SPEC_TEXT, encoding="utf-8")
        python = [sys.executable, "-c"]
        bare = [_run([*python, "pass"], folder)[0] for _ in range(repeats + 1)][1:]
        runs = [_run([*python, FIRST_GRADIENT], folder) for _ in range(repeats + 1)][1:]
        stages = np.array([[float(part) for part in text.split()] for _, text in runs])
        imported, read, posed = np.median(stages, axis=0)
        command = [sys.executable, "-m", "mediamix", "fit", "mediamix.yml", "--out", "fit", "--force"]
        fits = [_run(command, folder)[0] for _ in range(repeats + 1)][1:]
        return [
            ("Python alone, for comparison", statistics.median(bare)),
            ("import of mediamix with its engine", float(imported)),
            ("reading the four CSV tables", float(read)),
            ("setting the model up, first gradient", float(posed)),
            ("process until the first gradient, whole", statistics.median(s for s, _ in runs)),
            ("`mediamix fit`, whole process", statistics.median(fits)),
        ]


GRADIENT_HEAD = (
    "size", "parameters", "baseline columns", "µs", "floor µs", "floor ÷ measured",
    "arithmetic µs", "with scalar exp, log", "memory µs",
)  # fmt: skip
SAMPLING_HEAD = (
    "size", "sampling s", "fit s", "gradients a draw", "ESS of the worst", "which", "ESS/s", "diverg.",
)  # fmt: skip
PROCESS_HEAD = ("fresh process, warm caches", "seconds")
PRICE_HEAD = ("operation", "ns")


def gradient_rows(found: Sequence[GradientTime]) -> list[tuple[str, ...]]:
    """A line per size."""
    return [
        (
            g.size, str(g.dimension), str(g.rank), f"{g.measured:.1f}", f"{g.floor:.1f}",
            f"{g.floor / g.measured:.0%}", f"{g.arithmetic:.1f}", f"{g.scalar:.1f}", f"{g.memory:.1f}",
        )
        for g in found
    ]  # fmt: skip


def sampling_rows(found: Sequence[Sampling]) -> list[tuple[str, ...]]:
    """A line per size."""
    return [
        (
            s.size, f"{s.seconds:.2f}", f"{s.total:.2f}", f"{s.steps:.1f}", f"{s.ess:,.0f}", s.worst,
            f"{s.ess / s.seconds:,.0f}", str(s.divergences),
        )
        for s in found
    ]  # fmt: skip


def price_rows(prices: Prices) -> list[tuple[str, ...]]:
    """A line per operation."""
    return [
        ("exp: vectorised (scalar)", f"{prices.exp:.2f} ({prices.exp_scalar:.2f})"),
        ("log: vectorised (scalar)", f"{prices.log:.2f} ({prices.log_scalar:.2f})"),
        ("division", f"{prices.divide:.2f}"),
        ("multiply-add", f"{prices.multiply_add:.3f}"),
    ]


def markdown(tables: Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]]) -> str:
    """The report, with the machine it was made on (no names, no paths)."""
    machine = host()
    described = ", ".join(f"{name} {version}" for name, version in versions().items())
    settings = Spec().sampler
    parts = [
        "# The engine's speed",
        "Made by `uv run python benchmarks/engine.py` "
        f"on {date.today().isoformat()}: {machine['cores']} cores, {machine['system']} "
        f"{machine['machine']}; {described}.",
        "Made-up markets under the default spec (geometric adstock, Hill saturation; "
        f"{settings.chains} chains, {settings.draws} draws after {settings.tune} of tuning). A gradient is "
        f"the median of {BATCHES} batches in native code on one thread. Its floor is an estimate: the "
        "operations that the formulas need, each at the price of a tight loop on this machine, or the "
        "bytes that have to pass, whichever is larger. ESS is the effective number of draws of the media "
        "parameter with the fewest, and its rate is per second of sampling, tuning included.",
    ]
    for title, head, rows in tables:
        lines = [head, ["---"] * len(head), *rows]
        parts += [f"## {title}", "\n".join("| " + " | ".join(line) + " |" for line in lines)]
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print the tables, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the smallest size only, fewer repetitions")
    parser.add_argument("--out", type=Path, default=RESULT, help="the Markdown report")
    options = parser.parse_args(arguments)
    console = Console(width=150)
    chosen = sizes(options.quick)
    prices = measure_prices()
    gradients = [time_gradient(size, prices) for size in chosen]
    fit(simulate(chosen[0].scenario).dataset, Spec())
    samplings = [time_sampling(size) for size in chosen]
    processes = [(name, f"{s:.2f}") for name, s in time_processes(2 if options.quick else 5)]
    tables = [
        ("One gradient", GRADIENT_HEAD, gradient_rows(gradients)),
        ("Sampling", SAMPLING_HEAD, sampling_rows(samplings)),
        ("Start-up and a whole fit, 156 weeks × 5 from CSV files", PROCESS_HEAD, processes),
        ("Prices of operations", PRICE_HEAD, price_rows(prices)),
    ]
    for title, head, rows in tables:
        table = Table(*head, title=title, title_justify="left")
        for row in rows:
            table.add_row(*map(escape, row))
        console.print(table)
    write_text(options.out, markdown(tables))


if __name__ == "__main__":
    main()
