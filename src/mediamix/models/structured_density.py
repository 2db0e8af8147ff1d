"""The log posterior density of a national model with courses of effects or synergies, in one native pass.

As `models.density`, with the media of `models.structure_kernel` and any noise. Compiled only where used.
"""

from __future__ import annotations

import numba

from mediamix.inference.density import DENSITY_SIGNATURE
from mediamix.models.media_kernel import media_of, parameters, to_coordinates
from mediamix.models.noise_kernel import log_likelihood
from mediamix.models.structure_kernel import backward, forward, structure_of
from mediamix.transforms.native import REORDERED


@numba.njit(DENSITY_SIGNATURE, **REORDERED)
def log_posterior(u, gradient, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log density of the standard-normal coordinates; fills `gradient`."""
    media, after, at, into = media_of(integers, numbers, scratch)
    structure, more, further, beyond = structure_of(media, integers[after:], numbers[at:], scratch[into:])
    gradient[:] = 0.0
    value = parameters(u, media)
    forward(media, structure)
    value += log_likelihood(
        u, gradient, media, integers[after + more :], numbers[at + further :], scratch[into + beyond :]
    )
    backward(media, structure, gradient)
    to_coordinates(u, media, gradient)
    return value
