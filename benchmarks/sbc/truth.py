"""Truths for simulation-based calibration: worlds, draws from the priors, and outcomes from them.

The formulas stand here a second time, in NumPy, with every coefficient drawn: nothing is integrated
out, and nothing of the engine's density is used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm, weibull_min

from mediamix.core.spec import parse_spec
from mediamix.data.dataset import Dataset
from mediamix.models.panel import PanelModel
from mediamix.models.priors import Prior, linear_sd
from mediamix.models.problem import Problem, pose
from mediamix.simulate import Scenario, simulate
from mediamix.simulate.scenario import CONTROLS


def carry(name: str, x: np.ndarray, theta: np.ndarray, max_lag: int) -> np.ndarray:
    """Adstock as a sum over lags."""
    lag = np.arange(max_lag or len(x))
    if name == "geometric":
        weight = 0.5 ** (lag / theta[0])
        weight /= weight.sum() if max_lag else 1 / (1 - 0.5 ** (1 / theta[0]))
    elif name == "delayed":
        exponent = -0.5 * ((lag - theta[0]) / theta[1]) ** 2
        weight = np.exp(exponent - exponent.max())
        weight /= weight.sum()
    elif name == "none":
        weight = np.ones(1)
    elif name == "binomial":
        weight = (1 - lag / len(lag)) ** (1 / theta[0] - 1)
        weight /= weight.sum()
    elif name == "weibull_pdf":
        z = (lag + 1) / theta[1]
        weight = z ** (theta[0] - 1) * np.exp(-(z ** theta[0]))
        weight /= weight.sum()
    elif name == "weibull_cdf":
        scale = (theta[1] ** (theta[0] + 1) / (theta[0] + 1)) ** (1 / theta[0])
        weight = np.cumprod(np.exp(-((lag / scale) ** theta[0])))
        weight /= weight.sum()
    else:
        raise ValueError(f"no formula for the adstock '{name}'")
    return np.convolve(x, weight)[: len(x)]


def saturate(name: str, x: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Saturation by its formula."""
    if name == "hill":
        ratio = np.divide(theta[0], x, where=x > 0, out=np.full_like(x, np.inf))
        with np.errstate(over="ignore"):
            return 1 / (1 + ratio ** theta[1])
    if name == "logistic":
        grown = np.exp(-np.log(3) / theta[0] * x)
        return (1 - grown) / (1 + grown)
    if name == "michaelis_menten":
        return x / (x + theta[0])
    if name == "tanh":
        return np.tanh(np.arctanh(0.5) * x / theta[0])
    if name == "power":
        return x ** theta[0]
    if name == "log":
        return np.log(1 + x / theta[0])
    if name == "none":
        return x
    raise ValueError(f"no formula for the saturation '{name}'")


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
    """One draw from the priors, its outcome per unit of size, and all quantities in natural units."""

    scaled_gt: np.ndarray
    quantities: dict[str, float]


def draw_truth(world: World, rng: np.random.Generator) -> Truth:
    """θ, v, z and σ from the priors, and an outcome for every geo and period."""
    problem, model, dataset = world.problem, world.problem.model, world.problem.dataset
    mean, size_g = problem.outcome.mean, problem.size_g
    geos, n_local, n_channels = len(size_g), int(world.local_p.sum()), len(model.transforms)
    u = rng.standard_normal(len(model.priors))
    theta = np.array([natural(prior, z) for prior, z in zip(model.priors, u, strict=True)])
    v = world.sd_p * rng.standard_normal(len(world.sd_p))
    after = theta[model.starts[-1] :]
    eta_c, tau_l, sigma = np.zeros(n_channels), np.zeros(n_local), float(after[-1])
    z_gl, z_gc = np.zeros((geos, n_local)), np.zeros((geos, n_channels))
    if isinstance(problem.model, PanelModel):
        eta_c, tau_l = after[:n_channels], after[n_channels : n_channels + n_local]
        z_gl, z_gc = rng.standard_normal(z_gl.shape), rng.standard_normal(z_gc.shape)
    found = spreads(world, eta_c, tau_l)
    media_gt = np.zeros(dataset.outcome_gt.shape)
    for c in range(n_channels):
        response_gt = responses(world, theta, c, found)
        beta = theta[model.starts[c]] * model.effect_scale_c[c] / (size_g[:, None] * response_gt).sum()
        beta_g = beta * (1 + eta_c[c] * z_gc[:, c])
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
    scaled_gt = expected_gt + sigma * rng.standard_normal(expected_gt.shape)
    found |= coefficients(world, v * mean, deviation_gl * mean)
    found["sigma"] = sigma * mean
    found["media"] = (media_gt.sum(axis=1) * size_g).sum() * mean
    rows, late_t = problem.trained_gt, held_out(problem)
    found["log likelihood"] = log_likelihood(scaled_gt[rows], expected_gt[rows], sigma)
    late_gt = (scaled_gt[:, late_t] + 1) * problem.weight_gt[:, late_t]
    found["held-out outcome"] = late_gt.sum() * mean
    return Truth(scaled_gt, found)


def natural(prior: Prior, u: float) -> float:
    """A parameter at a standard normal: by SciPy's distributions, not by the engine's formulas."""
    if prior.family == "weibull":
        of_effect = weibull_min(1.0 / prior.scale, scale=np.exp(prior.location))
        return float(of_effect.ppf(norm.cdf(u)) if u < 0 else of_effect.isf(norm.sf(u)))
    return float(np.exp(prior.location + prior.scale * u))


def responses(world: World, theta: np.ndarray, c: int, found: dict[str, float]) -> np.ndarray:
    """``h_gt`` of a channel; its parameters go to `found` in natural units."""
    problem, model, dataset = world.problem, world.problem.model, world.problem.dataset
    transform, start, stop = model.transforms[c], model.starts[c], ([*model.starts, None])[c + 1]
    stop = start + 1 + len(transform.parameters) if stop is None else stop
    own, split = theta[start + 1 : stop], len(transform.adstock.parameters)
    x_gt = dataset.exposure_gtc[:, :, c] / problem.size_g[:, None]
    reference = x_gt[x_gt > 0].mean()
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


def log_likelihood(y: np.ndarray, expected: np.ndarray, sigma: np.ndarray | float) -> float:
    """Normal log density but for its constant; the last axis is rows."""
    return -0.5 * ((y - expected) ** 2).sum(axis=-1) / np.square(sigma) - y.shape[-1] * np.log(sigma)


def held_out(problem: Problem) -> np.ndarray:
    """Which periods the holdout keeps (not those with a missing outcome)."""
    n = problem.dataset.n_periods
    return np.arange(n) >= n - problem.spec.holdout.last


def worlds(sampler: dict[str, int]) -> list[World]:
    """Two small national markets (the default components; all others, of a count) and a panel."""
    base = {"holdout": {"last": 4}, "sampler": sampler}
    other = {
        "tv": {"adstock": {"kind": "delayed", "max_lag": 8}, "saturation": {"kind": "logistic"}},
        "search": {"adstock": {"kind": "geometric", "max_lag": 6}, "saturation": {"kind": "logistic"}},
    }
    counted = {**base, "channels": other, "outcome": {"column": "orders", "unit": "count"}}
    size = "60 weeks × 2 channels, trend, season, events, three controls, a missing outcome, 4 weeks held out"
    first = Scenario(seed=1, every="week", periods=60, channels=2)
    second = replace(first, seed=2, unit="count", value_per_unit=50.0)
    return [
        World.of("geometric + Hill, revenue", size, 0, with_hole(simulate(first).dataset), base),
        World.of(
            "delayed and truncated + logistic, count", size, 1, with_hole(simulate(second).dataset), counted
        ),
        World.of(
            "geo panel, geometric + Hill, revenue",
            "5 geos × 30 weeks × 2 channels, trend, season, an event, a control, 9 missing outcomes, one geo "
            "starts in week 9, 3 weeks held out; of what each geo has, the first and the last are ranked",
            2,
            panel_data(),
            {**base, "holdout": {"last": 3}, "geo": {}},
        ),
    ]


def with_hole(dataset: Dataset) -> Dataset:
    """The same with a missing outcome."""
    outcome_gt = dataset.outcome_gt.copy()
    outcome_gt[0, 17] = np.nan
    return replace(dataset, outcome_gt=outcome_gt)


def panel_data() -> Dataset:
    """Five geos of unequal size; the last starts late, others lack outcomes."""
    scenario = Scenario(seed=3, every="week", periods=30, channels=2, geos=5, controls=CONTROLS[:1])
    dataset = simulate(scenario).dataset
    outcome_gt, spend_gtc = dataset.outcome_gt.copy(), dataset.spend_gtc.copy()
    exposure_gtc = dataset.exposure_gtc.copy()
    outcome_gt[0, 10:18] = np.nan
    outcome_gt[2, 5] = np.nan
    outcome_gt[-1, :8] = np.nan
    spend_gtc[-1, :8], exposure_gtc[-1, :8] = 0.0, 0.0
    return replace(dataset, outcome_gt=outcome_gt, spend_gtc=spend_gtc, exposure_gtc=exposure_gtc)
