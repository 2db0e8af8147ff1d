"""One channel's media transform, saturation after adstock, evaluated over many draws.

Native loops without the GIL: chunks of draws run on threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
from jaxtyping import Float

from mediamix.transforms.base import (
    Adstock,
    Parameter,
    Saturation,
    address,
    call_adstock,
    call_saturation,
)


@dataclass(frozen=True)
class ChannelTransform:
    """The components of one channel.

    Args:
        adstock: Carry-over.
        saturation: Diminishing returns.
        max_lag: Periods after which the carry-over has ended; 0: never.
    """

    adstock: Adstock
    saturation: Saturation
    max_lag: int = 0

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Adstock's parameters, then saturation's: the order of every `theta`."""
        return self.adstock.parameters + self.saturation.parameters

    def respond(
        self, exposure_t: Float[np.ndarray, " time"], theta_dk: Float[np.ndarray, "draw parameter"]
    ) -> Float[np.ndarray, "draw time"]:
        """``saturation(adstock(exposure))`` per draw, without unit."""
        out = np.empty((len(theta_dk), len(exposure_t)))
        exposure_t, theta_dk = _native(exposure_t), _native(theta_dk)

        def chunk(start: int, stop: int) -> None:
            _respond(*self._codes(), exposure_t, theta_dk[start:stop], out[start:stop])

        _in_threads(chunk, len(theta_dk))
        return out

    def respond_sum(
        self,
        exposure_gt: Float[np.ndarray, "geo time"],
        theta_dk: Float[np.ndarray, "draw parameter"],
        weight_dg: Float[np.ndarray, "draw geo"],
    ) -> Float[np.ndarray, "draw time"]:
        """``Σ_g weight_dg saturation(adstock(exposure_g))`` per draw, in the weights' unit."""
        out = np.empty((len(theta_dk), exposure_gt.shape[1]))
        exposure_gt, theta_dk, weight_dg = _native(exposure_gt), _native(theta_dk), _native(weight_dg)

        def chunk(start: int, stop: int) -> None:
            part = slice(start, stop)
            _respond_sum(*self._codes(), exposure_gt, theta_dk[part], weight_dg[part], out[part])

        _in_threads(chunk, len(theta_dk))
        return out

    def respond_scaled(
        self,
        exposure_gt: Float[np.ndarray, "geo time"],
        carried_gt: Float[np.ndarray, "geo time"],
        theta_dk: Float[np.ndarray, "draw parameter"],
        weight_dg: Float[np.ndarray, "draw geo"],
        multiplier_p: Float[np.ndarray, " point"],
    ) -> Float[np.ndarray, "draw point"]:
        """Response to ``carried + multiplier × exposure``, summed over time and weighted geos.

        Adstock is linear, so both series are carried over once per draw and only the saturation
        is evaluated per multiplier.
        """
        out = np.empty((len(theta_dk), len(multiplier_p)))
        exposure_gt, carried_gt, theta_dk, weight_dg, multiplier_p = map(
            _native, (exposure_gt, carried_gt, theta_dk, weight_dg, multiplier_p)
        )

        def chunk(start: int, stop: int) -> None:
            part = slice(start, stop)
            _respond_scaled(
                *self._codes(),
                exposure_gt,
                carried_gt,
                theta_dk[part],
                weight_dg[part],
                multiplier_p,
                out[part],
            )

        _in_threads(chunk, len(theta_dk))
        return out

    def half_life(
        self, theta_dk: Float[np.ndarray, "draw parameter"], horizon: int
    ) -> Float[np.ndarray, " draw"]:
        """Periods until half of an exposure's carry-over has happened, per draw.

        Between periods the remaining share is interpolated geometrically, so that a geometric
        adstock gives exactly its own half-life. Beyond `horizon` periods: `horizon`.
        """
        pulse = np.zeros(horizon)
        pulse[0] = 1.0
        n = len(self.adstock.parameters)
        result = np.empty(len(theta_dk))
        for d, theta in enumerate(theta_dk):
            weights = self.adstock(pulse, theta[:n], self.max_lag)
            remaining = 1.0 - np.concatenate([[0.0], np.cumsum(weights)])
            after = int(np.argmax(remaining <= 0.5))
            if after == 0:
                result[d] = horizon
                continue
            upper, lower = remaining[after - 1], max(remaining[after], 1e-12)
            result[d] = after - 1 + np.log(upper / 0.5) / np.log(upper / lower)
        return result

    def _codes(self) -> tuple[int, int, int, int]:
        return (
            address(self.adstock.kernel),
            address(self.saturation.kernel),
            len(self.adstock.parameters),
            self.max_lag,
        )


def _native(array: np.ndarray) -> np.ndarray:
    # Kernels are compiled for contiguous, writable arrays only; a dataset's are read-only.
    return np.require(array, np.float64, ["C", "W"])


def _in_threads(chunk: Callable[[int, int], None], n: int) -> None:
    """Run ``chunk(start, stop)`` over 0 … n, a share per core."""
    workers = max(1, min(os.cpu_count() or 1, n // 64))
    edges = np.linspace(0, n, workers + 1).astype(int)
    if workers == 1:
        chunk(0, n)
        return
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(chunk, edges[:-1].tolist(), edges[1:].tolist()))


_V, _M = numba.float64[::1], numba.float64[:, ::1]
_INT = numba.int64


@numba.njit(numba.void(_INT, _INT, _INT, _INT, _V, _M, _M), cache=True, nogil=True)
def _respond(adstock, saturation, n_adstock, max_lag, exposure, theta, out):  # type: ignore[no-untyped-def]
    n = exposure.size
    carried = np.empty(n)
    nothing = np.empty(0)
    no_rows = np.empty((0, n))
    for d in range(theta.shape[0]):
        call_adstock(adstock, exposure, theta[d, :n_adstock], max_lag, carried, no_rows)
        call_saturation(saturation, carried, theta[d, n_adstock:], out[d], nothing, no_rows)


@numba.njit(numba.void(_INT, _INT, _INT, _INT, _M, _M, _M, _M), cache=True, nogil=True)
def _respond_sum(adstock, saturation, n_adstock, max_lag, exposure, theta, weight, out):  # type: ignore[no-untyped-def]
    n = exposure.shape[1]
    carried = np.empty(n)
    response = np.empty(n)
    nothing = np.empty(0)
    no_rows = np.empty((0, n))
    for d in range(theta.shape[0]):
        out[d] = 0.0
        for g in range(exposure.shape[0]):
            call_adstock(adstock, exposure[g], theta[d, :n_adstock], max_lag, carried, no_rows)
            call_saturation(saturation, carried, theta[d, n_adstock:], response, nothing, no_rows)
            for t in range(n):
                out[d, t] += weight[d, g] * response[t]


@numba.njit(numba.void(_INT, _INT, _INT, _INT, _M, _M, _M, _M, _V, _M), cache=True, nogil=True)
def _respond_scaled(  # type: ignore[no-untyped-def]
    adstock, saturation, n_adstock, max_lag, exposure, carried, theta, weight, multiplier, out
):
    n = exposure.shape[1]
    own = np.empty(n)
    before = np.empty(n)
    total = np.empty(n)
    response = np.empty(n)
    nothing = np.empty(0)
    no_rows = np.empty((0, n))
    for d in range(theta.shape[0]):
        out[d] = 0.0
        for g in range(exposure.shape[0]):
            call_adstock(adstock, exposure[g], theta[d, :n_adstock], max_lag, own, no_rows)
            call_adstock(adstock, carried[g], theta[d, :n_adstock], max_lag, before, no_rows)
            for p in range(multiplier.size):
                for t in range(n):
                    total[t] = before[t] + multiplier[p] * own[t]
                call_saturation(saturation, total, theta[d, n_adstock:], response, nothing, no_rows)
                out[d, p] += weight[d, g] * response.sum()
