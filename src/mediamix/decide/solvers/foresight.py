"""A bound on what any plan can be worth: each draw planned for by itself, as if one knew it beforehand."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mediamix.decide.problem.coupled import Coupled
from mediamix.decide.problem.separable import Solution
from mediamix.decide.solvers.branch import root_bound
from mediamix.decide.solvers.gamble import Gamble
from mediamix.decide.solvers.touching import touching


def foresight(gamble: Gamble, first: Solution, at: np.ndarray | None = None) -> float:
    """A bound for any objective that rises with every draw: each draw planned for by itself.

    Of curves with pairs by those that touch each draw from above where a plan is (`at`).

    For a quantile also by the mean: what the draws above it are worth, the others at their worst.
    """
    size = gamble.base.size
    if gamble.objective.kind == "beats_today" and gamble.today is not None:
        ahead = [_most(gamble, d, at) + gamble.base[d] > gamble.today[d] for d in range(size)]
        return float(np.mean(ahead))
    seen = np.array([_most(gamble, d, at) + gamble.base[d] for d in range(size)])
    bound = gamble.objective.value(seen, gamble.today)
    below = int(np.ceil((gamble.objective.level or 0.0) * (size - 1)))
    worst = np.sort(gamble.base + _worst(gamble))[:below].sum()
    total = size * (first.upper + float(gamble.base.mean()))
    return min(bound, float(total - worst) / (size - below))


def _most(gamble: Gamble, d: int, at: np.ndarray | None) -> float:
    """No plan is worth more than this on a draw, without the base."""
    problem = gamble.on_draw(d)
    if isinstance(problem, Coupled) and at is not None:
        problem = touching(problem, at)[0]
    return root_bound(problem)


def _worst(gamble: Gamble) -> Float[np.ndarray, " draw"]:
    """The least that the planned channels can be worth on each draw, within their bounds."""
    scale, cost = gamble.objective.scale, gamble.objective.cost
    total = np.zeros(gamble.base.size)
    frame = gamble.frame
    for c, name in enumerate(gamble.curves.channels):
        grid, low, high = frame.grids[c], float(frame.lower[c]), float(frame.upper[c])
        inside = (grid > low) & (grid < high)
        values = np.atleast_2d(gamble.curves.contribution[name])
        ends = [scale * gamble.curves.contribution_at(name, at) - cost * at for at in (low, high)]
        least = np.minimum(*ends)
        if inside.any():
            least = np.minimum(least, (scale * values[:, inside] - cost * grid[inside]).min(axis=1))
        total = total + least
    for pair in gamble.curves.pairs:
        values = np.atleast_3d(pair.contribution.T).T
        total = total + scale * values.min(axis=(1, 2))
    return total
