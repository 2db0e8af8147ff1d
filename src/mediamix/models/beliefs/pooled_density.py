"""A density with returns that resemble each other in the place of independent ones, in one native pass.

    x_c = log effect_c + const_c,   x ~ N(m 1, τ² I + s² 1 1ᵀ),   τ on a grid with weights w_k

is ``x_c ~ N(μ, τ²)`` with ``μ ~ N(m, s²)`` and τ integrated out exactly: no funnel is left to sample. With P
channels, ``S₁ = Σ (x_c − m)``, ``S₂ = Σ (x_c − m)²`` and ``a = s² / (τ² + P s²)``,

    log N = −½ [ (S₂ − a S₁²) / τ² + (P − 1) log τ² + log(τ² + P s²) ],   ∂/∂x_c = −(x_c − m − a S₁) / τ²
    log p(u) + Σ_c ½ u_c² + log Σ_k w_k N_k
"""

from __future__ import annotations

import math

import numba

from mediamix.inference.density import DENSITY_SIGNATURE, call_density
from mediamix.models.beliefs.layout import HEADER
from mediamix.transforms.native import INNER, REORDERED


@numba.njit(**INNER)
def log_pool(x, middle, variance, spread, weight, terms, slope):  # type: ignore[no-untyped-def]
    """Log of the pool's density but for a constant; fills the terms' logs and the slopes.

    Args:
        x: Logs of returns [channel].
        middle: m.
        variance: s².
        spread: τ_k [node].
        weight: log w_k [node].
        terms: Filled with log(w_k N_k) [node].
        slope: Filled [channel].
    """
    c, first, second, most = x.size, 0.0, 0.0, -math.inf
    for i in range(c):
        first += x[i] - middle
        second += (x[i] - middle) * (x[i] - middle)
        slope[i] = 0.0
    for k in range(spread.size):
        own = spread[k] * spread[k]
        common = variance / (own + c * variance)
        square = (second - common * first * first) / own
        terms[k] = weight[k] - 0.5 * (square + (c - 1) * math.log(own) + math.log(own + c * variance))
        most = max(most, terms[k])
    total = 0.0
    for k in range(spread.size):
        total += math.exp(terms[k] - most)
    for k in range(spread.size):
        own = spread[k] * spread[k]
        common = variance / (own + c * variance)
        part = math.exp(terms[k] - most) / (total * own)
        for i in range(c):
            slope[i] -= part * (x[i] - middle - common * first)
    return most + math.log(total)


@numba.njit(DENSITY_SIGNATURE, **REORDERED)
def log_pooled(u, gradient, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log density of the standard-normal coordinates; fills `gradient`."""
    k, end = integers[4], integers.size - integers[1]
    own = integers[HEADER + k : end]
    nodes, effects = own[0], own[1:]
    c = effects.size
    held = integers[2] + (-integers[2]) % 8
    location, scale = numbers[held : held + k], numbers[held + k : held + 2 * k]
    at = held + 2 * k
    middle, variance = numbers[at], numbers[at + 1]
    constant = numbers[at + 2 : at + 2 + c]
    at += 2 + c
    spread, weight = numbers[at : at + nodes], numbers[at + nodes : at + 2 * nodes]

    value = call_density(integers[0], u, gradient, integers[end:], numbers[: integers[2]], scratch)

    at = integers[3] + (-integers[3]) % 8
    x, slope, terms = (
        scratch[at : at + c],
        scratch[at + c : at + 2 * c],
        scratch[at + 2 * c : at + 2 * c + nodes],
    )
    for i in range(c):
        j = effects[i]
        x[i] = location[j] + scale[j] * u[j] + constant[i]
        value += 0.5 * u[j] * u[j]
        gradient[j] += u[j]
    value += log_pool(x, middle, variance, spread, weight, terms, slope)
    for i in range(c):
        gradient[effects[i]] += scale[effects[i]] * slope[i]
    return value
