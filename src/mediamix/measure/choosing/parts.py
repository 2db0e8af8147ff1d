"""A dataset as it was on a day, and the periods that followed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediamix.core.spec import Holdout, Spec
from mediamix.data.checking import first_periods
from mediamix.data.dataset import Dataset
from mediamix.data.periods import TimeAxis


def before(dataset: Dataset, n: int) -> Dataset:
    """What was known after the first `n` periods: later events and unfinished experiments are left out."""
    end = TimeAxis(dataset.dates, dataset.every).ends[n - 1]
    part = first_periods(dataset, n)
    return replace(
        part,
        events=tuple(event for event in dataset.events if event.start < end),
        experiments=tuple(one for one in dataset.experiments if one.until < end),
        findings=(),
    )


def following(dataset: Dataset, n: int, periods: int) -> Dataset:
    """The `periods` after the first `n`, with their media, controls and events, without their outcome."""
    part = slice(n, n + periods)
    often = dataset.frequency_gtc
    return replace(
        dataset,
        dates=dataset.dates[part].copy(),
        outcome_gt=np.full_like(dataset.outcome_gt[:, part], np.nan),
        spend_gtc=dataset.spend_gtc[:, part].copy(),
        exposure_gtc=dataset.exposure_gtc[:, part].copy(),
        frequency_gtc=None if often is None else often[:, part].copy(),
        controls_gtk=dataset.controls_gtk[:, part].copy(),
        before_exposure_gtc=None,
        before_spend_gtc=None,
        before_frequency_gtc=None,
        experiments=(),
        findings=(),
    )


def without_row(dataset: Dataset, period: int) -> Dataset:
    """The same, the outcome of one period unknown."""
    outcome_gt = dataset.outcome_gt.copy()
    outcome_gt[:, period] = np.nan
    return replace(dataset, outcome_gt=outcome_gt, findings=())


def trained_on_all(spec: Spec) -> Spec:
    """The spec without its own holdout: what is held out is what follows an origin."""
    return spec if not spec.holdout.last else spec.model_copy(update={"holdout": Holdout()})
