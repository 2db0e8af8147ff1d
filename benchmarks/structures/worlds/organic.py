"""A channel without money."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediamix.core.types import Channel, Kind
from mediamix.data.dataset import Dataset
from structures.world import Structured, World, weekly, world

NAME = "print_ooh"


def has(seed: int) -> World:
    """One channel's exposure is known and its spend is none; who leaves it out doesn't have its column."""
    made = weekly(seed)
    dataset, c = made.dataset, made.dataset.channel_names.index(NAME)
    spend_gtc = dataset.spend_gtc.copy()
    spend_gtc[:, :, c] = 0.0
    channels = list(dataset.channels)
    channels[c] = Channel(NAME, Kind.ORGANIC, "visits")
    told = replace(dataset, spend_gtc=spend_gtc, channels=tuple(channels))
    made_world = world(made, {"channels": {NAME: {"kind": "organic"}}})
    return replace(made_world, dataset=told, blind_dataset=without(told, c))


def without(dataset: Dataset, c: int) -> Dataset:
    """The same data without a channel's columns."""
    return replace(
        dataset,
        channels=tuple(np.delete(np.array(dataset.channels, dtype=object), c)),
        spend_gtc=np.delete(dataset.spend_gtc, c, axis=2),
        exposure_gtc=np.delete(dataset.exposure_gtc, c, axis=2),
    )


def lacks(seed: int) -> World:
    """The same market in which that channel was never there."""
    made = weekly(seed)
    c = made.dataset.channel_names.index(NAME)
    outcome_gt = np.round(made.dataset.outcome_gt - made.truth.contribution_gtc[:, :, c], 2)
    dataset = replace(without(made.dataset, c), outcome_gt=outcome_gt)
    truth = {name: value for name, value in made.truth.contribution.items() if name != NAME}
    return World(dataset, truth, {})


STRUCTURE = Structured(
    name="organic",
    title="a channel without money",
    said="channels: {NAME: {kind: organic}}",
    has=has,
    lacks=lacks,
    checks=("autocorrelation", "explained"),
    own=(NAME,),
)
