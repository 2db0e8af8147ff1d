"""Experiments in model units: what a density needs of each of them.

    lift_e = Σ_g size_g β_gc Σ_t (h_c(x)_gt − h_c(x⁰)_gt) + ε_e,   ε_e ~ N(0, error_e²)

over the geos and periods that were measured; x is the exposure of the data, which the test is part of, and x⁰
what it had been without the test. An adstock with an end looks no further back than that: no more of a series
is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mediamix.data.dataset import Dataset
from mediamix.data.tested import rows_of, window_of_test, without_test
from mediamix.transforms.base import address
from mediamix.transforms.media import ChannelTransform
from mediamix.transforms.order import codes_of


@dataclass(frozen=True)
class Trial:
    """One experiment.

    Args:
        channel: Position.
        geos: Positions.
        lift: As a share of the outcome per unit of size and period.
        error: Its standard error, likewise.
        begin: Period of the first step of the series below.
        first: Step of them from which on its response is measured.
        with_gs: Exposure, per unit of size over its reference, up to the last measured period.
        without_gs: The same without the test.
    """

    channel: int
    geos: tuple[int, ...]
    lift: float
    error: float
    begin: int
    first: int
    with_gs: Float[np.ndarray, "geo step"]
    without_gs: Float[np.ndarray, "geo step"]


def trials_of(
    dataset: Dataset,
    transforms: Sequence[ChannelTransform],
    reference_c: Float[np.ndarray, " channel"],
    size_g: Float[np.ndarray, " geo"],
    mean: float,
) -> tuple[Trial, ...]:
    """All experiments of a dataset.

    Args:
        dataset: With its experiments.
        transforms: One per channel.
        reference_c: Of exposure per unit of size.
        size_g: Of the geos.
        mean: Outcome per unit of size and period.
    """
    made = []
    for one in dataset.experiments:
        c = dataset.channel_names.index(one.channel)
        rows = rows_of(dataset, one.geos)
        before = dataset.n_before
        start = before + window_of_test(dataset, one.start, one.end).start
        stop = before + window_of_test(dataset, one.start, one.until).stop
        lags = transforms[c].max_lag
        begin = max(0, start - lags) if lags else 0
        scale_g1 = (size_g * reference_c[c])[rows, None]
        with_gt = dataset.series_gtc[rows, :, c]
        without_gt = np.concatenate([dataset.before_gt(c), without_test(dataset, one)], axis=1)[rows]
        made.append(
            Trial(
                channel=c,
                geos=tuple(rows),
                lift=one.lift / mean,
                error=one.error / mean,
                begin=begin,
                first=start - begin,
                with_gs=with_gt[:, begin:stop] / scale_g1,
                without_gs=without_gt[:, begin:stop] / scale_g1,
            )
        )
    return tuple(made)


def channel_codes(start: int, media: ChannelTransform) -> list[int]:
    """Index of a channel's effect, addresses and parameter counts, maximal lag and order in one code: what
    `models.experiment_response` reads.
    """
    return [
        start,
        address(media.adstock.kernel),
        len(media.adstock.parameters),
        *codes_of([media]),
        address(media.saturation.kernel),
        len(media.saturation.parameters),
    ]
