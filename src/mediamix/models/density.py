"""The log posterior density of the media model with its gradient, in one native pass.

    y = Σ_c β_c h_c(θ) + D v + ε,   β_c = effect_c · scale_c / Σ_t h_ct

`effect` is a ROI (scale: the channel's spend) or a share of the outcome (scale: the outcome's
total), so that its prior is about what people can judge. v is integrated out by
`inference.linear`. The chain rule needs no automatic differentiation: with g = ∂ log p/∂m and
ḡ_c = Σ_t g_t h_ct / Σ_t h_ct,

    ∂/∂effect_c = β_c/effect_c Σ_t g_t h_ct      ∂/∂θ = β_c Σ_t (g_t − ḡ_c) ∂h_ct/∂θ
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from jaxtyping import Bool, Float

from mediamix.inference.density import DENSITY_SIGNATURE, Density
from mediamix.inference.linear import LinearBlock, log_marginal
from mediamix.models.links import natural
from mediamix.models.priors import Prior
from mediamix.transforms.base import address, call_adstock, call_saturation
from mediamix.transforms.media import ChannelTransform
from mediamix.transforms.native import REORDERED
from mediamix.transforms.order import respond_once

#: Integers per channel: first parameter, addresses and parameter counts, maximal lag and order in one code.
_PER_CHANNEL = 6
_HEADER = 5
#: Draws per block when a linear block is drawn, to bound memory.
BLOCK = 500


@dataclass(frozen=True)
class Completed:
    """What follows from draws of θ, in model units.

    Args:
        beta_dgc: The effect of each channel at full saturation, per unit of its size.
        coefficient_dp: Of the baseline's columns, in their order.
        deviation_dgp: Of the by-geo columns, in their order; empty for a national model.
        shock_dt: Shocks that geos share, over the series; None: the model has none.
    """

    beta_dgc: Float[np.ndarray, "draw geo channel"]
    coefficient_dp: Float[np.ndarray, "draw column"]
    deviation_dgp: Float[np.ndarray, "draw geo column"]
    shock_dt: Float[np.ndarray, "draw time"] | None = None


@dataclass(frozen=True)
class MediaModel:
    """Everything that the density needs, in model units.

    Args:
        transforms: One per channel.
        exposure_ct: Exposure over its reference, all periods, those before the window first.
        effect_scale_c: Factor from an effect to the channel's summed contribution.
        outcome_n: Scaled outcome of the observed periods.
        observed_t: Which of the periods of the exposure those are.
        linear: The factorised baseline on the observed periods.
        priors: In the order of u: per channel effect, adstock, saturation; then sigma.
    """

    transforms: tuple[ChannelTransform, ...]
    exposure_ct: Float[np.ndarray, "channel time"]
    effect_scale_c: Float[np.ndarray, " channel"]
    outcome_n: Float[np.ndarray, " row"]
    observed_t: Bool[np.ndarray, " time"]
    linear: LinearBlock
    priors: tuple[Prior, ...]

    @property
    def starts(self) -> list[int]:
        """Index of each channel's effect in u."""
        sizes = [1 + len(t.parameters) for t in self.transforms]
        return [int(start) for start in np.concatenate([[0], np.cumsum(sizes)])]

    def density(self) -> Density:
        """Pack the model for the native kernel."""
        c, t = self.exposure_ct.shape
        rank, n = self.linear.u_pn.shape
        integers = [c, t, n, rank, len(self.priors)]
        for start, media in zip(self.starts, self.transforms, strict=False):
            integers += [
                start,
                address(media.adstock.kernel),
                len(media.adstock.parameters),
                media.lag_code,
                address(media.saturation.kernel),
                len(media.saturation.parameters),
            ]
        integers += [prior.link for prior in self.priors]
        integers += np.flatnonzero(self.observed_t).tolist()
        numbers = [
            np.array([prior.location for prior in self.priors]),
            np.array([prior.scale for prior in self.priors]),
            self.effect_scale_c,
            self.linear.s_p[:rank],
            self.outcome_n,
            self.linear.u_pn.ravel(),
            self.exposure_ct.ravel(),
        ]
        k = len(self.priors)
        return Density(
            log_posterior,
            np.array(integers, dtype=np.int64),
            np.concatenate(numbers).astype(np.float64),
            k,
            scratch=2 * k + 2 * c + (c + k + 3) * t + 2 * n + rank,
        )

    def complete(self, u_dk: Float[np.ndarray, "draw parameter"], rng: np.random.Generator) -> Completed:
        """β, and one exact draw of the linear coefficients, per draw of u, block by block."""
        theta = np.column_stack([prior.natural(u_dk[:, i]) for i, prior in enumerate(self.priors)])
        beta = np.empty((len(theta), 1, len(self.transforms)))
        v = np.empty((len(theta), len(self.linear.s_p)))
        for begin in range(0, len(theta), BLOCK):
            part = slice(begin, begin + BLOCK)
            residual = np.tile(self.outcome_n, (len(theta[part]), 1))
            for c, (start, transform) in enumerate(zip(self.starts, self.transforms, strict=False)):
                own = theta[part, start + 1 : start + 1 + len(transform.parameters)]
                response = transform.respond(self.exposure_ct[c], own)
                beta[part, 0, c] = theta[part, start] * self.effect_scale_c[c] / response.sum(axis=1)
                residual -= beta[part, :, c] * response[:, self.observed_t]
            v[part] = self.linear.draw(residual, theta[part, -1], rng)
        return Completed(beta, v, np.empty((len(theta), 1, 0)))


@numba.njit(DENSITY_SIGNATURE, **REORDERED)
def log_posterior(u, gradient, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log density of the standard-normal coordinates; fills `gradient`."""
    c, t, n, rank, k = integers[0], integers[1], integers[2], integers[3], integers[4]
    links = integers[_HEADER + _PER_CHANNEL * c :]
    rows = links[k:]
    location, scale = numbers[:k], numbers[k : 2 * k]
    at = 2 * k
    effect_scale = numbers[at : at + c]
    singular = numbers[at + c : at + c + rank]
    at += c + rank
    outcome = numbers[at : at + n]
    left = numbers[at + n : at + n + n * rank].reshape((rank, n))
    exposure = numbers[at + n + n * rank :].reshape((c, t))

    theta, d_theta = scratch[:k], scratch[k : 2 * k]
    at = 2 * k
    beta, total = scratch[at : at + c], scratch[at + c : at + 2 * c]
    at += 2 * c
    response = scratch[at : at + c * t].reshape((c, t))
    jacobian = scratch[at + c * t : at + (c + k) * t].reshape((k, t))
    at += (c + k) * t
    carried, d_x, slope = scratch[at : at + t], scratch[at + t : at + 2 * t], scratch[at + 2 * t : at + 3 * t]
    at += 3 * t
    residual, slope_rows, q = scratch[at : at + n], scratch[at + n : at + 2 * n], scratch[at + 2 * n :]

    value = natural(u, location, scale, links, theta, d_theta)

    # Forward: response and its Jacobian per channel, then the mean.
    for s in range(n):  # a slice assigned to a slice takes four seconds to compile
        residual[s] = outcome[s]
    for i in range(c):
        info = integers[_HEADER + _PER_CHANNEL * i : _HEADER + _PER_CHANNEL * (i + 1)]
        first = info[0] + 1
        middle = first + info[2]
        last = middle + info[5]
        if info[3] >= 0:
            call_adstock(info[1], exposure[i], theta[first:middle], info[3], carried, jacobian[first:middle])
            call_saturation(info[4], carried, theta[middle:last], response[i], d_x, jacobian[middle:last])
        else:
            respond_once(
                info[1], info[4], info[2], -1 - info[3], exposure[i], theta[first:last], carried, d_x,
                response[i], jacobian[first:last],
            )  # fmt: skip
        for j in range(first, middle):
            for s in range(t):
                jacobian[j, s] *= d_x[s]
        total[i] = response[i].sum()
        beta[i] = theta[info[0]] * effect_scale[i] / total[i]
        for s in range(n):
            residual[s] -= beta[i] * response[i, rows[s]]

    marginal, d_sigma = log_marginal(residual, left, singular, theta[k - 1], q, slope_rows)
    value += marginal
    slope[:] = 0.0
    for s in range(n):
        slope[rows[s]] = slope_rows[s]

    # Backward.
    for i in range(c):
        info = integers[_HEADER + _PER_CHANNEL * i : _HEADER + _PER_CHANNEL * (i + 1)]
        first = info[0] + 1
        last = first + info[2] + info[5]
        pull = 0.0
        for s in range(t):
            pull += slope[s] * response[i, s]
        gradient[info[0]] = pull * beta[i] / theta[info[0]]
        mean_pull = pull / total[i]
        for j in range(first, last):
            push = 0.0
            for s in range(t):
                push += (slope[s] - mean_pull) * jacobian[j, s]
            gradient[j] = beta[i] * push
    gradient[k - 1] = d_sigma
    for i in range(k):
        gradient[i] = gradient[i] * d_theta[i] - u[i]
    return value
