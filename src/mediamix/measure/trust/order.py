"""Media that saturate period by period: the same data with the saturation before the adstock."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.spec import Spec
from mediamix.core.types import Finding, Kind
from mediamix.data.dataset import Dataset
from mediamix.measure.checking import Check, Evidence, Variant
from mediamix.measure.gains import WHEN, better

NAME = "order"
ORDER = "saturation_first"


def variant(dataset: Dataset, spec: Spec) -> Variant | None:
    """The other order for every channel that carries over; None where there is none."""
    channels = dict(spec.channels)
    turned = [
        channel.name
        for channel in dataset.channels
        if channel.kind in (Kind.PAID, Kind.ORGANIC)
        and spec.channel(channel.name).order != ORDER
        and spec.channel(channel.name).adstock.kind != "none"
    ]
    if not turned:
        return None
    for name in turned:
        channels[name] = spec.channel(name).model_copy(update={"order": ORDER})
    words = f"channels: {{{turned[0]}: {{order: {ORDER}}}, …}}"
    return dataset, spec.model_copy(update={"channels": channels}), words


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where it predicts better."""
    yield from better(evidence, NAME, "media", "media saturate period by period, before they carry over")


CHECK = Check(
    name=NAME,
    title="Media that saturate before they carry over",
    threshold=f"saturation before adstock predicts better {WHEN}",
    false_alarms="0 of 60 sound worlds",
    why="whether two bursts get into each other's way decides what more of them would bring",
    advice="",
    find=find,
    variant=variant,
)
