"""The Bayesian media mix model (`models.bayes`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mediamix.core.errors import UserError
from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.models.family import Family, Stored, Told

if TYPE_CHECKING:
    from mediamix.inference.draws import Draws
    from mediamix.inference.progress import Progress
    from mediamix.models.base import Fit


def _fit(dataset: Dataset, spec: Spec, on_progress: Callable[[Progress], None] | None, quick: bool) -> Fit:
    from mediamix.models import bayes

    return bayes.fit(dataset, spec, on_progress, quick=quick)


def _tell(dataset: Dataset, spec: Spec, deep: bool) -> Told:
    from mediamix.models.refusals import needs_model, refusals

    told = tuple(refusals(dataset.national() if spec.geo is None else dataset, spec))
    if told or not deep or not needs_model(dataset, spec):
        return Told(told)
    from mediamix.models import bayes

    try:
        return Told((), bayes.ready(dataset, spec)[0].choices)
    except UserError as error:
        return Told((error,))


def _restore(stored: Stored) -> Fit:
    from mediamix.models import bayes
    from mediamix.models.mediators import in_order, stage
    from mediamix.models.store import run_of

    mediators, records = in_order(stored.spec), stored.record.get("mediators", [])
    stages = []
    for number, (name, record) in enumerate(zip(mediators, records, strict=True)):
        draws = stored.group(f"mediator_{number}")
        own = stored.group(f"mediator_{number}_stats")
        stages.append(bayes.restore(*stage(stored.dataset, stored.spec, name), draws, own, run_of(record)))
    return bayes.restore(
        stored.dataset, stored.spec, stored.posterior, stored.group("sample_stats"), stored.run, stages
    )


def _groups(fit: Fit) -> Mapping[str, Draws]:
    """The draws of the mediators' models."""
    found = {}
    for number, one in enumerate(fit.mediators):
        found[f"mediator_{number}"] = one.posterior
        if one.stats is not None:
            found[f"mediator_{number}_stats"] = one.stats
    return found


BAYES = Family(
    name="bayes",
    title="Bayesian media mix model",
    summary="Every channel carries over and saturates, with priors in business words and full uncertainty.",
    engine="mediamix.models.bayes",
    fit=_fit,
    tell=_tell,
    restore=_restore,
    density=True,
    groups=_groups,
)
