"""How well a model predicts its data before it has seen them: the marginal likelihood, by Laplace.

    log p(y) ≈ log p(y, u*) + d/2 log 2π − ½ log det(−∇² log p(y, u*)),   u* the highest point

What is linear is integrated out exactly already; Laplace's approximation is of the few parameters that are
sampled. Models of the same parameters are compared: what is constant between them is left out.

Source: Tierney & Kadane (1986).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from mediamix.inference.density import Density
from mediamix.inference.laplace import CURVATURE_LEAST, climb, hessian


def log_evidence(
    density: Density, starts: Sequence[Float[np.ndarray, " dim"]]
) -> tuple[float, Float[np.ndarray, " dim"]] | None:
    """Log marginal likelihood up to a constant of the dimension, and u*; None where no start ends on a peak.

    Directions that are flatter than a peak's count as the prior leaves them.

    Args:
        density: Of a model whose parameters are standard normals a priori.
        starts: Points to climb from.
    """
    ends = [end for start in starts if (end := climb(density, start)) is not None]
    if not ends:
        return None
    height, mode = max(ends, key=lambda end: end[0])
    curvature = -hessian(density, mode)
    if not np.isfinite(curvature).all():
        return None
    eigenvalues = np.linalg.eigvalsh(curvature)
    volume = np.log(np.where(eigenvalues > CURVATURE_LEAST, eigenvalues, 1.0)).sum()
    return float(height - 0.5 * volume), mode
