"""Processes of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mediamix.core.machine import cores
from mediamix.spread.contract import Ended, Engine, Means, Task, Work, mine
from mediamix.spread.workers import Workers


def spread(work: Work, tasks: Sequence[Task], means: Means) -> Iterator[Ended]:
    """One process per core; none where nothing is to do."""
    own = mine(tasks, means.shard)
    workers = means.workers or max(1, cores() // means.threads)
    yield from Workers(work, workers, means.environment, means.attempts).map(own)


ENGINE = Engine(
    name="local",
    title="Processes of this machine",
    summary="As many processes as there are cores; one that is killed is replaced and its fit begun again.",
    map=spread,
)
