"""One part of n, for the array jobs of a cloud: each machine takes its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

from mediamix.core.errors import SpecError
from mediamix.spread.contract import Ended, Engine, Means, Task, Work
from mediamix.spread.engine.local import spread as here

#: Where clouds say which part this machine is, from 0, and how many there are.
INDEX = (
    "CLOUD_RUN_TASK_INDEX",
    "AWS_BATCH_JOB_ARRAY_INDEX",
    "JOB_COMPLETION_INDEX",
    "SLURM_ARRAY_TASK_ID",
)
COUNT = ("CLOUD_RUN_TASK_COUNT", "AWS_BATCH_JOB_ARRAY_SIZE", "SLURM_ARRAY_TASK_COUNT")


def shard_of(text: str) -> tuple[int, int]:
    """``3/20`` is the fourth of twenty; ``/20`` has its index from the environment.

    Raises:
        SpecError: It is neither, or out of range.
    """
    index, slash, count = text.partition("/")
    known = index.strip() or _said(INDEX)
    if not slash or not count.strip().isdecimal() or (known is not None and not known.strip().isdecimal()):
        raise _refusal("this is not a shard", text)
    if known is None:
        raise _refusal(f"nothing says which of the {count} shards this is", text)
    return _within(int(known), int(count), text)


def part(means: Means) -> tuple[int, int]:
    """The shard that was asked for, or that the environment tells.

    Raises:
        SpecError: Neither says it.
    """
    if means.shard is not None:
        return means.shard
    index, count = _said(INDEX), _said(COUNT)
    if index is None or count is None or not (index.isdecimal() and count.isdecimal()):
        known = {name: os.environ[name] for name in (*INDEX, *COUNT) if name in os.environ}
        told = ", ".join(f"{name}={value}" for name, value in known.items())
        raise _refusal("nothing says which shard this is, and of how many", told or "none of these variables")
    return _within(int(index), int(count), f"{index}/{count}")


def _said(names: Sequence[str]) -> str | None:
    return next((os.environ[name].strip() for name in names if os.environ.get(name, "").strip()), None)


def _within(index: int, count: int, text: str) -> tuple[int, int]:
    if not 0 <= index < count:
        raise _refusal(f"there is no shard {index} of {count}", text)
    return index, count


def _refusal(what: str, got: str) -> SpecError:
    return SpecError(
        what,
        expected=f"--shard i/n with i from 0 to n − 1, or --shard /n with i in one of {', '.join(INDEX)}",
        got=got,
        next_step="say --shard 0/20 on the first of twenty machines, 1/20 on the next",
    )


def spread(work: Work, tasks: Sequence[Task], means: Means) -> Iterator[Ended]:
    """The tasks of this shard, in processes of this machine."""
    yield from here(work, tasks, replace(means, shard=part(means)))


ENGINE = Engine(
    name="shard",
    title="One part of n",
    summary="Every n-th fit, in processes of this machine: for array jobs of a cloud, which say which part.",
    map=spread,
    part=part,
)
