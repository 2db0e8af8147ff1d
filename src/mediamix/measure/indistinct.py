r"""Channels that no data can tell apart: the same in every period but for a factor.

Two channels are indistinct where ``x_c = k · x_d`` over all trained cells, by

.. math:: 1 - \frac{x_c · x_d}{|x_c| |x_d|} < 10^{-9}.

Their sum may be known well, and chains may agree on how the priors split it; the split itself is the
priors' alone, and a plan that moves money between them follows nothing else.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from mediamix.core.types import Finding
from mediamix.models.base import Fit

#: Far above rounding (1e-16), far below what a rounded column leaves (about a square of its relative error).
SAME = 1e-9
#: Beliefs that tell two such channels apart, if a user states them.
TELLING = ("roi", "mroi", "share")


def indistinct(fit: Fit) -> list[Finding]:
    """A finding per pair: an error, or a warning where the spec states what one of them brings."""
    data = fit.dataset
    x = data.exposure_gtc[fit.trained_gt]
    length = np.sqrt((x**2).sum(axis=0))
    moving = [c for c in range(x.shape[1]) if length[c] > 0]
    return [
        _finding(fit, data.channel_names[c], data.channel_names[d])
        for c, d in combinations(moving, 2)
        if 1.0 - float(x[:, c] @ x[:, d]) / (length[c] * length[d]) < SAME
    ]


def _finding(fit: Fit, one: str, other: str) -> Finding:
    stated = any(set(TELLING) & set(fit.spec.stated(name)) for name in (one, other))
    return Finding(
        "indistinct",
        "warning" if stated else "error",
        f"{one}, {other}",
        f"{one} and {other} are the same in every period but for a factor",
        "how their effect is split between them comes from priors or shrinkage alone",
        "merge them into one channel, or test one of them and state its roi as a prior",
    )
