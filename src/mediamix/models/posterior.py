"""Names for draws, and the way back from named draws to the parts of a `Fit`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import FolderError
from mediamix.data.dataset import Dataset
from mediamix.inference.draws import Draws
from mediamix.models.base import BaselineTerm, ChannelEffect
from mediamix.models.priors import SPREAD
from mediamix.models.shock import COMPONENT
from mediamix.transforms.basis import Block
from mediamix.transforms.media import ChannelTransform

SAMPLED, DERIVED, INTEGRATED = "sampled", "derived from sampled", "integrated out, drawn exactly"
#: Name of the standard deviation of shocks that geos share.
SHOCK_SPREAD = "shock_spread"
#: Channel → (``roi`` or ``share``, draws).
Effects = dict[str, tuple[str, np.ndarray]]


class Named:
    """Arrays being named one by one; the first axis becomes chain and draw."""

    def __init__(self, shape: tuple[int, int], coords: Mapping[str, Sequence[str]]) -> None:
        self.shape = shape
        self.coords = dict(coords)
        self.arrays: dict[str, np.ndarray] = {}
        self.dims: dict[str, tuple[str, ...]] = {}
        self.attrs: dict[str, dict[str, str]] = {}

    def add(self, name: str, values: np.ndarray, dims: tuple[str, ...], unit: str, drawn: str) -> None:
        self.arrays[name] = values.reshape(*self.shape, *values.shape[1:])
        self.dims[name] = dims
        self.attrs[name] = {"unit": unit, "drawn": drawn}

    def draws(self) -> Draws:
        return Draws(self.arrays, self.dims, self.coords, self.attrs)


def baseline_terms(
    blocks: Sequence[Block],
    coefficient_dp: Float[np.ndarray, "draw column"],
    weight_gt: Float[np.ndarray, "geo time"],
    deviation_dgp: Float[np.ndarray, "draw geo by_geo_column"],
) -> tuple[BaselineTerm, ...]:
    """Split the coefficients of all columns by block."""
    terms, at, own = [], 0, 0
    for block in blocks:
        n = len(block.names)
        deviation = deviation_dgp[..., own : own + n] if block.by_geo else None
        terms.append(BaselineTerm(block, coefficient_dp[:, at : at + n], weight_gt, deviation))
        at, own = at + n, own + n * block.by_geo
    return tuple(terms)


def noise_of_geos(
    sigma_d: Float[np.ndarray, " draw"],
    factor_dg: Float[np.ndarray, "draw geo"] | None,
    size_g: Float[np.ndarray, " geo"],
) -> Float[np.ndarray, "draw geo"]:
    """Noise of each geo in outcome units, from that per unit of size and the geos' factors."""
    sigma_dg = sigma_d[:, None] * size_g
    return np.asarray(sigma_dg if factor_dg is None else sigma_dg * factor_dg)


def name_draws(
    dataset: Dataset,
    effects: Effects,
    channels: Sequence[ChannelEffect],
    baseline: Sequence[BaselineTerm],
    noise: Mapping[str, Float[np.ndarray, " draw"]],
    shape: tuple[int, int],
) -> Draws:
    """All parameters that a national model has, as named arrays ``chain, draw, …`` with units.

    Args:
        dataset: For units and names.
        effects: Per channel its effect's draws.
        channels: Transform parameters and β, which is summed over geos.
        baseline: Coefficients.
        noise: Its draws by name; sigma per unit of size, in outcome units.
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
    named = Named(shape, {"channel": dataset.channel_names})
    for name, per_channel in by_name.items():
        dim = "channel" if len(per_channel) == len(dataset.channels) else f"{name}_channel"
        named.coords[dim] = tuple(per_channel)
        named.add(name, np.column_stack(list(per_channel.values())), (dim,), units[name], SAMPLED)
    beta = np.column_stack([c.beta_dg.sum(axis=1) for c in channels])
    named.add("beta", beta, ("channel",), unit, DERIVED)
    for term in baseline:
        if term.component == "intercept":
            named.add("intercept", term.coefficient_dp[:, 0], (), unit, INTEGRATED)
            continue
        dim = f"{term.component}_term"
        named.coords[dim] = term.names
        drawn = SAMPLED if term.component == COMPONENT else INTEGRATED
        named.add(term.component, term.coefficient_dp, (dim,), unit, drawn)
    for name, values in noise.items():
        named.add(name, values, (), unit if name == "sigma" else "", SAMPLED)
    return named.draws()


def panel_draws(
    national: Draws,
    dataset: Dataset,
    beta_dgc: Float[np.ndarray, "draw geo channel"],
    baseline: Sequence[BaselineTerm],
    spread_ds: Float[np.ndarray, "draw spread"],
    factor_dg: Float[np.ndarray, "draw geo"] | None,
) -> Draws:
    """`national` with what geos differ by: spreads, and each geo's own coefficients.

    Args:
        national: From `name_draws`.
        dataset: For units and names.
        beta_dgc: Each geo's β.
        baseline: For each geo's deviations.
        spread_ds: Of the effects per channel (relative), then of by-geo columns (model units are
            turned into outcome units by the terms' deviations).
        factor_dg: Noise factors; None: all geos have the same noise.
    """
    named = Named((national.n_chains, national.n_draws), {})
    named.coords = {**{k: tuple(v) for k, v in national.coords.items()}, "geo": dataset.geos}
    c = beta_dgc.shape[2]
    named.add(SPREAD, spread_ds[:, :c], ("channel",), "share of the channel's effect", SAMPLED)
    named.add("beta_geo", beta_dgc, ("geo", "channel"), dataset.outcome_unit, INTEGRATED)
    at = c
    for term in baseline:
        if term.deviation_dgp is None:
            continue
        name, n = term.component, len(term.names)
        single = name == "intercept"
        dims = () if single else (f"{name}_term",)
        spread = spread_ds[:, at] if single else spread_ds[:, at : at + n]
        named.add(f"{name}_spread", spread, dims, "share of the mean outcome", SAMPLED)
        deviation = term.deviation_dgp[..., 0] if single else term.deviation_dgp
        named.add(f"{name}_geo", deviation, ("geo", *dims), dataset.outcome_unit, INTEGRATED)
        at += n
    if factor_dg is not None:
        named.add("noise_factor", factor_dg, ("geo",), "times sigma", SAMPLED)
    return national.joined(named.draws())


def pooled_draws(
    posterior: Draws, common_d: Float[np.ndarray, " draw"], spread_d: Float[np.ndarray, " draw"]
) -> Draws:
    """`posterior` with what a pool has learned: the common return, and how much returns differ in logs."""
    shape = (posterior.n_chains, posterior.n_draws)
    units = {"pooled_return": "value per unit of spend", "pooled_spread": "of the log of returns"}
    own = zip(units, (common_d, spread_d), strict=True)
    return Draws(
        {**posterior.arrays, **{name: values.reshape(shape) for name, values in own}},
        {**posterior.dims, **dict.fromkeys(units, ())},
        posterior.coords,
        {**posterior.attrs, **{name: {"unit": unit, "drawn": INTEGRATED} for name, unit in units.items()}},
    )


def shock_draws(posterior: Draws, spread_d: Float[np.ndarray, " draw"], unit: str) -> Draws:
    """`posterior` with the spread of shared shocks, whose own draws it has."""
    shape = (posterior.n_chains, posterior.n_draws)
    attrs = {"unit": unit, "drawn": SAMPLED}
    return replace(
        posterior,
        arrays={**posterior.arrays, SHOCK_SPREAD: spread_d.reshape(shape)},
        dims={**posterior.dims, SHOCK_SPREAD: ()},
        attrs={**posterior.attrs, SHOCK_SPREAD: attrs},
    )


def read_shocks(posterior: Draws, periods: int) -> tuple[np.ndarray, np.ndarray]:
    """Shocks over the window and their spread.

    Raises:
        FolderError: There are none, or of another window.
    """
    if COMPONENT not in posterior or SHOCK_SPREAD not in posterior:
        raise _strangers(f"no draws for '{COMPONENT}'")
    shock_dt = posterior.stacked(COMPONENT)
    if shock_dt.shape[1:] != (periods,):
        raise _strangers(f"{shock_dt.shape[1]:,} shocks for {periods:,} periods")
    return shock_dt, posterior.stacked(SHOCK_SPREAD)


def _strangers(got: str) -> FolderError:
    return FolderError(
        "the stored draws don't belong to the stored data and spec",
        got=got,
        next_step="fit again into a new folder",
    )


def read_draws(
    posterior: Draws,
    dataset: Dataset,
    transforms: Sequence[ChannelTransform],
    blocks: Sequence[Block],
    weight_gt: Float[np.ndarray, "geo time"],
    size_g: Float[np.ndarray, " geo"],
) -> tuple[tuple[ChannelEffect, ...], tuple[BaselineTerm, ...]]:
    """The way back from `name_draws` and `panel_draws`.

    Raises:
        FolderError: A parameter, channel or term of the model has no draws.
    """
    panel = len(dataset.geos) > 1
    try:
        beta_dgc = posterior.stacked("beta_geo") if panel else posterior.stacked("beta")[:, None]
        channels = []
        for c, (channel, transform) in enumerate(zip(dataset.channels, transforms, strict=True)):
            columns = []
            for parameter in transform.parameters:
                (dim,) = posterior.dims[parameter.name]
                at = list(posterior.coords[dim]).index(channel.name)
                columns.append(posterior.stacked(parameter.name)[:, at])
            theta_dk = np.column_stack(columns) if columns else np.empty((len(beta_dgc), 0))
            channels.append(ChannelEffect(channel, transform, theta_dk, beta_dgc[..., c], size_g))
        coefficients, deviations = [], []
        for block in blocks:
            coefficients.append(columns_of(posterior, block.component, block, 1))
            if block.by_geo:
                deviations.append(columns_of(posterior, f"{block.component}_geo", block, 2))
        none = np.empty((*beta_dgc.shape[:2], 0))
        deviation_dgp = np.concatenate([none, *deviations], axis=2)
    except (KeyError, ValueError, IndexError) as error:
        raise _strangers(f"no draws for {error}") from error
    terms = baseline_terms(blocks, np.concatenate(coefficients, axis=1), weight_gt, deviation_dgp)
    return tuple(channels), terms


def read_noise(posterior: Draws, size_g: Float[np.ndarray, " geo"]) -> Float[np.ndarray, "draw geo"]:
    """The noise of each geo, in outcome units."""
    factor_dg = posterior.stacked("noise_factor") if "noise_factor" in posterior else None
    return noise_of_geos(posterior.stacked("sigma"), factor_dg, size_g)


def columns_of(posterior: Draws, name: str, block: Block, lead: int) -> np.ndarray:
    """Stored coefficients of a block with a last axis for its columns, even if it is only one."""
    values = posterior.stacked(name)
    values = values[..., None] if values.ndim == lead else values
    if values.shape[-1] != len(block.names):
        raise KeyError(name)
    return values
