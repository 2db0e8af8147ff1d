r"""Stacking weights: the mixture whose forecasts of the future scored best.

.. math:: \min_w \; \frac1T \sum_t \left( s_t^\top w - \tfrac12 w^\top A_t w \right), \; w \ge 0, \sum w = 1

by projected gradients with momentum. It is convex (`choosing.crps`), and Frank and Wolfe's gap
:math:`g^\top w - \min_m g_m` bounds how far a point is from the optimum: it ends where that is nothing.

Source: Yao, Vehtari, Simpson & Gelman (2018), Using stacking to average Bayesian predictive distributions
(stacking with any proper score); Duchi et al. (2008) for the projection.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mediamix.measure.choosing.crps import Distances

Weights = Float[np.ndarray, " model"]
#: Share of the best single score that the optimum may be missed by, and steps at most.
GAP, STEPS = 1e-9, 50_000
#: A weight below this is none: a member that stands for one draw in a hundred is not worth its fit.
LEAST = 0.01


def stacking_weights(seen: Distances) -> Weights:
    """Weights of the models, by the periods of `seen`; those below `LEAST` are zero."""
    slope_m = seen.to_outcome_tm.mean(axis=0)
    curve_mm = -seen.between_tmm.mean(axis=0)
    found = on_simplex(slope_m, curve_mm)
    kept = np.where(found < LEAST, 0.0, found)
    return np.asarray(kept / kept.sum())


def on_simplex(slope_m: Weights, curve_mm: Float[np.ndarray, "model other"]) -> Weights:
    """The minimum of ``slope · w + ½ wᵀ curve w`` over ``w ≥ 0, Σ w = 1``."""
    count = len(slope_m)
    # On the simplex w = 1/M + centred w: what is not along it goes into the slope, the rest is positive.
    centre = np.eye(count) - 1.0 / count
    slope_m = slope_m + curve_mm.mean(axis=0)
    curve_mm = centre @ curve_mm @ centre
    steepest = float(np.abs(np.linalg.eigvalsh(curve_mm)).max())
    best = np.zeros(count)
    best[int(np.argmin(slope_m + np.diag(curve_mm) / 2))] = 1.0
    if steepest <= 0:
        best = np.zeros(count)
        best[int(np.argmin(slope_m))] = 1.0
        return best
    allowed = GAP * max(float(np.abs(slope_m).max()), steepest)
    ahead, momentum = best.copy(), 1.0
    for _ in range(STEPS):
        following = projected(ahead - (slope_m + curve_mm @ ahead) / steepest)
        gradient = slope_m + curve_mm @ following
        if gradient @ following - gradient.min() <= allowed:
            return following
        if (ahead - following) @ (following - best) > 0:
            # Momentum points uphill: begin it anew.
            momentum = 1.0
        faster = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = following + (momentum - 1) / faster * (following - best)
        best, momentum = following, faster
    return best


def projected(point_m: Weights) -> Weights:
    """The nearest point with ``w ≥ 0, Σ w = 1``."""
    ordered = np.sort(point_m)[::-1]
    excess = np.cumsum(ordered) - 1.0
    inside = ordered - excess / np.arange(1, len(ordered) + 1) > 0
    last = int(np.flatnonzero(inside)[-1])
    return np.asarray(np.maximum(point_m - excess[last] / (last + 1), 0.0))
