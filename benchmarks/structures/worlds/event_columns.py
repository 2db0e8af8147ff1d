"""Twelve kinds of promotion, a few weeks each, that bring much the same; the last came once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediamix.core.types import Event
from structures.world import Structured, World, mean_outcome, weekly, with_outcome, world

NAMES = tuple(f"promotion {k + 1}" for k in range(12))
#: Of the mean outcome of a week: what they bring, and how they differ.
SIZE, SPREAD = 0.08, 0.05
WIDE = {"wide": "table.csv", "media": {"tv": {"spend": "tv"}}, "events": list(NAMES)}


def has(seed: int) -> World:
    """Whoever fits it blindly doesn't know of them."""
    made = weekly(seed)
    rng = np.random.default_rng([37, seed])
    dates = made.dataset.dates
    events, more_t = [], np.zeros(len(dates))
    for name in NAMES:
        weeks = rng.choice(len(dates), 1 if name == NAMES[-1] else rng.integers(3, 9), replace=False)
        more_t[weeks] += rng.normal(SIZE, SPREAD)
        events += [Event(name, day, day + 6) for day in dates[weeks]]
    blind = with_outcome(made, mean_outcome(made) * more_t[None])
    known = replace(blind, events=(*blind.events, *events))
    return replace(world(made, {"data": WIDE}), dataset=known, blind_dataset=blind)


STRUCTURE = Structured(
    name="event_columns",
    title="twelve kinds of promotion, much alike",
    said="data: {events: [COLUMN, …]}",
    has=has,
    lacks=lambda seed: world(weekly(seed)),
    checks=("heavy_tails", "autocorrelation", "explained"),
)
