r"""Channels that move together: pairs by correlation, all of them by the variance inflation.

.. math:: VIF_c = 1 / (1 - R^2_c),

where :math:`R^2_c` is that of channel c regressed on the others. Geos are centred first, over the
periods in which they are present: that no channel is there before a geo starts is no relation.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.types import Finding
from mediamix.data.checking import Check, Evidence, found

MAX_CORRELATION = 0.9
MAX_VIF = 10.0


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning per pair and per channel above the thresholds."""
    dataset = evidence.trained
    if dataset is None:
        return
    present_gt = dataset.present_gt
    mean_gc = dataset.exposure_gtc.sum(axis=1) / np.maximum(present_gt.sum(axis=1), 1)[:, None]
    x = (dataset.exposure_gtc - mean_gc[:, None, :])[present_gt]
    scale = np.sqrt((x**2).mean(axis=0))
    moving = np.flatnonzero(scale > 1e-12 * np.abs(dataset.exposure_gtc).max(axis=(0, 1), initial=1e-300))
    names = [dataset.channel_names[i] for i in moving]
    if len(moving) < 2 or len(x) <= len(moving) + 1:
        return
    x = x[:, moving] / scale[moving]
    correlation = x.T @ x / len(x)
    for i in range(len(names)):
        for j in range(i + 1, len(names)):
            r = correlation[i, j]
            if abs(r) > MAX_CORRELATION:
                yield found("warning", f"{names[i]}, {names[j]}", f"move together: correlation {r:.2f}")
    # R of QR has the same products as the rows, and as many rows as channels.
    x = np.linalg.qr(x, mode="r") * np.sqrt(len(names) / len(x))
    for i, name in enumerate(names):
        others = np.delete(x, i, axis=1)
        fitted = others @ np.linalg.lstsq(others, x[:, i], rcond=None)[0]
        residual = float(np.mean((x[:, i] - fitted) ** 2))
        vif = 1 / max(residual, 1e-12)
        if vif > MAX_VIF:
            shown = f"{vif:,.0f}" if vif < 1e6 else "over a million"
            yield found("warning", name, f"the other channels explain it: VIF {shown} (above {MAX_VIF:.0f})")


CHECK = Check(
    name="collinear",
    title="Channels that move together",
    why="what two channels do at the same time can't be told apart by looking",
    advice="merge the channels, vary one of them on purpose, or test one and state its roi as a prior",
    find=find,
)
