"""A shock per week that all geos share: what it does to intervals, and what it costs.

Run it with ``uv run python benchmarks/engine/shared_shock.py [--worlds 12] [--large 3]``. Made-up panels
whose weeks have a shock are fitted without and with `geo: {shared_shock: true}`, by turns in one process. It
writes `shared_shock.md` beside it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

import numpy as np

from mediamix.core.files import write_text
from mediamix.core.provenance import host
from mediamix.core.spec import parse_spec
from mediamix.core.types import Every
from mediamix.inference.diagnostics import ess_bulk
from mediamix.measure.contribution import total_contributions
from mediamix.measure.quality import quality
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, Simulation, Variation, simulate

#: Share of the mean baseline: as large as the noise of a geo.
SHOCK = NOISE = 0.05
#: Geos, weeks, channels.
SMALL, LARGE = (20, 104, 4), (40, 156, 6)


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
        spread: Posterior mean of the shocks' spread over the truth; 0: not in the model.
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


def world(seed: int, geos: int, weeks: int, channels: int) -> Simulation:
    """A panel with a shock per week, a truth of its own for every seed."""
    return simulate(
        Scenario(
            seed=seed,
            every=Every.WEEK,
            periods=weeks,
            geos=geos,
            channels=channels,
            noise=NOISE,
            shared_shock=SHOCK,
            variation=Variation(),
        )
    )


def fitted(made: Simulation, seed: int, shared: bool) -> Row:
    """Fit it and compare with the truth."""
    spec = parse_spec({"geo": {"shared_shock": shared}, "sampler": {"seed": seed}})
    began = time.process_time()
    done = fit(made.dataset, spec)
    seconds = time.process_time() - began
    truth_gc = made.truth.contribution_gtc.sum(axis=1)
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
    scale = made.truth.baseline_gtp.sum() / made.dataset.n_periods / made.dataset.size_g.sum()
    return Row(
        seconds=seconds,
        weeks=quality(done).trained.coverage90,
        channels=tuple(((truth_c >= low) & (truth_c <= high)).tolist()),
        geos=float(np.mean(inside)),
        width=float(np.mean((high - low) / truth_c)),
        steps=float(done.stats["n_steps"].mean()),
        ess=(min(ess), median(ess)),
        divergent=int(done.stats["diverging"].sum()),
        spread=float(done.posterior["shock_spread"].mean() / (SHOCK * scale)) if shared else 0.0,
    )


def pairs(seeds: Sequence[int], geos: int, weeks: int, channels: int) -> list[tuple[Row, Row]]:
    """Fits without and with shocks of every world, in turns."""
    found = []
    for seed in seeds:
        made = world(seed, geos, weeks, channels)
        first = bool(seed % 2)
        one, other = fitted(made, seed, first), fitted(made, seed, not first)
        found.append((other, one) if first else (one, other))
        print(seed, *found[-1], sep="\n  ", flush=True)
    return found


def _table(found: Sequence[tuple[Row, Row]], title: str) -> str:
    lines = [f"## {title}", "", "| | without | with |", "| --- | --- | --- |"]
    channels = [np.concatenate([pair[k].channels for pair in found]) for k in (0, 1)]

    def line(name: str, *cells: str) -> None:
        lines.append(f"| {name} | {' | '.join(cells)} |")

    line("weeks inside the 90 % band", *(f"{np.mean([p[k].weeks for p in found]):.0%}" for k in (0, 1)))
    line("of the worlds, lowest and highest", *(_range([p[k].weeks for p in found]) for k in (0, 1)))
    line(
        "channels' contributions inside their 90 % interval",
        *(f"{int(c.sum())} of {len(c)} ({c.mean():.0%})" for c in channels),
    )
    line("the same of single geos", *(f"{np.mean([p[k].geos for p in found]):.0%}" for k in (0, 1)))
    line("width of a channel's interval over its truth", *(f"{_mid(found, k, 'width'):.2f}" for k in (0, 1)))
    line("shocks' spread over the truth, median", "", f"{_mid(found, 1, 'spread'):.2f}")
    line("gradients per draw", *(f"{_mid(found, k, 'steps'):.1f}" for k in (0, 1)))
    for i, which in enumerate(("worst", "median")):
        ess = [median(pair[k].ess[i] for pair in found) for k in (0, 1)]
        line(f"effective draws of the {which} parameter", *(f"{value:,.0f}" for value in ess))
    line("divergent draws", *(f"{sum(p[k].divergent for p in found)}" for k in (0, 1)))
    line("processor seconds, median", *(f"{_mid(found, k, 'seconds'):.1f}" for k in (0, 1)))
    ratios = [b.seconds / a.seconds for a, b in found]
    lines += ["", f"Time with over time without: median **{median(ratios):.2f}** ({_plain_range(ratios)})."]
    return "\n".join(lines) + "\n"


def _title(worlds: int, geos: int, weeks: int, channels: int) -> str:
    return f"{worlds} worlds of {geos} geos × {weeks} weeks × {channels} channels"


def _mid(found: Sequence[tuple[Row, Row]], k: int, name: str) -> float:
    return float(median(getattr(pair[k], name) for pair in found))


def _range(values: Sequence[float]) -> str:
    return f"{min(values):.0%} to {max(values):.0%}"


def _plain_range(values: Sequence[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}"


def main() -> None:
    """Fit all worlds and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=12)
    parser.add_argument("--large", type=int, default=3)
    asked = parser.parse_args()
    fit(world(1, 3, 30, 1).dataset, parse_spec({"geo": {}, "sampler": {"draws": 50, "tune": 50}}))  # compiled
    machine = host()
    parts = [
        "# A shock per week that all geos share\n",
        f"Measured on {date.today()} ({machine['cores']} cores, {machine['system']} {machine['machine']}), "
        "beside other work: seconds are processor seconds of `fit`, all threads, by turns in one process. "
        f"Each world has its own truth; shocks of {SHOCK:.0%} of the baseline, a geo's noise {NOISE:.0%}; "
        "default spec (4 × 1,000 draws) but for `geo: {shared_shock: true}`.\n",
        _table(pairs(range(1, asked.worlds + 1), *SMALL), _title(asked.worlds, *SMALL)),
    ]
    if asked.large:
        parts.append(_table(pairs(range(1, asked.large + 1), *LARGE), _title(asked.large, *LARGE)))
    write_text(Path(__file__).with_suffix(".md"), "\n".join(parts))


if __name__ == "__main__":
    main()
