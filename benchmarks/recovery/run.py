"""Does the model recover the truth? Twenty made-up markets and five panels of geos, default specs.

Run it with ``uv run python benchmarks/recovery/run.py [--seeds 20] [--panels 5] [--json out.json]``. It
prints tables and writes ``benchmarks/recovery/recovery.md``. Every seed is a market of its own: three
years of weeks, five channels, with ROI, carry-over and saturation drawn anew; panels have six channels
and forty geos that differ.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from rich.console import Console
from rich.table import Table

from mediamix.core.files import write_json, write_text
from mediamix.core.provenance import host, versions
from mediamix.core.spec import Spec
from mediamix.measure.contribution import total_contributions
from mediamix.measure.convergence import convergence
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate
from recovery import panels as recovery_panels
from recovery.panels import PanelResult

RESULT = Path(__file__).with_name("recovery.md")
#: Sampled per channel; the rest of the posterior is noise, or drawn exactly.
MEDIA = ("roi[", "half_life[", "half_effect[", "slope[")
COVERAGE_WANTED = (0.82, 0.97)
ERROR_WANTED = 0.30
TOTAL_WANTED = 0.10


@dataclass(frozen=True)
class ChannelResult:
    """One channel of one market, contributions in outcome units over the window.

    Args:
        seed: Of the market.
        channel: Name.
        truth: What it caused.
        mean: Posterior mean.
        p5: Lower end of the 90 % interval.
        p95: Upper end.
        sd: Posterior standard deviation.
        ess: Effective draws of its worst parameter.
    """

    seed: int
    channel: str
    truth: float
    mean: float
    p5: float
    p95: float
    sd: float
    ess: float

    @property
    def covered(self) -> bool:
        """The truth lies in the 90 % interval."""
        return self.p5 <= self.truth <= self.p95

    @property
    def error(self) -> float:
        """Signed, relative to the truth."""
        return self.mean / self.truth - 1.0

    @property
    def z(self) -> float:
        """Signed error in posterior standard deviations."""
        return (self.mean - self.truth) / self.sd


@dataclass(frozen=True)
class SeedResult:
    """One market.

    Args:
        seed: Of the market.
        total_error: Signed relative error of all media together.
        total_covered: Their truth lies in the 90 % interval.
        divergences: After tuning.
        rhat_max: Over all scalars.
        ess_per_second: Of the worst media parameter.
        sample_s: Sampling alone.
        total_s: From dataset to draws of every parameter.
        channels: Its channels.
    """

    seed: int
    total_error: float
    total_covered: bool
    divergences: int
    rhat_max: float
    ess_per_second: float
    sample_s: float
    total_s: float
    channels: tuple[ChannelResult, ...]


def run_seed(seed: int, spec: Spec) -> SeedResult:
    """Simulate, fit and compare."""
    market = simulate(Scenario.weekly(seed))
    began = time.perf_counter()
    result = fit(market.dataset, spec)
    seconds = time.perf_counter() - began
    verdict = convergence(result)
    total_dc = total_contributions(result)
    low_c, high_c = np.quantile(total_dc, (0.05, 0.95), axis=0)
    channels = []
    for c, name in enumerate(market.dataset.channel_names):
        worst = min(row[1] for label, row in verdict.table.items() if _of_channel(label, name))
        truth = market.truth.contribution[name]
        mean, sd = float(total_dc[:, c].mean()), float(total_dc[:, c].std())
        channels.append(ChannelResult(seed, name, truth, mean, float(low_c[c]), float(high_c[c]), sd, worst))
    media_d = total_dc.sum(axis=1)
    low, high = np.quantile(media_d, (0.05, 0.95))
    truth = sum(market.truth.contribution.values())
    return SeedResult(
        seed=seed,
        total_error=float(media_d.mean()) / truth - 1.0,
        total_covered=bool(low <= truth <= high),
        divergences=verdict.divergences,
        rhat_max=verdict.rhat_max,
        ess_per_second=min(c.ess for c in channels) / result.run.seconds["sample_s"],
        sample_s=result.run.seconds["sample_s"],
        total_s=seconds,
        channels=tuple(channels),
    )


def _of_channel(label: str, name: str) -> bool:
    return label.startswith(MEDIA) and label.endswith(f"[{name}]")


def summary_rows(results: Sequence[SeedResult]) -> list[tuple[str, str, str, str]]:
    """Measure, value, what is wanted, and whether it is met."""
    pairs = [c for r in results for c in r.channels]
    coverage = float(np.mean([c.covered for c in pairs]))
    error = float(np.mean([abs(c.error) for c in pairs]))
    total = float(np.mean([r.total_error for r in results]))
    met = {True: "met", False: "missed"}
    low, high = COVERAGE_WANTED
    return [
        (
            f"coverage of 90 % intervals, {len(pairs)} channel-seed pairs",
            f"{coverage:.1%} ± {np.sqrt(coverage * (1 - coverage) / len(pairs)):.1%}",
            f"{low:.0%} to {high:.0%}",
            met[low <= coverage <= high],
        ),
        (
            "mean absolute relative error of contributions",
            f"{error:.3f}",
            f"< {ERROR_WANTED:.2f}",
            met[error < ERROR_WANTED],
        ),
        (
            "mean signed error of total media",
            f"{total:+.1%} ± {np.std([r.total_error for r in results]) / np.sqrt(len(results)):.1%}",
            f"within ±{TOTAL_WANTED:.0%}",
            met[abs(total) <= TOTAL_WANTED],
        ),
        (
            "markets whose total media lie in the 90 % interval",
            f"{np.mean([r.total_covered for r in results]):.0%}",
            "",
            "",
        ),
        ("divergences, all markets", f"{sum(r.divergences for r in results)}", "", ""),
        ("largest R-hat", f"{max(r.rhat_max for r in results):.4f}", "", ""),
        (
            "effective draws per second, worst media parameter: median (least)",
            f"{np.median([r.ess_per_second for r in results]):,.0f} "
            f"({min(r.ess_per_second for r in results):,.0f})",
            "",
            "",
        ),
        (
            "seconds per fit: median (most); sampling alone",
            f"{np.median([r.total_s for r in results]):.2f} ({max(r.total_s for r in results):.2f}); "
            f"{np.median([r.sample_s for r in results]):.2f}",
            "",
            "",
        ),
    ]


def channel_rows(results: Sequence[SeedResult]) -> list[tuple[str, ...]]:
    """Per channel: coverage, mean absolute and signed error, mean and spread of z."""
    rows: list[tuple[str, ...]] = []
    for name in dict.fromkeys(c.channel for r in results for c in r.channels):
        own = [c for r in results for c in r.channels if c.channel == name]
        z = np.array([c.z for c in own])
        rows.append(
            (
                name,
                f"{np.mean([c.covered for c in own]):.0%}",
                f"{np.mean([abs(c.error) for c in own]):.3f}",
                f"{np.mean([c.error for c in own]):+.1%}",
                f"{sum(c.mean for c in own) / sum(c.truth for c in own) - 1:+.1%}",
                f"{z.mean():+.2f}",
                f"{z.std():.2f}",
            )
        )
    return rows


def seed_rows(results: Sequence[SeedResult]) -> list[tuple[str, ...]]:
    """Per market: what was covered, errors, health of the sampling, time."""
    return [
        (
            str(r.seed),
            f"{sum(c.covered for c in r.channels)} of {len(r.channels)}",
            f"{np.mean([abs(c.error) for c in r.channels]):.3f}",
            f"{r.total_error:+.1%}",
            str(r.divergences),
            f"{r.rhat_max:.4f}",
            f"{r.ess_per_second:,.0f}",
            f"{r.total_s:.2f}",
        )
        for r in results
    ]


SUMMARY_HEAD = ("measure", "value", "wanted", "")
CHANNEL_HEAD = ("channel", "coverage", "mean abs. error", "mean error", "pooled error", "mean z", "sd of z")
SEED_HEAD = ("seed", "covered", "mean abs. error", "total media", "diverg.", "R-hat", "ESS/s", "seconds")


def markdown(results: Sequence[SeedResult], panels: Sequence[PanelResult], spec: Spec) -> str:
    """The report, with the machine it was made on (no names, no paths)."""
    machine = host()
    described = ", ".join(f"{name} {version}" for name, version in versions().items())
    settings = spec.sampler
    parts = [
        "# Recovery of known truths",
        f"{len(results)} markets of `Scenario.weekly(seed)` (156 weeks, 5 channels), fitted with "
        f"`Spec()`: {settings.chains} chains, {settings.draws} draws after {settings.tune} of tuning. "
        "Made by `uv run python benchmarks/recovery/run.py` "
        f"on {date.today().isoformat()}: {machine['cores']} cores, {machine['system']} "
        f"{machine['machine']}; {described}.",
        "Errors are of contributions over the window, posterior mean against truth; z is the error in "
        "posterior standard deviations (calibrated: mean 0, sd 1). A pooled error is that of the sum "
        "over markets.",
        _markdown_table(SUMMARY_HEAD, summary_rows(results)),
        "## By channel",
        _markdown_table(CHANNEL_HEAD, channel_rows(results)),
        "## By market",
        _markdown_table(SEED_HEAD, seed_rows(results)),
    ]
    if panels:
        geos = len(panels[0].by_geo.truth)
        parts += [
            "## Panels",
            f"{len(panels)} panels of `Scenario.geo_panel(seed)` ({geos} geos, 156 weeks, "
            f"{len(panels[0].channels)} channels), fitted with `geo: {{}}` and the same sampler. Pooled: "
            "summed over geos. Effects, base and season of the simulated geos differ; the model lets "
            "effects, intercept and controls differ.",
            _markdown_table(recovery_panels.SUMMARY_HEAD, recovery_panels.summary_rows(panels)),
            _markdown_table(recovery_panels.CHANNEL_HEAD, recovery_panels.channel_rows(panels)),
            _markdown_table(recovery_panels.PANEL_HEAD, recovery_panels.panel_rows(panels)),
        ]
    return "\n\n".join(parts) + "\n"


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _print(console: Console, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(*head)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print the tables, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="number of markets (seeds 1, 2, …)")
    parser.add_argument("--panels", type=int, default=5, help="number of panels (seeds 1, 2, …)")
    parser.add_argument("--json", type=Path, help="also write all numbers here")
    parser.add_argument("--out", type=Path, default=RESULT, help="the Markdown report")
    options = parser.parse_args(arguments)
    spec = Spec()
    console = Console()
    results = []
    for seed in range(1, options.seeds + 1):
        results.append(run_seed(seed, spec))
        console.print(f"market {seed} of {options.seeds}: {results[-1].total_s:.1f} s", highlight=False)
    _print(console, SUMMARY_HEAD, summary_rows(results))
    _print(console, CHANNEL_HEAD, channel_rows(results))
    _print(console, SEED_HEAD, seed_rows(results))
    panels = []
    for seed in range(1, options.panels + 1):
        panels.append(recovery_panels.run_panel(seed))
        console.print(f"panel {seed} of {options.panels}: {panels[-1].total_s:.1f} s", highlight=False)
    if panels:
        _print(console, recovery_panels.SUMMARY_HEAD, recovery_panels.summary_rows(panels))
        _print(console, recovery_panels.CHANNEL_HEAD, recovery_panels.channel_rows(panels))
        _print(console, recovery_panels.PANEL_HEAD, recovery_panels.panel_rows(panels))
    write_text(options.out, markdown(results, panels, spec))
    if options.json:
        numbers = {
            "versions": versions(),
            "host": host(),
            "markets": [asdict(r) for r in results],
            "panels": [recovery_panels.plain(r) for r in panels],
        }
        write_json(options.json, json.loads(json.dumps(numbers)))


if __name__ == "__main__":
    main()
