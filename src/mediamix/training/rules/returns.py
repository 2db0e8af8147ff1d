"""Returns of channels that moved further than some new weeks can explain."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mediamix.core.numbers import span, times
from mediamix.measure.interval import Interval
from mediamix.training.bounds import Bound
from mediamix.training.case import Case, Side
from mediamix.training.rule import Answer, Rule

#: Standard deviations in a 90 % interval of a normal distribution.
WIDTH = 3.29
#: A posterior narrower than this share of its mean is as good as known: what matters is a twentieth of it.
NARROW = 0.05


def judge(case: Case, bounds: Mapping[str, float]) -> Answer:
    """The return of every channel moves by at most some standard deviations of its posterior.

    Two runs share nearly all of their data, so that what one more week does is a tenth of a standard
    deviation.
    """
    if case.old is None:
        return Answer(None, "no run is promoted")
    before, after = _returns(case.old), _returns(case.new)
    moved = {name: _moved(before[name], after[name]) for name in after if name in before}
    far = {
        name: f"{_shown(before[name])} → {_shown(after[name])}: {abs(sds):.1f} standard deviations"
        for name, sds in moved.items()
        if abs(sds) > bounds["sds"]
    }
    most = max(moved, key=lambda name: abs(moved[name]), default=None)
    words = "; ".join(f"{name} {line}" for name, line in far.items())
    if not far:
        words = (
            "no channel is in both runs"
            if most is None
            else f"{most} moved most, by {abs(moved[most]):.1f} standard deviations"
        )
    return Answer(not far if moved else None, words, far, {"moved": moved})


def _returns(side: Side) -> dict[str, Interval]:
    """Channel → what a unit of its spend brings; without spend what it brings in a period."""
    channels: Mapping[str, Mapping[str, Any]] = side.summary["channels"]
    periods = max(int(side.summary["window"]["periods"]), 1)
    found = {}
    for name, channel in channels.items():
        per = channel.get("roi")
        scale = 1.0
        if per is None:
            per, scale = channel["contribution"], 1.0 / (channel["spend"] or periods)
        found[name] = Interval(**{key: per[key] * scale for key in ("mean", "p5", "p50", "p95")})
    return found


def _moved(before: Interval, after: Interval) -> float:
    """How far the mean moved, in standard deviations of a posterior (root of the mean square of the two)."""
    sds = [(one.p95 - one.p5) / WIDTH for one in (before, after)]
    sd = math.sqrt(sum(one * one for one in sds) / 2.0)
    return (after.mean - before.mean) / max(sd, NARROW * abs(before.mean), 1e-300)


def _shown(one: Interval) -> str:
    return f"{times(one.mean)} ({span(one.p5, one.p95, times)})"


RULE = Rule(
    name="returns",
    title="No channel's return jumps",
    why="a return that jumps between two trainings was wrong before, is wrong now, or the world has changed",
    advice="open the report: it says what changed since the promoted run: restated months, spec, periods",
    concern="drift",
    bounds=(Bound("sds", 1.0, "standard deviations of its posterior by which a channel's return may move"),),
    judge=judge,
)
