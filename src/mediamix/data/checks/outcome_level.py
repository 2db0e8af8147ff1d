"""An outcome that is constant, negative or mostly zero.

Judged on the sum over geos, as if all had been observed. Many zeros are the mark of a period that is
too short for the outcome, or of a column that isn't the outcome.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.types import Finding
from mediamix.data.checking import Check, Evidence, found, outcome_t, some

MOSTLY = 0.5
MANY = 0.1


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error if constant or mostly at or below zero; warning for many zeros or negative values."""
    dataset = evidence.trained
    if dataset is None:
        return
    total_t = outcome_t(dataset)
    known = np.isfinite(total_t)
    total_t, dates = total_t[known], dataset.dates[known]
    where = f"outcome '{dataset.outcome_name}'"
    if not known.any():
        return
    if np.ptp(total_t) == 0:
        yield found("error", where, f"the outcome is {total_t[0]:,.6g} in every period")
        return
    low = float(np.mean(total_t <= 0))
    if low > MANY:
        yield found(
            "error" if low > MOSTLY else "warning",
            where,
            f"{low:.0%} of the periods have an outcome of zero or less",
        )
    negative = total_t < 0
    if negative.any():
        yield found(
            "warning",
            f"{where}: {some(dates[negative])}",
            f"{negative.sum()} periods have a negative outcome (returns booked later?)",
            advice="book returns on the date of their order, or explain the outcome before returns",
        )


CHECK = Check(
    name="outcome_level",
    title="Outcome that is constant, negative or mostly zero",
    why="there is nothing that media could be seen to move",
    advice="check `outcome.column`; aggregate to weeks if days are mostly without outcome",
    find=find,
)
