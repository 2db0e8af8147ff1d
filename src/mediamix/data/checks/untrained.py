"""What no trained period shows: channels, controls and geos that are there in the holdout alone.

The model learns from the trained periods; what is the same throughout them has the prior's answer.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.types import Finding
from mediamix.data.checking import Check, Evidence, found, is_panel, some
from mediamix.data.dataset import Dataset

NAME = "untrained"


def find(evidence: Evidence) -> Iterator[Finding]:
    """Of what trained periods show nothing: error per channel without a prior of its own, else warnings."""
    whole, trained = evidence.dataset, evidence.trained
    if whole is None or trained is None or whole.n_periods == trained.n_periods:
        return
    periods = f"{trained.n_periods} trained {trained.every.label()}"
    for name in untrained_channels(whole, trained):
        yield found(
            "warning" if evidence.spec.channel(name).beliefs else "error",
            name,
            f"0 of {periods} are active, only held-out ones: its result is the prior, not the data's",
        )
    for k, name in enumerate(whole.control_names):
        values = trained.controls_gtk[:, :, k]
        if np.isfinite(values).all() and np.ptp(values) == 0 and np.ptp(whole.controls_gtk[:, :, k]) > 0:
            yield found(
                "warning",
                f"control '{name}'",
                f"is {values.flat[0]:,.6g} in all {periods} and changes in held-out ones only: its effect is "
                "the prior's, not the data's",
                advice="hold out fewer periods, or leave the control out",
            )
    if is_panel(whole, evidence.spec):
        late = np.asarray(whole.observed_gt.any(axis=1) & ~trained.observed_gt.any(axis=1))
        if late.any():
            names = [geo for geo, is_late in zip(whole.geos, late, strict=True) if is_late]
            yield found(
                "warning",
                some(names),
                f"no outcome in {periods}, only in held-out ones: what is said of it is what the other "
                "geos say",
                advice="hold out fewer periods, or leave the geo out",
            )


def untrained_channels(whole: Dataset, trained: Dataset) -> list[str]:
    """Channels that are on in the dataset, and never in its trained part."""
    on, learned = ((data.exposure_gtc != 0).any(axis=(0, 1)) for data in (whole, trained))
    return [name for c, name in enumerate(whole.channel_names) if on[c] and not learned[c]]


CHECK = Check(
    name=NAME,
    title="What no trained period shows",
    why="a fit learns from trained periods alone: of what they don't show it repeats the prior",
    advice="hold out fewer periods, leave the channel out, or state what an experiment found as its prior",
    find=find,
)
