"""The search: NSGA-II of pymoo over the unit cube, a trial after the other, each from its own seed.

A generation is evaluated at once, by native code on all threads. The library was chosen by measurement:
`benchmarks/evolve`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

#: Candidates of a generation.
POPULATION = 50
#: How near children stay to their parents: less than pymoo's 15 and 20, with which a trial of two thousand
#: candidates often ends in a corner (`benchmarks/evolve`).
CROSSOVER, MUTATION = 3, 5
#: What a candidate that can't be judged is worth.
BAD = 1e6

Objectives = Callable[[Float[np.ndarray, "candidate axis"]], Float[np.ndarray, "candidate objective"]]


def search(objectives: Objectives, axes: int, aims: int, iterations: int, seed: int) -> None:
    """One trial.

    Args:
        objectives: Of points of the cube, to be made small; not finite where a candidate can't be judged.
        axes: Of the cube.
        aims: Number of objectives.
        iterations: Candidates in all.
        seed: The same one asks for the same points.
    """
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.evaluator import Evaluator
    from pymoo.core.problem import Problem
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.problems.static import StaticProblem
    from pymoo.termination.max_eval import MaximumFunctionCallTermination

    problem: Any = Problem(n_var=axes, n_obj=aims, xl=0.0, xu=1.0)
    near = {"crossover": SBX(eta=CROSSOVER, prob=0.9), "mutation": PM(eta=MUTATION)}
    algorithm: Any = NSGA2(pop_size=POPULATION, **near)
    algorithm.setup(problem, termination=MaximumFunctionCallTermination(iterations), seed=seed, verbose=False)
    left = iterations
    while True:
        asked = algorithm.ask()
        cube = np.asarray(asked.get("X"), dtype=np.float64)[:left]
        value = objectives(cube)
        left -= len(cube)
        if not left:
            return
        Evaluator().eval(StaticProblem(problem, F=np.where(np.isfinite(value), value, BAD)), asked)
        algorithm.tell(infills=asked)
