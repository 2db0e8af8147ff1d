"""Sampling that heals itself: a run that ends unwell is made again, more carefully.

Where there are divergences, an R-hat or an effective number of draws beyond its limit (`inference.health`):

- Only mixing is short: the chains go on from where they ended, until there are enough draws.
- Else a new run with a higher acceptance target (a smaller step) and a longer warm-up, and with twice
  the draws where mixing is short too; then once more, if that helped by half.

Of more draws than were asked for, evenly spaced ones are kept, so that memory and files stay as large.
Every new chain starts where a chain of the run before ended: chains that sit on different peaks go on
doing so, and R-hat goes on telling. The best run is the answer.

The work is bounded by a count of evaluations, so that the same seed gives the same draws on a slow or
busy machine too; the clock only stops what takes far longer than that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np
from jaxtyping import Float

from mediamix.core import seeds
from mediamix.core.errors import MediamixError
from mediamix.core.spec import Sampler
from mediamix.inference import nuts, rescue
from mediamix.inference.density import Density
from mediamix.inference.diagnostics import RHAT_FAILED, RHAT_OK, Chains
from mediamix.inference.health import Health, Limits
from mediamix.inference.progress import Progress
from mediamix.inference.record import Attempt, Healing


class Care(NamedTuple):
    """How carefully to sample.

    Args:
        accept: Acceptance target.
        warm_up: How many times as long.
        cost: Evaluations per draw, relative to the default target's.
    """

    accept: float
    warm_up: int
    cost: float


#: New runs, each if the one before isn't enough.
CAREFUL = (Care(accept=0.95, warm_up=2, cost=2.0), Care(accept=0.99, warm_up=4, cost=4.0))
#: The first run's draws that the chains go on for, at most, as multiples.
LONGEST = 4
#: Draws and warm-up per chain, what a spec allows.
SHORTEST, MOST = 50, 100_000
#: Where mixing is short, draws are aimed at so many times what would just do.
SPARE = 1.5
#: No new run is planned whose work, with those before it, is more than so many times the first run's
#: plus this (numbers of the density read, some twenty seconds on two cores)…
WORK_TIMES, WORK_FREE = 3.0, 8e9
#: … and none goes on for longer than so many times the first run's seconds plus these.
SECONDS_TIMES, SECONDS_FREE = 3.0, 60.0
#: After a first run of so many seconds nothing is sampled again.
PATIENCE_SECONDS = 600.0
#: A second new run follows where the first one left at most this part of what was wrong.
HELPED = 0.5
#: What decides on the first look, on the sampled coordinates alone, before anything is made of them: all
#: scalars are looked at where these come so near to a limit.
NEAR = 0.7
#: Tells the seeds of new runs from other uses.
STREAM = 4

T = TypeVar("T")
OnProgress = Callable[[Progress], None] | None


class _TimeIsUpError(Exception):
    """A new run has taken all the seconds that it may."""


@dataclass(frozen=True)
class _Plan:
    """A new run: sampler settings, acceptance target, and what its draws are joined with and thinned by."""

    settings: Sampler
    accept: float
    joined: bool
    step: int
    cost: float

    @property
    def words(self) -> str:
        """How, as the end of a sentence."""
        draws = "twice the draws" if self.step == 2 else f"{self.step} times the draws"
        if self.joined:
            return draws
        more = "" if self.step == 1 else f" and {draws}"
        return f"an acceptance target of {self.accept:g}, {self.settings.tune:,} draws of warm-up{more}"


def healed(
    first: nuts.Sample,
    density: Density,
    settings: Sampler,
    make: Callable[[nuts.Sample], T],
    columns: Callable[[T], Mapping[str, Chains]],
    on_progress: OnProgress = None,
    *,
    accept: float = nuts.ACCEPT,
) -> tuple[T, Healing | None]:
    """What `make` makes of the best run, and the record of what was done; None: nothing was to be done.

    Args:
        first: The run to judge.
        density: What it sampled.
        settings: With which.
        make: A fit of draws; it holds as many draws as were asked for.
        columns: Its scalars.
        on_progress: Called while it samples again.
        accept: The first run's acceptance target.
    """
    limits = Limits.of(settings)
    if not settings.heal or _surely_well(first, limits):
        return make(first), None
    made = make(first)
    health = Health.of(columns(made), first.stats["diverging"], limits)
    if health.well(limits):
        return made, None
    if first.seconds > PATIENCE_SECONDS:
        left = f"the first run took {first.seconds / 60:.0f} minutes, and only shorter ones are repeated"
        return made, Healing(health, left=left)
    best, kept, current = (first, health), 0, 0
    attempts: list[Attempt] = []
    work, spent, left = 0.0, 0.0, ""
    unit = _evaluations(first, settings)
    seconds_most = SECONDS_TIMES * first.seconds + SECONDS_FREE
    while not best[1].well(limits):
        plan = _next(attempts, health, best[1], settings, limits, accept)
        if plan is None:
            break
        work += plan.cost
        if work > WORK_TIMES + WORK_FREE / (unit * density.numbers.size):
            left = "more would take too long"
            break
        try:
            new = _run(plan, len(attempts), best[0], first, density, spent, seconds_most, on_progress)
        except _TimeIsUpError:
            left = f"it was stopped after {seconds_most:,.0f} seconds"
            break
        except MediamixError as error:
            left = str(error).splitlines()[0]
            break
        spent += new.seconds
        # The old one goes before the new one comes: in a large panel a fit is most of the memory.
        del made
        made, current = make(new), len(attempts) + 1
        reached = Health.of(columns(made), new.stats["diverging"], limits)
        attempts.append(Attempt(plan.words, plan.accept, plan.settings.tune, new.seconds, reached))
        if reached.rank(limits) < best[1].rank(limits):
            best, kept = (new, reached), current
    if kept != current:
        del made
        made = make(best[0])
    return made, Healing(health, tuple(attempts), kept, left, best[1].well(limits))


def _surely_well(sample: nuts.Sample, limits: Limits) -> bool:
    """The sampled coordinates are far from any limit; what is made of them is then within."""
    if sample.rescued or sample.stats["diverging"].any():
        return False
    near = Limits(1.0 + NEAR * (limits.rhat - 1.0), limits.ess / NEAR)
    columns = {str(i): sample.u[..., i] for i in range(sample.u.shape[2])}
    return Health.of(columns, sample.stats["diverging"], near).well(near)


def _evaluations(sample: nuts.Sample, settings: Sampler) -> float:
    """Of the density, tuning counted as if its draws took as many as the others."""
    return float(sample.stats["n_steps"].mean()) * settings.chains * (settings.draws + settings.tune)


def _next(
    attempts: list[Attempt],
    first: Health,
    best: Health,
    settings: Sampler,
    limits: Limits,
    accept: float,
) -> _Plan | None:
    """What is tried after these attempts; None: nothing more."""
    length = settings.draws + settings.tune
    slow = first.divergences == 0 and first.rhat <= limits.rhat + RHAT_FAILED - RHAT_OK
    if slow and not attempts:
        short = max(limits.ess / max(best.ess, 1.0), (best.rhat - 1.0) / (limits.rhat - 1.0))
        step = min(LONGEST, MOST // settings.draws, max(2, math.ceil(SPARE * short)))
        if step < 2:
            return None
        again = settings.model_copy(update={"draws": (step - 1) * settings.draws})
        return _Plan(again, accept, True, step, (again.draws + again.tune) / length)
    rung, higher = len(attempts) - slow, [one for one in CAREFUL if one.accept > accept]
    if rung >= len(higher) or (rung > 0 and not _helped(first, best, limits)):
        return None
    accept, longer, cost = higher[rung]
    step = 1 if best.mixes(limits) or 2 * settings.draws > MOST else 2
    tune = min(MOST, longer * settings.tune)
    again = settings.model_copy(update={"draws": step * settings.draws, "tune": tune})
    return _Plan(again, accept, False, step, cost * (again.draws + again.tune) / length)


def _helped(first: Health, best: Health, limits: Limits) -> bool:
    """What was wrong is at most half of what it was."""
    return (
        best.divergences <= HELPED * first.divergences
        and max(best.rhat, limits.rhat) - 1.0 <= max(HELPED * (first.rhat - 1.0), limits.rhat - 1.0)
        and min(best.ess, limits.ess) >= min(first.ess / HELPED, limits.ess)
    )


def _run(
    plan: _Plan,
    number: int,
    before: nuts.Sample,
    first: nuts.Sample,
    density: Density,
    spent: float,
    seconds_most: float,
    on_progress: OnProgress,
) -> nuts.Sample:
    """Make a planned run; its draws are as many as the first run's."""
    seed = int(seeds.generator(plan.settings.seed, STREAM, number).integers(2**63))
    settings = plan.settings.model_copy(update={"seed": seed})

    def tell(progress: Progress) -> None:
        if spent + progress.seconds > seconds_most:
            raise _TimeIsUpError
        if on_progress is not None:
            on_progress(replace(progress, again=plan.words))

    start = _from_ends(before.u[:, -1], density, settings)
    new = rescue.sample(density, settings, tell, start=start, accept=plan.accept)
    if plan.joined:
        new = replace(
            new,
            rescued=(*first.rescued, *new.rescued),
            u=np.concatenate([first.u, new.u], axis=1),
            stats={name: np.concatenate([first.stats[name], new.stats[name]], axis=1) for name in new.stats},
        )
    return thinned(new, plan.step)


def _from_ends(ends: Float[np.ndarray, "chain dim"], density: Density, settings: Sampler) -> nuts.Start:
    """Every new chain starts where another chain ended.

    A chain is known by its own seed when it asks for its start, and which seeds there will be only the
    sampler knows: they follow from the settings' seed, and it is made to ask for them in the shortest run.
    """
    own: list[int] = []

    def note(seed: int) -> Float[np.ndarray, " dim"]:
        own.append(seed)
        return np.asarray(ends[0])

    nuts.sample(density, settings.model_copy(update={"draws": SHORTEST, "tune": SHORTEST}), start=note)
    place = {seed: ends[i % len(ends)] for i, seed in enumerate(sorted(own))}
    return lambda seed: place.get(seed, ends[0])


def thinned(sample: nuts.Sample, step: int) -> nuts.Sample:
    """Every so many-th draw; one that stands for others diverged where any of them did."""
    if step == 1:
        return sample
    stats = {name: values[:, step - 1 :: step] for name, values in sample.stats.items()}
    diverging = sample.stats["diverging"]
    stats["diverging"] = np.asarray(diverging.reshape(len(diverging), -1, step).any(axis=2))
    return replace(sample, u=np.ascontiguousarray(sample.u[:, step - 1 :: step]), stats=stats)
