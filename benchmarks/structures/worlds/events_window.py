"""Events whose effect builds up before them and fades after them."""

from __future__ import annotations

from dataclasses import replace

from mediamix.simulate import Structure
from structures.world import Structured, World, weekly, world

DAYS = 14


def has(seed: int) -> World:
    """Two weeks before and after each event."""
    made = weekly(seed, Structure(event_lead=DAYS, event_lag=DAYS))
    names = sorted({event.name for event in made.dataset.events})
    stated = {"events": {name: {"before": DAYS, "after": DAYS} for name in names}}
    return replace(world(made, stated), tables=made.tables)


STRUCTURE = Structured(
    name="events_window",
    title="events that work on the weeks around them",
    said="events: {NAME: {before: 14, after: 14}}",
    has=has,
    lacks=lambda seed: world(weekly(seed)),
    checks=("season", "holidays", "yearly_residual", "autocorrelation"),
)
