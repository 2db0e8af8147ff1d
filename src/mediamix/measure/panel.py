"""What measures of a panel share: when a geo is there, its outcome, tables with a row per geo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from mediamix.core.errors import SpecError
from mediamix.models.base import BaselineTerm, Fit


def present_gt(fit: Fit) -> Bool[np.ndarray, "geo time"]:
    """Where a geo has a baseline: always in a national fit, while it is part of the business in a panel."""
    return np.asarray(fit.baseline[0].weight_gt > 0)


def outcome_of_geos(fit: Fit) -> Float[np.ndarray, " geo"]:
    """Observed outcome of each geo over the window; fitted means stand in where it is missing."""
    data = fit.dataset
    total_g = np.nansum(data.outcome_gt, axis=1)
    missing_gt = present_gt(fit) & ~data.observed_gt
    holes = np.flatnonzero(missing_gt.any(axis=1))
    if not len(holes):
        return np.asarray(total_g)
    means = mean_baseline(fit)
    for g in holes:
        expected_t = means(int(g))
        for c in range(len(fit.channels)):
            expected_t = expected_t + _mean_media(fit, c, int(g))
        total_g[g] += expected_t[missing_gt[g]].sum()
    return np.asarray(total_g)


def _mean_media(fit: Fit, channel: int, geo: int) -> Float[np.ndarray, " time"]:
    """A channel's contribution in one geo, its mean over the draws."""
    data = fit.dataset
    draws_dt = fit.channels[channel].contribution(data.delivery_gt(channel), geo, data.before_gt(channel))
    return np.asarray(draws_dt.mean(axis=0))


def mean_baseline(fit: Fit) -> Callable[[int], Float[np.ndarray, " time"]]:
    """The baseline of a geo, its mean over the draws."""
    means = [_mean_of_term(term) for term in fit.baseline]

    def of(geo: int) -> Float[np.ndarray, " time"]:
        total_t = np.sum([term.contribution(geo)[0] for term in means], axis=0)
        for part in (part for term in fit.baseline for part in term.driven):
            total_t = total_t - part.contribution(geo).mean(axis=0)
        return np.asarray(total_t)

    return of


def _mean_of_term(term: BaselineTerm) -> BaselineTerm:
    """Its linear part at the posterior mean, whose contribution is the mean one."""
    deviation = None if term.deviation_dgp is None else term.deviation_dgp.mean(axis=0, keepdims=True)
    mean_dp = term.coefficient_dp.mean(axis=0, keepdims=True)
    return replace(term.undriven, coefficient_dp=mean_dp, deviation_dgp=deviation)


def by_geo(by: str | None) -> bool:
    """Whether a table has a row per geo.

    Raises:
        SpecError: `by` is nothing that is known.
    """
    if by not in (None, "geo"):
        raise SpecError("can't tabulate by that", expected="by=None or by='geo'", got=f"by={by!r}")
    return by == "geo"


def with_geos(geos: Sequence[str], table: pd.DataFrame, note: str = "") -> pd.DataFrame:
    """The table, which has equally many rows for every geo, with a column ``geo`` in front."""
    table.insert(0, "geo", np.repeat(list(geos), len(table) // len(geos)))
    if note:
        table.attrs["note"] = note
    return table
