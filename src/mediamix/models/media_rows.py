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
    for response in responses(model, theta_dk):
        residual -= response
    return residual


def responses(
    model: MediaModel, theta_dk: Float[np.ndarray, "draw parameter"]
) -> list[Float[np.ndarray, "draw row"]]:
    """Each channel's contribution on the observed rows."""
    found = []
    for c, (start, transform) in enumerate(zip(model.starts, model.transforms, strict=False)):
        own = np.ascontiguousarray(theta_dk[:, start + 1 : start + 1 + len(transform.parameters)])
        response = transform.respond(model.delivery(c), own)
        scale = theta_dk[:, start] * model.effect_scale_c[c] / response.sum(axis=1)
        found.append(scale[:, None] * response[:, model.observed_t])
    return found
