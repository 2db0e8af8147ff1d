"""What a structure costs: the same market sampled with it and without it, by turns."""

from __future__ import annotations

from typing import Any

import numpy as np

from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.measure.convergence import convergence
from mediamix.models.base import Fit
from mediamix.models.bayes import fit
from mediamix.transforms.base import adstocks, saturations
from structures.answer import short
from structures.world import Structured

SEED, TURNS = 1, 7
#: Of the integrated-out part draws are independent: what counts is the worst media parameter.
PARTS = (*(a.parameters for a in adstocks().values()), *(s.parameters for s in saturations().values()))
SHAPE = dict.fromkeys(parameter.name for own in PARTS for parameter in own)
MEDIA = tuple(f"{name}[" for name in ("roi", "share", "contribution", *SHAPE))


def race(structured: Structured, turns: int = TURNS) -> dict[str, Any]:
    """Medians over turns: seconds of sampling, effective draws per second; and of their ratios.

    Raises:
        UserError: The fit is refused.
    """
    world = structured.has(SEED)
    both = (world.unstated(), world.stated())
    for dataset, spec in both:  # the first fit also compiles
        fit(dataset, spec)
    seconds, rates = np.empty((turns, 2)), np.empty((turns, 2))
    for turn in range(turns):
        for i, (dataset, spec) in enumerate(both):
            seconds[turn, i], rates[turn, i] = _timed(dataset, spec)
    return {
        "sample_s": [short(v) for v in np.median(seconds, axis=0)],
        "ratio": short(float(np.median(seconds[:, 1] / seconds[:, 0]))),
        "ess_per_s": [short(v) for v in np.median(rates, axis=0)],
    }


def _timed(dataset: Dataset, spec: Spec) -> tuple[float, float]:
    made: Fit = fit(dataset, spec)
    table = convergence(made).table
    worst = min(row[1] for label, row in table.items() if label.startswith(MEDIA))
    seconds = made.run.seconds["sample_s"]
    return seconds, worst / seconds
