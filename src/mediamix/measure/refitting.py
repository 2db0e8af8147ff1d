"""Cheap refits: would another spec predict the same data better, and has the posterior other peaks?

National fits only: a panel's refit takes as long as its fit. Every check that names a variant has it compared
with the fit by leave-one-out predictive densities (`inference.loo`). The variant's draws are those of a short
run of NUTS; or, where only the baseline differs and little, the fit's own with weights.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mediamix.core import seeds
from mediamix.core.errors import MediamixError
from mediamix.inference import laplace, nuts
from mediamix.inference.density import Density
from mediamix.inference.laplace import systematic
from mediamix.inference.loo import leave_one_out
from mediamix.inference.psis import smooth
from mediamix.measure.calibrating import calibrated
from mediamix.measure.checking import Check, all_checks
from mediamix.measure.gains import PARETO_K
from mediamix.measure.gather import parameters, posed
from mediamix.measure.thinning import thinned_rows
from mediamix.models.base import Fit
from mediamix.models.density import MediaModel
from mediamix.models.media_rows import media_residual
from mediamix.models.problem import Problem, pose
from mediamix.models.refits import Gain, Peak, Refits

#: Chains, draws kept and dropped of a refit.
CHAINS, DRAWS, TUNE = 2, 150, 150
#: Weighted draws will do up to this k-hat, from this part of independent ones on, below this gain.
WEIGHTED_K, WEIGHTED_ESS, SAMPLED_FROM = 0.7, 0.1, 2.0
#: Draws of the fit that it is compared by.
COMPARED = 600
#: Tells the seeds of refits from those of fits; each variant has one of its own.
STREAM = 5
#: Climbs from evenly spread draws; a peak counts if it is so many log units lower and sd away.
CLIMBS, PEAK_DROP, PEAK_DISTANCE = 6, 3.0, 1.5
#: Parameters that are named for a peak.
TRADES = 4

#: Rows whose weights can't be trusted are left out of the sum, up to this part of all.
LEFT_OUT = 0.05

OnStep = Callable[[str], None]
#: Leave-one-out log densities of a model's rows, and k-hat behind each.
Densities = tuple[Float[np.ndarray, " row"], Float[np.ndarray, " row"]]


def refit(fit: Fit, on_step: OnStep = lambda step: None) -> Refits | None:
    """All refits of a fit; of a panel those about its experiments, None without any."""
    began = time.perf_counter()
    calibration = calibrated(fit, on_step)
    problem = posed(fit)
    if not isinstance(problem.model, MediaModel):
        if calibration is None:
            return None
        return Refits(seconds=time.perf_counter() - began, calibration=calibration)
    on_step("Checking the fit by cheap refits")
    u_dk = parameters(fit)
    u_dk = u_dk[thinned_rows(len(u_dk), COMPARED)]
    density = problem.density()
    log_d = np.array([density(u)[0] for u in u_dk])
    base = _Base(problem.model, density, u_dk, log_d, *_densities(problem.model, u_dk))
    gains, left_n = [], _left(problem.model, u_dk)
    for number, check in enumerate(check for check in all_checks() if check.variant is not None):
        if check.called_for is not None and not check.called_for(left_n):
            continue
        gain = _gain(check, number, fit, base)
        if gain is not None:
            gains.append(gain)
    peaks = _peaks(problem, base)
    return Refits(tuple(gains), peaks, time.perf_counter() - began, calibration)


@dataclass(frozen=True)
class _Base:
    """The fit that others are compared with.

    Args:
        model: Its model.
        density: Its density, with all beliefs.
        u_dk: Some of its draws, in the coordinates of the density.
        log_d: Their density.
        log_p_n: Leave-one-out log density of each row.
        pareto_k_n: k-hat behind it.
    """

    model: MediaModel
    density: Density
    u_dk: Float[np.ndarray, "draw parameter"]
    log_d: Float[np.ndarray, " draw"]
    log_p_n: Float[np.ndarray, " row"]
    pareto_k_n: Float[np.ndarray, " row"]


def row_densities(
    model: MediaModel, u_dk: Float[np.ndarray, "draw parameter"]
) -> Float[np.ndarray, "draw row"]:
    """Log density of each row given all others and a draw, model units."""
    theta_dk, likelihood = natural(model, u_dk), model.likelihood()
    noise_dm = theta_dk[:, model.sigma : model.sigma + likelihood.parameters]
    z_dj = u_dk[:, len(model.priors) :]
    return likelihood.conditional(media_residual(model, theta_dk), noise_dm, z_dj)


def _densities(model: MediaModel, u_dk: Float[np.ndarray, "draw parameter"]) -> Densities:
    """By a model's draws."""
    return leave_one_out(row_densities(model, u_dk))


def _left(model: MediaModel, u_dk: Float[np.ndarray, "draw parameter"]) -> Float[np.ndarray, " row"]:
    """Residuals of the mean over some draws, in standard deviations of normal noise."""
    theta_dk = natural(model, u_dk)
    sigma_d = theta_dk[:, model.sigma]
    left_dn = model.linear.left(media_residual(model, theta_dk), sigma_d)
    return np.asarray(left_dn.mean(axis=0) / sigma_d.mean())


def _gain(check: Check, number: int, fit: Fit, base: _Base) -> Gain | None:
    """What a check's variant gains; None where it doesn't apply or can't be sampled."""
    assert check.variant is not None
    wanted = check.variant(fit.dataset, fit.spec)
    if wanted is None:
        return None
    dataset, spec, words = wanted
    try:
        posed_anew = pose(dataset, spec)
        model, density = posed_anew.model, posed_anew.density()
        assert isinstance(model, MediaModel)
        same = model.priors == base.model.priors and model.transforms == base.model.transforms
        if same and not model.likelihood().coordinates:
            # Only the baseline differs: the fit's own draws, weighted, will do where it matters little.
            seen = _reweighted(model, density, base)
            if seen is not None and _told(check, words, seen, base).gain < SAMPLED_FROM:
                return _told(check, words, seen, base)
        return _told(check, words, _sampled(model, density, fit, number), base)
    except MediamixError:
        return None


def compared(seen: Densities, base: Densities) -> tuple[float, float, float]:
    """Sum of the differences, its standard error, and the worst k-hat behind both.

    Rows whose weights can't be trusted are left out where they are few: one row that decides a fit on its
    own must not silence what all others say.
    """
    better, k_n = seen[0] - base[0], np.maximum(seen[1], base[1])
    trusted = k_n <= PARETO_K
    if (~trusted).mean() <= LEFT_OUT:
        better, k_n = better[trusted], k_n[trusted]
    return float(better.sum()), float(np.sqrt(len(better) * better.var())), float(k_n.max())


def _told(check: Check, words: str, seen: Densities, base: _Base) -> Gain:
    return Gain(check.name, words, *compared(seen, (base.log_p_n, base.pareto_k_n)))


def _reweighted(model: MediaModel, new: Density, base: _Base) -> Densities | None:
    """Leave-one-out densities by the fit's draws with weights; None where few of them carry all weight."""
    log_w = np.array([new(u)[0] for u in base.u_dk]) - base.log_d
    if not np.isfinite(log_w).all():
        return None
    smoothed = smooth(log_w)
    if smoothed.pareto_k > WEIGHTED_K or smoothed.ess < WEIGHTED_ESS * len(log_w):
        return None
    rows = systematic(smoothed.weights_s, len(log_w), np.random.default_rng(0))
    return _densities(model, base.u_dk[rows])


def _sampled(model: MediaModel, density: Density, fit: Fit, number: int) -> Densities:
    """Leave-one-out densities by a short run of NUTS."""
    seed = int(seeds.generator(fit.run.seed, STREAM, number).integers(2**63))
    settings = fit.spec.sampler.model_copy(
        update={"chains": CHAINS, "draws": DRAWS, "tune": TUNE, "seed": seed}
    )
    sample = nuts.sample(density, settings)
    return _densities(model, sample.u.reshape(-1, sample.u.shape[2]))


def natural(
    model: MediaModel, u_dk: Float[np.ndarray, "draw coordinate"]
) -> Float[np.ndarray, "draw parameter"]:
    """Parameters in model units from their standard-normal coordinates."""
    return np.column_stack([prior.natural(u_dk[:, k]) for k, prior in enumerate(model.priors)])


def _peaks(problem: Problem, base: _Base) -> tuple[Peak, ...]:
    """Peaks that climbs from draws end on, beside the highest."""
    model, density = base.model, base.density
    ends = [laplace.climb(density, base.u_dk[d]) for d in thinned_rows(len(base.u_dk), CLIMBS)]
    found = sorted((end for end in ends if end is not None), key=lambda end: -end[0])
    if len(found) < 2:
        return ()
    best, centre = found[0]
    precision = -laplace.hessian(density, centre)
    kept: list[tuple[float, np.ndarray]] = [(best, centre)]
    for value, other in found[1:]:
        if best - value > PEAK_DROP:
            break
        apart = min(float(np.sqrt(max((other - p) @ precision @ (other - p), 0.0))) for _, p in kept)
        if apart > PEAK_DISTANCE:
            kept.append((value, other))
    highest = _volume(density, centre) + best
    names = _names(problem, model)
    return tuple(_peak(model, names, (best, centre), end, highest, density) for end in kept[1:])


def _volume(density: Density, centre: Float[np.ndarray, " dim"]) -> float:
    """Half the log determinant of a peak's covariance; −inf where it isn't curved like one."""
    sign, value = np.linalg.slogdet(-laplace.hessian(density, centre))
    return -0.5 * float(value) if sign > 0 else -np.inf


def _names(problem: Problem, model: MediaModel) -> list[str]:
    """``roi of tv`` for every parameter."""
    names = []
    for c, (start, stop) in enumerate(zip(model.starts, model.starts[1:], strict=False)):
        channel = problem.dataset.channel_names[c]
        names += [f"{prior.name} of {channel}" for prior in model.priors[start:stop]]
    return names + ["noise" if prior.name == "sigma" else prior.name for prior in model.priors[model.sigma :]]


def _peak(
    model: MediaModel,
    names: list[str],
    best: tuple[float, np.ndarray],
    end: tuple[float, np.ndarray],
    highest: float,
    density: Density,
) -> Peak:
    """A peak beside the highest, with what differs most in prior standard deviations."""
    (top, centre), (value, other) = best, end
    order = np.argsort(-np.abs(other - centre)[: len(names)])[:TRADES]
    lower = _volume(density, other) + value
    mass = 1.0 / (1.0 + np.exp(min(highest - lower, 700.0)))
    trades = {
        names[k]: (float(model.priors[k].natural(centre[k])), float(model.priors[k].natural(other[k])))
        for k in order
    }
    return Peak(top - value, float(mass), trades)
