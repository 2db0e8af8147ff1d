"""Noise of a panel that remembers its last value: for the panel's density, behind a flag.

    ε_gt = ρ ε_g,t−1 + √(1 − ρ²) η_gt      one ρ for all geos

The precision of a geo's noise is ω Q with Q tridiagonal (`inference.ar1`): all that the density needs of the
rows are products ⟨a, b⟩ = aᵀ Q b instead of aᵀ b. Those of fixed columns are ``S + Σ_k (w_k E_k − c_k B_k)``,
with two tables per geo and distance k of neighbouring rows that are made once; those of responses are
products with Q h, and the gradient in a response is Q times what it would be. With V the log density as a
function of all products, its slope in ρ follows from the weights that the gradient has anyway,

    ∂V/∂ρ = Σ (∂V/∂⟨a, b⟩) aᵀ (∂Q/∂ρ) b − ½ Σ_g ∂ log|R_g|/∂ρ

Integers from `Sizes.lasting` on: distance and number of pairs per `Sizes.lags`, the first distance being 1;
where each geo's other pairs begin; and per such pair its two rows and which distance it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from jaxtyping import Bool, Float

from mediamix.inference.lanes import LANES, lanes_view, spread, sum_lanes
from mediamix.models.panel_memory import Data
from mediamix.transforms.native import INNER


@dataclass(frozen=True)
class Pairs:
    """Neighbouring observed rows of all geos.

    Args:
        integers: See the module.
        steps_gt: 1 where a row and the one before it are both observed.
        pairs: Per geo and distance the later and the earlier rows.
    """

    integers: list[int]
    steps_gt: Float[np.ndarray, "geo time"]
    pairs: list[list[tuple[np.ndarray, np.ndarray]]]

    @property
    def lags(self) -> int:
        """How many distances there are."""
        return len(self.pairs[0])

    @classmethod
    def of(cls, observed_gt: Bool[np.ndarray, "geo time"]) -> Pairs:
        """From where outcomes were observed."""
        rows = [np.flatnonzero(observed_t) for observed_t in observed_gt]
        gaps = [np.diff(row) for row in rows]
        lags = np.union1d([1], np.concatenate(gaps)).astype(np.int64)
        count = [sum(int((gap == lag).sum()) for gap in gaps) for lag in lags]
        integers = [number for pair in zip(lags.tolist(), count, strict=True) for number in pair]
        pairs = [
            [(row[1:][gap == lag], row[:-1][gap == lag]) for lag in lags]
            for row, gap in zip(rows, gaps, strict=True)
        ]
        far = [
            [
                (int(t), int(s), k)
                for k, (now, before) in enumerate(own)
                if k
                for t, s in zip(now, before, strict=True)
            ]
            for own in pairs
        ]
        integers += np.concatenate([[0], np.cumsum([len(own) for own in far])]).tolist()
        integers += [number for own in far for pair in own for number in pair]
        steps_gt = np.zeros(observed_gt.shape)
        steps_gt[:, 1:] = observed_gt[:, 1:] & observed_gt[:, :-1]
        return cls(integers, steps_gt, pairs)

    def tables(
        self, g: int, seen_pt: Float[np.ndarray, "column time"], outcome_t: Float[np.ndarray, " time"]
    ) -> tuple[Float[np.ndarray, "table row column"], Float[np.ndarray, " table"]]:
        """E and B of a geo per distance: of columns with columns, last with the outcome; of the outcome."""
        found, squares = [], []
        whole = np.vstack([seen_pt, outcome_t])
        for now, before in self.pairs[g]:
            late, early = whole[:, now], whole[:, before]
            for both in (late @ late.T + early @ early.T, late @ early.T + early @ late.T):
                found.append(both[:, :-1])
                squares.append(both[-1, -1])
        return np.stack(found), np.array(squares)


@numba.njit(**INNER)
def with_memory(n, data, memory):  # type: ignore[no-untyped-def]
    """The data, their products replaced by those that `remember` makes."""
    if n.lags == 0:
        return data
    return Data(
        memory.fixed, memory.fixed_y, data.common_rows, data.own_rows, data.exposure, data.mask, data.geo,
        memory.square, data.link, data.effect_scale, data.own_sd, data.columns, data.tables, data.squares,
        data.steps,
    )  # fmt: skip


@numba.njit(**INNER)
def remember(integers, n, data, memory):  # type: ignore[no-untyped-def]
    """Q and products of fixed columns at the ρ of θ; log|R|'s part of the log density and of its slope."""
    rho = memory.theta[0, n.after + n.channels + n.local + 1]
    noise, value = memory.noise, 0.0
    noise[4, 0] = 0.0
    for k in range(n.lags):
        lag, count = integers[n.lasting + 2 * k], integers[n.lasting + 2 * k + 1]
        phi, d_phi = rho**lag, lag * rho ** (lag - 1)
        left = 1.0 - phi * phi
        noise[0, k], noise[1, k] = phi * phi / left, phi / left
        noise[2, k] = 2.0 * phi / (left * left) * d_phi
        noise[3, k] = (1.0 + phi * phi) / (left * left) * d_phi
        value -= 0.5 * count * math.log(left)
        noise[4, 0] += count * noise[1, k] * d_phi
    for i in range(n.blocks):
        for j in range(n.fixed + 1):
            for m in range(n.fixed):
                total = data.fixed[i, j, m] if j < n.fixed else data.fixed_y[i, m]
                for k in range(n.lags):
                    at = 2 * k * n.blocks + i
                    total += noise[0, k] * data.tables[at, j, m]
                    total -= noise[1, k] * data.tables[at + n.blocks, j, m]
                if j < n.fixed:
                    memory.fixed[i, j, m] = total
                else:
                    memory.fixed_y[i, m] = total
    for i in range(n.blocks * LANES):
        square = data.square[i]
        for k in range(n.lags):
            square += noise[0, k] * data.squares[2 * k, i] - noise[1, k] * data.squares[2 * k + 1, i]
        memory.square[i] = square
    return value


@numba.njit(**INNER)
def whiten(g, integers, n, data, memory, row, out):  # type: ignore[no-untyped-def]
    """``out = Q row`` of geo g, for a row that is zero where nothing was observed."""
    steps, last = data.steps[g], n.length - 1
    w, c = memory.noise[0, 0], memory.noise[1, 0]
    out[0] = row[0] + steps[1] * (w * row[0] - c * row[1])
    for t in range(1, last):
        before, after = steps[t], steps[t + 1]
        out[t] = row[t] + w * (before + after) * row[t] - c * (before * row[t - 1] + after * row[t + 1])
    out[last] = row[last] + steps[last] * (w * row[last] - c * row[last - 1])
    starts = n.lasting + 2 * n.lags
    for p in range(integers[starts + g], integers[starts + g + 1]):
        at = starts + n.geos + 1 + 3 * p
        t, s, k = integers[at], integers[at + 1], integers[at + 2]
        w, c = memory.noise[0, k], memory.noise[1, k]
        out[t] += w * row[t] - c * row[s]
        out[s] += w * row[s] - c * row[t]


@numba.njit(**INNER)
def slope_between(g, integers, n, data, memory, a, b):  # type: ignore[no-untyped-def]
    """``aᵀ (∂Q/∂ρ) b`` of geo g."""
    steps, same, cross = data.steps[g], 0.0, 0.0
    for t in range(1, n.length):
        same += steps[t] * (a[t] * b[t] + a[t - 1] * b[t - 1])
        cross += steps[t] * (a[t] * b[t - 1] + a[t - 1] * b[t])
    total = memory.noise[2, 0] * same - memory.noise[3, 0] * cross
    starts = n.lasting + 2 * n.lags
    for p in range(integers[starts + g], integers[starts + g + 1]):
        at = starts + n.geos + 1 + 3 * p
        t, s, k = integers[at], integers[at + 1], integers[at + 2]
        total += memory.noise[2, k] * (a[t] * b[t] + a[s] * b[s])
        total -= memory.noise[3, k] * (a[t] * b[s] + a[s] * b[t])
    return total


@numba.njit(**INNER)
def whiten_responses(g, integers, n, data, memory):  # type: ignore[no-untyped-def]
    """``memory.white = Q h`` of geo g."""
    for c in range(n.channels):
        whiten(g, integers, n, data, memory, memory.response[g, c], memory.white[c])


@numba.njit(**INNER)
def slope_of_rows(g, integers, n, data, memory, part):  # type: ignore[no-untyped-def]
    """Add ``part · Σ_c h_cᵀ (∂Q/∂ρ) pull_c`` to the slope in ρ."""
    for c in range(n.channels):
        between = slope_between(g, integers, n, data, memory, memory.response[g, c], memory.pull[c])
        memory.noise[4, 0] += part * between


@numba.njit(**INNER)
def slope_of_fixed(i, n, data, memory, tests):  # type: ignore[no-untyped-def]
    """Add to the slope in ρ what products of block i's fixed columns and outcome do; after its moments."""
    omega = lanes_view(memory.omega, (n.blocks,))[i]
    phi, scale, inverse_shared = memory.phi, memory.spread, memory.shared[1]
    own, cross, noise, total = memory.own, memory.cross, memory.noise, spread(0.0)
    for k in range(n.lags):
        d_w, d_c, at = noise[2, k], noise[3, k], 2 * k * n.blocks + i
        same, cross_table = data.tables[at], data.tables[at + n.blocks]
        for j in range(n.fixed):
            total += phi[j] * (d_w * same[n.fixed, j] - d_c * cross_table[n.fixed, j])
            for m in range(n.fixed):
                shared = inverse_shared[j, m]
                for e in range(tests.info.shape[0]):
                    shared -= tests.y_shared[e, j] * tests.x_shared[e, m]
                second = phi[j] * phi[m] + shared
                if m < n.local:
                    second += scale[m] * cross[m, j]
                if j < n.local:
                    second += scale[j] * cross[j, m]
                    if m < n.local:
                        second += scale[j] * scale[m] * own[max(j, m), min(j, m)]
                total -= 0.5 * second * (d_w * same[j, m] - d_c * cross_table[j, m])
        square = lanes_view(data.squares[2 * k], (n.blocks,))[i]
        square_cross = lanes_view(data.squares[2 * k + 1], (n.blocks,))[i]
        total -= 0.5 * (d_w * square - d_c * square_cross)
    memory.noise[4, 0] += sum_lanes(omega * total)
