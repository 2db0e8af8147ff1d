"""The way back from a fit's draws to the standard-normal coordinates that the sampler works in."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mediamix.inference.draws import Draws
from mediamix.models.base import Fit
from mediamix.models.panel import PanelModel
from mediamix.models.posterior import SHOCK_SPREAD
from mediamix.models.priors import SPREAD
from mediamix.models.problem import Problem
from mediamix.models.shock import COMPONENT

#: A draw that its link can't tell from 0 or 1 counts as so many standard deviations off.
FARTHEST = 8.0


def coordinates(problem: Problem, fit: Fit, rows: np.ndarray) -> Float[np.ndarray, "row parameter"]:
    """U of some of a fit's draws, in the order of the model's priors.

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
            scale = problem.exposure.reference_c[c] if parameter.scale == "exposure" else 1.0
            columns.append(_of(posterior, parameter.name, channel)[rows] / scale)
    if isinstance(model, PanelModel):
        names = [SPREAD, *(f"{block.component}_spread" for block in problem.blocks if block.by_geo)]
        columns += [part for name in names for part in posterior.stacked(name)[rows].reshape(len(rows), -1).T]
    columns.append(posterior.stacked("sigma")[rows] / problem.outcome.mean)
    if isinstance(model, PanelModel) and model.shared_shock:
        columns.append(posterior.stacked(SHOCK_SPREAD)[rows] / problem.outcome.mean)
    if isinstance(model, PanelModel) and model.unequal_noise:
        columns += list(posterior.stacked("noise_factor")[rows].T)
    parts = [prior.standard(values) for prior, values in zip(model.priors, columns, strict=True)]
    u = np.clip(np.column_stack(parts), -FARTHEST, FARTHEST)
    if isinstance(model, PanelModel) and model.shared_shock:
        before = np.zeros((len(rows), problem.dataset.n_before))
        shock_dt = posterior.stacked(COMPONENT)[rows] / problem.outcome.mean
        u = np.column_stack([u, model.shock_coordinates(u, np.column_stack([before, shock_dt]))])
    return np.asarray(u)


def _of(posterior: Draws, name: str, channel: str) -> Float[np.ndarray, " draw"]:
    """A parameter of a channel."""
    (dim,) = posterior.dims[name]
    return np.asarray(posterior.stacked(name)[:, list(posterior.coords[dim]).index(channel)])
