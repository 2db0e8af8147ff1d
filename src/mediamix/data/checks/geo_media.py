"""Geos and channels from which a panel learns little: one geo, geos without spend, a channel in one geo."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.types import NATIONAL, Finding
from mediamix.data.checking import Check, Evidence, found, some


def find(evidence: Evidence) -> Iterator[Finding]:
    """Info for one geo and for geos without spend, warning for a channel in one geo only."""
    dataset = evidence.dataset
    if dataset is None or evidence.spec.geo is None:
        return
    if len(dataset.geos) == 1:
        if dataset.geos != (NATIONAL,):  # assembling says what is amiss with no geo column
            yield found(
                "info",
                dataset.geos[0],
                "one geo: fitted as national",
                advice="nothing, or give the other geos",
            )
        return
    idle = [
        geo for geo, spend in zip(dataset.geos, dataset.spend_gtc.sum(axis=(1, 2)), strict=True) if spend == 0
    ]
    if idle:
        yield found(
            "info",
            some(idle, 20),
            f"{len(idle)} of {len(dataset.geos)} geos are without any spend: they tell the baseline, and "
            "nothing of what media do there",
        )
    active_gc = np.asarray(((dataset.spend_gtc > 0) | (dataset.exposure_gtc > 0)).any(axis=1))
    for c in np.flatnonzero(active_gc.sum(axis=0) == 1):
        geo = dataset.geos[int(active_gc[:, c].argmax())]
        yield found(
            "warning",
            dataset.channel_names[c],
            f"is in one geo only ({geo}): its effect rests on {geo} alone, and elsewhere it is unknown",
        )


CHECK = Check(
    name="geo_media",
    title="Geos without media, channels in one geo",
    why="a panel knows an effect from geos that got more and geos that got less",
    advice="nothing if it is so; else look for rows that are dated or named differently",
    find=find,
)
