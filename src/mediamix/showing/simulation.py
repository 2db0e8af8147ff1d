"""The card of a `Simulation`: the market that was made up, and its truth."""

from __future__ import annotations

from mediamix.core.card import Card
from mediamix.core.numbers import percent, quantity, times
from mediamix.showing.dataset import card as dataset_card
from mediamix.simulate import Simulation


def card(made: Simulation) -> Card:
    """The dataset's lines and picture; a row per channel with what it truly brought."""
    data, truth = dataset_card(made.dataset), made.truth
    brought = truth.contribution_gtc.sum(axis=(0, 1))
    rows = [
        (name, quantity(float(truth.spend_c[c])), quantity(float(brought[c])), times(truth.roi.get(name)))
        for c, name in enumerate(truth.channel_names)
    ]
    return Card(
        title=f"Simulation: {made.dataset.outcome_name} of a made-up market, seed {truth.scenario.seed}",
        lines=(*data.lines[:-1], ("truth", f"media cause {percent(truth.share)} of the outcome")),
        columns=("channel", "spend", "truly brought", "true ROI"),
        rows=tuple(rows),
        picture=data.picture,
        next_step="mm.fit(made.dataset), then compare with made.truth",
    )
