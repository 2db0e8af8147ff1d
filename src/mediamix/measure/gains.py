"""What checks share whose evidence is a refit: is another spec better by more than chance?"""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.types import Finding
from mediamix.measure.checking import Evidence, found

#: A gain counts from so many nats and so many standard errors on, if its weights can be trusted.
LEAST, ERRORS, PARETO_K = 4.0, 2.0, 1.0
#: The same in words, for thresholds.
WHEN = f"by over {LEAST:.0f} nats and {ERRORS:.0f} standard errors"


def better(evidence: Evidence, check: str, where: str, message: str) -> Iterator[Finding]:
    """Warning where what `check` had refitted predicts better, with the words that try it."""
    gain = None if evidence.refits is None else evidence.refits.gain(check)
    if gain is None or gain.gain < max(LEAST, ERRORS * gain.error) or gain.pareto_k > PARETO_K:
        return
    yield found(
        "warning",
        where,
        f"{message}: `{gain.words}` predicts better by {gain.gain:.1f} ± {gain.error:.1f}",
        advice=f"try `{gain.words}`",
    )
