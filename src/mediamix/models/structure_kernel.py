"""Media that are more than a sum of curves, in native code: courses of effects over time, and synergies.

    m_t = Σ_c β_c r_ct + Σ_p b_p r_at r_bt,   r_ct = f_ct h_ct(θ),   f_ct = exp(a_c Σ_k φ_ck(t) w_ck)
    β_c = (effect_c · scale_c − ½ Σ_{p∋c} γ_p · size) / Σ_t r_ct
    b_p = γ_p · size / Σ_t r_at r_bt,   γ_p = s ω_p

f is the course of a channel's effect (`models.varying`), p = (a, b) are pairs of channels that work together
(`models.synergy`) and bring the share γ of the outcome; an effect holds the halves of its pairs, so that it
is what the channel brings in all. With g = ∂ log p/∂m and bars for weighted means,

    G_ct = ∂ log p/∂r_ct = β_c (g_t − ḡ_c) + Σ_p b_p (g_t − ḡ_p) r_other,t
    ∂/∂effect_c = scale_c ḡ_c     ∂/∂γ_p = size (ḡ_p − ½ ḡ_a − ½ ḡ_b)
    ∂/∂θ = Σ_t G_ct f_ct ∂h_ct/∂θ
    ∂/∂w_ck = a_c Σ_t G_ct r_ct φ_ck(t)         ∂/∂a_c = Σ_t G_ct r_ct Σ_k φ_ck(t) w_ck

The counterparts of `media_kernel.forward` and `media_kernel.backward`, whose arrays they work on.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba

from mediamix.models.course_kernel import PER_COURSE, course_back, log_factor
from mediamix.models.media_kernel import PER_CHANNEL, respond, spread_slope
from mediamix.transforms.elementary import exp
from mediamix.transforms.native import INNER

#: Leading integers: pairs, index of the size of synergies, columns of all courses.
HEADER = 3


class Structure(NamedTuple):
    """What comes on top of `media_kernel.Media`.

    Args:
        courses: `PER_COURSE` integers per channel.
        pairs: Two channels each.
        spread: Index of the size of synergies; their weights follow it.
        size: Of the outcome over all periods, in model units.
        columns: φ, column × period.
        course: log f, channel × period.
        product: r_a r_b, pair × period; in the end ∂ log p/∂(r_a r_b).
        both: b per pair.
        own: Scratch of a period's length.
        mean_pull: ḡ per channel.
    """

    courses: Any
    pairs: Any
    spread: Any
    size: Any
    columns: Any
    course: Any
    product: Any
    both: Any
    own: Any
    mean_pull: Any


def scratch_size(c: int, t: int, pairs: int) -> int:
    """Numbers of scratch memory that it takes."""
    return c + pairs + (c + pairs + 1) * t


@numba.njit(**INNER)
def structure_of(media, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Its arrays, from what follows the media's; and where the likelihood's begin."""
    c, t = media.response.shape
    n_pairs, spread, waves = integers[0], integers[1], integers[2]
    courses = integers[HEADER : HEADER + PER_COURSE * c]
    at = HEADER + PER_COURSE * c
    pairs = integers[at : at + 2 * n_pairs]
    size, columns = numbers[0], numbers[1 : 1 + waves * t].reshape((waves, t))
    both = scratch[:n_pairs]
    into = n_pairs
    course = scratch[into : into + c * t].reshape((c, t))
    into += c * t
    product = scratch[into : into + n_pairs * t].reshape((n_pairs, t))
    into += n_pairs * t
    own, mean_pull = scratch[into : into + t], scratch[into + t : into + t + c]
    structure = Structure(courses, pairs, spread, size, columns, course, product, both, own, mean_pull)
    return structure, at + 2 * n_pairs, 1 + waves * t, into + t + c


@numba.njit(**INNER)
def _follow(i, media, structure):  # type: ignore[no-untyped-def]
    """From h to r = f h, and its derivatives; the course becomes log f."""
    info = structure.courses[PER_COURSE * i : PER_COURSE * (i + 1)]
    theta, response, jacobian, course = media.theta, media.response, media.jacobian, structure.course[i]
    channel = media.channels[PER_CHANNEL * i : PER_CHANNEL * (i + 1)]
    first = channel[0] + 1
    last = first + channel[2] + channel[5]
    log_factor(info, theta, structure.columns, course)
    total = 0.0
    for s in range(course.size):
        factor = exp(course[s])
        response[i, s] *= factor
        total += response[i, s]
        for j in range(first, last):
            jacobian[j, s] *= factor
    media.total[i] = total


@numba.njit(**INNER)
def forward(media, structure):  # type: ignore[no-untyped-def]
    """Responses and their derivatives, β, b, and the residuals y − m."""
    outcome, residual, rows, response = media.outcome, media.residual, media.rows, media.response
    theta, beta, pairs, both = media.theta, media.beta, structure.pairs, structure.both
    for s in range(residual.size):  # a slice assigned to a slice takes four seconds to compile
        residual[s] = outcome[s]
    for i in range(beta.size):
        respond(i, media)
        if structure.courses[PER_COURSE * i] > 0:
            _follow(i, media, structure)
        brought = theta[media.channels[PER_CHANNEL * i]] * media.effect_scale[i]
        for p in range(both.size):
            if pairs[2 * p] == i or pairs[2 * p + 1] == i:
                brought -= 0.5 * theta[structure.spread] * theta[structure.spread + 1 + p] * structure.size
        beta[i] = brought / media.total[i]
        for s in range(residual.size):
            residual[s] -= beta[i] * response[i, rows[s]]
    for p in range(both.size):
        one, other, product, total = (
            response[pairs[2 * p]],
            response[pairs[2 * p + 1]],
            structure.product[p],
            0.0,
        )
        for s in range(product.size):
            product[s] = one[s] * other[s]
            total += product[s]
        both[p] = theta[structure.spread] * theta[structure.spread + 1 + p] * structure.size / total
        for s in range(residual.size):
            residual[s] -= both[p] * product[rows[s]]


@numba.njit(**INNER)
def _pairs_back(media, structure, gradient):  # type: ignore[no-untyped-def]
    """Derivatives in γ; the products become the slopes in them."""
    slope, theta, both, spread = media.slope, media.theta, structure.both, structure.spread
    pairs, own = structure.pairs, structure.mean_pull
    for p in range(both.size):
        product, pull, total = structure.product[p], 0.0, 0.0
        for s in range(slope.size):
            pull += slope[s] * product[s]
            total += product[s]
        per_share = structure.size * (pull / total - 0.5 * (own[pairs[2 * p]] + own[pairs[2 * p + 1]]))
        gradient[spread] += per_share * theta[spread + 1 + p]
        gradient[spread + 1 + p] = per_share * theta[spread]
        for s in range(slope.size):
            product[s] = both[p] * (slope[s] - pull / total)


@numba.njit(**INNER)
def backward(media, structure, gradient):  # type: ignore[no-untyped-def]
    """From ∂ log p/∂m of the observed periods to the derivatives in all of the media's θ.

    `gradient` must hold zeros at the size of synergies.
    """
    spread_slope(media)
    slope, response, jacobian = media.slope, media.response, media.jacobian
    beta, own, pairs, mean_pull = media.beta, structure.own, structure.pairs, structure.mean_pull
    for i in range(beta.size):
        pull = 0.0
        for s in range(slope.size):
            pull += slope[s] * response[i, s]
        mean_pull[i] = pull / media.total[i]
    _pairs_back(media, structure, gradient)
    for i in range(beta.size):
        info = media.channels[PER_CHANNEL * i : PER_CHANNEL * (i + 1)]
        first = info[0] + 1
        gradient[info[0]] = media.effect_scale[i] * mean_pull[i]
        for s in range(slope.size):
            own[s] = beta[i] * (slope[s] - mean_pull[i])
        for p in range(structure.both.size):
            one, other, product = pairs[2 * p], pairs[2 * p + 1], structure.product[p]
            if one == i or other == i:
                beside = response[other if one == i else one]
                for s in range(slope.size):
                    own[s] += product[s] * beside[s]
        for j in range(first, first + info[2] + info[5]):
            push = 0.0
            for s in range(slope.size):
                push += own[s] * jacobian[j, s]
            gradient[j] = push
        course = structure.courses[PER_COURSE * i : PER_COURSE * (i + 1)]
        if course[0] > 0:
            for s in range(slope.size):
                own[s] *= response[i, s]
            course_back(course, media.theta, structure.columns, structure.course[i], own, gradient)
