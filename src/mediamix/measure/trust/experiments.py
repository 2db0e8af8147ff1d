"""Experiments that contradict the data, or each other."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import chance, quantity, times
from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found
from mediamix.models.calibration import Calibration, Compared, Predicted

#: A lift so far from what the rest says is no accident, shared by a channel's tests; nor are all of its lifts
#: at once.
CHANCE, TOGETHER = 0.01, 0.02


def contradicted(one: Compared, calibration: Calibration) -> tuple[str, Predicted] | None:
    """Who contradicts an experiment, and what they say; None where nobody does.

    Each of several tests of a channel has its part of the chance: alarms don't grow with their number.
    """
    least = CHANCE / max(sum(other.channel == one.channel for other in calibration.tests), 1)
    for who, said in (("the data alone", one.data), ("the data and the other tests", one.others)):
        if said is not None and said.chance < least:
            return who, said
    return None


def at_odds(calibration: Calibration) -> dict[str, float]:
    """Channel → chance of its tests at once, where no single one is contradicted but all together are."""
    single = {one.channel for one in calibration.tests if contradicted(one, calibration) is not None}
    return {
        name: chance
        for name, chance in calibration.together.items()
        if chance < TOGETHER and name not in single
    }


def in_words(one: Compared, value: float, error: float) -> str:
    """A lift and its standard error: a return where there is one."""
    if one.per is None:
        return f"a lift of {quantity(value)} ± {quantity(error)}"
    return f"{times(value * one.per)} ± {times(error * abs(one.per))}"


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning for each experiment that the rest contradicts, and for those that only together do."""
    calibration = None if evidence.refits is None else evidence.refits.calibration
    if calibration is None:
        return
    for name, of_all in at_odds(calibration).items():
        count = sum(one.channel == name for one in calibration.tests)
        yield found(
            "warning",
            name,
            f"the {count} tests of {name} together are by chance as far from what the data alone say in "
            f"{chance(of_all)} of cases, though none of them is by itself",
        )
    for one in calibration.tests:
        if (said := contradicted(one, calibration)) is not None:
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
    f"under {CHANCE:.0%} of cases, over the number of the channel's tests; or all tests of a channel "
    f"together from what the data alone say, in under {TOGETHER:.0%}",
    false_alarms="5 of 100 sound channels with three tests each",
    why="one of the two is wrong: a fit that weighs both is between them, and surer than it should be",
    advice="look at the test first: its days, its change of spend, what else ran; if it holds, something "
    "drives both spend and outcome that the model doesn't know: name it as a control, or, where nobody wrote "
    "it down, the channel's own spend",
    find=find,
)
