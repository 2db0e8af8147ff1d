"""Channels that work together: what pairs of them bring beyond their own responses.

    Σ_p g_p r_a r_b,   r the responses of the two channels of a pair, without their effects

A pair's size is sampled as the share of the outcome that it brings over the window, above or below zero,
and one size is common to all pairs: where the data show none, it shrinks to none. A channel's effect, its
ROI or share, is about all that it brings: its own response has what the halves of its pairs leave of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from jaxtyping import Float, Inexact

from mediamix.core.spec import PriorSpec, Spec
from mediamix.data.dataset import Dataset
from mediamix.inference.draws import Draws
from mediamix.models.base import ChannelEffect, Together
from mediamix.models.posterior import SAMPLED, Named
from mediamix.models.priors import Prior

#: Names of sampled parameters: the shares of pairs, and their common size.
SHARE, SIZE = "synergy", "synergy_spread"
#: The 95 % point of the size, in medians.
WIDER = 5.0
#: Shares of pairs, and their common size.
Shares = tuple[Float[np.ndarray, "draw pair"], Float[np.ndarray, " draw"]]


def pairs_of(dataset: Dataset, spec: Spec) -> tuple[tuple[int, int], ...]:
    """Positions of the channels of all pairs that a spec declares."""
    if spec.synergy is None:
        return ()
    names = dataset.channel_names
    if spec.synergy.pairs == "all":
        return tuple(combinations(range(len(names)), 2))
    return tuple((names.index(one), names.index(other)) for one, other in spec.synergy.pairs)


def synergy_priors(spec: Spec, pairs: int) -> list[Prior]:
    """Of the common size and of the pairs' weights, in the order of u."""
    if spec.synergy is None or not pairs:
        return []
    belief = PriorSpec(median=spec.synergy.share, p95=WIDER * spec.synergy.share)
    return [Prior.of(SIZE, "positive", belief), *[Prior.normal(SHARE)] * pairs]


def label(names: Sequence[str], pair: tuple[int, int]) -> str:
    """A pair's name: ``tv × search``."""
    return f"{names[pair[0]]} × {names[pair[1]]}"


def unit_response(
    effect: ChannelEffect, exposure_gt: Inexact[np.ndarray, "geo series"]
) -> Float[np.ndarray, "draw series"]:
    """r: a channel's response without its effect, of a national fit."""
    return replace(effect, beta_dg=np.ones_like(effect.beta_dg)).contribution(exposure_gt)


def together(
    dataset: Dataset,
    channels: Sequence[ChannelEffect],
    pairs: tuple[tuple[int, int], ...],
    share_dp: Float[np.ndarray, "draw pair"],
    outcome: float,
) -> Together:
    """The pairs of a fit from the shares of the outcome that they bring.

    Args:
        dataset: What was fitted.
        channels: With their draws.
        pairs: Positions of channels.
        share_dp: γ.
        outcome: What it is a share of: the mean outcome times the periods with known media.
    """
    series_gtc = dataset.delivered_gtc
    r_c = {c: unit_response(channels[c], series_gtc[:, :, c]) for pair in pairs for c in pair}
    sums_dp = np.column_stack([np.einsum("dt,dt->d", r_c[one], r_c[other]) for one, other in pairs])
    return Together(pairs, share_dp * outcome / sums_dp)


def pair_draws(
    posterior: Draws, dataset: Dataset, pairs: tuple[tuple[int, int], ...], shares: Shares
) -> Draws:
    """`posterior` with the shares of pairs and their common size."""
    named = Named((posterior.n_chains, posterior.n_draws), {})
    named.coords["pair"] = tuple(label(dataset.channel_names, pair) for pair in pairs)
    named.add(SHARE, shares[0], ("pair",), "share of the outcome", SAMPLED)
    named.add(SIZE, shares[1], (), "share of the outcome", SAMPLED)
    return posterior.joined(named.draws())


def pair_columns(posterior: Draws) -> list[Float[np.ndarray, " draw"]]:
    """The sampled parameters in the order of the model's priors."""
    size_d = posterior.stacked(SIZE)
    return [size_d, *(posterior.stacked(SHARE) / size_d[:, None]).T]
