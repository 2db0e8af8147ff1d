"""Names for draws, and the way back from named draws to the parts of a `Fit`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import FolderError
from mediamix.data.dataset import Dataset
from mediamix.inference.draws import Draws
from mediamix.models.base import BaselineTerm, ChannelEffect
from mediamix.transforms.basis import Block
from mediamix.transforms.media import ChannelTransform

SAMPLED, DERIVED, INTEGRATED = "sampled", "derived from sampled", "integrated out, drawn exactly"


def baseline_terms(
    blocks: Sequence[Block], coefficient_dp: Float[np.ndarray, "draw column"]
) -> tuple[BaselineTerm, ...]:
    """Split the coefficients of all columns by block."""
    edges = np.cumsum([0, *(len(block.names) for block in blocks)])
    return tuple(
        BaselineTerm(block.component, block.names, block.matrix, coefficient_dp[:, low:high])
        for block, low, high in zip(blocks, edges[:-1], edges[1:], strict=True)
    )


def name_draws(
    dataset: Dataset,
    effects: Mapping[str, tuple[str, Float[np.ndarray, " draw"]]],
    channels: Sequence[ChannelEffect],
    baseline: Sequence[BaselineTerm],
    sigma_d: Float[np.ndarray, " draw"],
    shape: tuple[int, int],
) -> Draws:
    """All parameters as named arrays ``chain, draw, …`` with coordinates and units.

    Args:
        dataset: For units and names.
        effects: Channel → (``roi`` or ``share``, draws).
        channels: Transform parameters and β.
        baseline: Coefficients.
        sigma_d: Noise.
        shape: Chains and draws per chain.
    """
    unit = dataset.outcome_unit
    by_name: dict[str, dict[str, np.ndarray]] = {}
    units: dict[str, str] = {"roi": "value per unit of spend", "share": "share of the outcome"}
    for effect in channels:
        name = effect.channel.name
        kind, values = effects[name]
        by_name.setdefault(kind, {})[name] = values
        for i, parameter in enumerate(effect.transform.parameters):
            by_name.setdefault(parameter.name, {})[name] = effect.theta_dk[:, i]
            scale = {"days": "periods", "exposure": "exposure per period", "none": ""}
            units[parameter.name] = scale[parameter.scale]
    arrays: dict[str, np.ndarray] = {}
    dims: dict[str, tuple[str, ...]] = {}
    coords: dict[str, Sequence[str]] = {"channel": dataset.channel_names}
    attrs: dict[str, dict[str, str]] = {}

    def add(name: str, values: np.ndarray, dim: str | None, unit: str, drawn: str) -> None:
        arrays[name] = values.reshape(*shape, *values.shape[1:])
        dims[name] = () if dim is None else (dim,)
        attrs[name] = {"unit": unit, "drawn": drawn}

    for name, per_channel in by_name.items():
        dim = "channel" if len(per_channel) == len(dataset.channels) else f"{name}_channel"
        coords[dim] = tuple(per_channel)
        add(name, np.column_stack(list(per_channel.values())), dim, units[name], SAMPLED)
    add("beta", np.column_stack([c.beta_d for c in channels]), "channel", unit, DERIVED)
    for term in baseline:
        if term.component == "intercept":
            add("intercept", term.coefficient_dp[:, 0], None, unit, INTEGRATED)
            continue
        coords[f"{term.component}_term"] = term.names
        add(term.component, term.coefficient_dp, f"{term.component}_term", unit, INTEGRATED)
    add("sigma", sigma_d, None, unit, SAMPLED)
    return Draws(arrays, dims, coords, attrs)


def read_draws(
    posterior: Draws, dataset: Dataset, transforms: Sequence[ChannelTransform], blocks: Sequence[Block]
) -> tuple[tuple[ChannelEffect, ...], tuple[BaselineTerm, ...]]:
    """The way back from `name_draws`.

    Raises:
        FolderError: A parameter, channel or term of the model has no draws.
    """
    try:
        beta = posterior.stacked("beta")
        channels = []
        for c, (channel, transform) in enumerate(zip(dataset.channels, transforms, strict=True)):
            columns = []
            for parameter in transform.parameters:
                (dim,) = posterior.dims[parameter.name]
                at = list(posterior.coords[dim]).index(channel.name)
                columns.append(posterior.stacked(parameter.name)[:, at])
            channels.append(ChannelEffect(channel, transform, np.column_stack(columns), beta[:, c]))
        coefficients = []
        for block in blocks:
            values = posterior.stacked(block.component)
            values = values[:, None] if values.ndim == 1 else values
            if values.shape[1] != len(block.names):
                raise KeyError(block.component)
            coefficients.append(values)
    except (KeyError, ValueError, IndexError) as error:
        raise FolderError(
            "the stored draws don't belong to the stored data and spec",
            got=f"no draws for {error}",
            next_step="fit again into a new folder",
        ) from error
    return tuple(channels), baseline_terms(blocks, np.column_stack(coefficients))
