"""Days around holidays that a spec lacks: found where they move the outcome, and only there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.spec import Holidays, Spec
from mediamix.core.types import Every
from mediamix.data.dataset import Dataset
from mediamix.data.holiday import holiday_events
from mediamix.measure.refitting import refit
from mediamix.measure.summary import summarise
from mediamix.measure.trust.spilled_holidays import variant
from mediamix.models.bayes import fit
from mediamix.models.design import baseline_blocks
from mediamix.simulate import Scenario, simulate

pytest.importorskip("holidays", reason="the package holidays is not installed")
SHORT = {"chains": 2, "draws": 200, "tune": 200}
US = Spec(holidays={"country": "US"}, sampler=SHORT)


def world(before: float) -> Dataset:
    """118 weeks; each US holiday takes 10 % of a day, and each of the seven days before adds `before`."""
    made = simulate(replace(Scenario.weekly(5), periods=118, channels=2)).dataset
    first, last = made.dates[0], made.dates[-1] + 6
    calendar = holiday_events(Holidays(country="US"), first - 8, last + 8)
    lift = {day.start + k: (before if k else -0.1) for day in calendar for k in range(-7, 1)}
    weekly = np.array([sum(lift.get(week + k, 0.0) for k in range(7)) / 7 for week in made.dates])
    inside = tuple(day for day in calendar if day.end >= first and day.start <= last)
    outcome = made.outcome_gt * (1 + weekly)
    return replace(made, outcome_gt=outcome, events=(*made.events, *inside))


@pytest.mark.parametrize(("before", "found"), [(0.3, True), (0.0, False)])
def test_it_speaks_where_days_before_move_the_outcome(before: float, found: bool) -> None:
    made = fit(world(before), US)
    made = replace(made, run=replace(made.run, refits=refit(made)))
    told = [f for f in summarise(made).model_findings if f.check == "spilled_holidays"]
    assert bool(told) == found
    if found:
        assert told[0].advice == "try `holidays: {country: US, before: 7, after: 3}`"


def test_what_is_tried_are_the_columns_of_the_spec_that_it_advises() -> None:
    data = world(0.0)
    tried = variant(data, US)
    assert tried is not None
    changed, spec, _ = tried
    assert spec.holidays == Holidays(country="US", before=7, after=3)
    (block,) = [b for b in baseline_blocks(changed, spec) if b.component == "events"]
    column = dict(zip(block.names, block.matrix.T, strict=True))
    at = int(np.searchsorted(data.dates, np.datetime64("2023-12-25"), side="right")) - 1
    days = [str(data.dates[at] + k) for k in range(7)]
    before = sum("2023-12-18" <= day <= "2023-12-24" for day in days) / 7
    assert column["before Christmas Day"][at] == pytest.approx(before)


@pytest.mark.parametrize(
    ("spec", "change"),
    [
        (Spec(), {}),
        (Spec(holidays={"country": "US", "before": 7, "after": 3}), {}),
        (US, {"every": Every.MONTH}),
        (US, {"short": True}),
    ],
)
def test_where_it_does_not_apply(spec: Spec, change: dict) -> None:
    data = world(0.0)
    if "short" in change:
        data = simulate(replace(Scenario.weekly(5), periods=60, channels=2)).dataset
    elif change:
        data = replace(data, **change)
    assert variant(data, spec) is None


def test_without_the_package_nothing_is_tried(monkeypatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "holidays", None)
    assert variant(world_without(), US) is None


def world_without() -> Dataset:
    return simulate(replace(Scenario.weekly(5), periods=118, channels=2)).dataset
