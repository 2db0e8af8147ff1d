"""Robyn's method: a search for transforms and a ridge penalty whose models fit and are plausible at once.

    y_t = a + Σ_j b_j z_jt + Σ_c β_c hill(adstock(x_c))_t + ε_t,  a, β_c ≥ 0,  0 ≤ b_j ≤ 1 of trend, season, …

Hyperparameters are searched for small NRMSE (the error; of a validation, if a part isn't trained on), small
DECOMP.RSSD (distance between the channels' shares of effect and of spend) and, with experiments, small
MAPE.lift (distance to what tests have measured). Of the best models those that are like the recommended one
are the draws: what they differ by is what this method knows of its uncertainty. Source: Robyn (Meta,
2020–2024); see docs.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from mediamix.core import seeds
from mediamix.core.errors import FolderError
from mediamix.core.extras import extras_of
from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.inference.draws import Draws
from mediamix.models.base import ChannelEffect, Fit, RunInfo
from mediamix.models.design import baseline_blocks
from mediamix.models.evolve.choosing import choose
from mediamix.models.evolve.posing import Posed, pose
from mediamix.models.evolve.ranges import PENALTY
from mediamix.models.evolve.ranges import TRAIN as TRAIN_SIZE
from mediamix.models.evolve.record import Found
from mediamix.models.evolve.search import search
from mediamix.models.evolve.task import TEST, TRAIN, Candidates, evaluate
from mediamix.models.posterior import Effects, baseline_terms, name_draws, read_draws, read_noise
from mediamix.models.problem import channel_transform

FAMILY, METHOD = "evolve", "evolve"
#: Streams of the seed: the trials', the groups', the draws'.
TRIALS, GROUPS, DRAWS = 31, 32, 33
DRAWN = "of the models like the chosen one, drawn with replacement"


def fit(dataset: Dataset, spec: Spec) -> Fit:
    """Search, choose, and draw from the chosen model's group; the same seed gives the same draws.

    Raises:
        SpecError: See `pose`.
        DataError: See `pose`; or no candidate is admissible.
        ExtraError: The search library is absent.
    """
    began = time.perf_counter()
    posed = pose(dataset, spec)
    posed_s = time.perf_counter() - began
    found = look(posed)
    sampler = posed.spec.sampler
    spend_c = np.where(posed.task.share > 0, posed.dataset.spend_c, 0.0)
    found = choose(found, spend_c, posed.spec.model.evolve, seeds.generator(sampler.seed, GROUPS))
    rng = seeds.generator(sampler.seed, DRAWS)
    drawn = rng.choice(found.members, size=sampler.chains * sampler.draws)
    seconds = {"compile_s": posed_s, "sample_s": time.perf_counter() - began - posed_s}
    run = RunInfo(
        posed.dataset.hash, posed.spec.hash, sampler.seed, seconds, choices=posed.choices, method=METHOD
    )
    return _to_fit(posed, found, drawn, run)


@extras_of("model: {family: evolve}")
def look(posed: Posed) -> Found:
    """All candidates of all trials."""
    keys, seed = posed.spec.model.evolve, posed.spec.sampler.seed
    aims = 3 if len(posed.task.tests) else 2
    made: list[tuple[np.ndarray, Candidates]] = []

    def objectives(cube: Float[np.ndarray, "candidate axis"]) -> Float[np.ndarray, "candidate objective"]:
        values = posed.ranges.values(cube)
        candidates = assessed(posed, values)
        made.append((values, candidates))
        return candidates.told[:, :aims]

    for trial in range(keys.trials):
        own = int(seeds.generator(seed, TRIALS, trial).integers(2**31))
        search(objectives, len(posed.ranges.names), aims, keys.iterations, own)
    values = np.vstack([one for one, _ in made])
    told = np.vstack([one.told for _, one in made])
    none = np.zeros(len(values), dtype=np.int64)
    return Found(
        trials=keys.trials,
        names=posed.ranges.names,
        channels=posed.dataset.channel_names,
        values=values,
        objectives=told[:, :aims],
        errors=told[:, TRAIN : TEST + 1],
        effect=np.vstack([one.effect for _, one in made]),
        front=none,
        cluster=none - 1,
        chosen=0,
        reason="",
    )


def assessed(posed: Posed, values: Float[np.ndarray, "candidate hyperparameter"]) -> Candidates:
    """Candidates by their hyperparameters."""
    least, most = posed.task.penalties
    penalty = least + (most - least) * values[:, posed.ranges.column(PENALTY)]
    return evaluate(
        posed.task, posed.ranges.theta(values), penalty, values[:, posed.ranges.column(TRAIN_SIZE)]
    )


def _to_fit(posed: Posed, found: Found, drawn: np.ndarray, run: RunInfo) -> Fit:
    """A `Fit` whose draws are the drawn candidates."""
    members, row_d = np.unique(drawn, return_inverse=True)
    made = assessed(posed, found.values[members])
    theta = posed.ranges.theta(found.values[members])
    dataset, baseline = posed.dataset, posed.baseline
    media = 1 + len(baseline.names)
    channels: list[ChannelEffect] = []
    effects: Effects = {}
    fitted = made.coefficient[:, :1] + made.coefficient[:, 1:media] @ posed.task.baseline
    for c, (channel, transform) in enumerate(zip(dataset.channels, posed.transforms, strict=True)):
        start, n, *_ = posed.task.codes[c]
        own = np.column_stack([theta[:, start : start + n], made.half_effect[:, c], theta[:, start + n + 1]])
        response = transform.respond(posed.task.series[c], own)
        beta = made.coefficient[:, media + c]
        fitted += beta[:, None] * response[:, dataset.n_before :]
        effects[channel.name] = _effect(posed, c, beta * response.sum(axis=1), row_d)
        channels.append(ChannelEffect(channel, transform, own[row_d], beta[row_d, None], np.ones(1)))
    left = dataset.outcome_gt[0, posed.trained_t] - fitted[:, posed.trained_t]
    sigma_d = left.std(axis=1)[row_d]
    weight_gt, none = np.ones((1, dataset.n_periods)), np.empty((len(row_d), 1, 0))
    terms = baseline_terms(baseline.blocks, baseline.spread(made.coefficient)[row_d], weight_gt, none)
    sampler = posed.spec.sampler
    posterior = name_draws(
        dataset, effects, channels, terms, {"sigma": sigma_d}, (sampler.chains, sampler.draws)
    )
    attrs = {name: {**own, "drawn": DRAWN} for name, own in posterior.attrs.items()}
    return Fit(
        dataset=dataset,
        spec=posed.spec,
        family=FAMILY,
        posterior=replace(posterior, attrs=attrs),
        stats=found.stats(),
        channels=tuple(channels),
        baseline=terms,
        sigma_dg=sigma_d[:, None],
        trained_gt=posed.trained_t[None],
        run=run,
    )


def _effect(posed: Posed, c: int, brought: np.ndarray, row_d: np.ndarray) -> tuple[str, np.ndarray]:
    """A channel's ROI over all periods with known media, or its share of the outcome there."""
    dataset = posed.dataset
    spend = float((dataset.spend_c + dataset.before_spend_c)[c])
    if posed.task.share[c] > 0 and dataset.worth is not None:
        return "roi", brought[row_d] * dataset.worth / spend
    mean = float(dataset.outcome_gt[0, posed.trained_t].mean())
    return "share", brought[row_d] / ((mean * posed.task.series.shape[1]) or 1.0)


def restore(dataset: Dataset, spec: Spec, posterior: Draws, stats: Draws, run: RunInfo) -> Fit:
    """A `Fit` from its stored parts.

    Raises:
        FolderError: The draws don't belong to the dataset and spec.
    """
    trained_t = dataset.observed_gt[0].copy()
    if spec.holdout.last:
        trained_t[-spec.holdout.last :] = False
    transforms = [channel_transform(dataset, spec, name) for name in dataset.channel_names]
    if "beta" not in posterior or "sigma" not in posterior:
        raise FolderError("the stored draws are not those of a search", got=", ".join(posterior.arrays))
    weight_gt = np.ones((1, dataset.n_periods))
    channels, terms = read_draws(
        posterior, dataset, transforms, baseline_blocks(dataset, spec), weight_gt, np.ones(1)
    )
    return Fit(
        dataset=dataset,
        spec=spec,
        family=FAMILY,
        posterior=posterior,
        stats=stats,
        channels=channels,
        baseline=terms,
        sigma_dg=read_noise(posterior, np.ones(1)),
        trained_gt=trained_t[None],
        run=run,
    )
