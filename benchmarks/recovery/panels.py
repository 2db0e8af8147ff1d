"""Does the model recover the truth of panels, geo by geo? A part of `recovery.py`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mediamix.core.spec import Spec, parse_spec
from mediamix.measure.contribution import total_contributions
from mediamix.measure.convergence import convergence
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate

POOLED_WANTED = 0.15
COVERAGE_WANTED = (0.82, 0.97)
SUMMARY_HEAD = ("measure", "value", "wanted", "")
CHANNEL_HEAD = (
    "channel",
    "pooled: mean abs. error",
    "mean error",
    "covered",
    "by geo: mean abs. error",
    "covered",
    "sd of z",
)
PANEL_HEAD = (
    "seed",
    "pooled error",
    "pooled covered",
    "by geo covered",
    "total media",
    "diverg.",
    "R-hat",
    "ESS",
    "seconds",
)


@dataclass(frozen=True)
class Found:
    """Contributions over the window against their truth; any shape.

    Args:
        truth: What the channel caused, outcome units.
        mean: Posterior mean.
        sd: Posterior standard deviation.
        covered: The truth lies in the 90 % interval.
    """

    truth: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    covered: np.ndarray

    @classmethod
    def of(cls, draws: np.ndarray, truth: np.ndarray) -> Found:
        """Draws first, then as `truth`."""
        low, high = np.quantile(draws, (0.05, 0.95), axis=0)
        return cls(truth, draws.mean(axis=0), draws.std(axis=0), (low <= truth) & (truth <= high))

    @property
    def error(self) -> np.ndarray:
        """Signed, relative to the truth."""
        return self.mean / self.truth - 1.0

    @property
    def z(self) -> np.ndarray:
        """Signed error in posterior standard deviations."""
        return (self.mean - self.truth) / self.sd


@dataclass(frozen=True)
class PanelResult:
    """One panel.

    Args:
        seed: Of the panel.
        channels: Names.
        pooled: Over all geos, by channel.
        by_geo: Geo × channel.
        media: All channels and geos together.
        divergences: After tuning.
        rhat_max: Over all scalars that are judged.
        ess_min: Effective draws, likewise.
        total_s: From dataset to draws of every parameter.
    """

    seed: int
    channels: tuple[str, ...]
    pooled: Found
    by_geo: Found
    media: Found
    divergences: int
    rhat_max: float
    ess_min: float
    total_s: float


def spec_of_panels() -> Spec:
    """Defaults, with geos kept."""
    return parse_spec({"geo": {}})


def run_panel(seed: int) -> PanelResult:
    """Simulate, fit and compare."""
    market = simulate(Scenario.geo_panel(seed))
    began = time.perf_counter()
    result = fit(market.dataset, spec_of_panels())
    seconds = time.perf_counter() - began
    verdict = convergence(result)
    truth_gc = market.truth.contribution_gtc.sum(axis=1)
    draws_gdc = np.stack([total_contributions(result, geo=g) for g in range(len(truth_gc))])
    pooled_dc = draws_gdc.sum(axis=0)
    return PanelResult(
        seed=seed,
        channels=market.dataset.channel_names,
        pooled=Found.of(pooled_dc, truth_gc.sum(axis=0)),
        by_geo=Found.of(draws_gdc.transpose(1, 0, 2), truth_gc),
        media=Found.of(pooled_dc.sum(axis=1), truth_gc.sum()),
        divergences=verdict.divergences,
        rhat_max=verdict.rhat_max,
        ess_min=verdict.ess_bulk_min,
        total_s=seconds,
    )


def summary_rows(results: Sequence[PanelResult]) -> list[tuple[str, str, str, str]]:
    """Measure, value, what is wanted, and whether it is met."""
    pooled = float(np.mean([np.abs(r.pooled.error) for r in results]))
    cover = float(np.mean([r.by_geo.covered for r in results]))
    pairs = sum(r.by_geo.covered.size for r in results)
    met = {True: "met", False: "missed"}
    low, high = COVERAGE_WANTED
    by_panel = np.array([r.by_geo.covered.mean() for r in results])
    return [
        (
            "mean absolute relative error of pooled contributions",
            f"{pooled:.3f}",
            f"≤ {POOLED_WANTED:.2f}",
            met[pooled <= POOLED_WANTED],
        ),
        (
            f"coverage of 90 % intervals, {pairs:,} geo-channel pairs (panels: least, most)",
            f"{cover:.1%} ({by_panel.min():.1%}, {by_panel.max():.1%})",
            f"{low:.0%} to {high:.0%}",
            met[low <= cover <= high],
        ),
        (
            f"coverage of pooled contributions, {sum(r.pooled.covered.size for r in results)} pairs",
            f"{np.mean([r.pooled.covered for r in results]):.0%}",
            "",
            "",
        ),
        (
            "mean absolute relative error of a geo's contributions",
            f"{np.mean([np.abs(r.by_geo.error) for r in results]):.3f}",
            "",
            "",
        ),
        (
            "mean signed error of total media",
            f"{np.mean([r.media.error for r in results]):+.1%}",
            "",
            "",
        ),
        ("divergences, all panels", f"{sum(r.divergences for r in results)}", "", ""),
        ("largest R-hat", f"{max(r.rhat_max for r in results):.4f}", "", ""),
        ("effective draws of the worst scalar, least", f"{min(r.ess_min for r in results):,.0f}", "", ""),
        (
            "seconds per fit: median (most)",
            f"{np.median([r.total_s for r in results]):.1f} ({max(r.total_s for r in results):.1f})",
            "",
            "",
        ),
    ]


def channel_rows(results: Sequence[PanelResult]) -> list[tuple[str, ...]]:
    """Per channel: errors and coverage, pooled and by geo."""
    rows: list[tuple[str, ...]] = []
    for name in dict.fromkeys(name for r in results for name in r.channels):
        at = [(r, r.channels.index(name)) for r in results if name in r.channels]
        pooled = np.array([r.pooled.error[c] for r, c in at])
        rows.append(
            (
                name,
                f"{np.abs(pooled).mean():.3f}",
                f"{pooled.mean():+.1%}",
                f"{sum(bool(r.pooled.covered[c]) for r, c in at)} of {len(at)}",
                f"{np.mean([np.abs(r.by_geo.error[:, c]) for r, c in at]):.3f}",
                f"{np.mean([r.by_geo.covered[:, c] for r, c in at]):.0%}",
                f"{np.std([r.by_geo.z[:, c] for r, c in at]):.2f}",
            )
        )
    return rows


def panel_rows(results: Sequence[PanelResult]) -> list[tuple[str, ...]]:
    """Per panel: errors, coverage, health of the sampling, time."""
    return [
        (
            str(r.seed),
            f"{np.abs(r.pooled.error).mean():.3f}",
            f"{r.pooled.covered.sum()} of {r.pooled.covered.size}",
            f"{r.by_geo.covered.mean():.1%}",
            f"{float(r.media.error):+.1%}",
            str(r.divergences),
            f"{r.rhat_max:.4f}",
            f"{r.ess_min:,.0f}",
            f"{r.total_s:.1f}",
        )
        for r in results
    ]


def plain(result: PanelResult) -> dict[str, Any]:
    """Lists and numbers, for JSON."""
    found = asdict(result)
    for name in ("pooled", "by_geo", "media"):
        found[name] = {key: np.asarray(value).tolist() for key, value in found[name].items()}
    return found
