"""The feasible spends of a window, channel × period, without burst rules: a polytope.

    lower <= x <= upper,   Σ x <= total,   channel_low <= Σ_t x <= channel_high,
    period_low <= Σ_c x <= period_high

Linear programs over it (HiGHS) give a strictly feasible start, the bound, and conflicts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

#: Limits closer together than this part of the total are widened by it, so that an inside exists.
THIN = 1e-9


@dataclass(frozen=True, eq=False)
class Limits:
    """What may be spent. All in money.

    Args:
        total: Over everything.
        lower_ct: Per channel and period.
        upper_ct: The same; finite.
        channel_low_c: Per channel over the window.
        channel_high_c: The same; finite.
        period_low_t: Per period over all channels.
        period_high_t: The same; finite.
    """

    total: float
    lower_ct: Float[np.ndarray, "channel time"]
    upper_ct: Float[np.ndarray, "channel time"]
    channel_low_c: Float[np.ndarray, " channel"]
    channel_high_c: Float[np.ndarray, " channel"]
    period_low_t: Float[np.ndarray, " time"]
    period_high_t: Float[np.ndarray, " time"]

    @property
    def shape(self) -> tuple[int, int]:
        """Channels and periods."""
        return self.lower_ct.shape[0], self.lower_ct.shape[1]

    def within(
        self, on_ct: Bool[np.ndarray, "channel time"], least_c: Float[np.ndarray, " channel"]
    ) -> Limits:
        """The same with what is off at nothing and what is on at its least or more."""
        lower_ct = np.where(on_ct, np.maximum(self.lower_ct, least_c[:, None]), 0.0)
        return replace(self, lower_ct=lower_ct, upper_ct=np.where(on_ct, self.upper_ct, 0.0))

    def keeps(self, x_ct: Float[np.ndarray, "channel time"], slack: float = 1e-7) -> bool:
        """Whether a plan is within the limits, up to a part `slack` of the total."""
        room = slack * self.total
        inside = (x_ct >= self.lower_ct - room).all() and (x_ct <= self.upper_ct + room).all()
        sums, low, high = self.sums(x_ct)
        return bool(inside and (sums >= low - room).all() and (sums <= high + room).all())

    def sums(
        self, x_ct: Float[np.ndarray, "channel time"]
    ) -> tuple[Float[np.ndarray, " row"], Float[np.ndarray, " row"], Float[np.ndarray, " row"]]:
        """Sums over everything, channels and periods, with their lowest and highest values."""
        sums = np.concatenate([[x_ct.sum()], x_ct.sum(axis=1), x_ct.sum(axis=0)])
        low = np.concatenate([[-np.inf], self.channel_low_c, self.period_low_t])
        high = np.concatenate([[self.total], self.channel_high_c, self.period_high_t])
        return sums, low, high

    def best(
        self, slope_ct: Float[np.ndarray, "channel time"], windows: Windows | None = None
    ) -> Float[np.ndarray, "channel time"] | None:
        """The plan of the highest ``Σ slope x``; None where no plan keeps the limits."""
        from scipy.optimize import linprog

        matrix, bound = self.inequalities()
        if windows is not None and len(windows.channel):
            from scipy import sparse

            more, least = windows.inequalities(self.shape)
            matrix, bound = sparse.vstack([matrix, more]), np.concatenate([bound, least])
        box = np.stack([self.lower_ct.ravel(), self.upper_ct.ravel()], axis=1) / self.total
        # Slopes of one size, as HiGHS' tolerances are absolute.
        size = float(np.abs(slope_ct).max()) or 1.0
        found = linprog(-slope_ct.ravel() / size, matrix, bound / self.total, bounds=box, method="highs")
        return None if found.status != 0 else found.x.reshape(self.shape) * self.total

    def inside(self) -> Float[np.ndarray, "channel time"] | None:
        """A plan as far from all limits as there is, relative to their widths; None: infeasible.

        Fixed cells stay fixed; limits that leave no room are kept up to `THIN`.
        """
        from scipy import sparse
        from scipy.optimize import linprog

        n = self.lower_ct.size
        matrix, bound = self.inequalities()
        _, low, high = self.sums(np.zeros(self.shape))
        width = np.where(np.isfinite(low), np.minimum(high, self.total) - low, high)
        width = np.maximum(width, 2 * THIN * self.total) / self.total
        finite = np.isfinite(low)
        share = np.concatenate([width, width[finite]])
        span = (self.upper_ct - self.lower_ct).ravel() / self.total
        eye = sparse.identity(n, format="csr")
        rows = sparse.vstack(
            [
                sparse.hstack([matrix, share[:, None]]),
                sparse.hstack([-eye, span[:, None]]),
                sparse.hstack([eye, span[:, None]]),
            ]
        )
        edge = [
            bound / self.total + THIN,
            -self.lower_ct.ravel() / self.total,
            self.upper_ct.ravel() / self.total,
        ]
        box = [(None, None)] * n + [(0.0, 0.5)]
        found = linprog(np.append(np.zeros(n), -1.0), rows, np.concatenate(edge), bounds=box, method="highs")
        if found.status != 0:
            return None
        plan: np.ndarray = found.x[:n].reshape(self.shape) * self.total
        return plan

    def inequalities(self) -> tuple[Any, Float[np.ndarray, " row"]]:
        """``matrix x <= bound``: upper limits of all sums, then those lower ones that are finite."""
        from scipy import sparse

        channels, periods = self.shape
        rows = sparse.vstack(
            [
                np.ones((1, channels * periods)),
                sparse.kron(sparse.identity(channels), np.ones((1, periods))),
                sparse.kron(np.ones((1, channels)), sparse.identity(periods)),
            ],
            format="csr",
        )
        _, low, high = self.sums(np.zeros(self.shape))
        finite = np.isfinite(low)
        return sparse.vstack([rows, -rows[finite]]), np.concatenate([high, -low[finite]])


@dataclass(frozen=True, eq=False)
class Windows:
    """Stretches of periods in which a channel must spend: what a longest gap implies.

    Args:
        channel: Position of the channel, per stretch.
        start: First period.
        stop: Period after the last one.
        least: Money in the stretch at least.
    """

    channel: list[int]
    start: list[int]
    stop: list[int]
    least: list[float]

    def inequalities(self, shape: tuple[int, int]) -> tuple[Any, Float[np.ndarray, " row"]]:
        """``matrix x <= bound``."""
        from scipy import sparse

        rows = np.zeros((len(self.channel), *shape))
        for k, (c, start, stop) in enumerate(zip(self.channel, self.start, self.stop, strict=True)):
            rows[k, c, start:stop] = -1.0
        return sparse.csr_matrix(rows.reshape(len(rows), -1)), -np.array(self.least)
