"""The way back from a fit's draws to the standard-normal coordinates that the sampler works in."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mediamix.inference.draws import Draws
from mediamix.models.base import Fit
from mediamix.models.course_draws import course_columns
from mediamix.models.density import MediaModel
from mediamix.models.media_rows import media_residual
from mediamix.models.noise import noise_parameters
from mediamix.models.panel import PanelModel
from mediamix.models.posterior import SHOCK_SPREAD, columns_of
from mediamix.models.priors import SPREAD
from mediamix.models.problem import Problem
from mediamix.models.shock import COMPONENT
from mediamix.models.structured import StructuredModel
from mediamix.models.synergy import pair_columns

#: A draw that its link can't tell from 0 or 1 counts as so many standard deviations off.
FARTHEST = 8.0


def coordinates(problem: Problem, fit: Fit, rows: np.ndarray) -> Float[np.ndarray, "row parameter"]:
    """U of some of a fit's draws, in the order of the model's priors; then what its density has besides.

    Args:
        problem: The fit's.
        fit: Its named draws count, which are all of them, also of a thinned fit.
        rows: Which of those.
    """
    model, posterior = problem.model, fit.posterior
    columns = []
    for c, (start, transform) in enumerate(zip(model.starts, model.transforms, strict=False)):
        channel = problem.dataset.channels[c].name
        columns.append(_of(posterior, model.priors[start].name, channel)[rows])
        for parameter in transform.parameters:
            scale = problem.unit_c[c] if parameter.scale == "exposure" else 1.0
            columns.append(_of(posterior, parameter.name, channel)[rows] / scale)
    if isinstance(model, PanelModel):
        names = [SPREAD, *(f"{block.component}_spread" for block in problem.blocks if block.by_geo)]
        columns += [part for name in names for part in posterior.stacked(name)[rows].reshape(len(rows), -1).T]
    noise = noise_parameters(problem.spec.noise.kind, posterior, problem.outcome.mean)
    columns += [values[rows] for values in noise]
    if isinstance(model, PanelModel) and model.shared_shock:
        columns.append(posterior.stacked(SHOCK_SPREAD)[rows] / problem.outcome.mean)
    if isinstance(model, PanelModel) and model.unequal_noise:
        columns += list(posterior.stacked("noise_factor")[rows].T)
    columns += [column[rows] for column in course_columns(posterior, model.courses)]
    if isinstance(model, StructuredModel) and model.pairs:
        columns += [column[rows] for column in pair_columns(posterior)]
    u = [prior.standard(values) for prior, values in zip(model.priors, columns, strict=True)]
    if isinstance(model, MediaModel):
        u += list(_of_coefficients(problem, model, np.column_stack(columns), posterior, rows).T)
    found = np.asarray(np.clip(np.column_stack(u), -FARTHEST, FARTHEST))
    if isinstance(model, PanelModel) and model.shared_shock:
        before = np.zeros((len(rows), problem.dataset.n_before))
        shock_dt = posterior.stacked(COMPONENT)[rows] / problem.outcome.mean
        own = model.shock_coordinates(found, np.column_stack([before, shock_dt]))
        found = np.column_stack([found, own])
    return found


def _of_coefficients(
    problem: Problem,
    model: MediaModel,
    theta_dk: Float[np.ndarray, "row parameter"],
    posterior: Draws,
    rows: np.ndarray,
) -> Float[np.ndarray, "row coordinate"]:
    """Those of the baseline's coefficients, where they are sampled."""
    likelihood = model.likelihood()
    if not likelihood.coordinates:
        return np.empty((len(rows), 0))
    mean = problem.outcome.mean
    v_dp = np.concatenate(
        [columns_of(posterior, block.component, block, 1)[rows] / mean for block in problem.blocks], axis=1
    )
    # The outcome is centred: the intercept, which is the first column, has its mean.
    v_dp[:, 0] -= 1.0
    noise = theta_dk[:, model.sigma : model.sigma + likelihood.parameters]
    return likelihood.locate(media_residual(model, theta_dk), noise, v_dp)


def _of(posterior: Draws, name: str, channel: str) -> Float[np.ndarray, " draw"]:
    """A parameter of a channel."""
    (dim,) = posterior.dims[name]
    return np.asarray(posterior.stacked(name)[:, list(posterior.coords[dim]).index(channel)])
