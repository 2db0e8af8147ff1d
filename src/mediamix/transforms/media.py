"""One channel's media transform, adstock and saturation in either order, evaluated over many draws.

Native loops without the GIL: chunks of draws run on threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from types import ModuleType

import numba
import numpy as np
from jaxtyping import Float, Inexact, Int

from mediamix.core.spec import Order
from mediamix.core.threads import spread_rows
from mediamix.transforms import gridded
from mediamix.transforms.base import (
    Adstock,
    Parameter,
    Saturation,
    address,
    call_adstock,
    call_saturation,
)
from mediamix.transforms.native import REORDERED


@dataclass(frozen=True)
class Responses:
    """A channel's response as it was, weighted, per draw.

    Args:
        over_time_dt: Summed over geos.
        total_dg: Summed over time.
        slope_dg: Derivative of `total_dg` in a factor on the exposure, at 1.
        carried_dg: What `total_dg` is without the exposure: what that from before it causes.
    """

    over_time_dt: Float[np.ndarray, "draw time"]
    total_dg: Float[np.ndarray, "draw geo"]
    slope_dg: Float[np.ndarray, "draw geo"]
    carried_dg: Float[np.ndarray, "draw geo"]


def added(parts: Sequence[Responses]) -> Responses:
    """Responses to the same exposure, added up."""
    return Responses(*(np.asarray(sum(getattr(part, f.name) for part in parts)) for f in fields(Responses)))


def half_life(remaining: Float[np.ndarray, "draw lag"]) -> Float[np.ndarray, " draw"]:
    """Periods until half has happened, from what is still to come after 0, 1, … periods.

    Between periods it is interpolated geometrically; where half is never reached it is the last period.
    """
    half = remaining <= 0.5
    after = np.maximum(np.argmax(half, axis=1), 1)
    rows = np.arange(len(remaining))
    upper, lower = remaining[rows, after - 1], np.maximum(remaining[rows, after], 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = after - 1 + np.log(upper / 0.5) / np.log(upper / lower)
    return np.where(half.any(axis=1), between, float(remaining.shape[1] - 1))


@dataclass(frozen=True)
class ChannelTransform:
    """The components of one channel.

    Args:
        adstock: Carry-over.
        saturation: Diminishing returns.
        max_lag: Periods after which the carry-over has ended; 0: never.
        order: Which of both works on the exposure itself.
        reaches: Of a channel of reach & frequency: what saturates is the frequency, and the exposures of
            the methods are deliveries (`core.delivery`).
    """

    adstock: Adstock
    saturation: Saturation
    max_lag: int = 0
    order: Order = "adstock_first"
    reaches: bool = False

    @property
    def adstock_first(self) -> bool:
        """Whether what has been carried over saturates."""
        return self.order == "adstock_first" and not self.reaches

    @property
    def _other_order(self) -> ModuleType | None:
        """The kernels for ``saturation_first``: compiled when they are imported, for who needs them."""
        if self.adstock_first:
            return None
        if self.reaches:
            from mediamix.transforms import reached

            return reached
        from mediamix.transforms import saturated_first

        return saturated_first

    def _series(self, exposure_gt: Inexact[np.ndarray, "geo time"]) -> tuple[np.ndarray, ...]:
        """What the kernels of its order take: the exposure, or reach and frequency."""
        if not self.reaches:
            return (_native(np.real(exposure_gt)),)
        from mediamix.transforms.reached import parts

        return parts(exposure_gt)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Adstock's parameters, then saturation's: the order of every `theta`."""
        return self.adstock.parameters + self.saturation.parameters

    def carry(
        self, exposure_t: Float[np.ndarray, " time"], theta_dk: Float[np.ndarray, "draw parameter"]
    ) -> Float[np.ndarray, "draw time"]:
        """Adstocked exposure per draw, in the exposure's unit."""
        out = np.empty((len(theta_dk), len(exposure_t)))
        adstock, _, n_adstock, max_lag = self._codes()
        _carry(adstock, n_adstock, max_lag, _native(exposure_t), _native(theta_dk), out)
        return out

    def respond(
        self, exposure_t: Inexact[np.ndarray, " time"], theta_dk: Float[np.ndarray, "draw parameter"]
    ) -> Float[np.ndarray, "draw time"]:
        """``saturation(adstock(exposure))`` per draw, or in the other order; without unit.

        Of reach & frequency in the unit of the reach.
        """
        if self.reaches:
            return self.respond_sum(exposure_t[None], theta_dk, np.ones((len(theta_dk), 1)))
        out = np.empty((len(theta_dk), len(exposure_t)))
        exposure_t, theta_dk = _native(np.real(exposure_t)), _native(theta_dk)
        other = self._other_order
        kernel = _respond if other is None else other.respond

        def chunk(start: int, stop: int) -> None:
            kernel(*self._codes(), exposure_t, theta_dk[start:stop], out[start:stop])

        spread_rows(chunk, len(theta_dk))
        return out

    def respond_sum(
        self,
        exposure_gt: Inexact[np.ndarray, "geo time"],
        theta_dk: Float[np.ndarray, "draw parameter"],
        weight_dg: Float[np.ndarray, "draw geo"],
    ) -> Float[np.ndarray, "draw time"]:
        """``Σ_g weight_dg saturation(adstock(exposure_g))`` per draw, in the weights' unit."""
        out = np.empty((len(theta_dk), exposure_gt.shape[1]))
        series, theta_dk, weight_dg = self._series(exposure_gt), _native(theta_dk), _native(weight_dg)
        other = self._other_order
        kernel = _respond_sum if other is None else other.respond_sum

        def chunk(start: int, stop: int) -> None:
            part = slice(start, stop)
            kernel(*self._codes(), *series, theta_dk[part], weight_dg[part], out[part])

        spread_rows(chunk, len(theta_dk))
        return out

    def respond_geos(
        self,
        exposure_gt: Inexact[np.ndarray, "geo time"],
        theta_dk: Float[np.ndarray, "draw parameter"],
        weight_dg: Float[np.ndarray, "draw geo"],
        n_before: int = 0,
        apart: tuple[Int[np.ndarray, " row"], Float[np.ndarray, "geo row window"]] | None = None,
    ) -> Responses:
        """Everything that is asked of a channel's response as it was, in one pass.

        Of many cells on a grid (`transforms.gridded`), which changes the eighth digit, unless small exposure
        counts for much (a saturation that isn't `unit_free`).

        Args:
            exposure_gt: As it was.
            theta_dk: Parameters.
            weight_dg: Of each geo.
            n_before: So many of the first periods only carry over into the others.
            apart: Some of the draws, and what their response is added to, geo by geo.
        """
        draws, geos, periods = len(theta_dk), len(exposure_gt), exposure_gt.shape[1] - n_before
        row_d = np.full(draws, -1)
        sums_grt = np.empty((geos, 0, periods))
        if apart is not None:
            row_d[apart[0]], sums_grt = np.arange(len(apart[0])), apart[1]
        over_time_dt = np.empty((draws, periods))
        made = Responses(over_time_dt, *(np.empty((draws, geos)) for _ in range(3)))
        series, theta_dk, weight_dg = self._series(exposure_gt), _native(theta_dk), _native(weight_dg)

        other = self._other_order
        if other is not None:
            kernel = other.respond_geos
        else:
            gridded_pays = self.saturation.unit_free and gridded.pays_apart(exposure_gt.size)
            kernel = gridded.respond_geos if gridded_pays else _respond_geos

        def chunk(start: int, stop: int) -> None:
            part = slice(start, stop)
            kernel(
                *self._codes(),
                *series,
                n_before,
                theta_dk[part],
                weight_dg[part],
                row_d[part],
                (over_time_dt[part], made.total_dg[part], made.slope_dg[part], made.carried_dg[part]),
                sums_grt,
            )

        spread_rows(chunk, draws)
        return made

    def respond_scaled(
        self,
        exposure_gt: Inexact[np.ndarray, "geo time"],
        carried_gt: Inexact[np.ndarray, "geo time"],
        theta_dk: Float[np.ndarray, "draw parameter"],
        weight_dg: Float[np.ndarray, "draw geo"],
        multiplier_p: Float[np.ndarray, " point"],
    ) -> Float[np.ndarray, "draw point"]:
        """Response to ``carried + multiplier × exposure``, summed over time and weighted geos.

        Adstock is linear, so both series are carried over once per draw and only the saturation
        is evaluated per multiplier; with nothing carried and many cells on a grid (`transforms.gridded`).
        With the saturation first the geos are summed per multiplier before they carry over.
        """
        if self.reaches:
            return self._scaled_reach(exposure_gt, carried_gt, theta_dk, weight_dg, multiplier_p)
        exposure_gt, carried_gt = np.real(exposure_gt), np.real(carried_gt)
        other, gridded_pays = self._other_order, gridded.pays(exposure_gt.size, len(multiplier_p))
        if other is not None:
            kernel, series = other.respond_scaled, [_native(exposure_gt), _native(carried_gt)]
        elif not carried_gt.any() and gridded_pays and self.saturation.unit_free:
            kernel, series = gridded.respond_scaled, [_native(exposure_gt)]
        else:
            kernel, series = _respond_scaled, [_native(exposure_gt), _native(carried_gt)]
        out = np.empty((len(theta_dk), len(multiplier_p)))
        theta_dk, weight_dg, multiplier_p = map(_native, (theta_dk, weight_dg, multiplier_p))

        def chunk(start: int, stop: int) -> None:
            part = slice(start, stop)
            kernel(*self._codes(), *series, theta_dk[part], weight_dg[part], multiplier_p, out[part])

        spread_rows(chunk, len(theta_dk))
        return out

    def _scaled_reach(
        self,
        exposure_gt: Inexact[np.ndarray, "geo time"],
        carried_gt: Inexact[np.ndarray, "geo time"],
        theta_dk: Float[np.ndarray, "draw parameter"],
        weight_dg: Float[np.ndarray, "draw geo"],
        multiplier_p: Float[np.ndarray, " point"],
    ) -> Float[np.ndarray, "draw point"]:
        from mediamix.transforms.reached import respond_scaled

        out = np.empty((len(theta_dk), len(multiplier_p)))
        theta_dk, weight_dg = _native(theta_dk), _native(weight_dg)

        def chunk(start: int, stop: int) -> None:
            part = slice(start, stop)
            own = (theta_dk[part], weight_dg[part], multiplier_p)
            out[part] = respond_scaled(self._codes(), exposure_gt, carried_gt, *own)

        spread_rows(chunk, len(theta_dk))
        return out

    def unit_factor(
        self, theta_dk: Float[np.ndarray, "draw parameter"], reference: float
    ) -> Float[np.ndarray, " draw"]:
        """What turns an effect per exposure in multiples of `reference` into one per exposure.

        One for a saturation that is `unit_free`.

        Args:
            theta_dk: Parameters for exposure as multiples of `reference`.
            reference: In the exposure's own unit.
        """
        n = len(self.adstock.parameters)
        units = [reference if p.scale == "exposure" else 1.0 for p in self.saturation.parameters]
        one, own = np.ones(1), np.array([reference])
        factors = [self.saturation(one, k)[0] / self.saturation(own, k * units)[0] for k in theta_dk[:, n:]]
        return np.array(factors)

    def half_life(
        self, theta_dk: Float[np.ndarray, "draw parameter"], horizon: int
    ) -> Float[np.ndarray, " draw"]:
        """Periods until half of an exposure's carry-over has happened, per draw.

        Between periods the remaining share is interpolated geometrically, so that a geometric
        adstock gives exactly its own half-life. Beyond `horizon` periods: `horizon`.
        """
        return half_life(self.still_to_come(theta_dk, horizon))

    def still_to_come(
        self, theta_dk: Float[np.ndarray, "draw parameter"], periods: int
    ) -> Float[np.ndarray, "draw lag"]:
        """Part of an exposure's carry-over that is still to come after 0, 1, … periods, per draw."""
        pulse = np.zeros(periods)
        pulse[0] = 1.0
        remaining = np.ones((len(theta_dk), periods + 1))
        remaining[:, 1:] -= np.cumsum(self.carry(pulse, theta_dk), axis=1)
        return remaining

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


_V, _M = numba.float64[::1], numba.float64[:, ::1]
_INT = numba.int64


@numba.njit(numba.void(_INT, _INT, _INT, _V, _M, _M), cache=True, nogil=True)
def _carry(adstock, n_adstock, max_lag, exposure, theta, out):  # type: ignore[no-untyped-def]
    no_rows = np.empty((0, exposure.size))
    for d in range(theta.shape[0]):
        call_adstock(adstock, exposure, theta[d, :n_adstock], max_lag, out[d], no_rows)


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


_OUT, _SUMS = numba.types.UniTuple(_M, 4), numba.float64[:, :, ::1]


@numba.njit(numba.void(_INT, _INT, _INT, _INT, _M, _INT, _M, _M, _INT[::1], _OUT, _SUMS), **REORDERED)
def _respond_geos(  # type: ignore[no-untyped-def]
    adstock, saturation, n_adstock, max_lag, exposure, first, theta, weight, row, out, apart
):
    over_time, total, slope, alone = out
    geos, n = exposure.shape
    carried, response, d_x = np.empty(n), np.empty(n), np.empty(n)
    before, rest, nothing = np.zeros(n), np.zeros(n), np.empty(0)
    no_rows = np.empty((0, n))
    # Derivatives in the parameters come with the one that is wanted.
    unused = np.empty((theta.shape[1] - n_adstock, n))
    for d in range(theta.shape[0]):
        over_time[d] = 0.0
        for g in range(geos):
            w, whole, steep, left = weight[d, g], 0.0, 0.0, 0.0
            call_adstock(adstock, exposure[g], theta[d, :n_adstock], max_lag, carried, no_rows)
            if first > 0:
                for t in range(first):  # a slice assigned to a slice takes four seconds to compile
                    before[t] = exposure[g, t]
                call_adstock(adstock, before, theta[d, :n_adstock], max_lag, rest, no_rows)
                call_saturation(saturation, rest, theta[d, n_adstock:], response, nothing, no_rows)
                for t in range(first, n):
                    left += response[t]
            call_saturation(saturation, carried, theta[d, n_adstock:], response, d_x, unused)
            for t in range(first, n):
                over_time[d, t - first] += w * response[t]
                whole += response[t]
                steep += d_x[t] * (carried[t] - rest[t])
            total[d, g] = w * whole
            slope[d, g] = w * steep
            alone[d, g] = w * left
            if row[d] >= 0:
                sums = apart[g, row[d]]
                for t in range(first, n):
                    sums[t - first] += w * response[t]


@numba.njit(numba.void(_INT, _INT, _INT, _INT, _M, _M, _M, _M, _V, _M), **REORDERED)
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
    carries = np.empty(carried.shape[0], dtype=np.bool_)
    for g in range(carried.shape[0]):
        carries[g] = carried[g].any()
    for d in range(theta.shape[0]):
        out[d] = 0.0
        for g in range(exposure.shape[0]):
            call_adstock(adstock, exposure[g], theta[d, :n_adstock], max_lag, own, no_rows)
            if carries[g]:
                call_adstock(adstock, carried[g], theta[d, :n_adstock], max_lag, before, no_rows)
            else:
                before[:] = 0.0
            for p in range(multiplier.size):
                for t in range(n):
                    total[t] = before[t] + multiplier[p] * own[t]
                call_saturation(saturation, total, theta[d, n_adstock:], response, nothing, no_rows)
                out[d, p] += weight[d, g] * response.sum()
