"""Simulation-based calibration: are the posterior's intervals as wide as they should be?

Run it with ``uv run python benchmarks/sbc/run.py [--simulations 400]``. It prints a table and writes
``benchmarks/sbc/sbc.md`` and ``docs/images/sbc.svg``. With ``--keep FOLDER`` a run that was interrupted goes
on where it was; another engine isn't noticed there. ``--sabotage prior|sigma|linear`` plants a
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
import sys
import time
from collections.abc import Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mediamix.core.files import write_text
from mediamix.inference import nuts
from mediamix.inference.diagnostics import ess_bulk
from mediamix.inference.linear import LinearBlock
from mediamix.models.base import Fit, RunInfo
from mediamix.models.bayes import to_fit
from mediamix.models.density import Completed
from mediamix.models.panel import PanelModel
from sbc.kept import Kept, Simulated
from sbc.noise import MORE, log_likelihood, noise_ahead
from sbc.pages import GROUPS, HEAD, Calibration, markdown, picture, rows, sentence
from sbc.ranks import Band
from sbc.truth import Truth, World, draw_truth, held_out
from sbc.worlds import worlds

RESULT = Path(__file__).with_name("sbc.md")
PICTURE = Path(__file__).parents[2] / "docs" / "images" / "sbc.svg"
CHAINS, TUNE, DRAWS = 4, 400, 500
SAMPLER = {"chains": CHAINS, "draws": DRAWS, "tune": TUNE}
#: Every twentieth of 4 × 500 draws is kept, but for the last one: 100 possible ranks.
THIN, KEPT = 20, 99
SABOTAGE = {
    "prior": "the priors of all sampled parameters 1.3 times as wide",
    "sigma": "draws of the noise 15 % too large",
    "linear": "baseline drawn under priors half as wide",
    "deviations": "what geos differ by drawn with half its posterior sd",
    "spread": "the engine believes that geos differ half as much",
}
#: Sabotage of panels; the others work on national worlds.
OF_PANELS = ("deviations", "spread")


class Timid(np.random.Generator):
    """Standard normals of which all but the first `whole` columns are half as large."""

    def __init__(self, rng: np.random.Generator, whole: int) -> None:
        super().__init__(rng.bit_generator)
        self.whole = whole

    def standard_normal(self, *args: Any, **kwargs: Any) -> Any:
        """As that of NumPy, with the later columns shrunk."""
        values = super().standard_normal(*args, **kwargs)
        values[:, self.whole :] *= 0.5
        return values


class TimidPanel(PanelModel):
    """A panel model whose draws of what geos differ by vary half as much around their mean."""

    def complete(self, u_dk: np.ndarray, rng: np.random.Generator) -> Completed:
        """Normals of v first, then those of z."""
        return super().complete(u_dk, Timid(rng, len(self.prior_sd_p)))


def sabotaged(world: World, model: Any, sabotage: str | None) -> Any:
    """The model that is sampled."""
    if sabotage == "prior":
        return replace(model, priors=tuple(replace(p, scale=1.3 * p.scale) for p in model.priors))
    if sabotage == "spread":
        half = [replace(p, location=p.location - np.log(2)) for p in model.priors]
        chosen = [h if "spread" in p.name else p for h, p in zip(half, model.priors, strict=True)]
        return replace(model, priors=tuple(chosen))
    if sabotage == "deviations":
        return TimidPanel(**{item.name: getattr(model, item.name) for item in fields(model)})
    return model


def engine(world: World, truth: Truth, seed: int, sabotage: str | None = None) -> tuple[Fit, nuts.Sample]:
    """Fit a simulated outcome as `bayes.fit` does from its posed problem on."""
    problem = world.problem
    sampler = problem.spec.sampler.model_copy(update={"seed": seed})
    if isinstance(problem.model, PanelModel):
        model = replace(problem.model, outcome_gt=truth.scaled_gt)
    else:
        model = replace(problem.model, outcome_n=truth.scaled_gt[problem.trained_gt])
    if truth.lifts:
        known = zip(model.trials, truth.lifts, strict=True)
        model = replace(model, trials=tuple(replace(trial, lift=lift) for trial, lift in known))
    model = sabotaged(world, model, sabotage)
    sample = nuts.sample(model.density(), sampler)
    if sabotage == "sigma":
        sample.u[..., -1] += np.log(1.15) / model.priors[-1].scale
    if sabotage == "linear":
        (trained_t,) = problem.trained_gt
        model = replace(model, linear=LinearBlock.of(world.columns_gtp[0, trained_t], 0.5 * world.sd_p))
    spec = problem.spec.model_copy(update={"sampler": sampler})
    run = RunInfo("simulated", spec.hash, seed)
    return to_fit(replace(problem, model=model, spec=spec), sample, run), sample


def thinned(world: World, truth: Truth, fit: Fit, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Nearly independent draws of every quantity in natural units."""
    problem, size_g = world.problem, world.problem.size_g
    keep = np.arange(THIN - 1, CHAINS * DRAWS, THIN)[:KEPT]
    found = {name: chains.ravel()[keep] for name, chains in fit.posterior.columns().items()}
    for g, geo in enumerate(problem.dataset.geos):
        if g not in world.shown:
            found = {name: values for name, values in found.items() if f"[{geo}" not in name}
    # Of the shocks that geos share some stand for all.
    found = {n: values for n, values in found.items() if not n.startswith("shock[") or n in truth.quantities}
    expected_dgt = np.zeros((KEPT, *problem.trained_gt.shape))
    for c, whole in enumerate(fit.channels):
        effect, name = whole.thinned(keep), whole.channel.name
        exposure_gt = problem.dataset.exposure_gtc[:, :, c]
        found[f"contribution[{name}]"] = effect.contribution(exposure_gt).sum(axis=1)
        for g, geo in enumerate(problem.dataset.geos):
            contribution_dt = effect.contribution(exposure_gt, geo=g)
            if g in world.shown:
                found[f"contribution[{geo}, {name}]"] = contribution_dt.sum(axis=1)
            expected_dgt[:, g] += contribution_dt
    found["media"] = expected_dgt.sum(axis=(1, 2))
    for term in fit.baseline:
        for g in range(len(size_g)):
            expected_dgt[:, g] += term.thinned(keep).contribution(geo=g)
    mean = problem.outcome.mean
    rows, late_t = problem.trained_gt, held_out(problem)
    scaled = expected_dgt / size_g[:, None] / mean - 1
    noise = {"sigma": found["sigma"] / mean, **{name: found[name] for name in MORE[world.noise]}}
    left_dgt = truth.scaled_gt - scaled
    found["log likelihood"] = np.asarray(log_likelihood(world.noise, noise, left_dgt, rows))
    ahead = noise_ahead(world.noise, noise, left_dgt, rows, late_t, rng) * (size_g * mean)[:, None]
    found["held-out outcome"] = (expected_dgt[:, :, late_t] + ahead).sum(axis=(1, 2))
    return found


def simulate(world: World, s: int, seed: int, sabotage: str | None) -> Simulated:
    """The simulation of a number: whichever were run before, it is the same."""
    began = time.perf_counter()
    rng = np.random.default_rng([seed, world.stream, s])
    truth = draw_truth(world, rng)
    fit, sample = engine(world, truth, int(rng.integers(1, 2**31)), sabotage)
    draws = thinned(world, truth, fit, rng)
    if draws.keys() != truth.quantities.keys():
        raise ValueError(f"unmatched quantities: {sorted(draws.keys() ^ truth.quantities.keys())}")
    ranks = {name: int((draws[name] < value).sum()) for name, value in truth.quantities.items()}
    worst = min(ess_bulk(sample.u[..., i]) for i in range(sample.u.shape[-1]))
    return Simulated(ranks, int(sample.stats["diverging"].sum()), worst, time.perf_counter() - began)


def calibrate(
    world: World, n: int, seed: int = 1, sabotage: str | None = None, keep: Path | None = None
) -> Calibration:
    """Run `n` simulations in one world; those that are kept in a folder aren't run again."""
    name = f"{world.stream}-{sabotage or 'right'}-{seed}.jsonl"
    kept = Kept.read(None if keep is None else keep / name)
    found = [kept.get(s, partial(simulate, world, s, seed, sabotage)) for s in range(n)]
    components = {block.component for block in world.problem.blocks}
    sampled = {p.name for p in world.problem.model.priors} | {f"{name}_spread" for name in components}
    linear = components | {f"{name}_geo" for name in (*components, "beta")}
    names = list(found[0].ranks)
    kinds = {name: name.partition("[")[0] for name in names}
    return Calibration(
        title=world.title,
        described=world.described,
        ranks={name: np.array([one.ranks[name] for one in found]) for name in names},
        kept=KEPT,
        total=CHAINS * DRAWS,
        group={
            name: GROUPS[0] if kind in sampled else GROUPS[1] if kind in linear else GROUPS[2]
            for name, kind in kinds.items()
        },
        divergences=np.array([one.divergences for one in found]),
        ess=np.array([one.ess for one in found]),
        seconds=sum(one.seconds for one in found),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the calibration, print the tables, write report and picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--simulations", type=int, default=400, help="per world")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sabotage", choices=SABOTAGE, help="plant a wrong engine; nothing is written")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="goes on with what is kept there")
    parser.add_argument("--out", type=Path, default=RESULT, help="the Markdown report")
    parser.add_argument("--picture", type=Path, default=PICTURE, help="the SVG")
    options = parser.parse_args(arguments)
    console = Console(width=110)
    band = Band.of(options.simulations, KEPT + 1)

    def run(world: World, sabotage: str | None) -> Calibration:
        result = calibrate(world, options.simulations, options.seed, sabotage, options.keep)
        title = f"{world.title}; wrong engine: {SABOTAGE[sabotage]}" if sabotage else world.title
        table = Table(*HEAD, title=title, title_justify="left")
        for row in rows(result, band):
            table.add_row(*map(escape, row))
        console.print(table, escape(sentence(result, band)), sep="\n", end="\n\n")
        return replace(result, title=title)

    every = worlds(SAMPLER)
    if options.sabotage:
        run(every[2 if options.sabotage in OF_PANELS else 0], options.sabotage)
        return
    results = [run(world, None) for world in every]
    wrong = [run(every[0], "prior"), run(every[2], "deviations")]
    write_text(options.out, markdown(results, wrong, band))
    write_text(options.picture, picture([*results, *wrong], band))


if __name__ == "__main__":
    main()
