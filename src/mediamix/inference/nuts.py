"""Sampling by NUTS: nutpie's Rust core, fed with native densities.

One small interface, `sample`. Only nutpie's extension module is loaded (`inference.nutpie_core`), not
its package, whose import takes seconds (it pulls in ArviZ and matplotlib) and which isn't needed here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from mediamix.core import seeds
from mediamix.core.errors import MediamixError
from mediamix.core.machine import cores
from mediamix.core.spec import Sampler
from mediamix.inference import nutpie_core
from mediamix.inference.density import Density, callbacks
from mediamix.inference.progress import Progress
from mediamix.inference.stuck import Rescue

POLL_SECONDS = 0.1
START_SD = 0.5
#: Mean acceptance that the step size is adapted to: higher is a smaller step, fewer divergences, more time.
ACCEPT = 0.8
#: Sampler statistics that are kept, by ArviZ's names.
STATS = {
    "diverging": "diverging",
    "energy": "energy",
    "n_steps": "n_steps",
    "depth": "tree_depth",
    "logp": "lp",
    "step_size": "step_size",
    "mean_tree_accept": "acceptance_rate",
}
#: A chain's seed → the point that it starts from.
Start = Callable[[int], Float[np.ndarray, " dim"]]


@dataclass(frozen=True)
class Sample:
    """Draws of the standard-normal coordinates after tuning, and the sampler's statistics.

    Args:
        u: Draws.
        stats: Per draw, by ArviZ's names.
        seconds: All of it.
        rescued: Chains that were stuck, and what was done about them (`inference.rescue`).
    """

    u: Float[np.ndarray, "chain draw dim"]
    stats: dict[str, np.ndarray]
    seconds: float
    rescued: tuple[Rescue, ...] = ()


def sample(
    density: Density,
    settings: Sampler,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    start: Start | None = None,
    accept: float = ACCEPT,
) -> Sample:
    """Draw from `density` with `settings.chains` chains on the machine's cores.

    The same seed gives the same draws. Ctrl-C stops the chains and raises KeyboardInterrupt.
    `start` defaults to random points around the prior's centre; `accept` is the acceptance wanted.

    Raises:
        MediamixError: The sampler failed; its message is passed on.
        UserError: The installed nutpie is none that we hold.
    """
    nutpie = nutpie_core.core()
    core = nutpie.module
    n = density.dimension
    # A diagonal plus low-rank mass matrix: the trade-off between a channel's effect and its curve
    # is a correlation; measured 8 steps per draw instead of 20 to 28 with a diagonal alone.
    limits = core.PyNutsSettings.LowRank(seeds.of_chains(settings.seed))
    limits.num_tune = settings.tune
    limits.num_draws = settings.draws
    limits.num_chains = settings.chains
    limits.target_accept = accept
    threads = min(settings.chains, cores())
    # The native side holds addresses only: it is handed `call` too, which keeps their arrays alive.
    call = density.callable_from(threads)
    entries = call.entries.ctypes.data
    value, expand = callbacks()
    model = core.PyMcModel(
        core.LogpFunc(value.address, entries, call),
        core.ExpandFunc(n, n, expand.address, entries, call),
        core.PyVariable.new_variables(["u"], ["float64"], [[n]], {"dim": n}, {"u": ("dim",)}),
        n,
        {"dim": n},
        {},
        start or (lambda seed: np.random.default_rng(seed).normal(0.0, START_SD, n)),
        None,
    )
    watch = _Watch(settings, on_progress)
    state = core.ProgressType.template_callback(
        int(POLL_SECONDS * 1000), _STATE_TEMPLATE, threads, watch.note
    )
    running = nutpie.start(limits, threads, model, state)
    try:
        _wait(running, watch)
    except BaseException as error:
        # Also on Ctrl-C: threads that outlive the interpreter would crash it.
        running.abort()
        nutpie_core.wait_for_workers()
        if isinstance(error, RuntimeError):
            raise MediamixError(f"sampling failed: {error}") from error
        raise
    sample = _unpack(running.take_results(), settings, n, watch.seconds)
    watch.finish(int(sample.stats["diverging"].sum()))
    return sample


#: Sampler's state as "done divergences;" per chain.
_STATE_TEMPLATE = "{% for chain in chains %}{{ chain.finished_draws }} {{ chain.divergences }};{% endfor %}"


class _Watch:
    """Turns the sampler's state into `Progress` on the caller's thread."""

    def __init__(self, settings: Sampler, on_progress: Callable[[Progress], None] | None) -> None:
        self._began = time.perf_counter()
        self._total = settings.chains * (settings.draws + settings.tune)
        self._state = ""
        self._on_progress = on_progress

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began

    def note(self, state: str) -> None:
        self._state = state

    def finish(self, divergences: int) -> None:
        # A short run can end before the sampler has said anything.
        if self._on_progress is not None:
            self._on_progress(Progress(self._total, self._total, divergences, self.seconds))

    def report(self) -> None:
        if self._on_progress is None or not self._state:
            return
        chains = [entry.split() for entry in self._state.split(";") if entry]
        done = sum(int(draws) for draws, _ in chains)
        divergences = sum(int(count) for _, count in chains)
        self._on_progress(Progress(done, self._total, divergences, self.seconds))


def _wait(running: Any, watch: _Watch) -> None:
    while True:
        try:
            running.wait(POLL_SECONDS)
        except TimeoutError:
            watch.report()
            continue
        return


def _unpack(trace: Any, settings: Sampler, n: int, seconds: float) -> Sample:
    """Arrow batches per chain to arrays, tuning left out."""
    import pyarrow as pa

    draws, stats = trace.get_arrow_trace()
    u = np.empty((settings.chains, settings.draws, n))
    kept: dict[str, list[np.ndarray]] = {name: [] for name in STATS.values()}
    for chain, (draw, stat) in enumerate(zip(draws, stats, strict=True)):
        after = ~pa.array(stat.column("tuning")).to_numpy(zero_copy_only=False)
        values = pa.array(draw.column("u")).flatten().to_numpy()
        u[chain] = values.reshape(-1, n)[after]
        for theirs, ours in STATS.items():
            kept[ours].append(pa.array(stat.column(theirs)).to_numpy(zero_copy_only=False)[after])
    return Sample(u, {name: np.stack(columns) for name, columns in kept.items()}, seconds)
