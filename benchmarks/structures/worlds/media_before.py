"""Media that ran half a year before the first outcome, and still work in its first weeks."""

from __future__ import annotations

from dataclasses import replace

from mediamix.data.dataset import Dataset
from structures.world import Structured, World, weekly

WEEKS, BEFORE = 156, 26


def shown(dataset: Dataset) -> Dataset:
    """The last `WEEKS` weeks, without what ran before them."""
    return replace(
        dataset,
        dates=dataset.dates[-WEEKS:],
        outcome_gt=dataset.outcome_gt[:, -WEEKS:],
        spend_gtc=dataset.spend_gtc[:, -WEEKS:],
        exposure_gtc=dataset.exposure_gtc[:, -WEEKS:],
        controls_gtk=dataset.controls_gtk[:, -WEEKS:],
    )


def made(seed: int, before: int) -> World:
    """A market that was there before its first outcome, or whose first outcome is that of its first week.

    Effects are slow, so that there is something to carry over: half-lives are twice as long.
    """
    slow = tuple(replace(one, half_life=2 * one.half_life) for one in weekly(seed).truth.channels)
    found = weekly(seed, periods=WEEKS + before, channels=slow)
    names, late_tc = found.truth.channel_names, found.truth.contribution_gtc[0, -WEEKS:]
    truth = dict(zip(names, late_tc.sum(axis=0).tolist(), strict=True))
    blind = shown(found.dataset)
    if not before:
        return World(blind, truth, {})
    known = replace(
        blind,
        before_exposure_gtc=found.dataset.exposure_gtc[:, :before],
        before_spend_gtc=found.dataset.spend_gtc[:, :before],
    )
    return World(known, truth, {}, blind_dataset=blind)


STRUCTURE = Structured(
    name="media_before",
    title="media from before the first outcome",
    said="media rows that start before the outcome",
    has=lambda seed: made(seed, BEFORE),
    lacks=lambda seed: made(seed, 0),
    checks=("autocorrelation", "closer_knots"),
)
