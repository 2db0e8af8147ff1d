"""Experiments that contradict the data, or each other."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import chance, quantity, times
from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found
from mediamix.models.calibration import Compared, Predicted

#: A lift so far from what the rest says is no accident.
CHANCE = 0.01


def contradicted(one: Compared) -> tuple[str, Predicted] | None:
    """Who contradicts an experiment, and what they say; None where nobody does."""
    for who, said in (("the data alone", one.data), ("the data and the other tests", one.others)):
        if said is not None and said.chance < CHANCE:
            return who, said
    return None


def in_words(one: Compared, value: float, error: float) -> str:
    """A lift and its standard error: a return where there is one."""
    if one.per is None:
        return f"a lift of {quantity(value)} ± {quantity(error)}"
    return f"{times(value * one.per)} ± {times(error * abs(one.per))}"


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning for each experiment that the rest contradicts."""
    calibration = None if evidence.refits is None else evidence.refits.calibration
    for one in () if calibration is None else calibration.tests:
        if (said := contradicted(one)) is not None:
            who, other = said
            yield found(
                "warning",
                one.channel,
                f"the test of {one.label} says {in_words(one, one.lift, one.error)}, {who} "
                f"say {in_words(one, other.mean, other.sd)}: by chance as far apart in "
                f"{chance(other.chance)} of cases; the fit says "
                f"{in_words(one, one.fitted.mean, one.fitted.sd)}",
            )


CHECK = Check(
    name="experiments",
    title="Experiments that the data or other experiments contradict",
    threshold="a lift that is as far from what the data alone, or the data and all other tests, say in "
    f"under {CHANCE:.0%} of cases",
    false_alarms="1 of 100 tests, by its threshold",
    why="one of the two is wrong: a fit that weighs both is between them",
    advice="look at the test first: its days, its change of spend, what else ran; if it holds, something "
    "drives both spend and outcome that the model doesn't know (name it as a control), and the test is to be "
    "believed",
    find=find,
)
