"""Curves of another shape: the same data with the other saturation."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.spec import Spec
from mediamix.core.types import Finding
from mediamix.data.dataset import Dataset
from mediamix.measure.checking import Check, Evidence, Variant
from mediamix.measure.gains import WHEN, better

NAME = "other_curve"
OTHER = {"hill": "logistic", "logistic": "hill"}


def variant(dataset: Dataset, spec: Spec) -> Variant | None:
    """The other saturation for every channel; none where priors are stated for a curve."""
    channels = dict(spec.channels)
    for name in dataset.channel_names:
        own = spec.channel(name)
        if own.saturation.kind not in OTHER or set(own.prior) - {"roi", "share", "geo_spread"}:
            return None
        kind = OTHER[own.saturation.kind]
        channels[name] = own.model_copy(
            update={"saturation": own.saturation.model_copy(update={"kind": kind})}
        )
    first = dataset.channel_names[0]
    kind = channels[first].saturation.kind
    words = f"channels: {{{first}: {{saturation: {{kind: {kind}}}}}, …}}"
    return dataset, spec.model_copy(update={"channels": channels}), words


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where it predicts better."""
    yield from better(evidence, NAME, "media", "the response curves have another shape")


CHECK = Check(
    name=NAME,
    title="Response curves of another shape",
    threshold=f"the other saturation predicts better {WHEN}",
    false_alarms="",
    why="a wrong curve puts the wrong part of an effect into the baseline",
    advice="",
    find=find,
    variant=variant,
)
