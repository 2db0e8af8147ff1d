"""Models by evolutionary search, Robyn's method (`models.evolve`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mediamix.core.errors import UserError
from mediamix.core.spec import Spec
from mediamix.core.types import Finding
from mediamix.data.dataset import Dataset
from mediamix.models.family import Family, Stored, Told

if TYPE_CHECKING:
    from mediamix.inference.progress import Progress
    from mediamix.models.base import Fit


def _fit(dataset: Dataset, spec: Spec, on_progress: Callable[[Progress], None] | None, quick: bool) -> Fit:
    del on_progress, quick  # a search takes seconds
    from mediamix.models.evolve import fitting

    return fitting.fit(dataset, spec)


def _tell(dataset: Dataset, spec: Spec, deep: bool) -> Told:
    from mediamix.models.evolve import posing, refusals

    found = tuple(refusals.refused(dataset.national() if spec.geo is None else dataset, spec))
    if found or not deep:
        return Told(found)
    try:
        return Told((), posing.pose(dataset, spec).choices)
    except UserError as error:
        return Told((error,))


def _findings(fit: Fit) -> tuple[Finding, ...]:
    from mediamix.models.evolve.record import found_of

    found = found_of(fit)
    late = [] if found is None else [one.words for one in found.courses if not one.converged]
    return tuple(
        Finding(
            "search",
            "warning",
            "model.evolve",
            words,
            "a longer search may choose another model",
            "raise model.evolve.iterations, or narrow the ranges of channels whose transforms are known",
        )
        for words in late
    )


def _restore(stored: Stored) -> Fit:
    from mediamix.models.evolve import fitting

    stats = stored.group("sample_stats")
    return fitting.restore(stored.dataset, stored.spec, stored.posterior, stats, stored.run)


EVOLVE = Family(
    name="evolve",
    title="Evolutionary search",
    summary="Robyn's method: transforms and a ridge penalty by multi-objective search, one model chosen.",
    engine="mediamix.models.evolve.fitting",
    fit=_fit,
    tell=_tell,
    restore=_restore,
    density=False,
    findings=_findings,
)
