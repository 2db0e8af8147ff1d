"""Parts of a baseline after the end of a fit's data: terms that go on, the trend's walk, mediators.

A mediator of the future isn't known: its own model says what it is without media,

    O_t = baseline'_t + walk'_t + Σ_j γ'_j (O_jt − mean M_j) + ε'_t

and it counts as ``γ (O_t − mean M)``. What media do to it is theirs (`ChannelEffect.through`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from mediamix.core import seeds
from mediamix.data.dataset import Dataset
from mediamix.data.scaling import OutcomeScale
from mediamix.measure.noise_ahead import noise_ahead, shocks
from mediamix.measure.panel import present_gt
from mediamix.models.base import BaselineTerm, Fit
from mediamix.models.design import continued, present_mean
from mediamix.models.family import family_of
from mediamix.models.funnel import MEDIATORS
from mediamix.models.mediators import series_gt
from mediamix.models.priors import linear_sd

#: Stream of random numbers of the fit's seed; 1 and 2 are taken by the fit itself.
STREAM = 3
#: Mediator → its course without media per geo, less its mean; in its own units times the geo's size.
Courses = dict[str, Float[np.ndarray, "geo draw time"]]


def term_ahead(fit: Fit, term: BaselineTerm, future: Dataset, rows: np.ndarray) -> BaselineTerm:
    """A term over the periods of the future, with some of its draws."""
    ahead = replace(term.thinned(rows), block=continued(term.block, fit.dataset, future, fit.spec))
    return replace(ahead, weight_gt=np.repeat(term.weight_gt[:, -1:], future.n_periods, axis=1))


def mediators_ahead(fit: Fit, future: Dataset, rows: np.ndarray) -> Float[np.ndarray, "draw time"]:
    """What mediators add to the outcome without media, summed over the geos that go on."""
    courses: Courses = {}
    for number, one in enumerate(fit.mediators):
        rng = seeds.generator(fit.run.seed, STREAM, number)
        courses[one.dataset.outcome_name] = _course(fit, one, future, rows, courses, rng)
    return np.asarray(_acting(fit, courses, rows, future.n_periods).sum(axis=0))


def _course(
    fit: Fit, one: Fit, future: Dataset, rows: np.ndarray, courses: Courses, rng: np.random.Generator
) -> Float[np.ndarray, "geo draw time"]:
    """One mediator's, given those before it."""
    own, periods, size_g = one.thinned(rows), future.n_periods, one.dataset.size_g
    total = _acting(one, courses, rows, periods)
    walk_dt = np.cumsum(shocks(rng, np.ones(len(rows)), periods), axis=1)
    going_g = present_gt(one)[:, -1]
    for term in one.baseline:
        if term.component == MEDIATORS:
            continue
        ahead = term_ahead(one, term, future, rows)
        step = walk_sd(one, term) / size_g[going_g].sum() if term.component == "trend" else 0.0
        for g in np.flatnonzero(going_g):
            total[g] += ahead.contribution(int(g)) + step * size_g[g] * walk_dt
    mean_gk = present_mean(fit.dataset, series_gt(fit.dataset, fit.spec, one.dataset.outcome_name)[..., None])
    alone = len(size_g) == 1
    for g in np.flatnonzero(going_g):
        noise_dt = (
            noise_ahead(one, rows, periods, going_g, rng)
            if alone
            else shocks(rng, own.sigma_dg[:, g], periods)
        )
        total[g] += noise_dt - size_g[g] * mean_gk[g, 0]
    return total


def _acting(fit: Fit, courses: Courses, rows: np.ndarray, periods: int) -> Float[np.ndarray, "geo draw time"]:
    """What the courses of mediators do in a model that has them in its baseline."""
    total = np.zeros((len(fit.dataset.geos), len(rows), periods))
    for term in fit.baseline:
        if term.component != MEDIATORS:
            continue
        gamma_dgk = term.coefficient_dgp[rows]
        for k, name in enumerate(term.names):
            total += gamma_dgk[:, :, k].T[:, :, None] * courses[name]
    return total


def walk_sd(fit: Fit, term: BaselineTerm) -> float:
    """Standard deviation of the trend's random walk after one period, in outcome units.

    The trend is shared per unit of size: a step of it moves all geos at once. A step is as large as the prior
    says; of a fit without one, as those between the fitted knots were (root of their mean square).
    """
    if fit.spec.trend.kind != "knots":
        return 0.0
    spacing = max(fit.dataset.n_periods - 1, 1) / len(term.names)
    if not family_of(fit).density:
        step = float(np.sqrt((term.coefficient_dp.mean(axis=0) ** 2).mean()))
        return step * float(term.weight_gt[:, -1].sum()) / float(np.sqrt(spacing))
    data, trained_gt = fit.dataset, fit.trained_gt
    size_gt = np.broadcast_to(fit.channels[0].size_g[:, None], trained_gt.shape)
    per_size = OutcomeScale.of_sum(data.outcome_gt[trained_gt], size_gt[trained_gt]).mean
    mean = per_size * float(term.weight_gt[:, -1].sum())
    step = float(linear_sd(term.block, data.n_periods / data.every.per_year)[0])
    return abs(mean) * step / float(np.sqrt(spacing))
