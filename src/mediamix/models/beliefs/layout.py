"""How a belief's density is packed around the one underneath."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mediamix.inference.density import LINE, Density, address_of, aligned
from mediamix.models.priors import Prior

#: Leading integers: address of the density underneath, its integers, numbers and scratch numbers; parameters.
HEADER = 5


def on_top(
    inner: Density,
    kernel: Callable[..., float],
    priors: Sequence[Prior],
    integers: Sequence[int],
    numbers: Sequence[np.ndarray],
    scratch: int,
) -> Density:
    """`kernel` on top of `inner`.

    Integers: the header, the priors' links, the belief's own, those of `inner`. Numbers: those of `inner`,
    padded to a cache line, the priors' locations and scales, the belief's own. Scratch: that of `inner`,
    padded, then the belief's.
    """
    head = [address_of(inner), len(inner.integers), len(inner.numbers), inner.scratch, len(priors)]
    own = [*head, *(prior.link for prior in priors), *integers]
    parts = [
        inner.numbers,
        np.zeros(-len(inner.numbers) % LINE),
        np.array([prior.location for prior in priors]),
        np.array([prior.scale for prior in priors]),
        *(part.ravel() for part in numbers),
    ]
    packed = np.concatenate(parts, out=aligned(sum(part.size for part in parts)))
    return Density(
        kernel,
        np.concatenate([np.array(own, dtype=np.int64), inner.integers]),
        packed,
        inner.dimension,
        scratch=inner.scratch + LINE + 2 * len(priors) + scratch,
    )
