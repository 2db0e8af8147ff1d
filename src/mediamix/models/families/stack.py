"""Several models averaged (`models.stack`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from mediamix.core.errors import SpecError, UserError
from mediamix.core.registry import pick
from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.models.family import Family, Stored, Told

if TYPE_CHECKING:
    from mediamix.inference.draws import Draws
    from mediamix.inference.progress import Progress
    from mediamix.models.base import Fit


def _fit(dataset: Dataset, spec: Spec, on_progress: Callable[[Progress], None] | None, quick: bool) -> Fit:
    from mediamix.models import stack

    return stack.fit(dataset, spec, on_progress, quick=quick)


def _tell(dataset: Dataset, spec: Spec, deep: bool) -> Told:
    from mediamix.models import stack
    from mediamix.models.family import family_for

    try:
        members = stack.members_of(spec)
    except SpecError as error:
        return Told((error,))
    told: list[UserError] = []
    for name, own in members.items():
        told += [stack.of_member(name, error) for error in family_for(own).tell(dataset, own, deep).refusals]
    return Told(tuple(told))


def _restore(stored: Stored) -> Fit:
    from mediamix.core.spec import parse_spec
    from mediamix.models import stack
    from mediamix.models.family import PACKAGE
    from mediamix.models.store import run_of

    assert stored.spec.model.stack is not None
    members = {}
    for number, record in enumerate(stored.record["members"]):
        members[record["name"]] = pick(PACKAGE, Family, record["family"]).restore(
            Stored(
                stored.dataset,
                parse_spec(record["spec"], source=f"the spec of {record['name']}"),
                stored.group(f"member_{number}"),
                run_of(record),
                record,
                partial(_group_of_member, stored, number),
            )
        )
    weights = stored.spec.model.stack.weights
    made = stack.stacked(members, {name: weights[name] for name in members}, stored.spec)
    return replace(made, run=stored.run)


def _group_of_member(stored: Stored, number: int, name: str) -> Draws:
    return stored.group(f"member_{number}_{name}")


def _groups(fit: Fit) -> Mapping[str, Draws]:
    """The draws of the members, in full."""
    from mediamix.models.family import family_of

    assert fit.stacked is not None
    found = {}
    for number, one in enumerate(fit.stacked.members):
        found[f"member_{number}"] = one.posterior
        if one.stats is not None:
            found[f"member_{number}_sample_stats"] = one.stats
        found |= {f"member_{number}_{name}": own for name, own in family_of(one).groups(one).items()}
    return found


STACK = Family(
    name="stack",
    title="Stack of models",
    summary="Several models of the same data, averaged: draws of each in proportion to its weight.",
    engine="mediamix.models.stack",
    fit=_fit,
    tell=_tell,
    restore=_restore,
    density=False,
    groups=_groups,
)
