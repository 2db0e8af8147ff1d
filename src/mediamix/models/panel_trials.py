"""A panel's experiments, packed for its kernels: see `models.panel_experiment_memory`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mediamix.inference.density import LINE, Density, aligned
from mediamix.models.experiments import channel_codes

if TYPE_CHECKING:
    from mediamix.models.panel import PanelModel

#: Header of the panel's integers that says where experiments start.
PLACE = 12


def packed_trials(model: PanelModel, density: Density) -> Density:
    """The panel's density with the model's experiments after all that is in it."""
    from mediamix.models.panel_experiment_memory import HEADER, PER_TRIAL, scratch_of
    from mediamix.models.panel_memory import sizes_of

    trials, n = model.trials, sizes_of.py_func(density.integers)
    cases = sum(len(one.geos) for one in trials)
    longest = max(one.with_gs.shape[1] for one in trials)
    most = max(len(model.transforms[one.channel].parameters) for one in trials)
    first, begin = (-(-size // LINE) * LINE for size in (len(density.numbers), density.scratch))
    integers = [len(trials), cases, first, begin, longest, most]
    for one in trials:
        codes = channel_codes(model.starts[one.channel], model.transforms[one.channel])
        integers += [one.channel, *codes, len(one.geos), one.with_gs.shape[1], one.first]
    if len(integers) != HEADER + PER_TRIAL * len(trials):
        raise AssertionError("the header doesn't match the kernel's")
    integers += [geo for one in trials for geo in one.geos]
    numbers = [
        density.numbers,
        np.zeros(first - len(density.numbers)),
        np.array([[one.lift, one.error] for one in trials]).ravel(),
        np.ones(longest),
        *(
            series
            for one in trials
            for pair in zip(one.with_gs, one.without_gs, strict=True)
            for series in pair
        ),
    ]
    whole = np.concatenate([density.integers, np.array(integers, dtype=np.int64)])
    whole[PLACE] = len(density.integers)
    packed = aligned(sum(len(part) for part in numbers))
    scratch = begin + scratch_of(len(trials), cases, longest, most, n)
    return replace(density, integers=whole, numbers=np.concatenate(numbers, out=packed), scratch=scratch)
