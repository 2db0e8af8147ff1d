"""The baseline of a dataset under a spec: which columns, and how they go on after its end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import MediamixError
from mediamix.core.spec import Spec
from mediamix.core.types import Event, Every
from mediamix.data.dataset import Dataset
from mediamix.models.treatments import COMPONENT, block_of, treatments
from mediamix.transforms import basis
from mediamix.transforms.basis import Block

DAYS_PER_WEEK = 7.0
#: Weekly and monthly data can't show a Fourier pair shorter than two periods.
SHORTEST_CYCLE = 2.0


def baseline_blocks(dataset: Dataset, spec: Spec) -> tuple[Block, ...]:
    """Intercept, trend, seasonality, weekdays, events, treatments and controls, as far as they apply.

    In a panel every geo has an intercept and coefficients of controls of its own around the
    shared ones; trend, weekdays, events and treatments are shared, per unit of size, and so is the season
    unless the spec lets it differ.
    """
    n, every = dataset.n_periods, dataset.every
    panel = len(dataset.geos) > 1
    blocks = [Block("intercept", ("intercept",), np.ones((1, n, 1)), by_geo=panel)]
    if spec.trend.kind == "linear":
        blocks.append(basis.linear_trend(n))
    elif spec.trend.kind == "knots":
        blocks.append(basis.knot_trend(n, max(1.0, spec.trend.every * DAYS_PER_WEEK / every.days)))
    pairs = min(spec.seasonality.yearly, int(every.per_year / SHORTEST_CYCLE))
    if pairs:
        own = panel and spec.geo is not None and spec.geo.season == "own"
        blocks.append(replace(basis.fourier(dataset.dates, pairs), by_geo=own))
    weekly = spec.seasonality.weekly
    if every is Every.DAY and weekly != "off":
        blocks.append(basis.weekday(dataset.dates))
    events = basis.events(dataset.dates, every, dataset.events).names
    blocks.append(Block("events", events, _event_columns(dataset, dataset.events, events)))
    found = treatments(dataset, spec)
    if found:
        blocks.append(block_of(dataset, found))
    kept = [k for k in range(len(dataset.control_names)) if k not in {one.index for one in found}]
    if kept:
        # As deviations from each geo's mean: its intercept is its baseline of a mean period, and
        # what differs between geos for good is the intercept's, not the control's.
        controls_gtk, names = dataset.controls_gtk, dataset.control_names
        mean_gk = _mean_controls(dataset)
        if found:
            controls_gtk, mean_gk = controls_gtk[:, :, kept], mean_gk[:, kept]
            names = tuple(names[k] for k in kept)
        deviation_gtk = controls_gtk - mean_gk[:, None]
        if panel:
            deviation_gtk = np.where(dataset.present_gt[:, :, None], deviation_gtk, 0.0)
        blocks.append(Block("controls", names, deviation_gtk, by_geo=panel))
    return tuple(block for block in blocks if block.names)


def _mean_controls(dataset: Dataset) -> Float[np.ndarray, "geo control"]:
    """Each geo's mean over the periods in which it is present."""
    if len(dataset.geos) == 1:
        return np.asarray(dataset.controls_gtk.mean(axis=1))
    present_gt1 = dataset.present_gt[:, :, None]
    total_gk = np.where(present_gt1, dataset.controls_gtk, 0.0).sum(axis=1)
    return np.asarray(total_gk / np.maximum(present_gt1.sum(axis=1), 1))


def _event_columns(
    dataset: Dataset, happenings: tuple[Event, ...], names: tuple[str, ...]
) -> Float[np.ndarray, "own_geo time column"]:
    """Columns of the named events, per geo where an event is one of some geos only."""
    shared = len(dataset.geos) == 1 or all(event.geo is None for event in happenings)
    geos: list[str | None] = [None] if shared else [*dataset.geos]
    found = np.zeros((len(geos), dataset.n_periods, len(names)))
    for g, geo in enumerate(geos):
        own = [e for e in happenings if e.name in names and (geo is None or e.geo in (None, geo))]
        block = basis.events(dataset.dates, dataset.every, own)
        for name, column in zip(block.names, block.matrix.T, strict=True):
            found[g, :, names.index(name)] = column
    return found


def continued(block: Block, history: Dataset, future: Dataset, spec: Spec) -> Block:
    """The columns of a fitted block over the periods of `future`, which follow `history`.

    A straight trend goes on; one of knots stays at its last level. Controls are deviations from
    the means of the history, treatments differences from its references. An event that the block doesn't
    know has no column.

    Raises:
        MediamixError: A component of `baseline_blocks` that isn't named here.
    """
    return Block(block.component, block.names, _continued(block, history, future, spec), block.by_geo)


def _continued(
    block: Block, history: Dataset, future: Dataset, spec: Spec
) -> Float[np.ndarray, "own_geo time column"]:
    n, matrix = future.n_periods, block.matrix
    if block.component == "intercept":
        return np.ones((1, n, 1))
    if block.component == "trend":
        if block.names != ("slope",):
            return np.repeat(matrix[None, -1:], n, axis=1)
        step = (matrix[-1, 0] - matrix[0, 0]) / max(len(matrix) - 1, 1)
        return np.asarray(matrix[-1, 0] + step * np.arange(1, n + 1)[None, :, None])
    if block.component == "seasonality":
        return basis.fourier(future.dates, len(block.names) // 2).matrix_gtp
    if block.component == "weekday":
        return basis.weekday(future.dates).matrix_gtp
    if block.component == "events":
        return _event_columns(future, future.events, block.names)
    if block.component == "controls":
        own = [history.control_names.index(name) for name in block.names]
        return np.asarray((future.controls_gtk - _mean_controls(history)[:, None])[:, :, own])
    if block.component == COMPONENT:
        return block_of(future, treatments(history, spec)).matrix_gtp
    raise MediamixError(f"the baseline component '{block.component}' has no continuation")
