"""The Bayesian media mix model, national or a panel of geos.

    y_gt = size_g [ Σ_c β_gc saturation(adstock(x_gc / size_g))_t + Σ_j D_gtj v_gj ] + ε_gt

Sampled by NUTS, or approximated in quick mode: per channel its effect (ROI or share of the
outcome), adstock and saturation parameters; the noise; in a panel also how much geos differ.
Integrated out exactly, then drawn exactly: intercept, trend, seasonality, weekdays, events,
treatments, controls, and what each geo's effects, intercept and controls differ by. See docs: the engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from mediamix.core import seeds
from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.inference import laplace, nuts, rescue
from mediamix.inference.density import Density
from mediamix.inference.draws import Draws
from mediamix.inference.healing import healed
from mediamix.inference.progress import Progress
from mediamix.inference.stuck import to_attrs
from mediamix.models.base import ChannelEffect, Fit, RunInfo, Together
from mediamix.models.course_draws import course_draws, read_courses, with_courses
from mediamix.models.funnel import joined
from mediamix.models.mediators import in_order, stage
from mediamix.models.memory import Estimate, keep_every
from mediamix.models.noise import Noise, named_noise
from mediamix.models.panel import PanelModel
from mediamix.models.posterior import (
    Effects,
    baseline_terms,
    name_draws,
    noise_of_geos,
    panel_draws,
    pooled_draws,
    read_draws,
    read_noise,
    read_shocks,
    shock_draws,
)
from mediamix.models.problem import Problem, pose
from mediamix.models.scalars import judged
from mediamix.models.shock import ShockTerm
from mediamix.models.structured import StructuredModel
from mediamix.models.synergy import SHARE, pair_draws, together
from mediamix.models.treatments import give_back

FAMILY = "bayes"
#: Seeds the draws of what a pool has learned.
POOLED_STREAM = 17
#: From so many channels on the step is smaller from the start: there a draw takes so many of them anyway
#: that it costs little, and the default's left divergences in nearly every fit.
MANY_CHANNELS, ACCEPT_OF_MANY = 10, 0.95
#: Shocks are a hundred coordinates more, all nearly normal: their number alone lowers the acceptance at the
#: step that all other parameters want (`benchmarks/engine/shared_shock.md`).
ACCEPT_OF_SHOCKS = 0.65


def fit(
    dataset: Dataset,
    spec: Spec,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    quick: bool = False,
) -> Fit:
    """Fit the model, and that of every mediator; the same data, spec and seed give the same draws.

    Args:
        dataset: Geos are summed unless the spec keeps them.
        spec: Model, priors, sampler.
        on_progress: Called while NUTS samples; a run that doesn't end well is made again
            (`inference.healing`).
        quick: A Laplace approximation corrected by importance sampling instead of NUTS.

    Raises:
        SpecError: See `pose`, `keep_every` for memory, and `laplace.sample` for quick mode.
        MediamixError: The sampler failed.
    """
    found = _alone(dataset, spec, on_progress, quick=quick)
    if not spec.mediators:
        return found
    began = time.perf_counter()
    # The spec as it was settled: what it left to the data is the outcome's for all.
    stages = [
        _alone(*stage(found.dataset, found.spec, name), on_progress, quick=quick)
        for name in in_order(found.spec)
    ]
    run = replace(found.run, seconds=_with(found.run, mediators_s=time.perf_counter() - began))
    return joined(replace(found, run=run), stages)


def _alone(
    dataset: Dataset, spec: Spec, on_progress: Callable[[Progress], None] | None, *, quick: bool
) -> Fit:
    """`fit` of the outcome alone: with mediators its effects are direct."""
    began = time.perf_counter()
    problem, density, step = ready(dataset, spec)
    density(np.zeros(density.dimension))
    compiled = time.perf_counter() - began
    run = RunInfo(problem.dataset.hash, spec.hash, spec.sampler.seed, {"compile_s": compiled}, None, step)
    run = replace(run, choices=problem.choices)
    if quick:
        approximate = laplace.sample(density, spec.sampler)
        run = replace(run, quick=approximate.importance, seconds=_with(run, sample_s=approximate.seconds))
        return to_fit(problem, approximate, run)
    accept = acceptance(problem)
    sample = rescue.sample(density, spec.sampler, on_progress, accept=accept)
    run = replace(run, seconds=_with(run, sample_s=sample.seconds))
    result, healing = healed(
        sample,
        density,
        spec.sampler,
        make=lambda draws: to_fit(problem, draws, run),
        columns=lambda made: judged(made.posterior)[0],
        on_progress=on_progress,
        accept=accept,
    )
    if healing is None:
        return result
    again = _with(run, again_s=float(sum(attempt.seconds for attempt in healing.attempts)))
    return replace(result, run=replace(run, seconds=again, healing=healing))


def acceptance(problem: Problem) -> float:
    """The mean acceptance that NUTS adapts its step to."""
    many = len(problem.dataset.channels) >= MANY_CHANNELS or problem.spec.synergy is not None
    if isinstance(problem.model, PanelModel) and problem.model.shared_shock:
        return nuts.ACCEPT if many else ACCEPT_OF_SHOCKS
    return ACCEPT_OF_MANY if many else nuts.ACCEPT


def _with(run: RunInfo, **seconds: float) -> dict[str, float]:
    """A run's seconds and those of another stage."""
    return {**run.seconds, **seconds}


def ready(dataset: Dataset, spec: Spec) -> tuple[Problem, Density, int]:
    """All that comes before the first draw: the model, its density, and which draws are kept.

    Raises:
        SpecError: See `pose`, and `keep_every` for memory.
        DataError: See `pose`.
    """
    problem = pose(dataset.national() if spec.geo is None else dataset, spec)
    density = problem.density()
    return problem, density, keep_every(Estimate.of(problem, density, spec.sampler), spec.sampler)


def to_fit(problem: Problem, sample: nuts.Sample | laplace.Sample, run: RunInfo) -> Fit:
    """From draws of u to a `Fit` in natural units, with exact draws of the linear block.

    Of the draws every `run.thinned`-th is kept.
    """
    model, mean = problem.model, problem.outcome.mean
    kept = sample.u[:, :: run.thinned]
    chains, draws, k = kept.shape
    u = kept.reshape(-1, k)
    theta = np.column_stack([prior.natural(u[:, i]) for i, prior in enumerate(model.priors)])
    completed = model.complete(u, seeds.generator(problem.spec.sampler.seed, 1))
    beta_dgc = completed.beta_dgc
    # In place: in a large panel these are most of the memory.
    beta_dgc *= problem.size_g[:, None] * mean
    channels: list[ChannelEffect] = []
    effects: Effects = {}
    for c, (start, transform) in enumerate(zip(model.starts, model.transforms, strict=False)):
        own = theta[:, start + 1 : start + 1 + len(transform.parameters)].copy()
        if not transform.saturation.unit_free:
            factor_d = transform.unit_factor(own, float(problem.unit_c[c]))
            beta_dgc[..., c] *= factor_d[:, None]
        if transform.reaches:
            beta_dgc[..., c] /= problem.exposure.reference_c[c]
        for i, parameter in enumerate(transform.parameters):
            if parameter.scale == "exposure":
                own[:, i] *= problem.unit_c[c]
        channel = problem.dataset.channels[c]
        channels.append(ChannelEffect(channel, transform, own, beta_dgc[..., c], problem.size_g))
        effects[channel.name] = (model.priors[start].name, theta[:, start])
    if model.courses:
        channels = with_courses(channels, model.courses, model.courses.weights(theta))
    v = completed.coefficient_dp * mean
    # The outcome was centred: the intercept, which is the first column, takes its mean back.
    v[:, 0] += mean
    deviation_dgp = completed.deviation_dgp * mean
    give_back(problem.blocks, problem.treated_gk, v, deviation_dgp)
    baseline = baseline_terms(problem.blocks, v, problem.weight_gt, deviation_dgp)
    spread_ds, noise, omega_d, factor_dg = _after_channels(problem, theta)
    noise["sigma"] = noise["sigma"] * mean
    if completed.shock_dt is not None and omega_d is not None:
        shock_dt = completed.shock_dt[:, -problem.dataset.n_periods :] * mean
        baseline += (shock_term(problem, shock_dt, omega_d * mean),)
    sigma_dg = noise_of_geos(noise["sigma"], factor_dg, problem.size_g)
    if isinstance(sample, nuts.Sample):
        attrs = dict(to_attrs(sample.rescued))
    else:
        attrs = {"log_weight": {name: str(v) for name, v in sample.importance.to_dict().items()}}
    shape = (chains, draws)
    posterior = name_draws(problem.dataset, effects, channels, baseline, noise, shape)
    if isinstance(model, PanelModel):
        if omega_d is not None:
            posterior = shock_draws(posterior, omega_d * mean, problem.dataset.outcome_unit)
        posterior = panel_draws(posterior, problem.dataset, beta_dgc, baseline, spread_ds, factor_dg)
    posterior = course_draws(posterior, channels, model.courses, theta)
    if isinstance(model, StructuredModel) and model.pairs:
        shares = model.shares(theta), theta[:, model.synergy]
        posterior = pair_draws(posterior, problem.dataset, model.pairs, shares)
    if problem.beliefs.pooled is not None:
        rng = seeds.generator(problem.spec.sampler.seed, POOLED_STREAM)
        posterior = pooled_draws(posterior, *problem.beliefs.pooled.learned(u, model.priors, rng))
    return Fit(
        dataset=problem.dataset,
        spec=problem.spec,
        family=FAMILY,
        posterior=posterior,
        stats=Draws(
            {name: values[:, :: run.thinned] for name, values in sample.stats.items()}, {}, {}, attrs
        ),
        channels=tuple(channels),
        baseline=baseline,
        sigma_dg=Noise.of(noise).deviation(sigma_dg),
        noise=Noise.of(noise),
        together=_together(problem, channels, posterior),
        trained_gt=problem.trained_gt,
        run=run,
    )


def _after_channels(
    problem: Problem, theta: Float[np.ndarray, "draw parameter"]
) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray | None, np.ndarray | None]:
    """What follows the channels': spreads, noise by name; if any, shocks' spread and geos' noise factors."""
    after = theta[:, problem.model.starts[-1] :]
    if not isinstance(problem.model, PanelModel):
        return after[:, :0], named_noise(problem.spec.noise.kind, after), None, None
    n = len(problem.model.transforms) + sum(len(b.names) for b in problem.blocks if b.by_geo)
    noise, shared = named_noise(problem.spec.noise.kind, after[:, n:]), problem.model.shared_shock
    spread, rest = after[:, :n], after[:, n + len(noise) :]
    factor_dg = rest[:, shared : shared + len(problem.size_g)] if problem.model.unequal_noise else None
    return spread, noise, rest[:, 0] if shared else None, factor_dg


def shock_term(problem: Problem, shock_dt: np.ndarray, spread_d: np.ndarray) -> ShockTerm:
    """The shocks over the window, in outcome units."""
    names = tuple(str(date) for date in problem.dataset.dates)
    return ShockTerm.of(names, shock_dt, problem.weight_gt, spread_d)


def _together(problem: Problem, channels: Sequence[ChannelEffect], posterior: Draws) -> Together | None:
    """What pairs of channels bring, where the model looks for it."""
    model = problem.model
    if not isinstance(model, StructuredModel) or not model.pairs:
        return None
    outcome = problem.outcome.mean * model.periods
    return together(problem.dataset, channels, model.pairs, posterior.stacked(SHARE), outcome)


def restore(
    dataset: Dataset,
    spec: Spec,
    posterior: Draws,
    stats: Draws | None,
    run: RunInfo,
    mediators: Sequence[Fit] = (),
) -> Fit:
    """A `Fit` from its stored parts, those of its mediators restored before.

    Raises:
        FolderError: The draws don't belong to the dataset and spec.
    """
    problem = pose(dataset, spec)
    channels, baseline = read_draws(
        posterior, dataset, problem.model.transforms, problem.blocks, problem.weight_gt, problem.size_g
    )
    channels = tuple(read_courses(posterior, channels, problem.model.courses))
    if isinstance(problem.model, PanelModel) and problem.model.shared_shock:
        baseline += (shock_term(problem, *read_shocks(posterior, problem.dataset.n_periods)),)
    found = Fit(
        dataset=dataset,
        spec=spec,
        family=FAMILY,
        posterior=posterior,
        stats=stats,
        channels=channels,
        baseline=baseline,
        sigma_dg=Noise.read(posterior).deviation(read_noise(posterior, problem.size_g)),
        noise=Noise.read(posterior),
        together=_together(problem, channels, posterior),
        trained_gt=problem.trained_gt,
        run=run,
    )
    return joined(found, mediators)
