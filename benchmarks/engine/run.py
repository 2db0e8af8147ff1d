"""How fast is the engine, and how far from what the machine could do?

Run it with ``uv run python benchmarks/engine/run.py [--quick]``. It prints tables and writes
``benchmarks/engine/engine.md`` and ``docs/images/engine_scaling.svg``: one gradient against an
estimate of its floor, how that grows, sampling, peak memory, start-up in a fresh process (also the
first one of an installation, which compiles), and a whole ``mediamix fit``.

See `engine_floor` for the floor, and `engine_scaling` for how the cost grows with the size.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engine.floor import BATCHES, GradientTime, Prices, measure_prices, time_gradient
from engine.scaling import PANEL, SWEEPS, Sweep, panel, picture, sweep
from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions
from mediamix.core.spec import Spec, parse_spec
from mediamix.inference.diagnostics import ess_bulk
from mediamix.models.bayes import fit
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, simulate
from mediamix.simulate.write import write_simulation

RESULT = Path(__file__).with_name("engine.md")
PICTURE = Path(__file__).parents[2] / "docs" / "images" / "engine_scaling.svg"
#: Sampled per channel; the rest of the posterior is noise, or drawn exactly.
MEDIA = ("roi[", "half_life[", "half_effect[", "slope[")
SPEC_TEXT = "data: {media: media.csv, outcome: outcome.csv, controls: controls.csv, events: events.csv}\n"


@dataclass(frozen=True)
class Size:
    """One problem size, with the default spec; `sampled`: also fitted."""

    name: str
    scenario: Scenario
    sampled: bool = True

    @property
    def spec(self) -> Spec:
        """Geos are kept apart where there are several."""
        return parse_spec(PANEL) if self.scenario.geos > 1 else Spec()


def sizes(quick: bool) -> list[Size]:
    """The sizes of the tables; `quick`: the smallest one."""
    every = [
        Size("156 weeks × 5", Scenario.weekly(1)),
        Size("1,095 days × 5", Scenario(seed=1)),
        Size("156 weeks × 20", Scenario(seed=1, every="week", periods=156, channels=20, noise=0.03)),
        Size("1,095 days × 20", Scenario(seed=1, channels=20)),
        Size("40 geos × 156 weeks × 6", panel(40, 156, 6)),
        Size("200 geos × 156 weeks × 36", panel(200, 156, 36), sampled=False),
    ]
    return every[:1] if quick else every


def gradient(size: Size, prices: Prices) -> GradientTime:
    """One gradient of that size against its floor."""
    return time_gradient(size.name, pose(simulate(size.scenario).dataset, size.spec).model, prices)


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
    result = fit(dataset, size.spec)
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


COMPILES = """
import sys
import numpy as np
from dataclasses import replace
from mediamix.core.spec import Spec, parse_spec
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, simulate
geos = int(sys.argv[1])
if geos > 1:
    dataset, spec = simulate(replace(Scenario.geo_panel(1), geos=geos)).dataset, parse_spec({"geo": {}})
else:
    dataset, spec = simulate(Scenario.weekly(1)).dataset, Spec()
density = pose(dataset, spec).model.density()
density(np.zeros(density.dimension))
"""
#: The most memory that the process ever had, which a child doesn't inherit.
PEAK = """
import sys
from mediamix.core.spec import Spec, parse_spec
from mediamix.models.bayes import fit
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, simulate
import numpy as np
from dataclasses import replace
geos, weeks, channels, sampled = map(int, sys.argv[1:])
scenario = replace(Scenario.geo_panel(1), geos=geos, periods=weeks, channels=channels)
dataset, spec = simulate(scenario).dataset, parse_spec({"geo": {}})
if sampled:
    fit(dataset, spec)
else:
    density = pose(dataset, spec).model.density()
    density(np.zeros(density.dimension))
status = open("/proc/self/status").read()
print(int(status.split("VmHWM:")[1].split()[0]) / 2**20)
"""
#: Geos, weeks, channels; whether it is fitted, or only a gradient taken.
PEAKS = ((10, 156, 6, 1), (40, 156, 6, 1), (40, 156, 6, 0), (200, 156, 36, 0))


def peak_rows() -> list[tuple[str, ...]]:
    """Peak memory of fresh processes; none where the system doesn't tell."""
    if not Path("/proc/self/status").exists():
        return []
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for geos, weeks, channels, sampled in PEAKS:
            shape = [str(number) for number in (geos, weeks, channels, sampled)]
            _, printed = _run([sys.executable, "-c", PEAK, *shape], Path(name))
            what = "fit" if sampled else "gradient"
            rows.append((f"{geos} geos × {weeks} weeks × {channels}", what, f"{float(printed):.2f}"))
    return rows


def _run(command: list[str], folder: Path, **more: str) -> tuple[float, str]:
    """Wall seconds of a process, and what it printed.

    Bytecode is kept in the folder, as in an installation, even where the environment forbids it.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"NO_COLOR": "1", "PYTHONPYCACHEPREFIX": str(folder / "bytecode"), **more}
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, env=environment)
    return time.perf_counter() - began, done.stdout


def time_first_run(geos: int) -> float:
    """Seconds until the first gradient where nothing was ever compiled."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-c", COMPILES, str(geos)]
        # Once with caches, so that bytecode is there: what is measured is the compiler.
        warm = _run(command, folder)[0]
        return _run(command, folder, NUMBA_CACHE_DIR=str(folder / "kernels"))[0] - warm


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
SCALING_HEAD = ("what grows", "from … to", "µs", "cost ∝ size^")
MEMORY_HEAD = ("size", "what", "peak GiB, whole process")
PROCESS_HEAD = ("fresh process, warm caches", "seconds")
PRICE_HEAD = ("operation", "ns")


def gradient_rows(found: Sequence[GradientTime]) -> list[tuple[str, ...]]:
    """A line per size."""
    return [
        (
            g.size, str(g.dimension), str(g.columns), f"{g.measured:.1f}", f"{g.floor:.1f}",
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


def scaling_rows(found: Sequence[Sweep]) -> list[tuple[str, ...]]:
    """A line per sweep."""
    return [
        (
            s.axis, " ".join(map(str, s.sizes)), " ".join(f"{cost:.0f}" for cost in s.measured),
            f"{s.exponent:.2f}",
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
        "Made by `uv run python benchmarks/engine/run.py` "
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
    gradients = [gradient(size, prices) for size in chosen]
    sweeps = [] if options.quick else [sweep(axis, along) for axis, along in SWEEPS.items()]
    fit(simulate(chosen[0].scenario).dataset, Spec())
    samplings = [time_sampling(size) for size in chosen if size.sampled]
    processes = [(name, f"{s:.2f}") for name, s in time_processes(2 if options.quick else 5)]
    if not options.quick:
        processes += [
            ("once per installation: compiling for a national fit", f"{time_first_run(1):.2f}"),
            ("once per installation: compiling for a panel", f"{time_first_run(8):.2f}"),
        ]
        write_text(PICTURE, picture(sweeps))
    tables = [
        ("One gradient", GRADIENT_HEAD, gradient_rows(gradients)),
        ("How a panel's gradient grows", SCALING_HEAD, scaling_rows(sweeps)),
        ("Sampling", SAMPLING_HEAD, sampling_rows(samplings)),
        ("Peak memory", MEMORY_HEAD, [] if options.quick else peak_rows()),
        ("Start-up and a whole fit, 156 weeks × 5 from CSV files", PROCESS_HEAD, processes),
        ("Prices of operations", PRICE_HEAD, price_rows(prices)),
    ]
    tables = [table for table in tables if table[2]]
    for title, head, rows in tables:
        table = Table(*head, title=title, title_justify="left")
        for row in rows:
            table.add_row(*map(escape, row))
        console.print(table)
    write_text(options.out, markdown(tables))


if __name__ == "__main__":
    main()
