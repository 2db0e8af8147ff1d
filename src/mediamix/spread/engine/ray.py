"""A Ray cluster: one that is there already, or one of this machine for as long as the work takes."""

from __future__ import annotations

import os
import pickle
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mediamix.core.extras import extras_of
from mediamix.core.machine import cores
from mediamix.spread.contract import BrokenError, Ended, Engine, Means, Task, Work, attempt, lost, mine

#: Tasks that are handed over ahead, per core of the cluster: what they are given lies in its memory.
AHEAD = 2
#: Unless somebody says otherwise Ray tells its maker how it is used, asks for a token, and under `uv run`
#: copies the working folder to every node and installs it there again. It reads these when it is imported.
SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "disabled",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


def _there(packed: bytes, path: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """On a node: bound the threads before the first library starts them, then work."""
    os.environ.update(environment)
    sys.path.extend(folder for folder in path if folder not in sys.path)
    work, argument = pickle.loads(packed)  # noqa: S301
    return attempt(work, argument)


@contextmanager
def _cluster(ray: Any, means: Means) -> Iterator[int]:
    """A connection, and how many tasks are computed at once."""
    own = not ray.is_initialized()
    if own:
        quiet = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": True}
        if os.environ.get("RAY_ADDRESS"):
            ray.init(**quiet)
        else:
            number = (means.workers or max(1, cores() // means.threads)) * means.threads
            ray.init(num_cpus=number, include_dashboard=False, **quiet)
    try:
        there = int(ray.cluster_resources().get("CPU", 1)) // means.threads
        yield max(1, min(there, means.workers or there))
    finally:
        if own:
            ray.shutdown()


@extras_of("the engine ray")
def _ray() -> Any:
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    import ray

    return ray


def spread(work: Work, tasks: Sequence[Task], means: Means) -> Iterator[Ended]:
    """Tasks on all nodes; one whose process or node dies is begun again on another."""
    ray = _ray()
    waiting = deque((task, 1) for task in mine(tasks, means.shard))
    if not waiting:
        return
    with _cluster(ray, means) as at_once:
        # Begun again here, not by Ray: every engine counts attempts alike.
        there = ray.remote(num_cpus=means.threads, max_retries=0)(_there)
        at_work: dict[Any, tuple[Task, int]] = {}
        path = list(sys.path)
        ahead = at_once * AHEAD if means.workers is None else at_once
        try:
            while waiting or at_work:
                while waiting and len(at_work) < ahead:
                    task, number = waiting.popleft()
                    # Packed here: by reference, so that the work is what the node has installed.
                    packed = pickle.dumps((work, task.argument))
                    at_work[there.remote(packed, path, means.environment)] = task, number
                for reference in ray.wait(list(at_work), num_returns=1)[0]:
                    task, number = at_work.pop(reference)
                    try:
                        made = ray.get(reference)
                    except ray.exceptions.RayTaskError as error:
                        raise BrokenError(f"a node can't do the work: {error.cause}") from error
                    except ray.exceptions.RayError as error:
                        if number < means.attempts:
                            waiting.appendleft((task, number + 1))
                        else:
                            yield lost(task, number, f"{type(error).__name__}: {str(error).splitlines()[0]}")
                        continue
                    yield Ended(task, attempts=number, **made)
        finally:
            for reference in at_work:
                ray.cancel(reference, force=True)


ENGINE = Engine(
    name="ray",
    title="A Ray cluster",
    summary="The cluster of RAY_ADDRESS, or one of this machine; a fit whose node dies is begun on another.",
    map=spread,
)
