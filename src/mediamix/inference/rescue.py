"""Sampling that does not leave a stuck chain in the answer without a word.

A stuck chain (`inference.stuck`) is sampled again from a draw of a good one, with the same tuning and a
seed that follows from the settings' seed. The new chain takes its place only if it is not stuck and
agrees with a good chain. Where fewer than half of the chains are good, where the new chain fails, or
where a frozen chain sits higher than any peak the others suggest, nothing is replaced and the record
says so: the verdict is then "failed".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mediamix.core import seeds
from mediamix.core.errors import MediamixError
from mediamix.core.spec import Sampler
from mediamix.inference import nuts
from mediamix.inference.density import Density
from mediamix.inference.progress import Progress
from mediamix.inference.stuck import NEGLIGIBLE, Rescue, Stuck, judge

#: A new chain agrees where no coordinate's mean is further from a good chain's, in its standard deviations.
APART_MOST = 1.0
#: Tells the seed of new chains from those of quick mode and of the linear block.
STREAM = 3
RESCUED = "it was sampled again from a draw of a good chain"


def sample(
    density: Density,
    settings: Sampler,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    start: nuts.Start | None = None,
    accept: float = nuts.ACCEPT,
) -> nuts.Sample:
    """`nuts.sample`, with stuck chains named in `Sample.rescued` and, where that is right, replaced.

    The same seed gives the same draws.

    Raises:
        MediamixError: The sampler failed; its message is passed on.
    """
    first = nuts.sample(density, settings, on_progress, start=start, accept=accept)
    return mend(first, density, settings, on_progress, accept=accept)


def mend(
    first: nuts.Sample,
    density: Density,
    settings: Sampler,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    accept: float = nuts.ACCEPT,
) -> nuts.Sample:
    """Judge the chains of a sample of `density` and replace the stuck ones; see the module."""
    stuck = judge(first.u, first.stats)
    if not stuck:
        return first
    good = [c for c in range(len(first.u)) if c not in {one.chain for one in stuck}]
    refused = {one.chain: _reason(one, first, good) for one in stuck}
    wanted = [chain for chain, reason in refused.items() if not reason]
    result = first
    if wanted:
        try:
            new = _again(first, density, settings, (good, wanted), on_progress, accept)
        except MediamixError as error:
            refused |= dict.fromkeys(wanted, f"sampling it again failed: {str(error).splitlines()[0]}")
        else:
            result = _placed(first, new, wanted, range(len(wanted)))
            refused |= _disagreeing(result, good, wanted)
            kept = [i for i, chain in enumerate(wanted) if not refused[chain]]
            result = _placed(first, new, [wanted[i] for i in kept], kept)
    rescued = tuple(
        Rescue(
            chain=one.chain,
            kind=one.kind,
            seen=one.seen,
            rescued=not refused[one.chain],
            done=refused[one.chain] or RESCUED,
            good=len(good),
        )
        for one in stuck
    )
    return replace(result, rescued=rescued)


def _reason(one: Stuck, first: nuts.Sample, good: Sequence[int]) -> str:
    """Why a stuck chain can't be replaced; empty where it can."""
    if 2 * len(good) < len(first.u) or not good:
        count = f"{len(good)} of {len(first.u)} chains {'was' if len(good) == 1 else 'were'} not"
        return f"only {count}, too few to replace it from"
    levels = first.stats["lp"]
    # A Gaussian's peak is half a log unit per dimension above the mean of its log density.
    peak = max(float(levels[c].mean()) for c in good) + first.u.shape[2] / 2
    rise = float(levels[one.chain].max()) - peak
    if one.kind == "frozen" and rise > NEGLIGIBLE:
        return f"it sits {rise:,.0f} log units above the others' peak, so that it can't be dismissed"
    return ""


def _again(
    first: nuts.Sample,
    density: Density,
    settings: Sampler,
    chains: tuple[Sequence[int], Sequence[int]],
    on_progress: Callable[[Progress], None] | None,
    accept: float,
) -> nuts.Sample:
    """New chains for those of `chains[1]`, started from draws of those of `chains[0]`."""
    good, wanted = chains
    pool = first.u[list(good)].reshape(-1, first.u.shape[2])
    seed = int(seeds.generator(settings.seed, STREAM).integers(2**63))
    again = settings.model_copy(update={"chains": len(wanted), "seed": seed})
    before = first.u.shape[0] * (settings.draws + settings.tune)
    diverged = int(first.stats["diverging"][list(good)].sum())

    def tell(progress: Progress) -> None:
        if on_progress is not None:
            on_progress(
                Progress(
                    done=before + progress.done,
                    total=before + progress.total,
                    divergences=diverged + progress.divergences,
                    seconds=first.seconds + progress.seconds,
                )
            )

    return nuts.sample(
        density,
        again,
        tell,
        start=lambda own: pool[np.random.default_rng(own).integers(len(pool))],
        accept=accept,
    )


def _placed(
    first: nuts.Sample, new: nuts.Sample, chains: Sequence[int], sources: Sequence[int]
) -> nuts.Sample:
    """The first sample with some chains taken from the new one."""
    u = first.u.copy()
    u[list(chains)] = new.u[list(sources)]
    stats = {name: values.copy() for name, values in first.stats.items()}
    for name, values in stats.items():
        values[list(chains)] = new.stats[name][list(sources)]
    return replace(first, u=u, stats=stats, seconds=first.seconds + new.seconds)


def _disagreeing(result: nuts.Sample, good: Sequence[int], placed: Sequence[int]) -> dict[int, str]:
    """Chain → what is wrong with its replacement; only those with whom something is."""
    found = {
        one.chain: f"sampled again, it got stuck again ({one.seen})" for one in judge(result.u, result.stats)
    }
    for chain in placed:
        mean = result.u[chain].mean(axis=0)
        apart = min(
            float((np.abs(mean - result.u[c].mean(axis=0)) / result.u[c].std(axis=0)).max()) for c in good
        )
        if chain not in found and apart > APART_MOST:
            found[chain] = f"sampled again, it stayed {apart:.1f} standard deviations from the good chains"
    return {chain: words for chain, words in found.items() if chain in placed}
