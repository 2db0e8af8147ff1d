"""A refresh: the ranges of a search, narrowed around the model of an earlier fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mediamix.core.errors import SpecError
from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.models.base import Fit
from mediamix.models.evolve.ranges import Ranges
from mediamix.models.evolve.record import found_of


def narrowed(ranges: Ranges, dataset: Dataset, spec: Spec) -> Ranges:
    """The ranges as they are, or around the model that the spec's `refresh` names.

    Raises:
        SpecError: It isn't a fit of this family, or of other channels.
        FolderError: It isn't a fit, or is corrupted.
    """
    keys = spec.model.evolve
    if keys.refresh is None:
        return ranges
    from mediamix.models.store import load_fit

    last = load_fit(Path(keys.refresh))
    found = found_of(last)
    if found is None:
        raise _no_model(keys.refresh, f"a fit of the family '{last.family}'")
    known = dict(zip(found.names, found.values[found.chosen], strict=True))
    shared = {name: value for name, value in known.items() if name in ranges.names}
    if not any("." in name for name in shared):
        raise _no_model(keys.refresh, f"a fit of {', '.join(last.dataset.channel_names)}")
    return ranges.narrowed(shared, _freedom(last, dataset) if keys.freedom == "auto" else keys.freedom)


def _freedom(last: Fit, dataset: Dataset) -> float:
    """The part of the periods that is new, one at least."""
    new = int((dataset.dates > np.max(last.dataset.dates)).sum())
    return max(new, 1) / dataset.n_periods


def _no_model(folder: str, got: str) -> SpecError:
    return SpecError(
        f"model.evolve.refresh: {folder} holds no model to begin from",
        expected="the folder of a fit with `model: {family: evolve}` of the same channels",
        got=got,
        next_step="leave 'refresh' out, or name another folder",
    )
