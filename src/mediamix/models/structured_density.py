"""The log posterior density of a national model with courses of effects or synergies, in one native pass.

As `models.density`, with the media of `models.structure_kernel`. It is compiled for who needs it only.
"""

from __future__ import annotations

import numba

from mediamix.inference.density import DENSITY_SIGNATURE
from mediamix.inference.linear import log_marginal
from mediamix.models.media_kernel import media_of, parameters, to_coordinates
from mediamix.models.structure_kernel import backward, forward, structure_of
from mediamix.transforms.native import REORDERED


@numba.njit(DENSITY_SIGNATURE, **REORDERED)
def log_posterior(u, gradient, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log density of the standard-normal coordinates; fills `gradient`."""
    media, after, at, into = media_of(integers, numbers, scratch)
    structure, more, further, beyond = structure_of(media, integers[after:], numbers[at:], scratch[into:])
    likelihood, at, into = integers[after + more :], at + further, into + beyond
    rank, sigma, n = likelihood[0], likelihood[1], media.outcome.size
    singular = numbers[at : at + rank]
    left = numbers[at + rank : at + rank + n * rank].reshape((rank, n))

    value = parameters(u, media)
    forward(media, structure)
    marginal, d_sigma = log_marginal(
        media.residual, left, singular, media.theta[sigma], scratch[into:], media.slope_rows
    )
    gradient[:] = 0.0
    backward(media, structure, gradient)
    gradient[sigma] = d_sigma
    to_coordinates(u, media, gradient)
    return value + marginal
