"""Public holidays on which people buy, and no event says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediamix.data.holiday import holiday_events
from structures.world import Structured, World, mean_outcome, weekly, with_outcome, world

COUNTRY = "US"
#: Of the mean outcome: what one holiday brings in its week, and how holidays differ.
SIZE, SPREAD = 0.10, 0.05


def has(seed: int) -> World:
    """Each holiday has a size of its own, the same every year."""
    made = weekly(seed, events=())
    rng = np.random.default_rng([23, seed])
    dates = made.dataset.dates
    last = dates[-1] + np.timedelta64(6, "D")
    days = holiday_events(COUNTRY, dates[0], last)
    size = {name: rng.normal(SIZE, SPREAD) for name in sorted({day.name for day in days})}
    more_t = np.zeros(len(dates))
    for day in days:
        more_t[np.searchsorted(dates, day.start, side="right") - 1] += size[day.name]
    dataset = with_outcome(made, mean_outcome(made) * more_t[None])
    outcome = made.tables.outcome.assign(**{dataset.outcome_name: dataset.outcome_gt[0]})
    tables = replace(made.tables, outcome=outcome)
    return replace(world(made, {"holidays": {"country": COUNTRY}}), dataset=dataset, tables=tables)


STRUCTURE = Structured(
    name="holidays",
    title="public holidays",
    said="holidays: {country: US}",
    has=has,
    lacks=lambda seed: world(weekly(seed, events=())),
    checks=("holidays", "season", "yearly_residual"),
)
