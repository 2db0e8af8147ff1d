"""Did the sampling work? The verdict first, then its numbers."""

from __future__ import annotations

from typing import Literal

import numpy as np

from mediamix.core.numbers import UNKNOWN
from mediamix.inference.diagnostics import ESS_FAILED, ESS_OK, RHAT_FAILED, RHAT_OK
from mediamix.inference.laplace import Importance
from mediamix.measure.convergence import WORDS, Convergence
from mediamix.measure.sampler_findings import EBFMI_OK, PARETO_K_FAILED, PARETO_K_OK
from mediamix.measure.verdict import sentence
from mediamix.models.base import Fit
from mediamix.reporting.blocks import Block, Callout, Cell, Column, Kpi, Kpis, Table, Tone
from mediamix.reporting.material import Material
from mediamix.reporting.section import Section

WORST = 10
SEVERITY: dict[str, Literal["ok", "warning", "error"]] = {"ok": "ok", "caution": "warning", "failed": "error"}
TITLE = {
    "ok": "The chains agree",
    "caution": "Use with care",
    "failed": "Don't use these numbers",
}
QUICK_TITLE = {
    "ok": "A quick fit, good enough to explore",
    "caution": "A quick fit: use with care",
    "failed": "The quick approximation doesn't hold here: don't use these numbers",
}

INDEPENDENT = "Independent draws: nothing to converge"


def build(material: Material) -> list[Block]:
    """Verdict with next steps, tiles, the worst parameters."""
    found = material.summary.convergence
    steps = tuple(f"{sentence(f.message)} {sentence(f.advice)}" for f in found.findings)
    text = found.sentence if found.verdict == "ok" else "What was seen, and what to do:"
    if found.quick is not None:
        tiles = _weight_tiles(found.quick)
        return [Callout(SEVERITY[found.verdict], QUICK_TITLE[found.verdict], text, steps), Kpis(tiles)]
    if found.independent:
        title = INDEPENDENT if found.verdict == "ok" else TITLE[found.verdict]
        draws = Kpi("Draws", f"{found.ess_bulk_min:,.0f}", WORDS.get(found.method, found.method))
        return [Callout(SEVERITY[found.verdict], title, text, steps), Kpis((draws,))]
    tiles = _chain_tiles(found, material.fit)
    return [
        Callout(SEVERITY[found.verdict], TITLE[found.verdict], text, steps),
        Kpis(tiles),
        _table(found),
    ]


def _weight_tiles(quick: Importance) -> tuple[Kpi, ...]:
    k = quick.pareto_k
    tone: Tone = "good" if k <= PARETO_K_OK else "caution" if k <= PARETO_K_FAILED else "bad"
    wanted = f"wanted: at most {PARETO_K_OK}; above {PARETO_K_FAILED} don't use"
    size = f"of {quick.evaluations:,} weighted; wanted: at least {ESS_OK:,.0f}"
    return (
        Kpi("Pareto k-hat", f"{k:.2f}", wanted, tone),
        Kpi("Effective draws", f"{quick.ess:,.0f}", size, _few(quick.ess)),
    )


def _chain_tiles(found: Convergence, fit: Fit) -> tuple[Kpi, ...]:
    tiles = [
        Kpi("R-hat, largest", f"{found.rhat_max:.3f}", f"wanted: at most {RHAT_OK}", _high(found.rhat_max)),
        Kpi(
            "Effective draws, fewest",
            f"{min(found.ess_bulk_min, found.ess_tail_min):,.0f}",
            f"wanted: at least {ESS_OK:,.0f}",
            _few(min(found.ess_bulk_min, found.ess_tail_min)),
        ),
    ]
    if fit.stats is not None:
        tiles.append(
            Kpi(
                "Divergences",
                f"{found.divergences:,}",
                f"of {fit.n_draws:,} draws; wanted: 0",
                "caution" if found.divergences else "good",
            )
        )
    if np.isfinite(found.ebfmi_min):
        tone: Tone = "good" if found.ebfmi_min >= EBFMI_OK else "caution"
        tiles.append(Kpi("Energy (E-BFMI)", f"{found.ebfmi_min:.2f}", f"wanted: at least {EBFMI_OK}", tone))
    return tuple(tiles)


def _high(rhat: float) -> Tone:
    return "good" if rhat <= RHAT_OK else "caution" if rhat <= RHAT_FAILED else "bad"


def _few(size: float) -> Tone:
    return "good" if size >= ESS_OK else "caution" if size >= ESS_FAILED else "bad"


def _table(found: Convergence) -> Table:
    table = found.table
    worst = sorted(table.items(), key=lambda item: (-item[1][0], item[1][1]))[:WORST]
    rows = tuple(
        (name, Cell(f"{rhat:.3f}", tone=_high(rhat)), _count(bulk), _count(tail))
        for name, (rhat, bulk, tail) in worst
    )
    columns = (Column("Parameter", False), Column("R-hat"), Column("ESS bulk"), Column("ESS tail"))
    title = f"The {len(rows)} parameters that mixed worst, of {len(table):,}"
    if found.unjudged:
        title += f" ({found.unjudged:,} of single geos weren't looked at; those that were are evenly spread)"
    return Table(columns, rows, title, folded=True)


def _count(size: float) -> Cell:
    return Cell(f"{size:,.0f}", tone=_few(size)) if np.isfinite(size) else Cell(UNKNOWN)


SECTION = Section("diagnostics", "Did the sampling work?", 100, "trust", build)
