"""What a future holds that the history never came near: another unit, a control far outside its range."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.types import Finding
from mediamix.data.checks.units import APART, size, usual
from mediamix.data.dataset import Dataset

FAR = 3.0  # ranges of the history beyond its ends


def other_units(history: Dataset, future: Dataset) -> list[str]:
    """Problems: channels whose usual amount is 300 times that of the history, or more."""
    found = []
    for c, channel in enumerate(history.channels):
        sides = [("spend", history.spend_gtc, future.spend_gtc)]
        if channel.exposure != "spend":
            sides.append((channel.exposure, history.exposure_gtc, future.exposure_gtc))
        for name, before, after in sides:
            early, late = usual(before[..., c]), usual(after[..., c])
            if early and late >= APART * early:
                found.append(
                    f"media: {channel.name}: a {name} of about {size(late)} a {history.every}, in the "
                    f"history {size(early)}: give both in one unit"
                )
    return found


def far_controls(history: Dataset, future: Dataset) -> Iterator[Finding]:
    """Warnings: controls further outside the range of the history than three times that range."""
    for k, name in enumerate(history.control_names):
        seen, planned = history.controls_gtk[..., k], future.controls_gtk[..., k]
        low, high = float(np.nanmin(seen)), float(np.nanmax(seen))
        far = (planned > high + FAR * (high - low)) | (planned < low - FAR * (high - low))
        if high > low and far.any():
            yield Finding(
                "future_controls",
                "warning",
                f"control '{name}'",
                f"{size(float(planned[far][0]))} and the like in {int(far.any(axis=0).sum())} periods; the "
                f"history lies between {size(low)} and {size(high)}",
                "an effect is a straight line only where it was seen: far outside the forecast is absurd",
                "correct the values (units?), or don't rely on these periods",
            )
