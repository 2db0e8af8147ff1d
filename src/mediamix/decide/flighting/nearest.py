"""A pattern of on and off that keeps all limits and rules at once: a mixed-integer program."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from mediamix.decide.flighting.problem import FlightProblem

SECONDS = 10.0


def nearest(
    problem: FlightProblem, relaxed: Float[np.ndarray, "channel time"]
) -> Bool[np.ndarray, "channel time"] | None:
    """The allowed pattern whose spends can follow a relaxed plan best; None: none was found.

    Variables: spend (in parts of the budget) and on per channel and period. Source of the burst
    rows: minimum up times of unit commitment (Rajan & Takriti, 2005).
    """
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint, milp

    limits, n = problem.limits, problem.limits.lower_ct.size
    matrix, bound = limits.inequalities()
    least = np.repeat(problem.least_c, limits.shape[1]) / limits.total
    lower, upper = limits.lower_ct.ravel() / limits.total, limits.upper_ct.ravel() / limits.total
    eye = sparse.identity(n)
    sums = LinearConstraint(
        sparse.hstack([matrix, sparse.csr_matrix(matrix.shape)]), -np.inf, bound / limits.total
    )
    on_least = LinearConstraint(sparse.hstack([eye, -sparse.diags(np.maximum(least, lower))]), 0.0, np.inf)
    off_nothing = LinearConstraint(sparse.hstack([eye, -sparse.diags(upper)]), -np.inf, 0.0)
    rows, high = _rules(problem)
    rules = LinearConstraint(
        sparse.hstack([sparse.csr_matrix((len(rows), n)), sparse.csr_matrix(rows)]), -np.inf, high
    )
    may = np.concatenate([part.may_t for part in problem.bursts]).astype(float)
    must = np.concatenate([part.must_t for part in problem.bursts]).astype(float)
    must_on = LinearConstraint(sparse.hstack([sparse.csr_matrix((n, n)), eye]), must, np.inf)
    # On is worth what the relaxed plan spends there, above its mean.
    wish = relaxed.ravel() / max(float(relaxed.max()), 1e-300)
    cost = np.concatenate(
        [np.zeros(n), np.repeat(wish.reshape(limits.shape).mean(axis=1), limits.shape[1]) - wish]
    )
    found = milp(
        cost,
        integrality=np.concatenate([np.zeros(n), np.ones(n)]),
        bounds=Bounds(np.zeros(2 * n), np.concatenate([upper, np.maximum(may, must)])),
        constraints=[sums, on_least, off_nothing, rules, must_on],
        options={"time_limit": SECONDS, "mip_rel_gap": 0.05},
    )
    return None if found.x is None else np.asarray(found.x[n:].reshape(limits.shape) > 0.5)


def _rules(problem: FlightProblem) -> tuple[Float[np.ndarray, "row cell"], Float[np.ndarray, " row"]]:
    """Burst rules as ``rows · on <= high``."""
    channels, periods = problem.limits.shape
    rows: list[np.ndarray] = []
    high: list[float] = []
    for c, part in enumerate(problem.bursts):
        before_on = part.before > 0

        def row(places: dict[int, float], most: float, channel: int = c) -> None:
            line = np.zeros((channels, periods))
            for t, weight in places.items():
                line[channel, t] = weight
            rows.append(line.ravel())
            high.append(most)

        for t in range(periods if part.burst > 1 else 0):
            # A start in t keeps the next periods on; near the end there is no room for one.
            for ahead in range(1, part.burst):
                started = {t: 1.0} if t == 0 else {t: 1.0, t - 1: -1.0}
                if t == 0 and before_on:
                    continue
                if t + ahead >= periods:
                    row(started, 0.0)
                    break
                row({**started, t + ahead: -1.0}, 0.0)
        if part.gap is not None:
            for start in range(-part.gap, periods - part.gap):
                stretch = range(max(start, 0), start + part.gap + 1)
                if start < 0 and (before_on or -part.before < -start):
                    continue
                row(dict.fromkeys(stretch, -1.0), -1.0)
    return np.array(rows).reshape(len(rows), channels * periods), np.array(high)
