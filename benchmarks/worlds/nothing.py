"""Markets with one useless channel, and markets without one: what does a fit say of "nothing"?

Half of them are drawn by the simulator (`Scenario.weekly`), half by the independent generators.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate
from worlds.kinds import CHOOSE, JUDGE, Kind
from worlds.make import USELESS_ROI, USELESS_SPEND, make
from worlds.score import NOTHING, draws_of

#: First seeds, far from those that anything was chosen on.
FIRST = 30_001
#: A channel that this much of the posterior calls nothing is called nothing.
CALLED = 0.9


@dataclass(frozen=True)
class Seen:
    """A market and what its fit says.

    Args:
        source: Of the market.
        useless: Position of the useless channel; None: there is none.
        part: Its part of all spend.
        roi_c: True ROI per channel.
        low_c: 5 % points of the posterior ROI.
        mean_c: Posterior means of the ROI.
        nothing_c: Posterior probability of a ROI under 0.1.
    """

    source: str
    useless: int | None
    part: float
    roi_c: np.ndarray
    low_c: np.ndarray
    mean_c: np.ndarray
    nothing_c: np.ndarray


def of_simulator(seed: int, useless: bool) -> tuple[Dataset, np.ndarray, int | None]:
    """A market, the true contributions, and the position of the useless channel."""
    rng = np.random.default_rng(seed)
    scenario = Scenario.weekly(seed)
    market = simulate(scenario)
    where = None
    if useless:
        channels = list(market.truth.channels)
        where = int(rng.integers(len(channels)))
        part = rng.uniform(*USELESS_SPEND)
        others = sum(c.spend_share for i, c in enumerate(channels) if i != where)
        weight = part / (1.0 - part) * others
        channels[where] = replace(channels[where], roi=USELESS_ROI, spend_share=weight)
        market = simulate(replace(scenario, channels=tuple(channels), variation=None))
    truth = np.array([market.truth.contribution[name] for name in market.dataset.channel_names])
    return market.dataset, truth, where


def of_worlds(seed: int, useless: bool, kinds: tuple[Kind, ...]) -> tuple[Dataset, np.ndarray, int | None]:
    """The same of the independent generators, from kinds in turn."""
    kind = replace(kinds[seed % len(kinds)], useless=useless, nothing=0.0)
    world = make(kind, seed)
    return world.dataset, world.truth_c, 0 if useless else None


def look(source: str, dataset: Dataset, truth: np.ndarray, useless: int | None, spec: Spec) -> Seen:
    """Fit, and read off the ROI."""
    spend_c = dataset.spend_gtc.sum(axis=(0, 1))
    roi_dc = draws_of(fit(dataset, spec)) / spend_c
    return Seen(
        source,
        useless,
        0.0 if useless is None else float(spend_c[useless] / spend_c.sum()),
        truth / spend_c,
        np.quantile(roi_dc, 0.05, axis=0),
        roi_dc.mean(axis=0),
        (roi_dc < NOTHING).mean(axis=0),
    )


def markets(n: int, useless: bool) -> Iterator[tuple[str, Dataset, np.ndarray, int | None]]:
    """`n` of each source."""
    for seed in range(FIRST, FIRST + n):
        yield ("simulator", *of_simulator(seed, useless))
    for seed in range(FIRST, FIRST + n):
        yield ("independent", *of_worlds(seed, useless, (*CHOOSE, *JUDGE)))
