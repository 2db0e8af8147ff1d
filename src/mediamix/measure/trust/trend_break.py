r"""A level that changes once: the largest cumulative sum of residuals.

.. math:: \max_t |\sum_{s \le t} e_s| / (\sigma \sqrt n)

Around a smooth trend the sums stay small; where the trend cuts through a step, they swing on both sides.
Source: Brown, Durbin & Evans (1975); Ploberger & Krämer (1992), The CUSUM test with OLS residuals.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found, trained

#: Of a Brownian bridge 1.36 is reached in 5 %; a fitted trend takes most of that away.
LIMIT = 0.6
PERIODS = 30


def cusum(residual_n: Float[np.ndarray, " row"]) -> tuple[float, int]:
    """The largest cumulative sum over ``σ √n``, and where the level seems to change."""
    z = residual_n - residual_n.mean()
    sums = np.cumsum(z) / (z.std() * np.sqrt(len(z)))
    return float(np.abs(sums).max()), int(np.abs(sums).argmax())


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where residuals add up."""
    rows = trained(evidence.common_t)
    if len(rows) < PERIODS or not rows.std() > 0:
        return
    largest, _ = cusum(rows)
    if largest > LIMIT:
        yield found(
            "warning",
            "trend",
            f"the level changes in a way that the trend can't follow (CUSUM {largest:.2f})",
        )


CHECK = Check(
    name="trend_break",
    title="A level that changes at once",
    threshold=f"cumulative residuals over {LIMIT} of their scale",
    false_alarms="0 of 60 sound worlds",
    why="the trend cuts the corner, and media take up what is left",
    advice="name what happened as an event or a control that is 0 before and 1 after it, or closer knots "
    "(`trend: {every: 13}`)",
    find=find,
)
