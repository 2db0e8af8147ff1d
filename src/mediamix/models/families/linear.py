"""Linear regressions (`models.linear`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mediamix.core.errors import UserError
from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.models.family import Family, Stored, Told

if TYPE_CHECKING:
    from mediamix.inference.progress import Progress
    from mediamix.models.base import Fit


def _fit(dataset: Dataset, spec: Spec, on_progress: Callable[[Progress], None] | None, quick: bool) -> Fit:
    del on_progress, quick  # a regression takes no time that could be shown or saved
    from mediamix.models.linear import fitting

    return fitting.fit(dataset, spec)


def _tell(dataset: Dataset, spec: Spec, deep: bool) -> Told:
    from mediamix.models.linear import fitting, told

    found = tuple(told.refused(dataset.national() if spec.geo is None else dataset, spec))
    if found or not deep:
        return Told(found)
    try:
        return Told((), fitting.ready(dataset, spec).choices)
    except UserError as error:
        return Told((error,))


def _restore(stored: Stored) -> Fit:
    from mediamix.models.linear import fitting

    return fitting.restore(stored.dataset, stored.spec, stored.posterior, stored.run)


LINEAR = Family(
    name="linear",
    title="Linear regression",
    summary="OLS, ridge, lasso or elastic net on media as they are, or with fixed carry-over and saturation.",
    engine="mediamix.models.linear.fitting",
    fit=_fit,
    tell=_tell,
    restore=_restore,
    density=False,
)
