"""The baseline and the pairs of a stacked fit: those of all members, zero in the draws of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from mediamix.models.base import BaselineTerm, Fit, Together
from mediamix.models.mixed import Mixed
from mediamix.models.shock import ShockTerm


def stacked_baseline(used: Sequence[Fit], mixed: Mixed) -> tuple[BaselineTerm, ...]:
    """One term a component, in the order in which the members have them."""
    components = dict.fromkeys(term.component for one in used for term in one.baseline)
    return tuple(
        _term([next((t for t in one.baseline if t.component == name), None) for one in used], mixed)
        for name in components
    )


def _term(parts: Sequence[BaselineTerm | None], mixed: Mixed) -> BaselineTerm:
    """The columns of all members, those that are the same once; a draw has zeros in what isn't its own."""
    there = [part for part in parts if part is not None]
    columns: list[tuple[str, Float[np.ndarray, "own_geo time"]]] = []
    places: list[list[int]] = []
    for part in parts:
        own = []
        for k, name in enumerate(() if part is None else part.names):
            assert part is not None
            values_gt = part.block.matrix_gtp[..., k]
            same = [i for i, (n, v) in enumerate(columns) if n == name and np.array_equal(v, values_gt)]
            # A column of a block with the same name twice is no other's.
            same = [i for i in same if i not in own]
            if not same:
                columns.append((name, values_gt))
            own.append(same[0] if same else len(columns) - 1)
        places.append(own)
    first, count = there[0], len(columns)
    geos = max(values_gt.shape[0] for _, values_gt in columns)
    matrix = [np.broadcast_to(values_gt, (geos, values_gt.shape[1])) for _, values_gt in columns]
    block = replace(
        first.block,
        names=tuple(name for name, _ in columns),
        matrix_gtp=np.stack(matrix, axis=-1),
        by_geo=any(part.deviation_dgp is not None for part in there),
        pooled=(),
        spread=0.0,
    )

    def padded(part: BaselineTerm | None, at: list[int], name: str) -> np.ndarray | None:
        values = None if part is None else getattr(part, name)
        if values is None:
            return None
        found = np.zeros((*values.shape[:-1], count))
        found[..., at] = values
        return found

    both = list(zip(parts, places, strict=True))
    coefficient_dp = mixed.spread([padded(part, at, "coefficient_dp") for part, at in both])
    deviations = [padded(part, at, "deviation_dgp") for part, at in both]
    deviation = None if all(one is None for one in deviations) else mixed.spread(deviations)
    if isinstance(first, ShockTerm):
        spread_d = mixed.spread([part.spread_d if isinstance(part, ShockTerm) else None for part in parts])
        return replace(first, block=block, coefficient_dp=coefficient_dp, spread_d=spread_d)
    return BaselineTerm(block, coefficient_dp, first.weight_gt, deviation)


def stacked_pairs(used: Sequence[Fit], mixed: Mixed) -> Together | None:
    """The pairs of all members; a draw has nothing in those that its own doesn't have."""
    pairs = tuple(dict.fromkeys(p for one in used if one.together is not None for p in one.together.pairs))
    if not pairs:
        return None
    gains = []
    for one in used:
        gain_dp = np.zeros((one.n_draws, len(pairs)))
        if one.together is not None:
            gain_dp[:, [pairs.index(p) for p in one.together.pairs]] = one.together.gain_dp
        gains.append(gain_dp)
    return Together(pairs, mixed.spread(gains))
