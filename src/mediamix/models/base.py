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
from mediamix.models.mixed import Mixed
from mediamix.models.noise import Noise
from mediamix.models.refits import Refits
from mediamix.transforms.basis import Block
from mediamix.transforms.media import ChannelTransform, Responses, added


@dataclass(frozen=True, repr=False)
class ChannelEffect(Brief):
    """One channel's part of a fit, over D draws (all chains stacked).

    Contribution of geo g per period = ``beta_g · saturation(adstock(exposure_g / size_g))``, or in the other
    order; of reach & frequency ``beta_g · adstock(reach_g / size_g · saturation(frequency_g))``. An exposure
    is what `Dataset.delivery_gt` gives. What goes through a mediator is the same over every path.

    Args:
        channel: Which.
        transform: Its components.
        theta_dk: Their parameters in natural units (periods; exposure units of a geo of size 1;
            of reach & frequency: frequencies).
        beta_dg: Outcome units of the geo at full saturation; of reach & frequency per unit of reach.
        size_g: Of the geos, mean 1: the same exposure per head has the same effect per head.
        via: Of a path: the mediators on the way to the outcome.
        through: What the channel does through mediators, each path an effect of its own; the other fields
            are its direct effect.
    """

    channel: Channel
    transform: ChannelTransform
    theta_dk: Float[np.ndarray, "draw parameter"]
    beta_dg: Float[np.ndarray, "draw geo"]
    size_g: Float[np.ndarray, " geo"]
    via: tuple[str, ...] = ()
    through: tuple[ChannelEffect, ...] = ()

    @property
    def paths(self) -> tuple[ChannelEffect, ...]:
        """The direct effect, then one per path through mediators: what they do adds up."""
        return (replace(self, through=()), *self.through) if self.through else (self,)

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
        if self.through:
            return np.asarray(sum(path.contribution(exposure_gt, geo, before_gt) for path in self.paths))
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
        if self.through:
            return added([path.responses(exposure_gt, n_before, apart) for path in self.paths])
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
        if self.through:
            parts = [path.response(exposure_gt, carried_gt, multiplier_p, geo) for path in self.paths]
            return np.asarray(sum(parts))
        part = slice(None) if geo is None else slice(geo, geo + 1)
        size_g1 = self.size_g[part, None]
        own_gt, carried_gt = exposure_gt[part] / size_g1, carried_gt[part] / size_g1
        return self.transform.respond_scaled(
            own_gt, carried_gt, self.theta_dk, self.beta_dg[:, part], multiplier_p
        )

    @property
    def varies(self) -> bool:
        """Whether `factor` can be anything but one."""
        return False

    def factor(self, periods: int) -> Float[np.ndarray, "draw series"]:
        """What the response is multiplied by over so many periods, from the first one with known media on."""
        return np.ones((len(self.theta_dk), periods))

    def still_to_come(self, periods: int) -> Float[np.ndarray, "draw lag"]:
        """Part of an exposure's carry-over that is still to come after 0, 1, … periods, per draw."""
        return self.transform.still_to_come(self.theta_dk, periods)

    def saturated(self, level_p: Float[np.ndarray, " point"]) -> Float[np.ndarray, "draw point"]:
        """The saturation at some levels, per draw."""
        own = len(self.transform.adstock.parameters)
        saturation = self.transform.saturation
        return np.array([saturation(level_p, theta_k) for theta_k in self.theta_dk[:, own:]])

    @property
    def alike(self) -> tuple[ChannelEffect, ...]:
        """Effects whose draws have one transform each: itself, or those that it is a mixture of."""
        return (self,)

    def thinned(self, rows: np.ndarray) -> ChannelEffect:
        """The same with some of the draws."""
        through = tuple(path.thinned(rows) for path in self.through)
        return replace(self, theta_dk=self.theta_dk[rows], beta_dg=self.beta_dg[rows], through=through)


@dataclass(frozen=True, repr=False)
class Driven(Brief):
    """What a path did: the part of a mediator's contribution that is the channel's, not the baseline's.

    Args:
        effect: The path, in outcome units.
        exposure_gt: Of the channel.
        before_gt: Of the periods before.
    """

    effect: ChannelEffect
    exposure_gt: Float[np.ndarray, "geo time"]
    before_gt: Float[np.ndarray, "geo before"]

    def contribution(self, geo: int | None = None) -> Float[np.ndarray, "draw time"]:
        """Outcome units per draw and period, of one geo or summed over all."""
        return self.effect.contribution(self.exposure_gt, geo, self.before_gt)

    def thinned(self, rows: np.ndarray) -> Driven:
        """The same with some of the draws."""
        return replace(self, effect=self.effect.thinned(rows))


@dataclass(frozen=True, repr=False)
class BaselineTerm(Brief):
    """One additive part of the baseline.

    Contribution of geo g in period t = ``weight_gt · matrix_gt · (coefficient + deviation_g)``, of mediators
    without what media did through them.

    Args:
        block: Its columns.
        coefficient_dp: Outcome units of a geo of size 1 per unit of a column.
        weight_gt: Size of the geo where it is present, else 0.
        deviation_dgp: What a geo's coefficients differ by; None: all geos have the same.
        driven: What media did through its columns.
    """

    block: Block
    coefficient_dp: Float[np.ndarray, "draw column"]
    weight_gt: Float[np.ndarray, "geo time"]
    deviation_dgp: Float[np.ndarray, "draw geo column"] | None = None
    driven: tuple[Driven, ...] = ()

    @property
    def component(self) -> str:
        """Intercept, trend, seasonality, weekday, events, treatments, controls or mediators."""
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
        for driven in self.driven:
            total -= driven.contribution(geo)
        return np.asarray(total)

    @property
    def undriven(self) -> BaselineTerm:
        """The linear part: with what media did through it."""
        return replace(self, driven=()) if self.driven else self

    @property
    def coefficient_dgp(self) -> Float[np.ndarray, "draw geo column"]:
        """Each geo's coefficients."""
        geos = len(self.weight_gt)
        shared = np.repeat(self.coefficient_dp[:, None], geos, axis=1)
        return np.asarray(shared if self.deviation_dgp is None else shared + self.deviation_dgp)

    def thinned(self, rows: np.ndarray) -> BaselineTerm:
        """The same with some of the draws."""
        deviation = None if self.deviation_dgp is None else self.deviation_dgp[rows]
        driven = tuple(part.thinned(rows) for part in self.driven)
        return replace(self, coefficient_dp=self.coefficient_dp[rows], deviation_dgp=deviation, driven=driven)


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
        method: How the draws came about where no sampler has run: ``exact``, ``bootstrap``; empty: one has.
            Such draws are independent.
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
    method: str = ""

    @property
    def how(self) -> str:
        """How the draws came about: ``nuts``, ``quick``, or `method`."""
        return self.method or ("nuts" if self.quick is None else "quick")

    def untimed(self) -> RunInfo:
        """The same without seconds: of two runs of one job nothing differs."""
        refits = None if self.refits is None else replace(self.refits, seconds=0.0)
        return replace(
            self, seconds={}, refits=refits, healing=None if self.healing is None else self.healing.untimed()
        )


@dataclass(frozen=True, repr=False)
class Stacked(Brief):
    """The fits that a stacked one is made of.

    Args:
        names: Of the members.
        members: As they were fitted.
        used: With the draws that count.
        mixed: Whose each draw is.
    """

    names: tuple[str, ...]
    members: tuple[Fit, ...]
    used: tuple[Fit, ...]
    mixed: Mixed

    def thinned(self, rows: np.ndarray) -> Stacked:
        """The same with some of the draws."""
        mixed, own = self.mixed.picked(rows, len(self.used))
        used = tuple(one.thinned(which) for one, which in zip(self.used, own, strict=True))
        return replace(self, used=used, mixed=mixed)

    def untimed(self) -> Stacked:
        """The same without the seconds that its members took."""
        return replace(self, members=tuple(one.untimed() for one in self.members))


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
        mediators: Each mediator's own fit, in the order in which they act; its draws are as many as these.
        together: What pairs of channels bring beyond their own responses; None: no pair was looked for.
        stacked: What it is a mixture of; None: it is one model.
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
    mediators: tuple[Fit, ...] = ()
    noise: Noise = field(default_factory=Noise)
    together: Together | None = None
    stacked: Stacked | None = None
    memo: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def n_draws(self) -> int:
        """Draws over all chains."""
        return len(self.sigma_dg)

    def untimed(self) -> Fit:
        """The same without the seconds that it took: what `save` then writes is the same for the same job."""
        return replace(
            self,
            run=self.run.untimed(),
            mediators=tuple(one.untimed() for one in self.mediators),
            stacked=None if self.stacked is None else self.stacked.untimed(),
        )

    def thinned(self, rows: np.ndarray) -> Fit:
        """The same with some of the draws; the named draws of `posterior` stay."""
        return replace(
            self,
            channels=tuple(effect.thinned(rows) for effect in self.channels),
            baseline=tuple(term.thinned(rows) for term in self.baseline),
            sigma_dg=self.sigma_dg[rows],
            noise=self.noise.thinned(rows),
            together=None if self.together is None else self.together.thinned(rows),
            mediators=tuple(one.thinned(rows) for one in self.mediators),
            stacked=None if self.stacked is None else self.stacked.thinned(rows),
        )
