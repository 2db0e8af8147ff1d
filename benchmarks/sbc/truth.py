"""Truths for simulation-based calibration: worlds, draws from the priors, and outcomes from them.

The formulas stand here a second time, in NumPy, with every coefficient drawn: nothing is integrated
out, and nothing of the engine's density is used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mediamix.core.spec import parse_spec
from mediamix.data.dataset import Dataset
from mediamix.models.panel import PanelModel
from mediamix.models.priors import linear_sd
from mediamix.models.problem import Problem, pose
from sbc.formulas import carry, natural, saturate
from sbc.lifts import true_lifts
from sbc.noise import LEAST_NU, MORE, draw_noise, log_likelihood


@dataclass(frozen=True)
class World:
    """A posed problem and what is needed to draw from it.

    Args:
        title: For people.
        described: Its size, in words.
        stream: Of random numbers.
        problem: Data whose outcome is replaced, spec, scales.
        columns_gtp: Of the baseline, all periods.
        sd_p: Prior standard deviations of their coefficients.
        local_p: Which coefficients differ between geos.
        shown: Geos whose own quantities are ranked: the first and the last stand for all.
    """

    title: str
    described: str
    stream: int
    problem: Problem
    columns_gtp: np.ndarray
    sd_p: np.ndarray
    local_p: np.ndarray
    shown: tuple[int, ...]

    @property
    def noise(self) -> str:
        """Its kind."""
        return self.problem.spec.noise.kind

    @classmethod
    def of(cls, title: str, described: str, stream: int, dataset: Dataset, raw: dict[str, object]) -> World:
        """Pose the problem; no value of a count is known, so that shares are sampled."""
        dataset = replace(dataset, value_per_unit=None)
        problem = pose(dataset, parse_spec(raw))
        years = dataset.n_periods / dataset.every.per_year
        shape = dataset.outcome_gt.shape
        columns = [np.broadcast_to(b.matrix_gtp, (*shape, len(b.names))) for b in problem.blocks]
        return cls(
            title,
            described,
            stream,
            problem,
            np.concatenate(columns, axis=2),
            np.concatenate([linear_sd(block, years) for block in problem.blocks]),
            np.concatenate([np.full(len(b.names), b.by_geo) for b in problem.blocks]),
            (0, len(dataset.geos) - 1) if isinstance(problem.model, PanelModel) else (),
        )


@dataclass(frozen=True)
class Truth:
    """One draw from the priors, its outcome per unit of size, and all quantities in natural units.

    Args:
        scaled_gt: The outcome.
        quantities: By name.
        lifts: Measured ones of the world's experiments, as shares of the outcome per unit of size and period.
    """

    scaled_gt: np.ndarray
    quantities: dict[str, float]
    lifts: tuple[float, ...] = ()


def draw_truth(world: World, rng: np.random.Generator) -> Truth:
    """θ, v, z and σ from the priors, and an outcome for every geo and period."""
    problem, model, dataset = world.problem, world.problem.model, world.problem.dataset
    mean, size_g = problem.outcome.mean, problem.size_g
    geos, n_local, n_channels = len(size_g), int(world.local_p.sum()), len(model.transforms)
    u = rng.standard_normal(len(model.priors))
    theta = np.array([natural(prior, z) for prior, z in zip(model.priors, u, strict=True)])
    v = world.sd_p * rng.standard_normal(len(world.sd_p))
    after = theta[model.starts[-1] :]
    eta_c, tau_l, noise = np.zeros(n_channels), np.zeros(n_local), noise_of(world, theta)
    z_gl, z_gc = np.zeros((geos, n_local)), np.zeros((geos, n_channels))
    if isinstance(problem.model, PanelModel):
        eta_c, tau_l = after[:n_channels], after[n_channels : n_channels + n_local]
        z_gl, z_gc = rng.standard_normal(z_gl.shape), rng.standard_normal(z_gc.shape)
    found = spreads(world, eta_c, tau_l)
    factors_ct = moving(world, theta, found)
    media_gt, beta_gc = np.zeros(dataset.outcome_gt.shape), np.empty((geos, n_channels))
    for c in range(n_channels):
        response_gt = factors_ct[c] * responses(world, theta, c, found)
        beta = theta[model.starts[c]] * model.effect_scale_c[c] / (size_g[:, None] * response_gt).sum()
        beta_g = beta * (1 + eta_c[c] * z_gc[:, c])
        beta_gc[:, c] = beta_g
        part_gt = beta_g[:, None] * response_gt
        media_gt += part_gt
        name, totals_g = dataset.channel_names[c], part_gt.sum(axis=1) * size_g * mean
        found[f"beta[{name}]"] = (beta_g * size_g).sum() * mean
        found[f"contribution[{name}]"] = totals_g.sum()
        for g in world.shown:
            found[f"beta_geo[{dataset.geos[g]}, {name}]"] = beta_g[g] * size_g[g] * mean
            found[f"contribution[{dataset.geos[g]}, {name}]"] = totals_g[g]
    deviation_gl = tau_l * z_gl
    expected_gt = media_gt + world.columns_gtp @ v
    expected_gt += np.einsum("gtl,gl->gt", world.columns_gtp[..., world.local_p], deviation_gl)
    expected_gt += shared_shocks(world, theta, rng, found)
    scaled_gt = expected_gt + draw_noise(world.noise, noise, expected_gt.shape, rng)
    found |= coefficients(world, v * mean, deviation_gl * mean)
    found |= {**noise, "sigma": noise["sigma"] * mean}
    found["media"] = (media_gt.sum(axis=1) * size_g).sum() * mean
    rows, late_t = problem.trained_gt, held_out(problem)
    found["log likelihood"] = float(log_likelihood(world.noise, noise, scaled_gt - expected_gt, rows))
    late_gt = (scaled_gt[:, late_t] + 1) * problem.weight_gt[:, late_t]
    found["held-out outcome"] = late_gt.sum() * mean
    errors = [one.error / mean for one in dataset.experiments]
    true = true_lifts(world, theta, beta_gc, factors_ct)
    lifts = [lift + e * rng.standard_normal() for lift, e in zip(true, errors, strict=True)]
    return Truth(scaled_gt, found, tuple(lifts))


def noise_of(world: World, theta: np.ndarray) -> dict[str, float]:
    """Sigma and what else the noise has, in model units."""
    names = [prior.name for prior in world.problem.model.priors]
    found = {name: float(theta[names.index(name)]) for name in ("sigma", *MORE[world.noise])}
    return {**found, "nu": found["nu"] + LEAST_NU} if "nu" in found else found


def shared_shocks(
    world: World, theta: np.ndarray, rng: np.random.Generator, found: dict[str, float]
) -> np.ndarray:
    """``s_t ~ N(0, ω²)``, the same in all geos; 0 without. ω, the first and the last go to `found`."""
    problem, mean = world.problem, world.problem.outcome.mean
    names = [prior.name for prior in problem.model.priors]
    shock_t = np.zeros(problem.dataset.n_periods)
    if "shock_spread" in names:
        omega = float(theta[names.index("shock_spread")])
        shock_t = omega * rng.standard_normal(len(shock_t))
        found["shock_spread"] = omega * mean
        for t in (0, -1):
            found[f"shock[{problem.dataset.dates[t]}]"] = float(shock_t[t]) * mean
    return shock_t


def moving(world: World, theta: np.ndarray, found: dict[str, float]) -> np.ndarray:
    """``exp(a Σ_k φ_k(t) w_k)`` per channel and period, 1 where an effect stays; a and a·w go to `found`."""
    dataset, priors = world.problem.dataset, world.problem.model.priors
    factors_ct = np.ones((len(dataset.channels), dataset.n_periods))
    at = next((i for i, prior in enumerate(priors) if prior.name.startswith("course")), len(priors))
    for c, channel in enumerate(dataset.channel_names):
        course = world.problem.model.courses.each[c] if world.problem.model.courses else None
        if course is None:
            continue
        size = 1.0
        if course.sampled:
            size, at = float(theta[at]), at + 1
            found[f"course_spread[{channel}]"] = size
        weights = size * theta[at : at + len(course.names)]
        at += len(course.names)
        for name, weight in zip(course.names, weights, strict=True):
            found[f"course[{channel}: {name}]"] = float(weight)
        factors_ct[c] = np.exp(course.matrix_sk @ weights)
    return factors_ct


def responses(
    world: World, theta: np.ndarray, c: int, found: dict[str, float], exposure_gt: np.ndarray | None = None
) -> np.ndarray:
    """``h_gt`` of a channel; its parameters go to `found` in natural units.

    `exposure_gt`: another exposure than that of the data, in its unit.
    """
    problem, model, dataset = world.problem, world.problem.model, world.problem.dataset
    transform, start, stop = model.transforms[c], model.starts[c], ([*model.starts, None])[c + 1]
    stop = start + 1 + len(transform.parameters) if stop is None else stop
    own, split = theta[start + 1 : stop], len(transform.adstock.parameters)
    x_gt = dataset.exposure_gtc[:, :, c] / problem.size_g[:, None]
    reference = x_gt[x_gt > 0].mean()
    if exposure_gt is not None:
        x_gt = exposure_gt / problem.size_g[:, None]
    for i in range(start, stop):
        unit = reference if model.priors[i].name == "half_effect" else 1.0
        found[f"{model.priors[i].name}[{dataset.channel_names[c]}]"] = theta[i] * unit
    carried = [carry(transform.adstock.name, x / reference, own[:split], transform.max_lag) for x in x_gt]
    return np.stack([saturate(transform.saturation.name, x, own[split:]) for x in carried])


def labels(world: World) -> list[tuple[str, str]]:
    """Component and name of every coefficient; the intercept has no name of its own."""
    return [
        (block.component, "" if block.component == "intercept" else name)
        for block in world.problem.blocks
        for name in block.names
    ]


def called(component: str, *labels: str) -> str:
    """``controls_geo[north, price]``, or the component alone."""
    inner = ", ".join(label for label in labels if label)
    return f"{component}[{inner}]" if inner else component


def spreads(world: World, eta_c: np.ndarray, tau_l: np.ndarray) -> dict[str, float]:
    """How much geos differ; nothing in a national world."""
    if not world.shown:
        return {}
    names = world.problem.dataset.channel_names
    found = {f"geo_spread[{name}]": eta_c[c] for c, name in enumerate(names)}
    own = [label for label, local in zip(labels(world), world.local_p, strict=True) if local]
    for (component, name), value in zip(own, tau_l, strict=True):
        found[called(f"{component}_spread", name)] = value
    return found


def coefficients(world: World, v: np.ndarray, deviation_gl: np.ndarray) -> dict[str, float]:
    """Of the baseline, in outcome units per unit of size: shared ones and those of the shown geos."""
    found, at = {}, 0
    geos, mean = world.problem.dataset.geos, world.problem.outcome.mean
    for (component, name), value, local in zip(labels(world), v, world.local_p, strict=True):
        found[called(component, name)] = value + mean * (component == "intercept")
        for g in world.shown if local else ():
            found[called(f"{component}_geo", geos[g], name)] = deviation_gl[g, at]
        at += bool(local)
    return found


def held_out(problem: Problem) -> np.ndarray:
    """Which periods the holdout keeps (not those with a missing outcome)."""
    n = problem.dataset.n_periods
    return np.arange(n) >= n - problem.spec.holdout.last
