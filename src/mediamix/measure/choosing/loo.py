r"""Leave-one-out by importance weights, and exactly where they can't be trusted.

Of each period the density of its outcome given all others, in logs, from the draws of the fit (PSIS-LOO;
`inference.loo`: what is linear in the model is integrated out). Where k-hat is above 0.7 the model is fitted
anew without that period, and

.. math:: p(y_i | y_{-i}) = \tfrac1S \sum_s p(y_i | y_{-i}, \theta_s), \quad \theta_s \sim p(\theta | y_{-i}).

Scales that follow from the outcome's mean are those of all periods in the density, and those of the others in
the refit's priors: of a hundred periods one moves a mean by next to nothing.

The stated error is that of the draws: of a weighted mean of densities :math:`\sum_s w_s^2 (p_s - \hat p)^2`
over :math:`\hat p^2`, times what the draws of a chain lack of independent ones.

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
        refitted: How many were left out by a refit.
    """

    log_p_n: Float[np.ndarray, " row"]
    error_n: Float[np.ndarray, " row"]
    pareto_k_n: Float[np.ndarray, " row"]
    rows: Int[np.ndarray, " row"]
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
    def error(self) -> float:
        """Standard error of `total` by the draws."""
        return float(np.sqrt((self.error_n**2).sum()))

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
    worst = np.argsort(-k_n, kind="stable")[:REFITS]
    worst = worst[k_n[worst] > REFIT_K]
    for number, row in enumerate(worst, 1):
        at, step = int(there["rows"][row]), f"{number} of {len(worst)}"
        told = f"{one.name}: fit without {data.dates[at]} ({step})"
        log_p_n[row], error_n[row] = left_out(one, at, kept, partial(on_step, told))
        k_n[row] = 0.0
    return LeaveOneOut(log_p_n, error_n, k_n, there["rows"], len(worst))


def _of_all(fit: Fit) -> dict[str, np.ndarray]:
    """By the weights of a fit's draws."""
    problem = pose(fit.dataset, fit.spec)
    p_dn, shape = _densities(problem, fit), (fit.posterior.n_chains, fit.posterior.n_draws)
    found = [_weighted(p_dn[:, i], shape) for i in range(p_dn.shape[1])]
    log_p_n, error_n, k_n = (np.array(column) for column in zip(*found, strict=True))
    return {"log_p_n": log_p_n, "error_n": error_n, "pareto_k_n": k_n, "rows": _rows(problem)}


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
        level, relative = _mean(own, np.full(len(own), 1.0 / len(own)), shape)
        there = {"found": np.array([level, relative])}
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


def _weighted(own: Float[np.ndarray, " draw"], shape: tuple[int, int]) -> tuple[float, float, float]:
    """Log density, its relative error and k-hat."""
    if np.ptp(own) < EVEN:
        weight_d = np.exp(own.min() - own)
        return *_mean(own, weight_d / weight_d.sum(), shape), 0.0
    smoothed = smooth(-own)
    return *_mean(own, smoothed.weights_s, shape), smoothed.pareto_k


def _mean(
    own: Float[np.ndarray, " draw"], weight_d: Float[np.ndarray, " draw"], shape: tuple[int, int]
) -> tuple[float, float]:
    """Log of the weighted mean of densities, and the relative standard error of that mean."""
    p_d = np.exp(own - own.max())
    mean = float(weight_d @ p_d)
    variance = float((weight_d**2 * (p_d - mean) ** 2).sum())
    # The draws of a chain hang together: as many independent ones carry as much.
    effective = ess_bulk(p_d.reshape(shape)) if np.ptp(p_d) > 0 else float(len(p_d))
    lacking = max(len(p_d) / effective, 1.0) if np.isfinite(effective) else 1.0
    return float(np.log(mean) + own.max()), float(np.sqrt(variance * lacking)) / mean
