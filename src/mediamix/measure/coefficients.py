"""Coefficients of a fit: what each column counts for, which way, and how sure that is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediamix.core.extras import extras_of
from mediamix.measure.interval import Interval
from mediamix.models.base import Fit

#: A direction is told where the central 90 % of the draws lie on one side.
UP, DOWN, UNCLEAR = "up", "down", "unclear"


@extras_of("mediamix.coefficients")
def coefficients(fit: Fit) -> pd.DataFrame:
    """The coefficients of all channels and baseline columns (`mediamix.coefficients`).

    Returns:
        ``term, component, mean, p5, p50, p95, above_zero, direction``. Of a channel that is outcome units per
        unit of its response: per unit of exposure where nothing saturates (as in a plain regression), else at
        full saturation; of a panel summed over geos. Of a baseline column outcome units per unit of the
        column, of a panel those that geos share. ``above_zero`` is a probability, ``direction`` ``up`` or
        ``down`` where the 90 % interval leaves zero out, else ``unclear``.
    """
    rows = [_row(effect.channel.name, "media", effect.beta_dg.sum(axis=1)) for effect in fit.channels]
    for term in fit.baseline:
        columns = zip(term.names, term.coefficient_dp.T, strict=True)
        rows += [_row(name, term.component, draws) for name, draws in columns]
    return pd.DataFrame(rows)


def _row(name: str, component: str, draws_d: np.ndarray) -> dict[str, object]:
    seen = Interval.of(draws_d)
    return {
        "term": name,
        "component": component,
        **seen.to_dict(),
        "above_zero": float((draws_d > 0).mean()),
        "direction": direction(seen),
    }


def direction(seen: Interval) -> str:
    """Which way an interval points."""
    return UP if seen.p5 > 0 else DOWN if seen.p95 < 0 else UNCLEAR
