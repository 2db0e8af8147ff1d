"""A stacked fit: draws of several fits of the same data, in proportion to weights.

    p(y) = Σ_m w_m p_m(y)

As many draws of each member as its weight says, evenly spread over its own. Channels respond, baselines go on
and noise behaves as each draw's member says (`models.stacked_effect`, `models.stacked_noise`); the baseline
has the columns of all members, and a draw has nothing in those that its own doesn't have.

Source of the weights: `measure.choosing`; Yao, Vehtari, Simpson & Gelman (2018).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mediamix.core.errors import SpecError, UserError
from mediamix.core.spec import Model, Spec, Stack, parse_spec
from mediamix.data.dataset import Dataset
from mediamix.inference.draws import Draws
from mediamix.inference.progress import Progress
from mediamix.models.base import Fit, RunInfo, Stacked
from mediamix.models.family import family_for
from mediamix.models.mixed import Mixed, shares
from mediamix.models.refusals import in_a_line
from mediamix.models.stacked_effect import StackedEffect
from mediamix.models.stacked_noise import StackedNoise
from mediamix.models.stacked_terms import stacked_baseline, stacked_pairs

FAMILY = "stack"
#: How its draws came about: see `RunInfo.method`.
METHOD = "stacked"


def fit(dataset: Dataset, spec: Spec, on_progress: Callable[[Progress], None] | None, *, quick: bool) -> Fit:
    """Fit every member, and stack them.

    Raises:
        SpecError: A member is no spec, or is refused; they can't be stacked.
        UserError: A member's fit is refused.
    """
    members, made = members_of(spec), {}
    assert spec.model.stack is not None
    weights = {name: weight for name, weight in spec.model.stack.weights.items() if weight > 0}
    for name, own in members.items():
        if name not in weights:
            continue
        try:
            made[name] = family_for(own).fit(dataset, own, on_progress, quick)
        except UserError as error:
            raise of_member(name, error) from error
    return stacked(made, weights, spec)


def members_of(spec: Spec) -> dict[str, Spec]:
    """The members' specs.

    Raises:
        SpecError: None is named, or one is no spec; all findings at once.
    """
    if spec.model.stack is None:
        raise SpecError(
            "model.stack is missing: nothing says which models are averaged",
            expected="model: {family: stack, stack: {members: {a: …, b: …}, weights: {a: 0.6, b: 0.4}}}",
            next_step="`mediamix fit --stack a.yml b.yml --out fit` learns the weights and writes it",
        )
    found, errors = {}, []
    for name, raw in spec.model.stack.members.items():
        try:
            found[name] = parse_spec(raw, source=f"model.stack.members.{name}")
        except SpecError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise SpecError("members of the stack are no specs", details=[in_a_line(error) for error in errors])
    return found


def of_member(name: str, error: UserError) -> UserError:
    """A member's error under its name."""
    return type(error)(
        f"{name}, a member of the stack: {error.what}",
        expected=error.expected,
        got=error.got,
        next_step=error.next_step,
        details=error.details,
    )


def stacked(fits: Mapping[str, Fit], weights: Mapping[str, float], spec: Spec | None = None) -> Fit:
    """The stacked fit.

    Args:
        fits: Name → fit.
        weights: Name → share of the draws; those of zero are left out.
        spec: What asked for it; absent: made from the members'.

    Raises:
        SpecError: They can't be stacked; all findings at once.
    """
    refuse_unlike(fits, weights)
    fits = {name: one for name, one in fits.items() if weights[name] > 0}
    weights = {name: float(weights[name]) for name in fits}
    names = tuple(fits)
    members = [fits[name] for name in names]
    weight_m = np.array([weights[name] for name in names])
    rows = shares(weight_m / weight_m.sum(), [one.n_draws for one in members])
    used = [one.thinned(own) for one, own in zip(members, rows, strict=True)]
    mixed = Mixed.of([len(own) for own in rows])
    first = members[0]
    spec = spec or spec_of(fits, weights)
    channels = tuple(
        StackedEffect.of_parts([one.channels[c] for one in used], mixed) for c in range(len(first.channels))
    )
    run = RunInfo(first.dataset.hash, spec.hash, first.run.seed, _seconds(members), method=METHOD, thinned=1)
    return Fit(
        dataset=first.dataset,
        spec=spec,
        family=FAMILY,
        posterior=_posterior(members, rows, mixed),
        stats=None,
        channels=channels,
        baseline=stacked_baseline(used, mixed),
        sigma_dg=mixed.spread([one.sigma_dg for one in used]),
        trained_gt=first.trained_gt,
        run=run,
        noise=StackedNoise.of_parts([one.noise for one in used], mixed),
        together=stacked_pairs(used, mixed),
        stacked=Stacked(names, tuple(members), tuple(used), mixed),
    )


def spec_of(fits: Mapping[str, Fit], weights: Mapping[str, float]) -> Spec:
    """A stack's spec: that of the member that counts most, with all of them in `model.stack`."""
    heaviest = max(fits, key=weights.__getitem__)
    members = {name: said_of(one.spec) for name, one in fits.items()}
    stack = Stack(members=members, weights=dict(weights))
    return fits[heaviest].spec.model_copy(update={"model": Model(family=FAMILY, stack=stack)})


def said_of(spec: Spec) -> dict[str, Any]:
    """A spec as a mapping, without the later keys that say nothing."""
    return spec.model_dump(mode="json", exclude=spec.unsaid())


def refuse_unlike(fits: Mapping[str, Fit], weights: Mapping[str, float]) -> None:
    """SpecError for fits that aren't of the same data, or can't be averaged; all findings at once."""
    problems = []
    if not fits:
        problems.append("there are no fits")
    if set(weights) != set(fits):
        problems.append(f"the weights are of {', '.join(weights) or 'nobody'}")
    bad = [name for name, weight in weights.items() if not 0 <= weight <= 1]
    if bad or not np.isclose(sum(weights.values()), 1.0, atol=0.01):
        problems.append(f"the weights are {', '.join(f'{w:g}' for w in weights.values())}, not 1 together")
    name, first = next(iter(fits.items()), ("", None))
    for other, one in fits.items():
        if one.mediators:
            problems.append(f"{other} has mediators: what they do differs between models")
        if one.stacked is not None:
            problems.append(f"{other} is a stack itself: stack its members instead")
        if first is None or one is first:
            continue
        if one.dataset.hash != first.dataset.hash:
            problems.append(f"{other} is of other data than {name}")
        elif not np.array_equal(one.trained_gt, first.trained_gt):
            problems.append(f"{other} holds other periods out than {name}")
        if _treated(one) != _treated(first):
            problems.append(f"{other} has other treatments than {name}")
    if problems:
        raise SpecError(
            "these fits can't be stacked",
            details=problems,
            expected="fits of the same data, and a weight from 0 to 1 for each, together 1",
            got=", ".join(fits) or "nothing",
            next_step="fit all of them to the same table with the same holdout; "
            "`mediamix compare` finds weights",
        )


def _treated(one: Fit) -> tuple[str, ...]:
    return tuple(n for term in one.baseline if term.component == "treatments" for n in term.names)


def _seconds(members: Sequence[Fit]) -> dict[str, float]:
    """Of all members together, stage by stage."""
    stages = dict.fromkeys(stage for one in members for stage in one.run.seconds)
    return {stage: sum(one.run.seconds.get(stage, 0.0) for one in members) for stage in stages}


def _posterior(members: Sequence[Fit], rows: Sequence[np.ndarray], mixed: Mixed) -> Draws:
    """What all members name alike; a chain of all draws."""
    first, *others = (one.posterior for one in members)
    arrays, dims = {}, {}
    for name in first.arrays:
        shared = [name in other and _place(other, name) == _place(first, name) for other in others]
        if not all(shared):
            continue
        parts = [one.posterior.stacked(name)[own] for one, own in zip(members, rows, strict=True)]
        arrays[name], dims[name] = mixed.spread(parts)[None], first.dims[name]
    used = {dim for own in dims.values() for dim in own}
    attrs = {name: dict(first.attrs.get(name, {})) for name in arrays}
    return Draws(arrays, dims, {dim: first.coords[dim] for dim in used}, attrs)


def _place(draws: Draws, name: str) -> tuple[object, ...]:
    """Dimensions and labels of a named array, and its unit."""
    labels = [tuple(map(str, draws.coords[dim])) for dim in draws.dims[name]]
    return draws.dims[name], labels, draws.attrs.get(name, {}).get("unit")
