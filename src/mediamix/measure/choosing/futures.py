"""Exact leave-future-out: a spec fitted anew before each of several origins forecasts what followed.

Nothing after an origin is seen by a fit: scales, priors and all that a spec leaves to the data follow from
the periods before it. What a forecast is given of the future are media, controls and events as they were.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core import seeds
from mediamix.core.errors import UserError
from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.data.mediators import known_ahead
from mediamix.measure.choosing.kept import Kept
from mediamix.measure.choosing.naive import DRAWS, naive_forecasts
from mediamix.measure.choosing.parts import before, following, trained_on_all
from mediamix.measure.forecast import look_ahead
from mediamix.models.base import Fit
from mediamix.models.family import family_for

#: Seeds the draws of naive forecasts.
STREAM = 23

Forecasts = tuple[Float[np.ndarray, "draw time"], ...]
OnStep = Callable[[str], None]


@dataclass(frozen=True)
class Candidate:
    """What is compared.

    Args:
        name: For people.
        dataset: What its spec reads; geos are summed unless the spec keeps them.
        spec: Its spec.
        quick: Approximate its refits.
    """

    name: str
    dataset: Dataset
    spec: Spec
    quick: bool = False

    def fit(self, dataset: Dataset, spec: Spec) -> Fit:
        """One of its refits.

        Raises:
            UserError: The fit is refused; the message says whose.
        """
        family = family_for(spec)
        import_module(family.engine)
        try:
            return family.fit(dataset, spec, None, self.quick)
        except UserError as error:
            days = f"{dataset.dates[0]} to {dataset.dates[-1]}"
            raise type(error)(
                f"{self.name} can't be fitted to {dataset.n_periods:,} periods, {days}: {error.what}",
                expected=error.expected,
                got=error.got,
                next_step=error.next_step or "mend the spec, or compare the others without it",
                details=error.details,
            ) from error


@dataclass(frozen=True)
class Origins:
    """Where the outcome is cut.

    Args:
        starts: First period after each origin.
        horizon: Periods that are forecast from each.
    """

    starts: tuple[int, ...]
    horizon: int


def forecasts(one: Candidate, origins: Origins, kept: Kept, on_step: OnStep) -> Forecasts:
    """Predictive draws of the outcome after each origin, summed over the geos that go on.

    Raises:
        UserError: A refit is refused.
    """
    spec, found = trained_on_all(one.spec), []
    data = one.dataset if spec.geo is not None else one.dataset.national()
    for number, start in enumerate(origins.starts, 1):
        known, ahead = before(data, start), following(data, start, origins.horizon)
        key = ("ahead", known.hash, ahead.hash, spec.hash, one.quick, DRAWS)
        there = kept.get(*key)
        if there is None:
            on_step(f"{one.name}: fit before {data.dates[start]} ({number} of {len(origins.starts)})")
            fit = one.fit(known, spec)
            made = look_ahead(fit, known_ahead(ahead, spec), max_draws=DRAWS)
            there = {"predictive_dt": np.maximum(made.predictive_dt, made.least)}
            kept.put(there, *key)
        found.append(there["predictive_dt"])
    return tuple(found)


def naive(dataset: Dataset, origins: Origins, seed: int) -> dict[str, Forecasts]:
    """Naive forecasts of the same periods; one that an origin is too early for is left out."""
    total_t = dataset.national().outcome_gt[0]
    by_origin = []
    for number, start in enumerate(origins.starts):
        rng = seeds.generator(seed, STREAM, number)
        dates = dataset.dates[: start + origins.horizon]
        by_origin.append(naive_forecasts(total_t[:start], dates, dataset.every, rng))
    least = 0.0 if dataset.unit == "count" else -np.inf
    names = [name for name in by_origin[0] if all(name in found for found in by_origin)]
    return {name: tuple(np.maximum(found[name], least) for found in by_origin) for name in names}


def outcomes(
    dataset: Dataset, origins: Origins
) -> tuple[Float[np.ndarray, "origin time"], Bool[np.ndarray, "origin time"]]:
    """What came after each origin, of the geos that were there before it, and where that is known in full."""
    found = []
    for start in origins.starts:
        going_g = before(dataset, start).present_gt[:, -1]
        found.append(dataset.outcome_gt[going_g, start : start + origins.horizon].sum(axis=0))
    seen = np.stack(found)
    return seen, np.isfinite(seen)
