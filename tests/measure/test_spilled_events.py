"""Days around events that a spec lacks: found where they move the outcome, and only there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.spec import Around, Spec
from mediamix.core.types import Event, Every
from mediamix.data.dataset import Dataset
from mediamix.measure.refitting import refit
from mediamix.measure.summary import summarise
from mediamix.measure.trust.spilled_events import MOST, variant
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate

SPEC = Spec(sampler={"chains": 2, "draws": 200, "tune": 200})


def world(before: float) -> Dataset:
    """118 weeks; a fair four times, and in the two weeks before it people buy more."""
    made = simulate(replace(Scenario.weekly(5), periods=118, channels=2, events=())).dataset
    weeks = np.array([20, 44, 71, 99])
    more = np.zeros(118)
    more[weeks] += 0.1
    more[weeks - 1] += before
    more[weeks - 2] += before
    fairs = tuple(Event("fair", made.dates[t], made.dates[t] + 6) for t in weeks)
    return replace(made, outcome_gt=made.outcome_gt * (1 + more), events=fairs)


@pytest.mark.parametrize(("before", "found"), [(0.15, True), (0.0, False)])
def test_it_speaks_where_the_weeks_before_move_the_outcome(before: float, found: bool) -> None:
    made = fit(world(before), SPEC)
    made = replace(made, run=replace(made.run, refits=refit(made)))
    told = [f for f in summarise(made).model_findings if f.check == "spilled_events"]
    assert bool(told) == found
    if found:
        assert told[0].advice == "try `events: {fair: {before: 14, after: 14}}`"


def test_what_is_tried() -> None:
    data = world(0.0)
    tried = variant(data, SPEC)
    assert tried is not None
    changed, spec, _ = tried
    assert spec.events == {"fair": Around(before=14, after=14)}
    fair = data.dates[44]
    assert Event("before fair", fair - 14, fair - 1) in changed.events
    assert Event("after fair", fair + 7, fair + 20) in changed.events
    assert set(data.events) < set(changed.events)


def test_where_it_does_not_apply() -> None:
    data = world(0.0)
    day = data.dates[3]
    many = tuple(Event(f"e{k}", day, day) for k in range(MOST + 1))
    assert variant(replace(data, events=()), SPEC) is None
    assert variant(replace(data, events=many), SPEC) is None
    assert variant(replace(data, every=Every.MONTH), SPEC) is None
    assert variant(data, Spec(events={"fair": {"before": 3}})) is None


def test_holidays_are_left_to_their_own_check() -> None:
    pytest.importorskip("holidays", reason="the package holidays is not installed")
    data = world(0.0)
    christmas = np.datetime64("2023-12-25")
    data = replace(data, events=(Event("Christmas Day", christmas, christmas),))
    assert variant(data, Spec(holidays={"country": "US"})) is None
    assert variant(data, SPEC) is not None
