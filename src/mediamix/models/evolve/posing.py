"""From a dataset and a spec to a search: its columns, limits and ranges, and the experiments it must meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from mediamix.core.errors import DataError
from mediamix.core.spec import Spec
from mediamix.core.types import Kind
from mediamix.data.dataset import Dataset
from mediamix.data.tested import window_of_test, without_test
from mediamix.models.choices import Choice, settled
from mediamix.models.evolve.baseline import Baseline, decompose, judge
from mediamix.models.evolve.ranges import Ranges
from mediamix.models.evolve.refresh import narrowed
from mediamix.models.evolve.refusals import refused
from mediamix.models.evolve.task import Task
from mediamix.models.problem import channel_transform
from mediamix.models.refusals import raise_all
from mediamix.transforms.base import address
from mediamix.transforms.media import ChannelTransform

#: Periods that a validation, and what chooses the model, are made of at least.
LEAST_ROWS = 4


@dataclass(frozen=True)
class Posed:
    """A search and what leads back from it.

    Args:
        dataset: National.
        spec: As settled.
        transforms: Per channel.
        baseline: Columns that are no media.
        ranges: Of the hyperparameters.
        task: For the native code.
        trained_t: Where the outcome is learned from.
        choices: What the spec left to the data.
    """

    dataset: Dataset
    spec: Spec
    transforms: tuple[ChannelTransform, ...]
    baseline: Baseline
    ranges: Ranges
    task: Task
    trained_t: Bool[np.ndarray, " time"]
    choices: tuple[Choice, ...]


def pose(dataset: Dataset, spec: Spec) -> Posed:
    """Set up a search.

    Raises:
        SpecError: What the family has no model of, or a refresh of something else; all findings at once.
        DataError: Too few periods, an outcome that doesn't move, a channel without exposure.
    """
    dataset = dataset.national() if spec.geo is None else dataset
    raise_all([*refused(dataset, spec)])
    trained_t = dataset.observed_gt[0].copy()
    if spec.holdout.last:
        trained_t[-spec.holdout.last :] = False
    raise_all([*_unfit(dataset, spec, trained_t)])
    spec, choices = settled(dataset, spec, lambda specs: judge(dataset, trained_t, specs))
    transforms = tuple(channel_transform(dataset, spec, name) for name in dataset.channel_names)
    baseline = decompose(dataset, spec, trained_t)
    ranges = narrowed(Ranges.of(dataset, spec, transforms), dataset, spec)
    task = _task(dataset, transforms, baseline, trained_t)
    return Posed(dataset, spec, transforms, baseline, ranges, task, trained_t, choices)


def _unfit(dataset: Dataset, spec: Spec, trained_t: np.ndarray) -> Iterator[DataError]:
    """Data that no candidate could be judged on."""
    y_n, train = dataset.outcome_gt[0, trained_t], spec.model.evolve.train_size
    smallest = 1.0 if train == "all" else (1.0 - train[1]) / 2.0
    least = LEAST_ROWS / smallest if smallest < 1.0 else 2.0 * LEAST_ROWS
    if len(y_n) < least:
        yield DataError(
            f"{len(y_n):,} periods with an outcome are too few for a search",
            expected=f"at least {int(np.ceil(least)):,}"
            + ("" if train == "all" else f", so that a validation has {LEAST_ROWS} of them"),
            got=f"{len(y_n):,} that are not held out",
            next_step="give more history, say `model: {evolve: {train_size: all}}`, or fit "
            "`model: {family: bayes}`",
        )
    elif y_n.std() <= 1e-12 * max(float(np.abs(y_n).max()), 1e-300):
        yield DataError(
            f"the outcome {dataset.outcome_name} is the same in every period",
            expected="an outcome that moves",
            got=f"{y_n[0]:g} in all {len(y_n):,} periods",
            next_step="check the column that `outcome` names",
        )


def _task(
    dataset: Dataset, transforms: tuple[ChannelTransform, ...], baseline: Baseline, trained_t: np.ndarray
) -> Task:
    """The arrays of the native code."""
    codes, at = [], 0
    for transform in transforms:
        n = len(transform.adstock.parameters)
        own = address(transform.adstock.kernel), transform.max_lag, address(transform.saturation.kernel)
        codes.append([at, n, *own])
        at += n + 2
    series = np.array(dataset.series_gtc[0].T, dtype=np.float64, order="C")
    media = len(transforms)
    low = np.concatenate([np.where(baseline.finished, 0.0, -np.inf), np.zeros(media)])
    high = np.concatenate([np.where(baseline.finished, 1.0, np.inf), np.full(media, np.inf)])
    paid = np.array([c.kind is not Kind.ORGANIC for c in dataset.channels]) & (dataset.spend_c > 0)
    total = float(dataset.spend_c[paid].sum())
    tests, without, lifts = [], np.empty((len(dataset.experiments), series.shape[1])), []
    for e, one in enumerate(dataset.experiments):
        start = window_of_test(dataset, one.start, one.end).start
        stop = window_of_test(dataset, one.start, one.until).stop
        c = dataset.channel_names.index(one.channel)
        tests.append([c, start, stop])
        without[e] = np.concatenate([dataset.before_gt(c)[0], without_test(dataset, one)[0]])
        lifts.append([one.lift, max(abs(one.lift), one.error)])
    return Task(
        codes=np.array(codes, dtype=np.int64),
        series=series,
        before=dataset.n_before,
        baseline=np.ascontiguousarray(baseline.column).reshape(len(baseline.names), dataset.n_periods),
        y=np.nan_to_num(dataset.outcome_gt[0], nan=0.0),
        rows=np.flatnonzero(trained_t),
        limits=np.vstack([low, high]),
        share=np.where(paid, dataset.spend_c / (total or 1.0), -1.0),
        tests=np.array(tests, dtype=np.int64).reshape(-1, 3),
        without=without,
        lifts=np.ascontiguousarray(np.array(lifts, dtype=np.float64).reshape(-1, 2).T),
    )
