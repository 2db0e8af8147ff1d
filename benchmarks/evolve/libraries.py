"""Search libraries on one problem: Robyn's weekly set, its port's features and ranges, native evaluation.

    uv run --with nevergrad --with optuna --with cmaes python benchmarks/evolve/libraries.py --work FOLDER

``FOLDER`` is that of ``run.py``, which the port's features are taken from. Each library gets 2,000 candidates
for NRMSE of the validation and DECOMP.RSSD; what the evaluation itself takes is in every row, and is named.
Writes ``benchmarks/evolve/libraries.md``.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from jaxtyping import Float

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evolve.market import market_of, port_of
from mediamix.core.files import write_text
from mediamix.core.provenance import host
from mediamix.models.evolve.pareto import hypervolume
from mediamix.models.evolve.search import search

RESULT = Path(__file__).with_name("libraries.md")
CANDIDATES, SEEDS = 2000, 5
REFERENCE, CORNER = np.array([1.0, 1.0]), np.array([0.2, 0.5])

Value = Callable[[Float[np.ndarray, "candidate axis"]], Float[np.ndarray, "candidate 2"]]


def nevergrad(value: Value, axes: int, seed: int, name: str = "TwoPointsDE", workers: int = 1) -> None:
    """Robyn's optimiser, asked for `workers` candidates at a time."""
    import nevergrad as ng

    space = ng.p.Array(shape=(axes,), lower=0, upper=1)
    space.random_state.seed(seed)
    optimizer = ng.optimizers.registry[name](space, budget=CANDIDATES, num_workers=workers)
    optimizer.tell(ng.p.MultiobjectiveReference(), (1, 1))
    for _ in range(CANDIDATES // workers):
        asked = [optimizer.ask() for _ in range(workers)]
        for one, found in zip(asked, value(np.array([one.value for one in asked])), strict=True):
            optimizer.tell(one, list(np.nan_to_num(found, nan=1e6)))


def pymoo(value: Value, axes: int, seed: int) -> None:
    """NSGA-II as the family runs it."""
    search(value, axes, 2, CANDIDATES, seed)


def pymoo_as_it_comes(value: Value, axes: int, seed: int) -> None:
    """NSGA-II with pymoo's own settings."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem
    from pymoo.optimize import minimize

    class Cube(Problem):  # type: ignore[misc]
        def _evaluate(self, x: np.ndarray, out: dict[str, np.ndarray]) -> None:
            out["F"] = np.nan_to_num(value(x), nan=1e6)

    cube = Cube(n_var=axes, n_obj=2, xl=0.0, xu=1.0)
    minimize(cube, NSGA2(pop_size=50), ("n_eval", CANDIDATES), seed=seed)


def optuna(value: Value, axes: int, seed: int) -> None:
    """NSGA-II of Optuna, a candidate at a time: it has no generations to ask for."""
    import optuna as library

    library.logging.set_verbosity(library.logging.ERROR)
    sampler = library.samplers.NSGAIISampler(population_size=50, seed=seed)
    study = library.create_study(directions=["minimize", "minimize"], sampler=sampler)
    space = {f"x{i}": library.distributions.FloatDistribution(0.0, 1.0) for i in range(axes)}
    for _ in range(CANDIDATES):
        trial = study.ask(space)
        (found,) = value(np.array([[trial.params[f"x{i}"] for i in range(axes)]]))
        study.tell(trial, list(np.nan_to_num(found, nan=1e6)))


def cmaes(value: Value, axes: int, seed: int) -> None:
    """CMA-ES has one objective: four searches with four weights between the two."""
    from cmaes import CMA

    size, arms = 12, 4
    for arm in range(arms):
        weight = np.array([(arm + 0.5) / arms, 1 - (arm + 0.5) / arms])
        box = np.tile([0.0, 1.0], (axes, 1))
        own = CMA(np.full(axes, 0.5), 0.3, bounds=box, seed=seed * arms + arm + 1, population_size=size)
        for _ in range(CANDIDATES // arms // size):
            asked = [own.ask() for _ in range(size)]
            found = np.nan_to_num(value(np.array(asked)), nan=1e6) @ weight
            own.tell(list(zip(asked, found.tolist(), strict=True)))


LIBRARIES: dict[str, Callable[[Value, int, int], None]] = {
    "pymoo, NSGA-II as the family runs it": pymoo,
    "pymoo, NSGA-II as it comes": pymoo_as_it_comes,
    "nevergrad, TwoPointsDE (Robyn's)": nevergrad,
    "nevergrad, TwoPointsDE, 50 at a time": lambda v, a, s: nevergrad(v, a, s, workers=50),
    "nevergrad, DE, 50 at a time": lambda v, a, s: nevergrad(v, a, s, "DE", 50),
    "Optuna, NSGA-II": optuna,
    "cmaes, four weights": cmaes,
}


def main() -> None:
    """Run all, by turns, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("/tmp/mediamix-evolve"))
    work = parser.parse_args().work
    market = market_of(work, port_of(work).top)
    axes = len(market.ranges.names)
    warnings.simplefilter("ignore")
    seen: list[np.ndarray] = []

    def value(cube: np.ndarray) -> np.ndarray:
        seen.append(market.assessed(market.ranges.values(cube)).told[:, :2].copy())
        return seen[-1]

    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in LIBRARIES}
    for run in LIBRARIES.values():
        run(value, axes, 0)  # imports, and what is compiled
        seen.clear()
    for seed in range(1, SEEDS + 1):
        for name, run in LIBRARIES.items():
            began = time.process_time()
            run(value, axes, seed)
            seconds = time.process_time() - began
            points = np.vstack(seen)
            seen.clear()
            part = hypervolume(points, CORNER) / float(CORNER.prod())
            found[name].append((seconds, hypervolume(points, REFERENCE), part))
    cube = np.random.default_rng(0).random((CANDIDATES, axes))
    began = time.process_time()
    value(cube)
    own = time.process_time() - began
    lines = [
        "# Search libraries",
        "",
        f"Robyn's weekly set, {axes} hyperparameters, {CANDIDATES:,} candidates for NRMSE and DECOMP.RSSD, "
        f"{SEEDS} seeds by turns. Evaluating so many at once takes {own:.2f} CPU seconds of each row.",
        "",
        "| library | CPU seconds | hypervolume to (1, 1) | worst seed | share of the area to (0.2, 0.5) "
        "| worst seed |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, rows in found.items():
        cpu, whole, near = np.array(rows).T
        cells = f"{np.median(cpu):.2f} | {whole.mean():.4f} | {whole.min():.4f} | {near.mean():.3f}"
        lines.append(f"| {name} | {cells} | {near.min():.3f} |")
    lines += ["", f"Run {date.today().isoformat()} on {host()['cores']} cores.", ""]
    write_text(RESULT, "\n".join(lines))
    sys.stdout.write("\n".join(lines))


if __name__ == "__main__":
    main()
