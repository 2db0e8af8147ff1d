"""Reach and frequency of a cell as one number, so that both go together wherever exposure goes.

The delivery of a channel of reach & frequency is a complex array: reach as the real part, impressions
(reach × frequency) as the imaginary one. Both are amounts: sums over geos, multiples, parts of a series and
series put together are those of both at once, and the frequency is what it must be, impressions over
reach. The delivery of every other channel is its exposure, a real array.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Complex, Float


def joined(
    reach: Float[np.ndarray, "..."], frequency: Float[np.ndarray, "..."]
) -> Complex[np.ndarray, "..."]:
    """The delivery of a reach at a frequency."""
    return np.asarray(reach * (1.0 + 1j * frequency))


def reach_of(delivery: Complex[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """How many were reached."""
    return np.asarray(np.real(delivery))


def frequency_of(delivery: Complex[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """How often each; 0 where nobody was reached."""
    reach, impressions = np.real(delivery), np.imag(delivery)
    return np.where(reach > 0, impressions / np.where(reach > 0, reach, 1.0), 0.0)
