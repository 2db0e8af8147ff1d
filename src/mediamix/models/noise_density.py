"""The log posterior density of a national model whose noise isn't the plain normal one, in one native pass.

As `models.density`, with the likelihoods of `models.noise_kernel`. It is compiled for who needs it only.
"""

from __future__ import annotations

import numba

from mediamix.inference.density import DENSITY_SIGNATURE
from mediamix.models.media_kernel import backward, forward, media_of, parameters, to_coordinates
from mediamix.models.noise_kernel import log_likelihood
from mediamix.transforms.native import REORDERED


@numba.njit(DENSITY_SIGNATURE, **REORDERED)
def log_posterior(u, gradient, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log density of the coordinates; fills `gradient`."""
    media, after, at, into = media_of(integers, numbers, scratch)
    value = parameters(u, media)
    forward(media)
    value += log_likelihood(u, gradient, media, integers[after:], numbers[at:], scratch[into:])
    backward(media, gradient)
    to_coordinates(u, media, gradient)
    return value
