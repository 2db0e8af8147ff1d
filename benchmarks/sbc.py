"""Simulation-based calibration: are the posterior's intervals as wide as they should be?

Run it with ``uv run python benchmarks/sbc.py [--simulations 400]``. It prints a table and writes
``benchmarks/results/sbc.md`` and ``docs/images/sbc.svg``. ``--sabotage prior|sigma|linear`` plants a
wrong engine instead, prints what is found and writes nothing.

A truth is drawn from the priors, an outcome from the truth (in this file's own NumPy code), and the
outcome is fitted by the engine as `mediamix.fit` does. If the engine is right, the truth's rank among
the posterior's draws is uniform, for every quantity. All is done in the model's units, with the
scales of a fixed data set: the priors are stated relative to the mean outcome, which a simulated
outcome must not move.

Source: Talts, Betancourt, Simpson, Vehtari & Gelman (2018), Validating Bayesian inference algorithms
with simulation-based calibration.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sbc_pages import GROUPS, HEAD, Calibration, markdown, picture, rows, sentence
from sbc_ranks import Band

from mediamix.core.files import write_text
from mediamix.core.spec import parse_spec
from mediamix.inference import nuts
from mediamix.inference.linear import LinearBlock
from mediamix.measure.convergence import ess_bulk
from mediamix.models.base import Fit, RunInfo
from mediamix.models.bayes import to_fit
from mediamix.models.problem import Problem, pose
from mediamix.models.priors import linear_sd
from mediamix.simulate import Scenario, simulate

HERE = Path(__file__).parent
RESULT = HERE / "results" / "sbc.md"
PICTURE = HERE.parent / "docs" / "images" / "sbc.svg"
CHAINS, TUNE, DRAWS = 4, 400, 500
#: Every twentieth of 4 × 500 draws is kept, but for the last one: 100 possible ranks.
THIN, KEPT = 20, 99
SABOTAGE = {
    "prior": "the priors of all sampled parameters 1.3 times as wide",
    "sigma": "draws of the noise 15 % too large",
    "linear": "baseline drawn under priors half as wide",
}


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
    raise ValueError(f"no formula for the saturation '{name}'")


@dataclass(frozen=True)
class World:
    """A posed problem and what is needed to draw from it: columns and prior scales, all periods."""

    title: str
    stream: int
    problem: Problem
    columns: np.ndarray
    sd: np.ndarray


@dataclass(frozen=True)
class Truth:
    """One draw from the priors, its outcome, and all quantities in natural units."""

    scaled_t: np.ndarray
    quantities: dict[str, float]


def draw_truth(world: World, rng: np.random.Generator) -> Truth:
    """θ, v and σ from the priors, and an outcome for every period."""
    problem, model = world.problem, world.problem.model
    mean, dataset = problem.outcome.mean, problem.dataset
    u = rng.standard_normal(len(model.priors))
    theta = np.exp([prior.location + prior.scale * z for prior, z in zip(model.priors, u, strict=True)])
    v = world.sd * rng.standard_normal(len(world.sd))
    found: dict[str, float] = {}
    media = np.zeros(dataset.n_periods)
    for c, transform in enumerate(model.transforms):
        name, start = dataset.channel_names[c], model.starts[c]
        own = theta[start + 1 : model.starts[c + 1]]
        x, split = dataset.exposure_gtc[0, :, c], len(transform.adstock.parameters)
        reference = x[x > 0].mean()
        carried = carry(transform.adstock.name, x / reference, own[:split], transform.max_lag)
        response = saturate(transform.saturation.name, carried, own[split:])
        beta = theta[start] * model.effect_scale_c[c] / response.sum()
        media += beta * response
        for i in range(start, model.starts[c + 1]):
            unit = reference if model.priors[i].name == "half_effect" else 1.0
            found[f"{model.priors[i].name}[{name}]"] = theta[i] * unit
        found[f"beta[{name}]"] = beta * mean
        found[f"contribution[{name}]"] = (beta * response).sum() * mean
    sigma = theta[-1]
    expected = media + world.columns @ v
    scaled = expected + sigma * rng.standard_normal(len(expected))
    labels = [(b.component, name) for b in problem.blocks for name in b.names]
    for (component, name), value in zip(labels, v * mean, strict=True):
        found["intercept" if component == "intercept" else f"{component}[{name}]"] = value
    found["intercept"] += mean
    found["sigma"] = sigma * mean
    found["media"] = media.sum() * mean
    rows = problem.trained_t
    found["log likelihood"] = log_likelihood(scaled[rows], expected[rows], sigma)
    found["held-out outcome"] = (scaled[held_out(problem)] + 1).sum() * mean
    return Truth(scaled, found)


def log_likelihood(y: np.ndarray, expected: np.ndarray, sigma: np.ndarray | float) -> float:
    """Normal log density but for its constant; the last axis is rows."""
    return -0.5 * ((y - expected) ** 2).sum(axis=-1) / np.square(sigma) - y.shape[-1] * np.log(sigma)


def held_out(problem: Problem) -> np.ndarray:
    """Which periods the holdout keeps (not those with a missing outcome)."""
    n = problem.dataset.n_periods
    return np.arange(n) >= n - problem.spec.holdout.last


def worlds() -> list[World]:
    """Two small markets: default components; and all others, of a count, with a truncated carry-over."""
    base = {"holdout": {"last": 4}, "sampler": {"chains": CHAINS, "draws": DRAWS, "tune": TUNE}}
    other = {
        "tv": {"adstock": {"kind": "delayed", "max_lag": 8}, "saturation": {"kind": "logistic"}},
        "search": {"adstock": {"kind": "geometric", "max_lag": 6}, "saturation": {"kind": "logistic"}},
    }
    chosen = [
        ("geometric + Hill, revenue", Scenario(seed=1, every="week", periods=60, channels=2), base),
        (
            "delayed and truncated + logistic, count",
            Scenario(seed=2, every="week", periods=60, channels=2, unit="count", value_per_unit=50.0),
            {**base, "channels": other, "outcome": {"column": "orders", "unit": "count"}},
        ),
    ]
    result = []
    for title, scenario, raw in chosen:
        dataset = simulate(scenario).dataset
        outcome = dataset.outcome_gt.copy()
        outcome[0, 17] = np.nan
        dataset = replace(dataset, outcome_gt=outcome, value_per_unit=None)
        problem = pose(dataset, parse_spec(raw))
        years = dataset.n_periods / dataset.every.per_year
        sd = np.concatenate([linear_sd(block, years) for block in problem.blocks])
        columns = np.column_stack([block.matrix for block in problem.blocks])
        result.append(World(title, len(result), problem, columns, sd))
    return result


def engine(world: World, truth: Truth, seed: int, sabotage: str | None = None) -> tuple[Fit, nuts.Sample]:
    """Fit a simulated outcome as `bayes.fit` does from its posed problem on."""
    problem = world.problem
    sampler = problem.spec.sampler.model_copy(update={"seed": seed})
    model = replace(problem.model, outcome_n=truth.scaled_t[problem.trained_t])
    if sabotage == "prior":
        model = replace(model, priors=tuple(replace(p, scale=1.3 * p.scale) for p in model.priors))
    sample = nuts.sample(model.density(), sampler)
    if sabotage == "sigma":
        sample.u[..., -1] += np.log(1.15) / model.priors[-1].scale
    if sabotage == "linear":
        model = replace(model, linear=LinearBlock.of(world.columns[problem.trained_t], 0.5 * world.sd))
    spec = problem.spec.model_copy(update={"sampler": sampler})
    run = RunInfo("simulated", spec.hash, seed)
    return to_fit(replace(problem, model=model, spec=spec), sample, run), sample


def thinned(world: World, truth: Truth, fit: Fit, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Nearly independent draws of every quantity in natural units."""
    problem = world.problem
    keep = np.arange(THIN - 1, CHAINS * DRAWS, THIN)[:KEPT]
    found = {name: chains.ravel()[keep] for name, chains in fit.posterior.columns().items()}
    expected = np.zeros((KEPT, problem.dataset.n_periods))
    for c, effect in enumerate(fit.channels):
        own = replace(effect, theta_dk=effect.theta_dk[keep], beta_d=effect.beta_d[keep])
        contribution = own.contribution(problem.dataset.exposure_gtc[0, :, c])
        found[f"contribution[{effect.channel.name}]"] = contribution.sum(axis=1)
        expected += contribution
    found["media"] = expected.sum(axis=1)
    for term in fit.baseline:
        expected += replace(term, coefficient_dp=term.coefficient_dp[keep]).contribution()
    sigma, mean, rows, late = fit.sigma_d[keep], problem.outcome.mean, problem.trained_t, held_out(problem)
    found["log likelihood"] = np.asarray(
        log_likelihood(truth.scaled_t[rows], expected[:, rows] / mean - 1, sigma / mean)
    )
    noise = sigma[:, None] * rng.standard_normal((KEPT, int(late.sum())))
    found["held-out outcome"] = (expected[:, late] + noise).sum(axis=1)
    return found


def simulations(
    world: World, n: int, seed: int, sabotage: str | None
) -> Iterator[tuple[dict[str, int], int, float]]:
    """Per simulation: ranks, divergences, smallest effective number of draws."""
    for s in range(n):
        rng = np.random.default_rng([seed, world.stream, s])
        truth = draw_truth(world, rng)
        fit, sample = engine(world, truth, int(rng.integers(1, 2**31)), sabotage)
        draws = thinned(world, truth, fit, rng)
        if draws.keys() != truth.quantities.keys():
            raise ValueError(f"unmatched quantities: {sorted(draws.keys() ^ truth.quantities.keys())}")
        ranks = {name: int((draws[name] < value).sum()) for name, value in truth.quantities.items()}
        worst = min(ess_bulk(sample.u[..., i]) for i in range(sample.u.shape[-1]))
        yield ranks, int(sample.stats["diverging"].sum()), worst


def calibrate(world: World, n: int, seed: int = 1, sabotage: str | None = None) -> Calibration:
    """Run `n` simulations in one world."""
    began = time.perf_counter()
    found = list(simulations(world, n, seed, sabotage))
    sampled = {prior.name for prior in world.problem.model.priors}
    linear = {block.component for block in world.problem.blocks}
    names = list(found[0][0])
    kinds = {name: name.partition("[")[0] for name in names}
    return Calibration(
        title=world.title,
        ranks={name: np.array([ranks[name] for ranks, _, _ in found]) for name in names},
        kept=KEPT,
        total=CHAINS * DRAWS,
        group={
            name: GROUPS[0] if kind in sampled else GROUPS[1] if kind in linear else GROUPS[2]
            for name, kind in kinds.items()
        },
        divergences=np.array([count for _, count, _ in found]),
        ess=np.array([ess for _, _, ess in found]),
        seconds=time.perf_counter() - began,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the calibration, print the tables, write report and picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--simulations", type=int, default=400, help="per world")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sabotage", choices=SABOTAGE, help="plant a wrong engine; nothing is written")
    parser.add_argument("--out", type=Path, default=RESULT, help="the Markdown report")
    parser.add_argument("--picture", type=Path, default=PICTURE, help="the SVG")
    options = parser.parse_args(arguments)
    console = Console(width=110)
    band = Band.of(options.simulations, KEPT + 1)

    def run(world: World, sabotage: str | None) -> Calibration:
        result = calibrate(world, options.simulations, options.seed, sabotage)
        title = f"{world.title}; wrong engine: {SABOTAGE[sabotage]}" if sabotage else world.title
        table = Table(*HEAD, title=title, title_justify="left")
        for row in rows(result, band):
            table.add_row(*map(escape, row))
        console.print(table, escape(sentence(result, band)), sep="\n", end="\n\n")
        return replace(result, title=title)

    every = worlds()
    if options.sabotage:
        run(every[0], options.sabotage)
        return
    results = [run(world, None) for world in every]
    wrong = run(every[0], "prior")
    write_text(options.out, markdown(results, wrong, band))
    write_text(options.picture, picture([*results, wrong], band))


if __name__ == "__main__":
    main()
