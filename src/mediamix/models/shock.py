"""A panel's shared shocks outside of its kernel: their constants, and their part of a `Fit`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Bool, Float

from mediamix.models.base import BaselineTerm
from mediamix.transforms.basis import Block

COMPONENT = "shock"
#: Directions whose singular value is below this part of the largest are none.
RANK = 1e-9


def numbers_of(
    columns_tp: Float[np.ndarray, "time column"],
    outcome_gt: Float[np.ndarray, "geo time"],
    observed_gt: Bool[np.ndarray, "geo time"],
) -> list[np.ndarray]:
    """The shocks' periods, then their constants in the order of `Shock`.

    Args:
        columns_tp: Columns of the baseline that all geos have in common, times prior standard deviations.
        outcome_gt: As in the model.
        observed_gt: Where it was observed.
    """
    (periods,) = np.nonzero(observed_gt.any(axis=0))
    seen_t = observed_gt.sum(axis=0)[periods]
    u_tk, size_k, _ = np.linalg.svd(columns_tp[periods], full_matrices=False)
    common_tk = u_tk[:, size_k > RANK * max(float(size_k.max(initial=0.0)), 1e-300)]
    packed_kt, scale_k = np.linalg.qr(common_tk, mode="raw")
    # LAPACK's reflections: I − scale v vᵀ, v = (0 … 0, 1, rest), the rest beside the diagonal.
    v_kt = np.sqrt(scale_k)[:, None] * (np.triu(packed_kt, 1) + np.eye(*packed_kt.shape))
    outcome_t = np.where(observed_gt, outcome_gt, 0.0).sum(axis=0)[periods] / seen_t
    return [periods, v_kt, outcome_t, 1.0 / seen_t, np.array([float(seen_t.mean())])]


def reflect(
    reflections: Float[np.ndarray, "direction period"], values_dt: Float[np.ndarray, "draw period"]
) -> Float[np.ndarray, "draw period"]:
    """``Qᵀ`` times every row."""
    turned = np.array(values_dt)
    for v_t in reflections:
        turned -= np.outer(turned @ v_t, v_t)
    return turned


@dataclass(frozen=True, repr=False)
class ShockTerm(BaselineTerm):
    """The shocks as a part of the baseline: a coefficient per period, outcome units of a geo of size 1.

    Args:
        spread_d: Their standard deviation, in the same unit.
    """

    spread_d: Float[np.ndarray, " draw"] = field(kw_only=True)

    @classmethod
    def of(
        cls,
        names: tuple[str, ...],
        shock_dt: Float[np.ndarray, "draw time"],
        weight_gt: Float[np.ndarray, "geo time"],
        spread_d: Float[np.ndarray, " draw"],
    ) -> ShockTerm:
        """From draws over the window.

        Args:
            names: Of the periods.
            shock_dt: Outcome units of a geo of size 1.
            weight_gt: Size of a geo where it is present, else 0.
            spread_d: Their standard deviation.
        """
        block = Block.shared(COMPONENT, names, np.eye(len(names)))
        return cls(block, shock_dt, weight_gt, spread_d=spread_d)

    def contribution(self, geo: int | None = None) -> Float[np.ndarray, "draw time"]:
        """Outcome units per draw and period, of one geo or summed over all."""
        part = slice(None) if geo is None else slice(geo, geo + 1)
        return np.asarray(self.coefficient_dp * self.weight_gt[part].sum(axis=0))

    def new(self, z_dt: Float[np.ndarray, "draw time"], geo: int | None = None) -> np.ndarray:
        """Shocks like these from standard normals, in the outcome units of one geo or of the sum over all."""
        part = slice(None) if geo is None else slice(geo, geo + 1)
        return np.asarray(self.spread_d[:, None] * self.weight_gt[part].sum(axis=0) * z_dt)

    def thinned(self, rows: np.ndarray) -> ShockTerm:
        """The same with some of the draws."""
        return replace(self, coefficient_dp=self.coefficient_dp[rows], spread_d=self.spread_d[rows])


def shock_of(baseline: Sequence[BaselineTerm]) -> ShockTerm | None:
    """A fit's shared shocks; None: its model has none."""
    return next((term for term in baseline if isinstance(term, ShockTerm)), None)
