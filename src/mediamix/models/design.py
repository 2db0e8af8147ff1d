"""The baseline of a dataset under a spec: which columns, with which priors."""

from __future__ import annotations

import numpy as np

from mediamix.core.spec import Spec
from mediamix.core.types import Every
from mediamix.data.dataset import Dataset
from mediamix.transforms import basis
from mediamix.transforms.basis import Block

DAYS_PER_WEEK = 7.0
#: Weekly and monthly data can't show a Fourier pair shorter than two periods.
SHORTEST_CYCLE = 2.0


def baseline_blocks(dataset: Dataset, spec: Spec) -> tuple[Block, ...]:
    """Intercept, trend, seasonality, weekdays, events and controls, as far as they apply."""
    n, every = dataset.n_periods, dataset.every
    blocks = [Block("intercept", ("intercept",), np.ones((n, 1)))]
    if spec.trend.kind == "linear":
        blocks.append(basis.linear_trend(n))
    elif spec.trend.kind == "knots":
        blocks.append(basis.knot_trend(n, spec.trend.every * DAYS_PER_WEEK / every.days))
    pairs = min(spec.seasonality.yearly, int(every.per_year / SHORTEST_CYCLE))
    if pairs:
        blocks.append(basis.fourier(dataset.dates, pairs))
    weekly = spec.seasonality.weekly
    if every is Every.DAY and weekly != "off":
        blocks.append(basis.weekday(dataset.dates))
    blocks.append(basis.events(dataset.dates, every, dataset.events))
    if dataset.control_names:
        # As deviations from their means, so that the intercept is the baseline of a mean period.
        controls_tk = dataset.controls_gtk[0]
        blocks.append(Block("controls", dataset.control_names, controls_tk - controls_tk.mean(axis=0)))
    return tuple(block for block in blocks if block.names)
