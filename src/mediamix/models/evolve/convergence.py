"""Robyn's rules: has a search come to an end?

Candidates are cut into twenty parts by their place in their trial. An objective has converged where in the
last part its spread is below the mean spread of the first three, and its median below the first part's
median less two of these spreads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

CUTS, FIRST, SPREADS = 20, 3, 2.0


@dataclass(frozen=True)
class Course:
    """How one objective went.

    Args:
        name: NRMSE, DECOMP.RSSD or MAPE.lift.
        median: Of each part.
        sd: Its standard deviation.
        sd_limit: The last part's is to be below.
        median_limit: The last part's is to be below.
    """

    name: str
    median: Float[np.ndarray, " part"]
    sd: Float[np.ndarray, " part"]
    sd_limit: float
    median_limit: float

    @property
    def steady(self) -> bool:
        """Whether its spread has fallen."""
        return bool(self.sd[-1] < self.sd_limit)

    @property
    def better(self) -> bool:
        """Whether its median has fallen."""
        return bool(abs(self.median[-1]) < self.median_limit)

    @property
    def converged(self) -> bool:
        """By both rules."""
        return self.steady and self.better

    @property
    def words(self) -> str:
        """As Robyn says it."""
        return (
            f"{self.name} {'converged' if self.converged else 'has NOT converged'}: sd of the last part "
            f"{self.sd[-1]:.3g} {'<' if self.steady else '≥'} {self.sd_limit:.3g}, median "
            f"{abs(self.median[-1]):.3g} {'<' if self.better else '≥'} {self.median_limit:.3g}"
        )


def course(name: str, value: Float[np.ndarray, "trial iteration"]) -> Course:
    """One objective over all trials; values that aren't positive and finite are left out, as there."""
    part = np.minimum(np.arange(value.shape[1]) * CUTS // value.shape[1], CUTS - 1)
    kept = np.isfinite(value) & (value > 0)
    own = [value[:, part == i][kept[:, part == i]] for i in range(CUTS)]
    median = np.array([np.median(v) if len(v) else np.nan for v in own])
    sd = np.array([v.std(ddof=1) if len(v) > 1 else np.nan for v in own])
    limit = float(sd[:FIRST].mean())
    return Course(name, median, sd, limit, float(median[0] - SPREADS * limit))
