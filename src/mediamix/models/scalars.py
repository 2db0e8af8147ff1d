"""Which scalars of a posterior say whether its chains agree."""

from __future__ import annotations

import math

import numpy as np

from mediamix.inference.diagnostics import Chains
from mediamix.inference.draws import Draws
from mediamix.models.posterior import INTEGRATED

#: From this many scalars on, those of single geos are judged by an evenly spread part, this large.
MANY_SCALARS, MOST_OF_GEOS = 400, 200


def judged(posterior: Draws) -> tuple[dict[str, Chains], int]:
    """Scalars to diagnose, and the number of those left out.

    Where a panel has very many, all that are sampled or pooled and an evenly spread part of those of
    single geos.
    """
    columns = posterior.columns()
    if len(columns) <= MANY_SCALARS:
        return columns, 0
    single: list[str] = []
    for name, dims in posterior.dims.items():
        if "geo" not in dims or posterior.attrs.get(name, {}).get("drawn") != INTEGRATED:
            continue
        sizes = [len(posterior.coords[dim]) for dim in dims]
        # The geos of one channel side by side: an even choice then takes some of every channel.
        order = np.moveaxis(np.arange(math.prod(sizes)).reshape(sizes), dims.index("geo"), -1).ravel()
        labels = [label for label in columns if label.startswith(f"{name}[")]
        single += [labels[i] for i in order]
    kept = np.linspace(0, len(single) - 1, min(MOST_OF_GEOS, len(single))).astype(int)
    left_out = set(single) - {single[i] for i in kept}
    return {name: chains for name, chains in columns.items() if name not in left_out}, len(left_out)
