"""The media of a national model in native code, shared by its densities: one file, whatever the likelihood.

    m = Σ_c β_c h_c(θ),   β_c = effect_c · scale_c / Σ_t h_ct

`effect` is a ROI (scale: the channel's spend) or a share of the outcome (scale: the outcome's
total), so that its prior is about what people can judge. The chain rule needs no automatic
differentiation: with g = ∂ log p/∂m and ḡ_c = Σ_t g_t h_ct / Σ_t h_ct,

    ∂/∂effect_c = β_c/effect_c Σ_t g_t h_ct      ∂/∂θ = β_c Σ_t (g_t − ḡ_c) ∂h_ct/∂θ

A density's integers, numbers and scratch memory begin with the media's (`media_of`), then come those of
its likelihood. Numba's cache watches the densities' files only: touch them after an edit here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba

from mediamix.models.links import natural
from mediamix.transforms.native import INNER
from mediamix.transforms.order import respond as respond_as

#: Leading integers: channels, periods, observed periods, parameters, rows of exposure.
HEADER = 5
#: Integers per channel: index of its effect, addresses and parameter counts of adstock and saturation,
#: maximal lag and order in one code.
PER_CHANNEL = 6


class Media(NamedTuple):
    """One evaluation's arrays, cut from the density's data and its scratch memory.

    Args:
        channels: `PER_CHANNEL` integers each.
        links: Of the parameters: see `links.natural`.
        rows: Which periods were observed.
        location: Of the priors, on the link scale.
        scale: Of the priors, on the link scale.
        effect_scale: From an effect to the channel's summed contribution.
        outcome: Of the observed periods.
        exposure: Channel × period; then frequencies: see `order.frequency_rows`.
        theta: Parameters.
        d_theta: Their slopes in u.
        beta: Per channel.
        total: Σ_t h_ct.
        response: h, channel × period.
        jacobian: ∂h/∂θ, parameter × period; rows of effects and of what isn't the media's stay unused.
        carried: Scratch of a period's length.
        d_x: Scratch of a period's length.
        slope: ∂ log p/∂m of all periods.
        residual: y − m of the observed periods.
        slope_rows: ∂ log p/∂m of the observed periods, which the likelihood fills.
    """

    channels: Any
    links: Any
    rows: Any
    location: Any
    scale: Any
    effect_scale: Any
    outcome: Any
    exposure: Any
    theta: Any
    d_theta: Any
    beta: Any
    total: Any
    response: Any
    jacobian: Any
    carried: Any
    d_x: Any
    slope: Any
    residual: Any
    slope_rows: Any


def scratch_size(c: int, t: int, n: int, k: int) -> int:
    """Numbers of scratch memory that the media take."""
    return 2 * k + 2 * c + (c + k + 3) * t + 2 * n


@numba.njit(**INNER)
def media_of(integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """The media's arrays; and where the likelihood's integers, numbers and scratch memory begin."""
    c, t, n, k, exposures = integers[0], integers[1], integers[2], integers[3], integers[4]
    channels = integers[HEADER : HEADER + PER_CHANNEL * c]
    links = integers[HEADER + PER_CHANNEL * c :]
    rows = links[k : k + n]
    location, scale = numbers[:k], numbers[k : 2 * k]
    at = 2 * k
    effect_scale, outcome = numbers[at : at + c], numbers[at + c : at + c + n]
    at += c + n
    exposure = numbers[at : at + exposures * t].reshape((exposures, t))
    theta, d_theta = scratch[:k], scratch[k : 2 * k]
    into = 2 * k
    beta, total = scratch[into : into + c], scratch[into + c : into + 2 * c]
    into += 2 * c
    response = scratch[into : into + c * t].reshape((c, t))
    jacobian = scratch[into + c * t : into + (c + k) * t].reshape((k, t))
    into += (c + k) * t
    carried, d_x = scratch[into : into + t], scratch[into + t : into + 2 * t]
    slope = scratch[into + 2 * t : into + 3 * t]
    into += 3 * t
    residual, slope_rows = scratch[into : into + n], scratch[into + n : into + 2 * n]
    media = Media(
        channels,
        links,
        rows,
        location,
        scale,
        effect_scale,
        outcome,
        exposure,
        theta,
        d_theta,
        beta,
        total,
        response,
        jacobian,
        carried,
        d_x,
        slope,
        residual,
        slope_rows,
    )
    return media, HEADER + PER_CHANNEL * c + k + n, at + exposures * t, into + 2 * n


@numba.njit(**INNER)
def parameters(u, media):  # type: ignore[no-untyped-def]
    """θ and its slope from u, whose first coordinates are theirs; the log prior."""
    own = u[: media.theta.size]
    return natural(own, media.location, media.scale, media.links, media.theta, media.d_theta)


@numba.njit(**INNER)
def respond(i, media):  # type: ignore[no-untyped-def]
    """The response of channel i, its sum over periods, and its derivatives."""
    channels, exposure, theta = media.channels, media.exposure, media.theta
    response, jacobian, carried, d_x = media.response, media.jacobian, media.carried, media.d_x
    info = channels[PER_CHANNEL * i : PER_CHANNEL * (i + 1)]
    first = info[0] + 1
    middle = first + info[2]
    last = middle + info[5]
    respond_as(
        info[1], info[4], info[2], info[3], exposure, i, theta[first:last], carried, d_x, response[i],
        jacobian[first:last],
    )  # fmt: skip
    for j in range(first, middle):
        for s in range(d_x.size):
            jacobian[j, s] *= d_x[s]
    media.total[i] = response[i].sum()


@numba.njit(**INNER)
def forward(media):  # type: ignore[no-untyped-def]
    """Responses and their derivatives, β, and the residuals y − m."""
    outcome, residual, rows, response = media.outcome, media.residual, media.rows, media.response
    beta, total = media.beta, media.total
    for s in range(residual.size):  # a slice assigned to a slice takes four seconds to compile
        residual[s] = outcome[s]
    for i in range(beta.size):
        respond(i, media)
        beta[i] = media.theta[media.channels[PER_CHANNEL * i]] * media.effect_scale[i] / total[i]
        for s in range(residual.size):
            residual[s] -= beta[i] * response[i, rows[s]]


@numba.njit(**INNER)
def spread_slope(media):  # type: ignore[no-untyped-def]
    """∂ log p/∂m of all periods from that of the observed ones."""
    slope, slope_rows, rows = media.slope, media.slope_rows, media.rows
    slope[:] = 0.0
    for s in range(slope_rows.size):
        slope[rows[s]] = slope_rows[s]


@numba.njit(**INNER)
def backward(media, gradient):  # type: ignore[no-untyped-def]
    """From ∂ log p/∂m of the observed periods to the derivatives in the channels' θ, into `gradient`."""
    spread_slope(media)
    slope, response, jacobian = media.slope, media.response, media.jacobian
    beta, total, theta = media.beta, media.total, media.theta
    for i in range(beta.size):
        info = media.channels[PER_CHANNEL * i : PER_CHANNEL * (i + 1)]
        first = info[0] + 1
        last = first + info[2] + info[5]
        pull = 0.0
        for s in range(slope.size):
            pull += slope[s] * response[i, s]
        gradient[info[0]] = pull * beta[i] / theta[info[0]]
        mean_pull = pull / total[i]
        for j in range(first, last):
            push = 0.0
            for s in range(slope.size):
                push += (slope[s] - mean_pull) * jacobian[j, s]
            gradient[j] = beta[i] * push


@numba.njit(**INNER)
def to_coordinates(u, media, gradient):  # type: ignore[no-untyped-def]
    """From derivatives in θ to those in u, with the prior's."""
    for i in range(media.theta.size):
        gradient[i] = gradient[i] * media.d_theta[i] - u[i]
