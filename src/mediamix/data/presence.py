"""What a control holds where its geo isn't part of the business."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float


def fill_absence(
    controls_gtk: Float[np.ndarray, "geo time control"], present_gt: Bool[np.ndarray, "geo time"]
) -> Float[np.ndarray, "geo time control"]:
    """Holes outside of a geo's presence hold the geo's mean inside; a hole inside stays one.

    No result looks at these cells; the mean is no deviation, should one be centred on it.
    """
    known = np.isfinite(controls_gtk)
    holes = ~known & ~present_gt[:, :, None]
    if not holes.any():
        return controls_gtk
    inside = known & present_gt[:, :, None]
    n_gk = inside.sum(axis=1)
    total_gk = np.where(inside, controls_gtk, 0.0).sum(axis=1)
    mean_gk = np.where(n_gk > 0, total_gk / np.maximum(n_gk, 1), np.nan)
    return np.where(holes, mean_gk[:, None, :], controls_gtk)
