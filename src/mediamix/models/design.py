"""The baseline of a dataset under a spec: which columns, and how they go on after its end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import MediamixError
from mediamix.core.spec import Auto, Spec
from mediamix.core.types import Event, Every
from mediamix.data.dataset import Dataset
from mediamix.data.mediators import columns_of
from mediamix.models.mediators import series_gt
from mediamix.models.treatments import COMPONENT, block_of, treatments
from mediamix.transforms import basis
from mediamix.transforms.basis import Block
from mediamix.transforms.hsgp import hsgp_columns, hsgp_trend

DAYS_PER_WEEK = 7.0
#: Weekly and monthly data can't show a Fourier pair shorter than two periods.
SHORTEST_CYCLE = 2.0
#: Name of the column for what events of a wide table's columns have in common.
COMMON = "common to event columns"


def baseline_blocks(dataset: Dataset, spec: Spec) -> tuple[Block, ...]:
    """Intercept, trend, seasonality, weekdays, events, treatments, controls and mediators, if they apply.

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
        blocks.append(basis.knot_trend(n, max(1.0, _periods(dataset, spec.trend.every))))
    elif spec.trend.kind == "hsgp":
        blocks.append(hsgp_trend(n, _periods(dataset, spec.trend.length), every.per_year))
    pairs = min(spec.seasonality.yearly, int(every.per_year / SHORTEST_CYCLE))
    if pairs:
        own = panel and spec.geo is not None and spec.geo.season == "own"
        blocks.append(replace(basis.fourier(dataset.dates, pairs), by_geo=own))
    weekly = spec.seasonality.weekly
    if every is Every.DAY and weekly != "off":
        blocks.append(basis.weekday(dataset.dates))
    blocks.append(_events(dataset, spec))
    mediators = columns_of(dataset, spec)
    found = treatments(dataset, spec)
    if found:
        blocks.append(block_of(dataset, found))
    taken = {*mediators.values(), *(one.index for one in found)}
    left = [k for k in range(len(dataset.control_names)) if k not in taken]
    if left:
        names = tuple(dataset.control_names[k] for k in left)
        blocks.append(Block("controls", names, _deviations(dataset, _columns(dataset, left)), panel))
    if mediators:
        series_gtk = np.stack([series_gt(dataset, spec, name) for name in mediators], axis=-1)
        blocks.append(Block("mediators", tuple(mediators), _deviations(dataset, series_gtk), panel))
    return tuple(block for block in blocks if block.names)


def _events(dataset: Dataset, spec: Spec) -> Block:
    """A column per event; where a wide table has flagged several, one more for what these have in common."""
    names = basis.events(dataset.dates, dataset.every, dataset.events).names
    flagged = tuple(name for name in names if name in spec.data.flags)
    pooled = flagged if len(flagged) > 1 else ()
    if pooled:
        names = (*names, COMMON)
    columns, spread = _event_columns(dataset, dataset.events, names, pooled), 0.0
    if pooled:
        spread = _number(spec.event_spread)
    return Block("events", names, columns, pooled=pooled, spread=spread)


def _periods(dataset: Dataset, weeks: float | Auto) -> float:
    """Weeks in periods."""
    return _number(weeks) * DAYS_PER_WEEK / dataset.every.days


def _number(value: float | Auto) -> float:
    """A value that a spec may leave open, once it is chosen."""
    if isinstance(value, str):
        raise MediamixError("the spec leaves something to the data that `models.choices` hasn't chosen")
    return float(value)


def _columns(dataset: Dataset, own: list[int]) -> Float[np.ndarray, "geo time control"]:
    """Some controls; all of them as they lie in memory, so that sums over them have the same last digit."""
    every = len(own) == len(dataset.control_names)
    return dataset.controls_gtk if every else dataset.controls_gtk[:, :, own]


def _deviations(
    dataset: Dataset, series_gtk: Float[np.ndarray, "geo time control"]
) -> Float[np.ndarray, "geo time control"]:
    """As deviations from each geo's mean: its intercept is its baseline of a mean period, and what differs
    between geos for good is the intercept's, not the control's.
    """
    deviation_gtk = series_gtk - present_mean(dataset, series_gtk)[:, None]
    if len(dataset.geos) == 1:
        return np.asarray(deviation_gtk)
    return np.where(dataset.present_gt[:, :, None], deviation_gtk, 0.0)


def present_mean(
    dataset: Dataset, series_gtk: Float[np.ndarray, "geo time control"]
) -> Float[np.ndarray, "geo control"]:
    """Each geo's mean over the periods in which it is present."""
    if len(dataset.geos) == 1:
        return np.asarray(series_gtk.mean(axis=1))
    present_gt1 = dataset.present_gt[:, :, None]
    total_gk = np.where(present_gt1, series_gtk, 0.0).sum(axis=1)
    return np.asarray(total_gk / np.maximum(present_gt1.sum(axis=1), 1))


def _event_columns(
    dataset: Dataset, happenings: tuple[Event, ...], names: tuple[str, ...], pooled: tuple[str, ...]
) -> Float[np.ndarray, "own_geo time column"]:
    """Columns of the named events, per geo where an event is one of some geos only; the last is the sum
    of those that are pooled, if any.
    """
    shared = len(dataset.geos) == 1 or all(event.geo is None for event in happenings)
    geos: list[str | None] = [None] if shared else [*dataset.geos]
    found = np.zeros((len(geos), dataset.n_periods, len(names)))
    for g, geo in enumerate(geos):
        own = [e for e in happenings if e.name in names and (geo is None or e.geo in (None, geo))]
        block = basis.events(dataset.dates, dataset.every, own)
        for name, column in zip(block.names, block.matrix.T, strict=True):
            found[g, :, names.index(name)] = column
    if pooled:
        found[:, :, -1] = found[:, :, [names.index(name) for name in pooled]].sum(axis=2)
    return found


def continued(block: Block, history: Dataset, future: Dataset, spec: Spec) -> Block:
    """The columns of a fitted block over the periods of `future`, which follow `history`.

    A straight trend goes on, and so does a smooth one; one of knots stays at its last level. Controls are
    deviations from the means of the history, treatments differences from its references. An event that the
    block doesn't know has no column.

    Raises:
        MediamixError: A component of `baseline_blocks` that isn't named here.
    """
    return replace(block, matrix_gtp=_continued(block, history, future, spec))


def _continued(
    block: Block, history: Dataset, future: Dataset, spec: Spec
) -> Float[np.ndarray, "own_geo time column"]:
    n, matrix = future.n_periods, block.matrix
    if block.component == "intercept":
        return np.ones((1, n, 1))
    if block.component == "trend":
        if spec.trend.kind == "hsgp":
            before = history.n_periods
            length = _periods(history, spec.trend.length)
            return hsgp_columns(before + np.arange(n), before, length, history.every.per_year)[None]
        if block.names != ("slope",):
            return np.repeat(matrix[None, -1:], n, axis=1)
        step = (matrix[-1, 0] - matrix[0, 0]) / max(len(matrix) - 1, 1)
        return np.asarray(matrix[-1, 0] + step * np.arange(1, n + 1)[None, :, None])
    if block.component == "seasonality":
        return basis.fourier(future.dates, len(block.names) // 2).matrix_gtp
    if block.component == "weekday":
        return basis.weekday(future.dates).matrix_gtp
    if block.component == "events":
        return _event_columns(future, future.events, block.names, block.pooled)
    if block.component == "controls":
        own = [history.control_names.index(name) for name in block.names]
        mean_gk = present_mean(history, _columns(history, own))
        return np.asarray(_columns(future, own) - mean_gk[:, None])
    if block.component == COMPONENT:
        return block_of(future, treatments(history, spec)).matrix_gtp
    raise MediamixError(f"the baseline component '{block.component}' has no continuation")
