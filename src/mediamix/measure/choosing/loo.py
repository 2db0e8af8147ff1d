r"""Leave-one-out by importance weights, and exactly where they can't be trusted.

Of each period the density of its outcome given all others, in logs, from the draws of the fit (PSIS-LOO;
`inference.loo`: what is linear in the model is integrated out). Where k-hat is above 0.7 the model is fitted
anew without that period, and

.. math:: p(y_i | y_{-i}) = \tfrac1S \sum_s p(y_i | y_{-i}, \theta_s), \quad \theta_s \sim p(\theta | y_{-i}).

Scales that follow from the outcome's mean are those of all periods in the density, and those of the others in
the refit's priors: of a hundred periods one moves a mean by next to nothing.

The stated error is that of the draws. Draw s moves the log of a weighted mean of densities by
:math:`w_s (p_s - \hat p) / \hat p`; the root of the sum of squares is its standard error, times what the
draws of a chain lack of independent ones. Periods share their draws: of a sum over periods the moves are
added first.

Source: Vehtari, Gelman & Gabry (2017); Vehtari et al. (2024), Pareto smoothed importance sampling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Bool, Float, Int

from mediamix.inference.diagnostics import ess_bulk
from mediamix.inference.loo import EVEN
from mediamix.inference.psis import smooth
from mediamix.measure.choosing.futures import Candidate, OnStep
from mediamix.measure.choosing.kept import Kept
from mediamix.measure.choosing.parts import without_row
from mediamix.measure.refitting import row_densities
from mediamix.models.base import Fit
from mediamix.models.coordinates import coordinates
from mediamix.models.density import MediaModel
from mediamix.models.family import family_for
from mediamix.models.problem import Problem, pose

#: From this k-hat on a period is left out by a refit, and so many of them at most: the worst.
REFIT_K, REFITS = 0.7, 10


@dataclass(frozen=True)
class LeaveOneOut:
    """Densities of the trained periods, each given all others, per unit of the outcome.

    Args:
        log_p_n: In logs.
        error_n: Monte Carlo standard error of each.
        pareto_k_n: k-hat behind each; 0 of those that were refitted.
        rows: Positions of the periods.
        error: Monte Carlo standard error of their sum.
        refitted: How many were left out by a refit.
    """

    log_p_n: Float[np.ndarray, " row"]
    error_n: Float[np.ndarray, " row"]
    pareto_k_n: Float[np.ndarray, " row"]
    rows: Int[np.ndarray, " row"]
    error: float
    refitted: int = 0

    @property
    def total(self) -> float:
        """Expected log predictive density, nats over all periods."""
        return float(self.log_p_n.sum())

    @property
    def spread(self) -> float:
        """Standard error of `total` as periods differ."""
        return float(np.sqrt(len(self.log_p_n)) * self.log_p_n.std())

    @property
    def untrusted(self) -> int:
        """Periods whose weights can't be trusted and that weren't refitted."""
        return int((self.pareto_k_n > REFIT_K).sum())


def why_not(one: Candidate) -> str | None:
    """Why there are no leave-one-out densities of a candidate; None: there are."""
    family = family_for(one.spec)
    if not family.density:
        return f"the family {family.name} has draws, but no density of the outcome given them"
    if one.spec.geo is not None and len(one.dataset.geos) > 1:
        return "a panel's geos are learned together: no density of one of its rows given the others"
    if one.spec.mediators:
        return "with mediators the density is of the outcome given these, not given media alone"
    return None


def leave_one_out_of(one: Candidate, kept: Kept, on_step: OnStep) -> LeaveOneOut:
    """Of a candidate for which `why_not` knows nothing.

    Raises:
        UserError: The fit is refused.
    """
    data = one.dataset.national()
    key = ("one", data.hash, one.spec.hash, one.quick)
    there = kept.get(*key)
    if there is None:
        on_step(f"{one.name}: fit of all periods")
        there = _of_all(one.fit(data, one.spec))
        kept.put(there, *key)
    log_p_n, error_n, k_n = (there[name].copy() for name in ("log_p_n", "error_n", "pareto_k_n"))
    worst = _untrusted(k_n)
    for number, row in enumerate(worst, 1):
        at, step = int(there["rows"][row]), f"{number} of {len(worst)}"
        told = f"{one.name}: fit without {data.dates[at]} ({step})"
        log_p_n[row], error_n[row] = left_out(one, at, kept, partial(on_step, told))
        k_n[row] = 0.0
    error = float(np.hypot(there["error"], np.sqrt((error_n[worst] ** 2).sum())))
    return LeaveOneOut(log_p_n, error_n, k_n, there["rows"], error, len(worst))


def _untrusted(pareto_k_n: Float[np.ndarray, " row"]) -> Int[np.ndarray, " worst"]:
    """Those that are refitted: the worst first, not too many."""
    worst = np.argsort(-pareto_k_n, kind="stable")[:REFITS]
    return np.asarray(worst[pareto_k_n[worst] > REFIT_K])


def _of_all(fit: Fit) -> dict[str, np.ndarray]:
    """By the weights of a fit's draws."""
    problem = pose(fit.dataset, fit.spec)
    p_dn, shape = _densities(problem, fit), (fit.posterior.n_chains, fit.posterior.n_draws)
    weighed = [_weights(p_dn[:, i]) for i in range(p_dn.shape[1])]
    k_n = np.array([k for _, k in weighed])
    found = [_mean(p_dn[:, i], weight_d) for i, (weight_d, _) in enumerate(weighed)]
    kept = np.setdiff1d(np.arange(len(k_n)), _untrusted(k_n))
    together_d = np.sum([found[i][1] for i in kept], axis=0)
    return {
        "log_p_n": np.array([level for level, _ in found]),
        "error_n": np.array([_error(move_d, shape) for _, move_d in found]),
        "pareto_k_n": k_n,
        "rows": _rows(problem),
        "error": np.array(_error(together_d, shape)),
    }


def left_out(
    one: Candidate, row: int, kept: Kept, on_fit: Callable[[], None] = lambda: None
) -> tuple[float, float]:
    """Log density of one period, by a fit without it, and its Monte Carlo error.

    Raises:
        UserError: The fit is refused.
    """
    data = one.dataset.national()
    without = without_row(data, row)
    key = ("without", row, data.hash, one.spec.hash, one.quick)
    there = kept.get(*key)
    if there is None:
        on_fit()
        fit = one.fit(without, one.spec)
        # What the spec leaves to the data is settled by the refit: the densities are of that model.
        problem = pose(data, fit.spec)
        at = int(np.flatnonzero(_rows(problem) == row)[0])
        own = _densities(problem, fit)[:, at]
        shape = (fit.posterior.n_chains, fit.posterior.n_draws)
        level, move_d = _mean(own, np.full(len(own), 1.0 / len(own)))
        there = {"found": np.array([level, _error(move_d, shape)])}
        kept.put(there, *key)
    level, relative = there["found"]
    return float(level), float(relative)


def _densities(problem: Problem, fit: Fit) -> Float[np.ndarray, "draw row"]:
    """Log density of each row given the others and a draw, per unit of the outcome."""
    model = problem.model
    assert isinstance(model, MediaModel)
    u_dk = coordinates(problem, fit, np.arange(fit.n_draws))
    return np.asarray(row_densities(model, u_dk) - np.log(abs(problem.outcome.mean)))


def _rows(problem: Problem) -> Int[np.ndarray, " row"]:
    """Positions of the periods that are rows of the model."""
    trained_t: Bool[np.ndarray, " time"] = problem.trained_gt[0]
    return np.flatnonzero(trained_t)


def _weights(own: Float[np.ndarray, " draw"]) -> tuple[Float[np.ndarray, " draw"], float]:
    """Weights of the draws for a row's density without it, and their k-hat, 0 where they are even."""
    if np.ptp(own) < EVEN:
        weight_d = np.exp(own.min() - own)
        return weight_d / weight_d.sum(), 0.0
    smoothed = smooth(-own)
    return smoothed.weights_s, smoothed.pareto_k


def _mean(
    own: Float[np.ndarray, " draw"], weight_d: Float[np.ndarray, " draw"]
) -> tuple[float, Float[np.ndarray, " draw"]]:
    """Log of the weighted mean of densities, and what each draw moves it by."""
    p_d = np.exp(own - own.max())
    mean = float(weight_d @ p_d)
    return float(np.log(mean) + own.max()), np.asarray(weight_d * (p_d - mean) / mean)


def _error(move_d: Float[np.ndarray, " draw"], shape: tuple[int, int]) -> float:
    """Standard error of a mean by what each draw moves it by."""
    if np.ptp(move_d) == 0:
        return 0.0
    # The draws of a chain hang together: as many independent ones carry as much.
    effective = ess_bulk(move_d.reshape(shape))
    lacking = max(len(move_d) / effective, 1.0) if np.isfinite(effective) else 1.0
    return float(np.sqrt((move_d**2).sum() * lacking))
