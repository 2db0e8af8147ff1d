"""The baseline of a dataset under a spec: which columns, and how they go on after its end."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import MediamixError
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


def continued(block: Block, history: Dataset, future: Dataset) -> Float[np.ndarray, "time column"]:
    """The columns of a fitted block over the periods of `future`, which follow `history`.

    A straight trend goes on; one of knots stays at its last level. Controls are deviations from
    the means of the history. An event that the block doesn't know has no column.

    Raises:
        MediamixError: A component of `baseline_blocks` that isn't named here.
    """
    n, matrix = future.n_periods, block.matrix
    if block.component == "intercept":
        return np.ones((n, 1))
    if block.component == "trend":
        if block.names != ("slope",):
            return np.repeat(matrix[-1:], n, axis=0)
        step = (matrix[-1, 0] - matrix[0, 0]) / max(len(matrix) - 1, 1)
        return np.asarray(matrix[-1, 0] + step * np.arange(1, n + 1)[:, None])
    if block.component == "seasonality":
        return basis.fourier(future.dates, len(block.names) // 2).matrix
    if block.component == "weekday":
        return basis.weekday(future.dates).matrix
    if block.component == "events":
        known = tuple(event for event in future.events if event.name in block.names)
        there = basis.events(future.dates, future.every, known)
        columns = dict(zip(there.names, there.matrix.T, strict=True))
        return np.column_stack([columns.get(name, np.zeros(n)) for name in block.names])
    if block.component == "controls":
        mean = (history.controls_gtk[0] - matrix).mean(axis=0)
        return np.asarray(future.controls_gtk[0] - mean)
    raise MediamixError(f"the baseline component '{block.component}' has no continuation")
