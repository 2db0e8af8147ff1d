"""Treatments: what is set rather than bought (a price, a discount), linear against a stated reference.

    contribution_gt = size_g · γ · (x_gt − reference)

γ is shared by all geos and integrated out with the baseline. It is learned from deviations of each geo's
own mean, so that neither the reference nor what differs between geos for good can move it; afterwards the
intercept takes the difference back, and the sum of both is what it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from mediamix.core.spec import Reference, Spec
from mediamix.core.types import Kind
from mediamix.data.dataset import Dataset
from mediamix.transforms.basis import Block

COMPONENT = "treatments"
_LEVELS: dict[str, Any] = {"mean": np.mean, "min": np.min, "max": np.max}


@dataclass(frozen=True)
class Treatment:
    """A column of the controls that is told against a level.

    Args:
        name: Of the column.
        index: Where it is in the dataset's controls.
        reference: The level at which its contribution is nothing.
    """

    name: str
    index: int
    reference: float


def treatments(dataset: Dataset, spec: Spec) -> tuple[Treatment, ...]:
    """The treatments that a spec declares, in the order of the dataset's controls."""
    found = []
    for k, name in enumerate(dataset.control_names):
        own = spec.channel(name)
        if own.kind is Kind.TREATMENT and own.reference is not None:
            found.append(Treatment(name, k, level(dataset, k, own.reference)))
    return tuple(found)


def level(dataset: Dataset, control: int, reference: Reference) -> float:
    """A reference as a number: itself, or the mean, lowest or highest value over periods and geos."""
    if not isinstance(reference, str):
        return float(reference)
    return float(_LEVELS[reference](dataset.controls_gtk[..., control][dataset.present_gt]))


def block_of(dataset: Dataset, found: tuple[Treatment, ...]) -> Block:
    """Their columns, as differences from the references; 0 where a geo isn't present."""
    difference = dataset.controls_gtk[:, :, [one.index for one in found]] - [one.reference for one in found]
    if len(dataset.geos) > 1:
        difference = np.where(dataset.present_gt[:, :, None], difference, 0.0)
    return Block(COMPONENT, tuple(one.name for one in found), difference)


def centred(
    blocks: tuple[Block, ...], dataset: Dataset, spec: Spec
) -> tuple[tuple[Block, ...], Float[np.ndarray, "geo treatment"]]:
    """The blocks with treatments as deviations from each geo's mean, and those means above the references.

    The deviations are taken from the values themselves: whatever the reference, they are the same bits.
    """
    found = treatments(dataset, spec)
    if not found:
        return blocks, np.zeros((len(dataset.geos), 0))
    present_gt = (
        dataset.present_gt if len(dataset.geos) > 1 else np.ones(dataset.observed_gt.shape, dtype=bool)
    )
    values_gtk = np.where(
        present_gt[:, :, None], dataset.controls_gtk[:, :, [one.index for one in found]], 0.0
    )
    mean_gk = values_gtk.sum(axis=1) / np.maximum(present_gt.sum(axis=1), 1)[:, None]
    deviation_gtk = np.where(present_gt[:, :, None], values_gtk - mean_gk[:, None], 0.0)
    made = tuple(replace(b, matrix_gtp=deviation_gtk) if b.component == COMPONENT else b for b in blocks)
    return made, mean_gk - [one.reference for one in found]


def give_back(
    blocks: tuple[Block, ...],
    above_gk: Float[np.ndarray, "geo treatment"],
    coefficient_dp: Float[np.ndarray, "draw column"],
    deviation_dgp: Float[np.ndarray, "draw geo by_geo_column"],
) -> None:
    """Take from the intercept, in place, what treatments at their mean add to it: see the module.

    The intercept is the first column of all, and of those that differ by geo.
    """
    at = 0
    for block in blocks:
        if block.component == COMPONENT:
            constant_dg = coefficient_dp[:, at : at + len(block.names)] @ above_gk.T
            coefficient_dp[:, 0] -= constant_dg.mean(axis=1)
            if len(above_gk) > 1:
                deviation_dgp[:, :, 0] -= constant_dg - constant_dg.mean(axis=1, keepdims=True)
        at += len(block.names)
