"""A shock per week that all geos share: what it does to intervals, and what it costs.

Run it with ``uv run python benchmarks/engine/shared_shock.py [--worlds 12] [--timed 4] [--large 1]``.
Made-up panels whose weeks have a shock are fitted without and with `geo: {shared_shock: true}`, by turns in
one process; the same panels without any shock say what coverage is to be had there. Then truths are drawn
from the model's own priors, shocks included, on panels of the same spend. It writes `shared_shock.md` beside
it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from sbc.truth import World, draw_truth

from mediamix.core.files import write_text
from mediamix.core.provenance import host
from mediamix.core.spec import parse_spec
from mediamix.core.types import Every
from mediamix.inference import nuts
from mediamix.inference.diagnostics import ess_bulk
from mediamix.measure.contribution import total_contributions
from mediamix.measure.quality import quality
from mediamix.models.base import Fit, RunInfo
from mediamix.models.bayes import ACCEPT_OF_SHOCKS, fit, to_fit
from mediamix.simulate import Scenario, Simulation, Variation, simulate

#: Share of the mean baseline: as large as the noise of a geo.
SHOCK = NOISE = 0.05
#: Geos, weeks, channels.
SMALL, LARGE = (20, 104, 4), (40, 156, 6)
#: Said under the first table.
WHY = (
    "The simulator's truths are not draws of the model's priors (curves are flatter, tv lasts longer), and "
    "its geos differ in season and growth by what they differ in outcome per head, which the model shares: "
    "intervals are too narrow in these worlds without any shock as well. The last two columns say how much: "
    "that is what is to be had there. Truths that the model's own priors draw, below, say whether shocks "
    "take anything from it.\n"
)
#: Effective draws below which chains have not found the same peak, and what is said of it.
APART = 100
PEAKS = (
    "In {apart} of them the chains with shocks ended on two peaks of a channel's carry-over (the fit's "
    "verdict says so), and most of its time went into sampling again, which doesn't mend that."
)
#: Of fits that are not timed.
SHORT = {"chains": 2, "draws": 500, "tune": 400}
#: Panel and model of each column.
SHOCKS, SEASONS = {"shared_shock": True}, {"season": "own"}


@dataclass(frozen=True)
class Row:
    """One fit.

    Args:
        seconds: Processor time of the fit, drawing included.
        weeks: Share of the trained weeks inside the 90 % band of the outcome.
        channels: Whether each channel's contribution lies in its 90 % interval.
        geos: Share of geos' contributions inside theirs.
        width: Mean width of a channel's interval over its truth.
        steps: Gradients per draw.
        ess: Smallest and median effective number of draws of what both models sample.
        divergent: Draws.
        spread: Posterior mean of the shocks' spread, outcome units; 0: not in the model.
    """

    seconds: float
    weeks: float
    channels: tuple[bool, ...]
    geos: float
    width: float
    steps: float
    ess: tuple[float, float]
    divergent: int
    spread: float


def world(seed: int, geos: int, weeks: int, channels: int, shock: float = SHOCK) -> Simulation:
    """A panel with a shock per week, a truth of its own for every seed; without, all else is the same."""
    return simulate(
        Scenario(
            seed=seed,
            every=Every.WEEK,
            periods=weeks,
            geos=geos,
            channels=channels,
            noise=NOISE,
            shared_shock=shock,
            variation=Variation(),
        )
    )


def fitted(made: Simulation, seed: int, geo: dict[str, Any], sampler: dict[str, Any] | None = None) -> Row:
    """Fit it and compare with the truth."""
    spec = parse_spec({"geo": geo, "sampler": {"seed": seed, **(sampler or {})}})
    began = time.process_time()
    done = fit(made.dataset, spec)
    return _row(done, made.truth.contribution_gtc.sum(axis=1), time.process_time() - began)


def _row(done: Fit, truth_gc: np.ndarray, seconds: float) -> Row:
    low, high = np.quantile(total_contributions(done), [0.05, 0.95], axis=0)
    truth_c = truth_gc.sum(axis=0)
    inside = []
    for g, own_c in enumerate(truth_gc):
        bounds = np.quantile(total_contributions(done, g), [0.05, 0.95], axis=0)
        inside.append((own_c >= bounds[0]) & (own_c <= bounds[1]))
    assert done.stats is not None
    sampled = [
        columns
        for name, columns in done.posterior.columns().items()
        if done.posterior.attrs[name.partition("[")[0]]["drawn"] == "sampled" and not name.startswith("shock")
    ]
    ess = [ess_bulk(columns) for columns in sampled]
    shared = "shock_spread" in done.posterior
    return Row(
        seconds=seconds,
        weeks=quality(done).trained.coverage90,
        channels=tuple(((truth_c >= low) & (truth_c <= high)).tolist()),
        geos=float(np.mean(inside)),
        width=float(np.mean((high - low) / np.abs(truth_c))),
        steps=float(done.stats["n_steps"].mean()),
        ess=(min(ess), median(ess)),
        divergent=int(done.stats["diverging"].sum()),
        spread=float(done.posterior["shock_spread"].mean()) if shared else 0.0,
    )


def compared(seed: int, size: tuple[int, int, int], sampler: dict[str, Any]) -> dict[str, Row]:
    """Fits of a world without and with shocks in turns; of a small one also without any in the data."""
    made, rows = world(seed, *size), {}
    for shared in (True, False) if seed % 2 else (False, True):
        rows[WITH if shared else WITHOUT] = fitted(made, seed, SHOCKS if shared else {}, sampler)
    if size == SMALL:
        calm = world(seed, *size, shock=0.0)
        rows[CALM] = fitted(calm, seed, {}, SHORT)
        rows[CALM_OWN] = fitted(calm, seed, SEASONS, SHORT)
        rows[WITH_OWN] = fitted(made, seed, {**SHOCKS, **SEASONS}, SHORT)
    print(seed, *rows.items(), sep="\n  ", flush=True)
    return rows


def drawn(seed: int, size: tuple[int, int, int]) -> Row:
    """Truth and outcome drawn from the model's priors, on the spend and the columns of a world."""
    sampler = {**SHORT, "seed": seed}
    own = World.of("", "", 0, world(seed, *size).dataset, {"geo": SHOCKS, "sampler": sampler})
    # Every geo's contributions are wanted, not those of the first and last alone.
    own = replace(own, shown=tuple(range(size[0])))
    truth = draw_truth(own, np.random.default_rng([5, seed]))
    problem, data = own.problem, own.problem.dataset
    outcome_gt = (truth.scaled_gt + 1.0) * problem.weight_gt * problem.outcome.mean
    model = replace(problem.model, outcome_gt=truth.scaled_gt)
    posed = replace(problem, model=model, dataset=replace(data, outcome_gt=outcome_gt))
    began = time.process_time()
    sample = nuts.sample(model.density(), problem.spec.sampler, accept=ACCEPT_OF_SHOCKS)
    done = to_fit(posed, sample, RunInfo("drawn", problem.spec.hash, seed))
    truth_gc = np.array(
        [[truth.quantities[f"contribution[{g}, {c}]"] for c in data.channel_names] for g in data.geos]
    )
    return _row(done, truth_gc, time.process_time() - began)


WITHOUT, WITH = "without", "with"
WITH_OWN = "with, `season: own`"
CALM, CALM_OWN = "no shock in the data: without", "the same, `season: own`"


def _table(found: dict[str, list[Row]], title: str, truth: float | None = None) -> str:
    names = list(found)
    lines = [f"## {title}", "", f"| | {' | '.join(names)} |", "| --- |" + " --- |" * len(names)]

    def line(label: str, say: Callable[[list[Row]], str], only: Sequence[str] = names) -> None:
        cells = [say(found[name]) if name in only else "" for name in names]
        lines.append(f"| {label} | {' | '.join(cells)} |")

    def mid(name: str) -> Callable[[list[Row]], float]:
        return lambda rows: float(median(getattr(row, name) for row in rows))

    def inside(rows: list[Row]) -> str:
        all_of = np.concatenate([row.channels for row in rows])
        return f"{int(all_of.sum())} of {len(all_of)} ({all_of.mean():.0%})"

    line("weeks inside the 90 % band", lambda rows: f"{np.mean([row.weeks for row in rows]):.0%}")
    line("of the worlds, lowest and highest", lambda rows: _range([row.weeks for row in rows]))
    line("channels' contributions inside their 90 % interval", inside)
    line("the same of single geos", lambda rows: f"{np.mean([row.geos for row in rows]):.0%}")
    line("width of a channel's interval over its truth", lambda rows: f"{mid('width')(rows):.2f}")
    if truth is not None:
        shaken = [name for name in names if found[name][0].spread]
        line(
            "shocks' spread over the truth, median", lambda rows: f"{mid('spread')(rows) / truth:.2f}", shaken
        )
    line("divergent draws", lambda rows: f"{sum(row.divergent for row in rows)}")
    return "\n".join(lines) + "\n"


def _times(pairs: Sequence[tuple[Row, Row]], title: str) -> str:
    """Time, steps and effective draws of default fits without and with shocks."""
    lines = [f"## {title}", "", "| | without | with |", "| --- | --- | --- |"]

    def line(label: str, form: str, of: Callable[[Row], float]) -> None:
        cells = [format(median(of(pair[k]) for pair in pairs), form) for k in (0, 1)]
        lines.append(f"| {label} | {' | '.join(cells)} |")

    line("gradients per draw", ".1f", lambda row: row.steps)
    line("effective draws of the worst parameter, of 4,000", ",.0f", lambda row: row.ess[0])
    line("effective draws of the median parameter, of 4,000", ",.0f", lambda row: row.ess[1])
    line("processor seconds, median", ".1f", lambda row: row.seconds)
    ratios = [b.seconds / a.seconds for a, b in pairs]
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    lines += ["", f"Time with over time without: median **{median(ratios):.2f}** ({spread})."]
    apart = sum(b.ess[0] < APART for _, b in pairs)
    if apart:
        lines += ["", PEAKS.format(apart=apart)]
    return "\n".join(lines) + "\n"


def _title(worlds: int, geos: int, weeks: int, channels: int) -> str:
    return f"{worlds} worlds of {geos} geos × {weeks} weeks × {channels} channels"


def _range(values: Sequence[float]) -> str:
    return f"{min(values):.0%} to {max(values):.0%}"


def main() -> None:
    """Fit all worlds and write the page, after each of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=12)
    parser.add_argument(
        "--timed", type=int, default=4, help="Worlds that are timed with the default sampler."
    )
    parser.add_argument("--large", type=int, default=1)
    asked = parser.parse_args()
    for geo in ({}, SHOCKS):  # compiled
        fit(world(1, 3, 30, 1).dataset, parse_spec({"geo": geo, "sampler": {"draws": 50, "tune": 50}}))
    found: dict[str, list[Row]] = {name: [] for name in (WITHOUT, WITH, WITH_OWN, CALM, CALM_OWN)}
    priors: list[Row] = []
    timed: dict[tuple[int, int, int], list[tuple[Row, Row]]] = {SMALL: [], LARGE: []}
    for seed in range(1, asked.worlds + 1):
        rows = compared(seed, SMALL, {} if seed <= asked.timed else SHORT)
        for name in found:
            found[name].append(rows[name])
        priors.append(drawn(seed, SMALL))
        print("drawn", priors[-1], flush=True)
        if seed <= asked.timed:
            timed[SMALL].append((rows[WITHOUT], rows[WITH]))
        if seed <= asked.large:
            rows = compared(seed, LARGE, {})
            timed[LARGE].append((rows[WITHOUT], rows[WITH]))
        write_text(Path(__file__).with_suffix(".md"), _page(found, priors, timed, asked.worlds))


def _page(
    found: dict[str, list[Row]],
    priors: list[Row],
    timed: dict[tuple[int, int, int], list[tuple[Row, Row]]],
    wanted: int,
) -> str:
    """What has run so far."""
    machine, done = host(), len(priors)
    so_far = "" if done == wanted else f" {done} of {wanted} worlds have run so far."
    spread = median(SHOCK * _scale(seed) for seed in range(1, done + 1))
    parts = [
        "# A shock per week that all geos share\n",
        f"Measured on {date.today()} ({machine['cores']} cores, {machine['system']} {machine['machine']}), "
        "beside other work: seconds are processor seconds of `fit`, all threads, by turns in one process. "
        f"Each world has its own truth; shocks of {SHOCK:.0%} of the baseline, a geo's noise {NOISE:.0%}; "
        "default spec but for what a column says; where nothing is timed 2 × 500 draws instead of 4 × 1,000."
        f"{so_far}\n",
        _table(found, _title(done, *SMALL), spread),
        WHY,
        _table({"with": priors}, f"Truths drawn from the model's priors: {_title(done, *SMALL)}"),
        *(_times(pairs, f"Time: {_title(len(pairs), *size)}") for size, pairs in timed.items() if pairs),
    ]
    return "\n".join(parts)


def _scale(seed: int) -> float:
    """Mean baseline per unit of size and period."""
    made = world(seed, *SMALL)
    return float(made.truth.baseline_gtp.sum() / made.dataset.n_periods / made.dataset.size_g.sum())


if __name__ == "__main__":
    main()
