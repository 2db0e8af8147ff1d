"""A fit before any data: draws from the prior, through all that a fit's draws go through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediamix.core import seeds
from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.inference.nuts import Sample
from mediamix.models.base import Fit, RunInfo
from mediamix.models.bayes import to_fit
from mediamix.models.beliefs.whole import draw
from mediamix.models.problem import Problem, pose

#: Tells these draws from others of the same seed.
STREAM = 18
#: Draws, at least and at most, and draws × cells of data that are drawn at most in between.
FEWEST, MOST, CELLS = 200, 2000, 2e8


def prior_of(dataset: Dataset, spec: Spec) -> Fit:
    """The model with draws from its prior in the place of those from its posterior.

    The outcome gives its mean only, which is the unit of the baseline's priors. The same data, spec and seed
    give the same draws.

    Args:
        dataset: Geos are summed unless the spec keeps them.
        spec: Model and priors.

    Raises:
        SpecError: See `pose`.
        DataError: See `pose`.
    """
    return drawn(pose(dataset.national() if spec.geo is None else dataset, spec))


def drawn(problem: Problem, draws: int | None = None) -> Fit:
    """`prior_of` a problem that was posed."""
    spec = problem.spec
    if draws is None:
        draws = int(np.clip(CELLS / problem.dataset.exposure_gtc.size, FEWEST, MOST))
    rng = seeds.generator(spec.sampler.seed, STREAM)
    u = draw(problem, draws, rng)
    blind = replace(problem, model=problem.model.blind(), trained_gt=np.zeros_like(problem.trained_gt))
    run = RunInfo(problem.dataset.hash, spec.hash, spec.sampler.seed, {})
    return to_fit(blind, Sample(u[None], {}, 0.0), run)
