"""What the evolve family can't fit, said before anything is computed."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.errors import SpecError, UserError
from mediamix.core.registry import suggestion
from mediamix.core.spec import Spec
from mediamix.core.types import Kind
from mediamix.data.dataset import Dataset
from mediamix.models.evolve.ranges import KEYS, SATURATION
from mediamix.models.refusals import of_one_equation


def refused(dataset: Dataset, spec: Spec) -> Iterator[UserError]:
    """All that stops a search and is seen without its columns."""
    yield from of_one_equation(dataset, spec, "evolve", _meaningless(dataset, spec))
    for name in dataset.channel_names:
        yield from _of_channel(spec, name)
    strangers = [one for one in spec.model.evolve.channels if one not in dataset.channel_names]
    if strangers:
        yield SpecError(
            "model.evolve.channels: the data have no such channel",
            expected=f"one of {', '.join(dataset.channel_names)}",
            got=", ".join(strangers[:5]),
            next_step=suggestion(strangers[0], dataset.channel_names) or "remove the entry",
        )


def _meaningless(dataset: Dataset, spec: Spec) -> Iterator[tuple[str, str]]:
    """Keys that a search has no use for, and why."""
    told = {
        "noise": "no model of the noise" if spec.noise.kind != "normal" else "",
        "noise.prior": "ranges, no priors" if spec.noise.prior else "",
        "synergy": "no effect of pairs" if spec.synergy is not None else "",
        "mediators": "one equation, no funnel" if spec.mediators else "",
        "media.pooled": "ranges, no priors" if spec.media.pooled else "",
        "media.prior.share": "ranges, no priors" if spec.media.prior.share is not None else "",
    }
    yield from ((key, why) for key, why in told.items() if why)
    for channel in dataset.channels:
        own, key = spec.channel(channel.name), f"channels.{channel.name}"
        if own.beliefs:
            yield (
                f"{key}.prior",
                f"ranges, no priors (`model: {{evolve: {{channels: {{{channel.name}: …}}}}}}`)",
            )
        if own.varying is not None:
            yield f"{key}.varying", "effects that stay the same"
        if own.order != "adstock_first":
            yield f"{key}.order", "one order: what has been carried over saturates"
        if channel.kind is Kind.REACH_FREQUENCY:
            yield f"{key}.kind", "no model of reach & frequency"


def _of_channel(spec: Spec, name: str) -> Iterator[SpecError]:
    """Components without ranges."""
    wanted = spec.channel(name)
    parts = (
        ("adstock", wanted.adstock.kind, (*KEYS,)),
        ("saturation", wanted.saturation.kind, (SATURATION,)),
    )
    for part, kind, known in parts:
        if kind not in known:
            yield SpecError(
                f"channels.{name}.{part}.kind: the evolve family has no ranges for it",
                expected=" or ".join(known),
                got=kind,
                next_step="name one of these, or fit `model: {family: bayes}`",
            )
