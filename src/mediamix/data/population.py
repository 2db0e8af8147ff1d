"""Inhabitants per geo, and the geos that have no usable number of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

SAME = 1e-9  # relative difference of values that are one number


@dataclass(frozen=True)
class PopulationFaults:
    """Geos, in the order of the data, whose population can't be used.

    Args:
        unknown: No row has a value.
        not_positive: A value of zero or less.
        varying: More than one value.
    """

    unknown: tuple[str, ...] = ()
    not_positive: tuple[str, ...] = ()
    varying: tuple[str, ...] = ()


def population_faults(outcome: pd.DataFrame, geos: tuple[str, ...]) -> PopulationFaults:
    """What is wrong with the column ``population``; nothing where there is none."""
    if "population" not in outcome.columns:
        return PopulationFaults()
    seen = _seen(outcome, geos)
    unknown = seen["count"].to_numpy() == 0
    not_positive = (seen["min"] <= 0).to_numpy()
    varying = _varying(seen) & ~not_positive

    def named(chosen: np.ndarray) -> tuple[str, ...]:
        return tuple(geo for geo, is_one in zip(geos, chosen, strict=True) if is_one)

    return PopulationFaults(named(unknown), named(not_positive), named(varying))


def population_of(outcome: pd.DataFrame, geos: tuple[str, ...]) -> np.ndarray | None:
    """Inhabitants [geo], the mean of what varies; None if any geo has no positive number."""
    if "population" not in outcome.columns:
        return None
    seen = _seen(outcome, geos)
    if not bool((seen["min"] > 0).all()):
        return None
    return np.where(_varying(seen), seen["mean"], seen["max"]).astype(np.float64)


def _seen(outcome: pd.DataFrame, geos: tuple[str, ...]) -> pd.DataFrame:
    by_geo = outcome.groupby("geo", sort=False)["population"]
    return by_geo.agg(["count", "min", "max", "mean"]).reindex(list(geos))


def _varying(seen: pd.DataFrame) -> np.ndarray:
    return (seen["max"] - seen["min"] > SAME * seen["max"].abs()).to_numpy()
