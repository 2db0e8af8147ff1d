"""Spend without exposure, and exposure without spend, in paid channels that have both."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.types import Finding, Kind
from mediamix.data.checking import Check, Evidence, found, some

SPEND_SHARE = 0.02  # of a channel's spend in cells without exposure
EXPOSURE_SHARE = 0.05  # of a channel's exposure in cells without spend


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning above a small share, info below it."""
    dataset = evidence.dataset
    if dataset is None:
        return
    for index, channel in enumerate(dataset.channels):
        if channel.kind is Kind.ORGANIC or channel.exposure == "spend" or not dataset.spend_c[index]:
            continue
        spend_gt, exposure_gt = dataset.spend_gtc[:, :, index], dataset.exposure_gtc[:, :, index]
        sides = (
            ("spend", spend_gt, channel.exposure, exposure_gt, SPEND_SHARE),
            (channel.exposure, exposure_gt, "spend", spend_gt, EXPOSURE_SHARE),
        )
        for name, has, other, lacks, threshold in sides:
            alone = (has > 0) & (lacks <= 0)
            if not alone.any():
                continue
            share = float(has[alone].sum() / has.sum())
            times = np.flatnonzero(alone.any(axis=0))
            yield found(
                "warning" if share > threshold else "info",
                f"{channel.name}: {some(dataset.dates[times], 3)}",
                f"{name} without {other} in {len(times)} {dataset.every.label(len(times))} "
                f"({share:.1%} of its {name})",
            )


CHECK = Check(
    name="spend_exposure",
    title="Spend without exposure and the reverse",
    why="money without delivery can't act, and delivery without money makes the return look too high",
    advice="check how the two are dated; if they can't be brought together, use `exposure: spend`",
    find=find,
)
