"""The contract of a model family: ``fit(dataset, spec) -> Fit``. Nothing after it asks which.

A `Fit` is data: the draws, and per channel and baseline term the little that measures need to
turn draws into contributions. Everything in it is in natural units.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Inexact, Int

from mediamix.core.card import Brief, Shown
from mediamix.core.spec import Spec
from mediamix.core.types import Channel
from mediamix.data.dataset import Dataset
from mediamix.inference.draws import Draws
from mediamix.inference.laplace import Importance
from mediamix.inference.record import Healing
from mediamix.models.choices import Choice
from mediamix.models.noise import Noise
from mediamix.models.refits import Refits
from mediamix.transforms.basis import Block
from mediamix.transforms.media import ChannelTransform, Responses


@dataclass(frozen=True, repr=False)
class ChannelEffect(Brief):
    """One channel's part of a fit, over D draws (all chains stacked).

    Contribution of geo g per period = ``beta_g · saturation(adstock(exposure_g / size_g))``, or in the other
    order; of reach & frequency ``beta_g · adstock(reach_g / size_g · saturation(frequency_g))``. An exposure
    is what `Dataset.delivery_gt` gives.

    Args:
        channel: Which.
        transform: Its components.
        theta_dk: Their parameters in natural units (periods; exposure units of a geo of size 1;
            of reach & frequency: frequencies).
        beta_dg: Outcome units of the geo at full saturation; of reach & frequency per unit of reach.
        size_g: Of the geos, mean 1: the same exposure per head has the same effect per head.
    """

    channel: Channel
    transform: ChannelTransform
    theta_dk: Float[np.ndarray, "draw parameter"]
    beta_dg: Float[np.ndarray, "draw geo"]
    size_g: Float[np.ndarray, " geo"]

    def contribution(
        self,
        exposure_gt: Inexact[np.ndarray, "geo time"],
        geo: int | None = None,
        before_gt: Inexact[np.ndarray, "geo before"] | None = None,
    ) -> Float[np.ndarray, "draw time"]:
        """Outcome units per draw and period, of one geo or summed over all.

        Args:
            exposure_gt: Of all geos, in exposure units.
            geo: Position of the geo; None: the sum over geos.
            before_gt: Exposure of the periods before; it is carried over into these.
        """
        n_before = 0 if before_gt is None else before_gt.shape[1]
        if before_gt is not None and n_before:
            exposure_gt = np.concatenate([before_gt, exposure_gt], axis=1)
        part = slice(None) if geo is None else slice(geo, geo + 1)
        scaled_gt = exposure_gt[part] / self.size_g[part, None]
        return self.transform.respond_sum(scaled_gt, self.theta_dk, self.beta_dg[:, part])[:, n_before:]

    def responses(
        self,
        exposure_gt: Inexact[np.ndarray, "geo time"],
        n_before: int = 0,
        apart: tuple[Int[np.ndarray, " row"], Float[np.ndarray, "geo row window"]] | None = None,
    ) -> Responses:
        """Contributions in outcome units, summed in all ways: see `ChannelTransform.respond_geos`."""
        scaled_gt = exposure_gt / self.size_g[:, None]
        return self.transform.respond_geos(scaled_gt, self.theta_dk, self.beta_dg, n_before, apart)

    def response(
        self,
        exposure_gt: Inexact[np.ndarray, "geo time"],
        carried_gt: Inexact[np.ndarray, "geo time"],
        multiplier_p: Float[np.ndarray, " point"],
        geo: int | None = None,
    ) -> Float[np.ndarray, "draw point"]:
        """Contribution of ``carried + multiplier × exposure``, summed over periods, per draw.

        Args:
            exposure_gt: What is multiplied, all geos, exposure units.
            carried_gt: What is there beside it.
            multiplier_p: Multiples of the exposure.
            geo: Position of the geo; None: the sum over geos.
        """
        part = slice(None) if geo is None else slice(geo, geo + 1)
        size_g1 = self.size_g[part, None]
        own_gt, carried_gt = exposure_gt[part] / size_g1, carried_gt[part] / size_g1
        return self.transform.respond_scaled(
            own_gt, carried_gt, self.theta_dk, self.beta_dg[:, part], multiplier_p
        )

    def factor(self, periods: int) -> Float[np.ndarray, "draw series"]:
        """What the response is multiplied by over so many periods, from the first one with known media on."""
        return np.ones((len(self.theta_dk), periods))

    def thinned(self, rows: np.ndarray) -> ChannelEffect:
        """The same with some of the draws."""
        return replace(self, theta_dk=self.theta_dk[rows], beta_dg=self.beta_dg[rows])


@dataclass(frozen=True, repr=False)
class BaselineTerm(Brief):
    """One additive part of the baseline.

    Contribution of geo g in period t = ``weight_gt · matrix_gt · (coefficient + deviation_g)``.

    Args:
        block: Its columns.
        coefficient_dp: Outcome units of a geo of size 1 per unit of a column.
        weight_gt: Size of the geo where it is present, else 0.
        deviation_dgp: What a geo's coefficients differ by; None: all geos have the same.
    """

    block: Block
    coefficient_dp: Float[np.ndarray, "draw column"]
    weight_gt: Float[np.ndarray, "geo time"]
    deviation_dgp: Float[np.ndarray, "draw geo column"] | None = None

    @property
    def component(self) -> str:
        """Intercept, trend, seasonality, weekday, events, treatments or controls."""
        return self.block.component

    @property
    def names(self) -> tuple[str, ...]:
        """One per column."""
        return self.block.names

    def contribution(self, geo: int | None = None) -> Float[np.ndarray, "draw time"]:
        """Outcome units per draw and period, of one geo or summed over all."""
        part = slice(None) if geo is None else slice(geo, geo + 1)
        weight_gt, block_gtp = self.weight_gt[part], self.block.matrix_gtp
        columns_gtp = np.broadcast_to(block_gtp, (len(self.weight_gt), *block_gtp.shape[1:]))[part]
        weighted_gpt = (weight_gt[:, :, None] * columns_gtp).transpose(0, 2, 1)
        total = self.coefficient_dp @ weighted_gpt.sum(axis=0)
        if self.deviation_dgp is not None:
            deviation_dgp = self.deviation_dgp[:, part]
            # Geos and columns as one axis.
            flat_dk = deviation_dgp.reshape(len(deviation_dgp), -1)
            total += flat_dk @ weighted_gpt.reshape(-1, weight_gt.shape[1])
        return np.asarray(total)

    def thinned(self, rows: np.ndarray) -> BaselineTerm:
        """The same with some of the draws."""
        deviation = None if self.deviation_dgp is None else self.deviation_dgp[rows]
        return replace(self, coefficient_dp=self.coefficient_dp[rows], deviation_dgp=deviation)


@dataclass(frozen=True, repr=False)
class Together(Brief):
    """The pairs of a fit, over D draws.

    Args:
        pairs: Positions of the channels.
        gain_dp: Outcome units per product of the two responses.
    """

    pairs: tuple[tuple[int, int], ...]
    gain_dp: Float[np.ndarray, "draw pair"]

    def thinned(self, rows: np.ndarray) -> Together:
        """The same with some of the draws."""
        return replace(self, gain_dp=self.gain_dp[rows])

    def of(self, channel: int) -> Iterator[tuple[int, int]]:
        """The pairs that a channel is in: which, and with whom."""
        for p, (one, other) in enumerate(self.pairs):
            if channel in (one, other):
                yield p, other if one == channel else one

    def contribution(
        self,
        pair: int,
        one: Float[np.ndarray, "draw series"],
        other: Float[np.ndarray, "draw series"],
    ) -> Float[np.ndarray, "draw series"]:
        """What a pair brings, given the responses of its two channels."""
        return np.asarray(self.gain_dp[:, pair, None] * one * other)


@dataclass(frozen=True, repr=False)
class RunInfo(Brief):
    """What made a fit: enough to make it again.

    Args:
        data_hash: Of the dataset.
        spec_hash: Of the spec with its defaults.
        seed: Of the sampler.
        seconds: Stage → seconds (import_s, compile_s, sample_s, total_s …).
        quick: How far the draws of quick mode can be trusted; None: sampled by NUTS.
        thinned: Every so many-th draw was kept, because all would not have fitted into memory.
        healing: What was wrong with the first run of the sampler and what was done; None: nothing was.
        refits: What cheap refits have shown; None: there were none.
        choices: What the spec left to the data.
    """

    data_hash: str
    spec_hash: str
    seed: int
    seconds: dict[str, float] = field(default_factory=dict)
    quick: Importance | None = None
    thinned: int = 1
    healing: Healing | None = None
    refits: Refits | None = None
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, repr=False)
class Fit(Shown):
    """A fitted model with its draws.

    Args:
        dataset: What was fitted (a national model: one geo).
        spec: As used, complete with defaults.
        family: Name of the model family, for people.
        posterior: All parameters in natural units, named.
        stats: The sampler's statistics (empty for families without a sampler).
        channels: In the dataset's order.
        baseline: Additive terms; their sum is the outcome with all media at zero.
        sigma_dg: Standard deviation of the noise of each geo, outcome units.
        noise: How it hangs together from period to period, and how heavy its tails are.
        trained_gt: Where the outcome entered the likelihood.
        run: Provenance.
        together: What pairs of channels bring beyond their own responses; None: no pair was looked for.
        memo: What was computed from this fit and takes long, by key; a copy begins anew.
    """

    dataset: Dataset
    spec: Spec
    family: str
    posterior: Draws
    stats: Draws | None
    channels: tuple[ChannelEffect, ...]
    baseline: tuple[BaselineTerm, ...]
    sigma_dg: Float[np.ndarray, "draw geo"]
    trained_gt: Bool[np.ndarray, "geo time"]
    run: RunInfo
    noise: Noise = field(default_factory=Noise)
    together: Together | None = None
    memo: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def n_draws(self) -> int:
        """Draws over all chains."""
        return len(self.sigma_dg)
