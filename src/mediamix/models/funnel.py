"""Direct and mediated effects in one fit: the models of the outcome and of the mediators, draw by draw.

The outcome's model holds mediators M_k as columns of the baseline with coefficients γ_k, so that the effects
of its channels are direct. Each mediator has a model of its own (`models.mediators`). What a channel does
through a mediator is what it does to it, times γ_k; through a chain of them the product goes on:

    total_c = β_c h_c(x_c) + Σ_k γ_k Σ_paths p (γ's along p) β'_c h'_c(x_c)

Given the data the models' posteriors are independent, as their priors are, so that any draw of one goes with
any of another: they are paired in order. The baseline keeps what is left of a mediator, γ_k (M_k − its
media), so that the parts add up to the fitted outcome draw by draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from mediamix.data.dataset import Dataset
from mediamix.models.base import BaselineTerm, ChannelEffect, Driven, Fit

MEDIATORS = "mediators"
#: Channel → its paths to one series, in units of that series.
Paths = dict[str, tuple[ChannelEffect, ...]]


def joined(fit: Fit, stages: Sequence[Fit]) -> Fit:
    """A fit with what its channels do through mediators.

    Args:
        fit: Of the outcome, with the mediators in its baseline; its effects are direct.
        stages: Each mediator's own fit, each after those that drive it, of the dataset and spec of
            `models.mediators.stage`.
    """
    if not stages:
        return fit
    paired = tuple(_paired(stage, fit.n_draws) for stage in stages)
    to: dict[str, Paths] = {}
    for stage in paired:
        name = stage.dataset.outcome_name
        own = {e.channel.name: (replace(e, via=(name,)),) for e in stage.channels}
        to[name] = _with(own, _through(stage.baseline, to, name))
    through = _through(fit.baseline, to)
    channels = tuple(replace(e, through=through.get(e.channel.name, ())) for e in fit.channels)
    driven = tuple(
        Driven(path, *_exposure(fit.dataset, c))
        for c, effect in enumerate(channels)
        for path in effect.through
    )
    baseline = tuple(
        replace(term, driven=driven) if term.component == MEDIATORS else term for term in fit.baseline
    )
    return replace(fit, channels=channels, baseline=baseline, mediators=paired)


def _paired(stage: Fit, draws: int) -> Fit:
    """A stage with as many draws."""
    return stage if stage.n_draws == draws else stage.thinned(np.arange(draws) * stage.n_draws // draws)


def _with(first: Mapping[str, tuple[ChannelEffect, ...]], more: Paths) -> Paths:
    """The paths of both."""
    return {name: (*first.get(name, ()), *more.get(name, ())) for name in dict.fromkeys([*first, *more])}


def _through(baseline: Sequence[BaselineTerm], to: Mapping[str, Paths], last: str = "") -> Paths:
    """Paths through the mediators of a baseline, in units of what the baseline is of."""
    found: Paths = {}
    for term in baseline:
        if term.component != MEDIATORS:
            continue
        for k, name in enumerate(term.names):
            gamma_dg = term.coefficient_dgp[..., k]
            for channel, paths in to[name].items():
                more = tuple(_times(path, gamma_dg, last) for path in paths)
                found[channel] = (*found.get(channel, ()), *more)
    return found


def _times(path: ChannelEffect, gamma_dg: Float[np.ndarray, "draw geo"], last: str) -> ChannelEffect:
    """A path that goes on."""
    return replace(path, beta_dg=path.beta_dg * gamma_dg, via=(*path.via, last) if last else path.via)


def _exposure(
    dataset: Dataset, channel: int
) -> tuple[Float[np.ndarray, "geo time"], Float[np.ndarray, "geo before"]]:
    return dataset.exposure_gtc[:, :, channel], dataset.before_gt(channel)
