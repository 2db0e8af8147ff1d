"""What a national model says of single rows: media and noise per draw, in model units."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mediamix.models.density import MediaModel


def media_residual(
    model: MediaModel, theta_dk: Float[np.ndarray, "draw parameter"]
) -> Float[np.ndarray, "draw row"]:
    """``y − m(θ)`` on the observed rows.

    Args:
        model: A national model.
        theta_dk: Parameters in model units, in the order of its priors.
    """
    residual = np.tile(model.outcome_n, (len(theta_dk), 1))
    for contribution in contributions(model, theta_dk):
        residual -= contribution
    return residual


def contributions(
    model: MediaModel, theta_dk: Float[np.ndarray, "draw parameter"]
) -> list[Float[np.ndarray, "draw row"]]:
    """Each channel's contribution on the observed rows; then what else media do."""
    return [
        beta_d[:, None] * response_dt[:, model.observed_t]
        for beta_d, response_dt in model.responses(theta_dk)
    ]
