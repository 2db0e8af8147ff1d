"""Public holidays before which people buy more every day, on which they buy less, and rest after."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediamix.core.spec import Holidays, parse_spec
from mediamix.data.holiday import holiday_events
from mediamix.data.read import build
from structures.world import Structured, World, mean_outcome, weekly, with_outcome

COUNTRY = "US"
DAYS_BEFORE, DAYS_AFTER = 7, 3
#: Of a mean day's outcome: the day before a holiday (less and less, back to a week before), and the holiday.
RISE, ON, SPREAD = 0.20, -0.10, 0.25
KNOWN = {"holidays": {"country": COUNTRY}}
STATED = {"holidays": {"country": COUNTRY, "before": DAYS_BEFORE, "after": DAYS_AFTER}}


def made_with(seed: int, rise: float) -> World:
    """Each holiday has sizes of its own, the same every year; the calendar is known to both fits."""
    made = weekly(seed, events=())
    rng = np.random.default_rng([31, seed])
    dates = made.dataset.dates
    calendar = holiday_events(Holidays(country=COUNTRY), dates[0] - 10, dates[-1] + 16)
    sizes = {
        name: (rng.normal(ON, SPREAD), abs(rng.normal(rise, rise / 2)), rng.normal(-rise, rise / 2) / 5)
        for name in sorted({day.name for day in calendar})
    }
    lift: dict[np.datetime64, float] = {}
    for day in calendar:
        on, before, after = sizes[day.name]
        parts = {-k: before * (DAYS_BEFORE + 1 - k) / DAYS_BEFORE for k in range(1, DAYS_BEFORE + 1)}
        for k, effect in {0: on, **parts, **dict.fromkeys(range(1, DAYS_AFTER + 1), after)}.items():
            lift[day.start + k] = lift.get(day.start + k, 0.0) + effect
    more_t = np.array([sum(lift.get(week + k, 0.0) for k in range(7)) / 7 for week in dates])
    dataset = with_outcome(made, mean_outcome(made) * more_t[None])
    outcome = made.tables.outcome.assign(**{dataset.outcome_name: dataset.outcome_gt[0]})
    tables = replace(made.tables, outcome=outcome)
    known = build(tables, parse_spec(KNOWN))
    return World(dataset, dict(made.truth.contribution), STATED, KNOWN, known, tables)


STRUCTURE = Structured(
    name="holidays_window",
    title="holidays that move the days around them",
    said="holidays: {country: US, before: 7, after: 3}",
    has=lambda seed: made_with(seed, RISE),
    lacks=lambda seed: made_with(seed, 0.0),
    checks=("spilled_holidays", "holidays", "season", "yearly_residual"),
)
