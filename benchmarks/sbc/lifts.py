"""What experiments would truly have found: a channel's responses with and without the tested change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sbc.truth import World


def true_lifts(world: World, theta: np.ndarray, beta_gc: np.ndarray, factors_ct: np.ndarray) -> list[float]:
    """Per experiment ``Σ_g size_g β_gc Σ_t f_ct (h(x)_gt − h(x⁰)_gt)`` over its geos and measured periods.

    x⁰ is the exposure of the data times a constant in the window of the test.
    """
    from sbc.truth import responses

    dataset, size_g = world.problem.dataset, world.problem.size_g
    found = []
    for one in dataset.experiments:
        c = dataset.channel_names.index(one.channel)
        rows = [dataset.geos.index(geo) for geo in one.geos] or list(range(len(dataset.geos)))
        changed = (dataset.dates >= one.start) & (dataset.dates <= one.end)
        measured = (dataset.dates >= one.start) & (dataset.dates <= one.until)
        without_gt = dataset.exposure_gtc[:, :, c].copy()
        cells = np.ix_(rows, changed)
        ran = without_gt[cells].sum()
        without_gt[cells] *= (ran - one.exposure_change) / ran
        less_gt = responses(world, theta, c, {}) - responses(world, theta, c, {}, without_gt)
        caused_gt = beta_gc[:, c, None] * factors_ct[c] * less_gt * size_g[:, None]
        found.append(float(caused_gt[np.ix_(rows, measured)].sum()))
    return found
