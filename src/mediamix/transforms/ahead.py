"""What a plan of exposure brings, with gradient and curvature, over many rows (draws × geos).

    F(x) = Σ_r Σ_t gain_rt h_r(past_rt + Σ_s weight_r,t−s x_s),   s in the window, t to its tail's end

`h` is a saturation. Below a tiny exposure `floor` it goes on as its tangent there, so that slopes
stay finite where a curve starts upright. Under an S-shaped `h`, `Lines` replace the stretch from
where a period starts to where the line from there touches the curve: the concave envelope.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from jaxtyping import Float

from mediamix.transforms.base import Saturation, address, call_saturation
from mediamix.transforms.media import ChannelTransform

#: The exposure under which slopes are those at it, as a share of the largest one there can be.
FLOOR = 1e-9
#: Step of the difference behind second derivatives, as a share of the exposure.
STEP = 1e-4
#: Curvatures steer, they don't decide: they leave out lags below this part of the heaviest, and
#: rows beyond this many multiplications.
LIGHT, WORK = 1e-3, 8_000_000


@dataclass(frozen=True, eq=False)
class Lines:
    """Straight starts of concave envelopes; a knee below zero: none.

    Args:
        knee_rt: Adstocked exposure up to which the line holds.
        start_rt: The line at zero.
        slope_rt: Per unit of adstocked exposure.
    """

    knee_rt: Float[np.ndarray, "row time"]
    start_rt: Float[np.ndarray, "row time"]
    slope_rt: Float[np.ndarray, "row time"]


@dataclass(frozen=True, eq=False)
class Ahead:
    """One channel's future: what is there beside the plan, and how it responds.

    Args:
        saturation: Diminishing returns.
        theta_rk: Its parameters.
        weight_rl: Adstocked exposure per unit of exposure, by lag.
        past_rt: Adstocked exposure from before and after the window, over it and its tail.
        gain_rt: Outcome units at full saturation.
        horizon: Periods of the window; the rest of the time axis is its tail.
        floor: See the module.
    """

    saturation: Saturation
    theta_rk: Float[np.ndarray, "row parameter"]
    weight_rl: Float[np.ndarray, "row lag"]
    past_rt: Float[np.ndarray, "row time"]
    gain_rt: Float[np.ndarray, "row time"]
    horizon: int
    floor: float

    @property
    def periods(self) -> int:
        """Of the window and its tail."""
        return int(self.past_rt.shape[1])

    def value(self, x_s: Float[np.ndarray, " period"], lines: Lines | None = None) -> float:
        """``F(x)`` in outcome units, summed over the rows."""
        return float(_ascend(*self._arguments(lines), np.ascontiguousarray(x_s), np.empty(0)))

    def slope(
        self, x_s: Float[np.ndarray, " period"], lines: Lines | None = None
    ) -> tuple[float, Float[np.ndarray, " period"]]:
        """``F(x)`` and its gradient."""
        gradient = np.zeros(self.horizon)
        return float(_ascend(*self._arguments(lines), np.ascontiguousarray(x_s), gradient)), gradient

    def curvature(
        self, x_s: Float[np.ndarray, " period"], lines: Lines | None = None
    ) -> Float[np.ndarray, "period period"]:
        """``−F''(x)`` without its convex parts, thus positive semi-definite."""
        out = np.zeros((self.horizon, self.horizon))
        rows = len(self.weight_rl)
        heaviest = self.weight_rl.max(axis=1, keepdims=True)
        lags = float((self.weight_rl > LIGHT * heaviest).sum(axis=1).mean())
        work = int(rows * self.past_rt.shape[1] * min(lags, self.horizon) ** 2 / 2)
        stride = max(1, -(-work // WORK))
        _bend(*self._arguments(lines), np.ascontiguousarray(x_s), stride, out)
        out *= rows / len(range(0, rows, stride))
        lower = np.tril(out, -1)
        return np.asarray(out + lower.T)

    def rows(self, x_s: Float[np.ndarray, " period"]) -> Float[np.ndarray, "row time"]:
        """Outcome units per row and period, what is there beside the plan included, exactly (no floor)."""
        out = np.empty_like(self.past_rt)
        _rows(
            address(self.saturation.kernel),
            self.theta_rk,
            self.weight_rl,
            self.past_rt,
            np.ascontiguousarray(x_s),
            out,
        )
        out *= self.gain_rt
        return out

    def lines(
        self, low_s: Float[np.ndarray, " period"], high_s: Float[np.ndarray, " period"], most: float
    ) -> Lines | None:
        """Envelopes for exposure within `low_s` … `high_s` that sums to `most` or less; None: concave."""
        if self.saturation.concave and (self.gain_rt >= 0).all():
            return None
        knee, start, slope = (np.empty_like(self.past_rt) for _ in range(3))
        _touch(
            address(self.saturation.kernel),
            self.theta_rk,
            self.weight_rl,
            self.past_rt,
            self.gain_rt,
            np.ascontiguousarray(low_s),
            np.ascontiguousarray(high_s),
            most,
            self.floor,
            knee,
            start,
            slope,
        )
        return Lines(knee, start, slope) if (knee >= 0).any() else None

    def _arguments(self, lines: Lines | None) -> tuple[object, ...]:
        none = np.empty((0, 0))
        parts = (none, none, none) if lines is None else (lines.knee_rt, lines.start_rt, lines.slope_rt)
        code = address(self.saturation.kernel)
        return code, self.theta_rk, self.weight_rl, self.past_rt, self.gain_rt, self.floor, *parts


def carry(
    transform: ChannelTransform,
    theta_dk: Float[np.ndarray, "draw parameter"],
    exposure_t: Float[np.ndarray, " time"],
) -> Float[np.ndarray, "draw time"]:
    """Adstocked exposure per draw."""
    return transform.carry(exposure_t, theta_dk)


_V, _M, _INT, _REAL = numba.float64[::1], numba.float64[:, ::1], numba.int64, numba.float64


@numba.njit(numba.void(_V, _V, _V, _V), cache=True, nogil=True)
def _stock(weight, past, x, out):  # type: ignore[no-untyped-def]
    """Past and own adstocked exposure."""
    n = out.size
    for t in range(n):
        out[t] = past[t]
    for lag in range(min(weight.size, n)):
        w = weight[lag]
        for t in range(lag, min(n, lag + x.size)):
            out[t] += w * x[t - lag]


@numba.njit(numba.void(_INT, _M, _M, _M, _V, _M), cache=True, nogil=True)
def _rows(saturation, theta, weight, past, x, out):  # type: ignore[no-untyped-def]
    n = past.shape[1]
    stock = np.empty(n)
    nothing = np.empty(0)
    no_rows = np.empty((0, n))
    for r in range(past.shape[0]):
        _stock(weight[r], past[r], x, stock)
        call_saturation(saturation, stock, theta[r], out[r], nothing, no_rows)


@numba.njit(_REAL(_INT, _M, _M, _M, _M, _REAL, _M, _M, _M, _V, _V), cache=True, nogil=True)
def _ascend(saturation, theta, weight, past, gain, floor, knee, start, slope, x, gradient):  # type: ignore[no-untyped-def]
    n, lags, periods = past.shape[1], weight.shape[1], x.size
    stock, at, value, d_x = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    scratch = np.empty((theta.shape[1], n))
    total = 0.0
    for r in range(past.shape[0]):
        _stock(weight[r], past[r], x, stock)
        for t in range(n):
            at[t] = max(stock[t], floor)
        call_saturation(saturation, at, theta[r], value, d_x, scratch)
        for t in range(n):
            value[t] += d_x[t] * (stock[t] - at[t])
        if knee.size > 0:
            for t in range(n):
                if stock[t] < knee[r, t]:
                    value[t] = start[r, t] + slope[r, t] * stock[t]
                    d_x[t] = slope[r, t]
        for t in range(n):
            total += gain[r, t] * value[t]
            d_x[t] *= gain[r, t]
        if gradient.size > 0:
            for lag in range(min(lags, n)):
                w = weight[r, lag]
                for s in range(min(periods, n - lag)):
                    gradient[s] += w * d_x[s + lag]
    return total


@numba.njit(numba.void(_INT, _M, _M, _M, _M, _REAL, _M, _M, _M, _V, _INT, _M), cache=True, nogil=True)
def _bend(saturation, theta, weight, past, gain, floor, knee, start, slope, x, stride, out):  # type: ignore[no-untyped-def]
    n, periods = past.shape[1], x.size
    stock, near, value = np.empty(n), np.empty(n), np.empty(n)
    before, after, reach = np.empty(n), np.empty(n), np.empty(periods)
    scratch = np.empty((theta.shape[1], n))
    for r in range(0, past.shape[0], stride):
        heaviest = 0.0
        for lag in range(weight.shape[1]):
            heaviest = max(heaviest, weight[r, lag])
        lags = weight.shape[1]
        while lags > 1 and weight[r, lags - 1] <= LIGHT * heaviest:
            lags -= 1
        _stock(weight[r], past[r], x, stock)
        for t in range(n):
            near[t] = max(stock[t], floor) * (1.0 + STEP)
        call_saturation(saturation, near, theta[r], value, after, scratch)
        for t in range(n):
            near[t] = max(stock[t], floor) * (1.0 - STEP)
        call_saturation(saturation, near, theta[r], value, before, scratch)
        for t in range(n):
            if stock[t] < floor or (knee.size > 0 and stock[t] < knee[r, t]):
                continue
            bend = gain[r, t] * (before[t] - after[t]) / (2.0 * STEP * stock[t])
            if bend <= 0.0:
                continue
            first, last = max(0, t - lags + 1), min(t, periods - 1)
            for s in range(first, last + 1):
                reach[s] = weight[r, t - s]
            for s in range(first, last + 1):
                part = bend * reach[s]
                for u in range(first, s + 1):
                    out[s, u] += part * reach[u]


@numba.njit(numba.void(_INT, _M, _M, _M, _M, _V, _V, _REAL, _REAL, _M, _M, _M), cache=True, nogil=True)
def _touch(saturation, theta, weight, past, gain, low, high, most, floor, knee, start, slope):  # type: ignore[no-untyped-def]
    n, lags = past.shape[1], weight.shape[1]
    left, right, middle = np.empty(n), np.empty(n), np.empty(n)
    first, last, base = np.empty(n), np.empty(n), np.empty(n)
    value, d_x = np.empty(n), np.empty(n)
    scratch = np.empty((theta.shape[1], n))
    for r in range(past.shape[0]):
        # The reachable stretch: exposure at its lowest, and at its highest within the sum.
        _stock(weight[r], past[r], low, first)
        _stock(weight[r], past[r], high, last)
        for t in range(n):
            heaviest = 0.0
            for s in range(max(0, t - lags + 1), min(t + 1, low.size)):
                heaviest = max(heaviest, weight[r, t - s])
            first[t] = max(first[t], floor)
            last[t] = max(min(last[t], past[r, t] + heaviest * most), first[t])
        call_saturation(saturation, first, theta[r], base, d_x, scratch)
        # Bisection for where the line from `first` touches: before it the curve is steeper than
        # the line to it, after it flatter.
        for t in range(n):
            left[t], right[t], middle[t] = first[t], last[t], last[t]
        for _ in range(48):
            call_saturation(saturation, middle, theta[r], value, d_x, scratch)
            for t in range(n):
                if d_x[t] * (middle[t] - first[t]) >= value[t] - base[t]:
                    left[t] = middle[t]
                else:
                    right[t] = middle[t]
                middle[t] = 0.5 * (left[t] + right[t])
        call_saturation(saturation, middle, theta[r], value, d_x, scratch)
        for t in range(n):
            width = middle[t] - first[t]
            if gain[r, t] < 0.0:
                # What does harm does least at its lowest: a line that holds everywhere.
                knee[r, t], start[r, t], slope[r, t] = np.inf, base[t], 0.0
            elif width > 1e-6 * (last[t] - first[t]) and width > floor:
                knee[r, t] = middle[t]
                slope[r, t] = (value[t] - base[t]) / width
                start[r, t] = base[t] - slope[r, t] * first[t]
            else:
                knee[r, t], start[r, t], slope[r, t] = -1.0, 0.0, 0.0
