"""The Bayesian media mix model, national.

    y_t = Σ_c β_c saturation(adstock(x_c))_t + Σ_j D_tj v_j + ε_t,   ε ~ N(0, σ²)

Sampled by NUTS, or approximated in quick mode: per channel its effect (ROI or share of the
outcome), adstock and saturation parameters, and σ. Integrated out exactly, then drawn exactly:
intercept, trend, seasonality, weekdays, events, controls. See docs: the engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core.errors import DataError, SpecError
from mediamix.core.registry import suggestion
from mediamix.core.spec import Spec
from mediamix.core.types import Kind
from mediamix.data.dataset import Dataset
from mediamix.data.scaling import ExposureScale, OutcomeScale
from mediamix.inference import laplace, nuts
from mediamix.inference.draws import Draws
from mediamix.inference.linear import LinearBlock
from mediamix.models.base import ChannelEffect, Fit, RunInfo
from mediamix.models.density import MediaModel
from mediamix.models.design import baseline_blocks
from mediamix.models.posterior import baseline_terms, name_draws, read_draws
from mediamix.models.priors import (
    NOISE,
    Prior,
    effect_prior,
    linear_sd,
    parameter_prior,
    refuse_unknown_priors,
)
from mediamix.transforms.base import pick_adstock, pick_saturation
from mediamix.transforms.basis import Block
from mediamix.transforms.media import ChannelTransform

FAMILY = "bayes"
#: Draws per block when contributions are computed, to bound memory.
BLOCK = 500


@dataclass(frozen=True)
class Problem:
    """A dataset and spec turned into a `MediaModel`, with the scales to come back."""

    dataset: Dataset
    spec: Spec
    model: MediaModel
    blocks: tuple[Block, ...]
    outcome: OutcomeScale
    exposure: ExposureScale
    trained_t: Bool[np.ndarray, " time"]


def pose(dataset: Dataset, spec: Spec) -> Problem:
    """Set up the model of a national dataset.

    Raises:
        SpecError: A geo panel, an unknown component, a prior that doesn't apply, or a holdout
            that leaves too little.
        DataError: A channel without any exposure.
    """
    _refuse(dataset, spec)
    trained = dataset.observed_gt[0].copy()
    if spec.holdout.last:
        trained[-spec.holdout.last :] = False
    outcome = OutcomeScale.of(dataset.outcome_gt[0, trained])
    exposure = ExposureScale.of(dataset.exposure_gtc[0])
    transforms = tuple(channel_transform(dataset, spec, name) for name in dataset.channel_names)
    blocks = baseline_blocks(dataset, spec)
    years = dataset.n_periods / dataset.every.per_year
    design = np.column_stack([block.matrix for block in blocks])
    sd = np.concatenate([linear_sd(block, years) for block in blocks])
    effects, scale_c = _effects(dataset, spec, outcome.mean)
    priors: list[Prior] = []
    for effect, name, transform in zip(effects, dataset.channel_names, transforms, strict=True):
        priors.append(effect)
        priors += [parameter_prior(p, spec.channel(name), dataset.every) for p in transform.parameters]
    priors.append(Prior.of("sigma", "positive", NOISE))
    model = MediaModel(
        transforms=transforms,
        exposure_ct=np.ascontiguousarray(exposure.apply(dataset.exposure_gtc[0]).T),
        effect_scale_c=scale_c,
        outcome_n=outcome.apply(dataset.outcome_gt[0, trained]),
        observed_t=trained,
        linear=LinearBlock.of(design[trained], sd),
        priors=tuple(priors),
    )
    return Problem(dataset, spec, model, blocks, outcome, exposure, trained)


def fit(
    dataset: Dataset,
    spec: Spec,
    on_progress: Callable[[nuts.Progress], None] | None = None,
    *,
    quick: bool = False,
) -> Fit:
    """Fit the model; the same data, spec and seed give the same draws.

    Args:
        dataset: Geos are summed unless the spec keeps them.
        spec: Model, priors, sampler.
        on_progress: Called while NUTS samples.
        quick: A Laplace approximation corrected by importance sampling instead of NUTS.

    Raises:
        SpecError: See `pose`, and `laplace.sample` for quick mode.
        MediamixError: The sampler failed.
    """
    began = time.perf_counter()
    problem = pose(dataset.national() if spec.geo is None else dataset, spec)
    density = problem.model.density()
    density(np.zeros(density.dimension))
    compiled = time.perf_counter() - began
    if quick:
        approximate = laplace.sample(density, spec.sampler)
        sample: laplace.Sample | nuts.Sample = approximate
        importance = approximate.importance
    else:
        sample, importance = nuts.sample(density, spec.sampler, on_progress), None
    seconds = {"compile_s": compiled, "sample_s": sample.seconds}
    run = RunInfo(problem.dataset.hash, spec.hash, spec.sampler.seed, seconds, importance)
    return to_fit(problem, sample, run)


def channel_transform(dataset: Dataset, spec: Spec, name: str) -> ChannelTransform:
    """The components that `spec` picks for a channel."""
    wanted = spec.channel(name)
    adstock = pick_adstock(wanted.adstock.kind)
    max_lag = wanted.adstock.max_lag
    if max_lag is None:
        days = adstock.max_lag_days
        max_lag = 0 if days is None else max(1, round(days / dataset.every.days))
    transform = ChannelTransform(adstock, pick_saturation(wanted.saturation.kind), max_lag)
    refuse_unknown_priors(name, wanted, transform.parameters)
    return transform


def _refuse(dataset: Dataset, spec: Spec) -> None:
    if len(dataset.geos) > 1:
        raise SpecError(
            f"the data have {len(dataset.geos)} geos, and this version fits national models only",
            expected="a spec without 'geo'",
            got=f"geos {', '.join(dataset.geos[:4])} …",
            next_step="remove 'geo' from the spec: the geos are then summed",
        )
    empty = [name for c, name in enumerate(dataset.channel_names) if not dataset.exposure_gtc[..., c].any()]
    if empty:
        raise DataError(
            f"channels without any exposure: {', '.join(empty)}",
            expected="exposure in at least one period of the data",
            next_step="remove the channel from the data, or correct its exposure",
        )
    if spec.calibration is not None:
        raise SpecError(
            "this version can't calibrate a fit with experiments",
            expected="a spec without 'calibration'",
            got=f"calibration: {spec.calibration}",
            next_step="state the experiment's result as a prior on the channel's roi (median and p95)",
        )
    for channel in dataset.channels:
        if channel.kind not in (Kind.PAID, Kind.ORGANIC):
            raise SpecError(
                f"channels.{channel.name}: this version has no model of the kind '{channel.kind}'",
                expected="kind paid or organic",
                got=str(channel.kind),
                next_step="model it as paid or organic, or give it as a control",
            )
    for name in spec.channels:
        if name not in dataset.channel_names:
            raise SpecError(
                f"channels.{name}: the data have no such channel",
                expected=f"one of {', '.join(dataset.channel_names)}",
                got=name,
                next_step=suggestion(name, dataset.channel_names) or "remove the entry",
            )
    if spec.holdout.last > dataset.n_periods // 2:
        raise SpecError(
            f"holdout.last leaves {dataset.n_periods - spec.holdout.last} of {dataset.n_periods} periods",
            expected=f"at most {dataset.n_periods // 2}",
            got=str(spec.holdout.last),
            next_step="hold out fewer periods",
        )


def _effects(dataset: Dataset, spec: Spec, mean: float) -> tuple[list[Prior], Float[np.ndarray, " channel"]]:
    """Per channel the effect's prior, and what turns the effect into a scaled contribution."""
    spend_c = dataset.spend_c
    value = 1.0 if dataset.unit == "revenue" else dataset.value_per_unit
    total = spend_c.sum()
    priors, scale = [], []
    for channel, spend in zip(dataset.channels, spend_c, strict=True):
        paid = channel.kind is not Kind.ORGANIC and bool(spend > 0)
        prior = effect_prior(
            spec.channel(channel.name),
            has_roi=paid and value is not None,
            spend_fraction=float(spend / total) if paid else 0.0,
        )
        priors.append(prior)
        if prior.name == "roi":
            scale.append(spend / (value or 1.0) / mean)
        else:
            scale.append(float(dataset.n_periods))
    return priors, np.array(scale)


def to_fit(problem: Problem, sample: nuts.Sample | laplace.Sample, run: RunInfo) -> Fit:
    """From draws of u to a `Fit` in natural units, with exact draws of the linear block."""
    model, mean = problem.model, problem.outcome.mean
    chains, draws, k = sample.u.shape
    u = sample.u.reshape(-1, k)
    theta = np.column_stack([prior.natural(u[:, i]) for i, prior in enumerate(model.priors)])
    beta, v = _complete(problem, theta, np.random.default_rng([problem.spec.sampler.seed, 1]))
    channels = []
    for c, (start, transform) in enumerate(zip(model.starts, model.transforms, strict=False)):
        own = theta[:, start + 1 : start + 1 + len(transform.parameters)].copy()
        for i, parameter in enumerate(transform.parameters):
            if parameter.scale == "exposure":
                own[:, i] *= problem.exposure.reference_c[c]
        channels.append(ChannelEffect(problem.dataset.channels[c], transform, own, beta[:, c] * mean))
    v *= mean
    # The outcome was centred: the intercept, which is the first column, takes its mean back.
    v[:, 0] += mean
    effects = {
        dataset_channel.name: (model.priors[start].name, theta[:, start])
        for dataset_channel, start in zip(problem.dataset.channels, model.starts, strict=False)
    }
    baseline = baseline_terms(problem.blocks, v)
    sigma = theta[:, -1] * mean
    weights = {} if run.quick is None else run.quick.to_dict()
    attrs = {"log_weight": {name: str(value) for name, value in weights.items()}}
    posterior = name_draws(problem.dataset, effects, tuple(channels), baseline, sigma, (chains, draws))
    return Fit(
        dataset=problem.dataset,
        spec=problem.spec,
        family=FAMILY,
        posterior=posterior,
        stats=Draws(sample.stats, {}, {}, attrs),
        channels=tuple(channels),
        baseline=baseline,
        sigma_d=sigma,
        trained_t=problem.trained_t,
        run=run,
    )


def _complete(
    problem: Problem, theta: Float[np.ndarray, "draw parameter"], rng: np.random.Generator
) -> tuple[Float[np.ndarray, "draw channel"], Float[np.ndarray, "draw column"]]:
    """β and one exact draw of v per draw of θ, in model units, block by block."""
    model = problem.model
    beta = np.empty((len(theta), len(model.transforms)))
    v = np.empty((len(theta), len(model.linear.s_p)))
    for begin in range(0, len(theta), BLOCK):
        part = slice(begin, begin + BLOCK)
        residual = np.tile(model.outcome_n, (len(theta[part]), 1))
        for c, (start, transform) in enumerate(zip(model.starts, model.transforms, strict=False)):
            own = theta[part, start + 1 : start + 1 + len(transform.parameters)]
            response = transform.respond(model.exposure_ct[c], own)
            beta[part, c] = theta[part, start] * model.effect_scale_c[c] / response.sum(axis=1)
            residual -= beta[part, c, None] * response[:, problem.trained_t]
        v[part] = model.linear.draw(residual, theta[part, -1], rng)
    return beta, v


def restore(dataset: Dataset, spec: Spec, posterior: Draws, stats: Draws | None, run: RunInfo) -> Fit:
    """A `Fit` from its stored parts.

    Raises:
        FolderError: The draws don't belong to the dataset and spec.
    """
    problem = pose(dataset, spec)
    channels, baseline = read_draws(posterior, dataset, problem.model.transforms, problem.blocks)
    return Fit(
        dataset=dataset,
        spec=spec,
        family=FAMILY,
        posterior=posterior,
        stats=stats,
        channels=channels,
        baseline=baseline,
        sigma_d=posterior.stacked("sigma"),
        trained_t=problem.trained_t,
        run=run,
    )
