"""Mediators as the model sees them: which columns they are, what they look like as an outcome of their own.

A mediator M is explained as an outcome is, by the media that drive it and a baseline of its own,

    M_t = Σ_c β'_c h'_c(x_c)_t + Σ_j γ'_j M_jt + baseline'_t + ε'_t

with the mediators j that come before it. Its `stage` is a dataset and a spec that say so to the same model.
No native code is needed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import DataError, SpecError, UserError
from mediamix.core.names import plain
from mediamix.core.registry import suggestion
from mediamix.core.spec import MediatorSpec, Outcome, Spec
from mediamix.core.spec.mediators import upstream
from mediamix.data.dataset import Dataset
from mediamix.data.mediators import columns_of

#: Distance of the seeds of two stages: far from the ones that people take.
SEED_STEP = 104_729


def series_gt(dataset: Dataset, spec: Spec, name: str) -> Float[np.ndarray, "geo time"]:
    """A mediator per unit of a geo's size where it is a total, else as it is."""
    own_gt = dataset.controls_gtk[:, :, columns_of(dataset, spec)[name]]
    total = spec.mediators[name].scale == "total" and len(dataset.geos) > 1
    return np.asarray(own_gt / dataset.size_g[:, None] if total else own_gt)


def stage(dataset: Dataset, spec: Spec, name: str) -> tuple[Dataset, Spec]:
    """A mediator as an outcome: the dataset and spec of its own model.

    Media are those channels that drive it; where only mediators do, those that drive these. Controls stay,
    and of the mediators those before it.
    """
    own, size_g = spec.mediators[name], dataset.size_g
    wanted = [c for c in dataset.channel_names if c in _channels(spec.mediators, name)]
    at = [dataset.channel_names.index(c) for c in wanted]
    places = columns_of(dataset, spec)
    # Columns of this model: what drives them is no part of it, and isn't asked for.
    known = {"driven_by": wanted, "channels": {}}
    earlier = {c: spec.mediators[c].model_copy(update=known) for c in own.driven_by if c in spec.mediators}
    left_out = {k for other, k in places.items() if other not in earlier}
    kept = [k for k in range(len(dataset.control_names)) if k not in left_out]
    panel = len(dataset.geos) > 1
    outcome_gt = np.where(dataset.present_gt, series_gt(dataset, spec, name) * size_g[:, None], np.nan)
    before, before_spend = dataset.before_exposure_gtc, dataset.before_spend_gtc
    made = replace(
        dataset.with_controls(kept),
        channels=tuple(dataset.channels[c] for c in at),
        outcome_name=name,
        unit="count",
        outcome_gt=outcome_gt,
        spend_gtc=dataset.spend_gtc[:, :, at],
        exposure_gtc=dataset.exposure_gtc[:, :, at],
        # The same sizes as in the outcome's model, whatever they were made of.
        population_g=size_g if panel else dataset.population_g,
        value_per_unit=None,
        findings=(),
        experiments=(),
        before_exposure_gtc=None if before is None else before[:, :, at],
        before_spend_gtc=None if before_spend is None else before_spend[:, :, at],
    )
    # A return is one of the outcome: of a mediator a channel's prior is its share.
    moves = {
        c: own.channels.get(c) or one.model_copy(update={"prior": _shapes(one.prior), "varying": None})
        for c, one in {c: spec.channel(c) for c in wanted}.items()
    }
    number = list(spec.mediators).index(name) + 1
    sampler = spec.sampler.model_copy(update={"seed": spec.sampler.seed + SEED_STEP * number})
    its_spec = spec.model_copy(
        update={
            "outcome": Outcome(column=name, unit="count", currency=spec.outcome.currency),
            "channels": {c: one for c, one in moves.items() if one != type(one)()},
            "mediators": earlier,
            "sampler": sampler,
            "calibration": None,
            "preset": None,
            "each_channel": None,
            "report": Spec().report,
        }
    )
    return made, its_spec


def _shapes(prior: Mapping[str, object]) -> dict[str, object]:
    """The priors that are about a channel's carry-over and saturation, not about what it brings."""
    return {key: value for key, value in prior.items() if key not in ("roi", "mroi", "share")}


def _channels(mediators: Mapping[str, MediatorSpec], name: str) -> set[str]:
    """The channels that drive a mediator by themselves."""
    causes = mediators[name].driven_by
    own = {cause for cause in causes if cause not in mediators}
    return own or {c for cause in causes for c in _channels(mediators, cause)}


def refusals(dataset: Dataset, spec: Spec) -> Iterator[UserError]:
    """What keeps declared mediators from being modelled."""
    if spec.mediators:
        yield from _beside(dataset, spec)
    places = {plain(name): k for k, name in enumerate(dataset.control_names)}
    for name, one in spec.mediators.items():
        key, column = f"mediators.{name}", one.column or name
        if plain(name) in map(plain, dataset.channel_names):
            yield SpecError(
                f"{key}: a channel has this name",
                expected="a mediator that is a series of its own, beside the channels",
                got=name,
                next_step="give the mediator another name and its column, or leave one of both out; what a "
                "paid channel passes on (branded search) is told in docs/guide/funnel.md",
            )
        known = [*dataset.channel_names, *(other for other in spec.mediators if other != name)]
        for cause in one.driven_by:
            if cause not in known and cause != name:
                yield SpecError(
                    f"{key}.driven_by: there is no channel or mediator '{cause}'",
                    expected=f"some of {', '.join(known)}",
                    got=cause,
                    next_step=suggestion(cause, known) or "leave it out",
                )
        if plain(column) not in places:
            yield SpecError(
                f"{key}: the data have no column '{column}'",
                expected=f"a column of controls: {', '.join(dataset.control_names) or 'there are none'}",
                got=column,
                next_step=suggestion(column, dataset.control_names)
                or "add it to the controls, a number for every period",
            )
            continue
        other = dataset.control_names[places[plain(column)]]
        if plain(name) != plain(other) and plain(name) in places:
            yield SpecError(
                f"{key}: a control has this name, and the mediator's column is '{other}'",
                expected="a name that no other column of controls has",
                got=name,
                next_step="give the mediator the name of its column, or another one",
            )
        yield from _about_series(key, dataset, dataset.controls_gtk[:, :, places[plain(column)]], spec)


def _beside(dataset: Dataset, spec: Spec) -> Iterator[UserError]:
    """What speaks of total effects, or of pairs of them, where the outcome's model holds direct ones."""
    if spec.synergy is not None:
        yield SpecError(
            "mediators and synergy: a pair of channels would be one of direct effects only",
            expected="one of both keys",
            got="mediators and synergy",
            next_step="leave synergy out, or the mediators",
        )
    if spec.media != Spec().media:
        yield SpecError(
            "mediators and media: a belief about all channels together would be about direct effects only",
            expected="one of both keys",
            got="mediators and media",
            next_step="leave the key media out, or the mediators",
        )
    driving = {c for name in spec.mediators for c in spec.mediators[name].driven_by}
    tested = {one.channel for one in dataset.experiments} & driving
    for channel in sorted(tested):
        yield SpecError(
            f"mediators and calibration: {channel} drives a mediator, and a test measures its total effect",
            expected="experiments of channels that drive no mediator",
            got=f"an experiment of {channel}",
            next_step=f"leave {channel} out of driven_by and the mediator out of the controls: then its "
            "effect in the model is the total, as in the test",
        )


def _about_series(
    key: str, dataset: Dataset, series_gt: Float[np.ndarray, "geo time"], spec: Spec
) -> Iterator[UserError]:
    """A series that no media can have moved, or whose level is no level."""
    own = series_gt[:, : dataset.n_periods - spec.holdout.last][
        dataset.present_gt[:, : dataset.n_periods - spec.holdout.last]
    ]
    if not np.isfinite(own).all():
        yield DataError(
            f"{key}: {int((~np.isfinite(own)).sum())} of {own.size} values are missing",
            expected="a number for every period",
            next_step="fill the gaps at the source, or leave the mediator out",
        )
    elif own.size and np.ptp(own) == 0:
        yield DataError(
            f"{key}: the series never changes, it is {own[0]:g} throughout",
            expected="a series that media move",
            next_step="leave the mediator out, or correct its column",
        )
    elif (own < 0).any():
        yield DataError(
            f"{key}: the series goes below zero, to {own.min():g}",
            expected="a level or a count: percent aware, searches, visits",
            next_step="give it as it was measured, not as a deviation or an index around zero",
        )


def in_order(spec: Spec) -> list[str]:
    """The mediators, each after those that drive it."""
    return upstream(spec.mediators)
