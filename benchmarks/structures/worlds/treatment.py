"""A price that is set, against a reference; who leaves it out doesn't have its column."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediamix.data.dataset import Dataset
from mediamix.simulate.scenario import CONTROLS
from structures.world import Structured, World, weekly, world

NAME, REFERENCE = "price", 100


def without(dataset: Dataset) -> Dataset:
    """The same data without the price."""
    k = dataset.control_names.index(NAME)
    return replace(
        dataset,
        control_names=tuple(name for name in dataset.control_names if name != NAME),
        controls_gtk=np.delete(dataset.controls_gtk, k, axis=2),
    )


def has(seed: int) -> World:
    """One standard deviation of the price is 8 % of the baseline: twice as much as in other markets."""
    made = weekly(seed, controls=(replace(CONTROLS[0], effect=-0.08), *CONTROLS[1:]))
    stated = world(made, {"channels": {NAME: {"kind": "treatment", "reference": REFERENCE}}})
    price_gt = made.dataset.controls_gtk[:, :, made.dataset.control_names.index(NAME)]
    brought = made.truth.control_effects[NAME] * float((price_gt - REFERENCE).sum())
    return replace(stated, truth={**stated.truth, NAME: brought}, blind_dataset=without(made.dataset))


def lacks(seed: int) -> World:
    """The same market whose price has no effect."""
    made = weekly(seed, controls=(replace(CONTROLS[0], effect=0.0), *CONTROLS[1:]))
    return replace(world(made), blind_dataset=without(made.dataset))


STRUCTURE = Structured(
    name="treatment",
    title="a price against a reference",
    said="channels: {price: {kind: treatment, reference: 100}}",
    has=has,
    lacks=lacks,
    checks=("autocorrelation", "closer_knots"),
    own=(NAME,),
)
