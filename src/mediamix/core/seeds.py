"""The one place where a fit's seed becomes random numbers.

Whatever draws for a fit takes its numbers from here, each use from a stream of its own, so that the same
seed gives the same numbers, and so that a test can ask what holds under any other.
"""

from __future__ import annotations

import numpy as np


def of_chains(seed: int) -> int:
    """What the sampler is given; every chain's own seed follows from it."""
    return seed


def generator(seed: int, *stream: int) -> np.random.Generator:
    """The random numbers of one use of a fit's seed.

    Args:
        seed: The fit's.
        stream: Tells uses apart.
    """
    return np.random.default_rng([seed, *stream])
