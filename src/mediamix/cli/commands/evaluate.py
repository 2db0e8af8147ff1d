"""`mediamix evaluate`: how good a fit is, and whether its sampling can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediamix.cli.console import emit_json, table
from mediamix.cli.options import FitFolder, Json
from mediamix.cli.watch import doing
from mediamix.cli.words import print_channels, print_warnings

if TYPE_CHECKING:
    from mediamix.measure.convergence import Convergence
    from mediamix.measure.quality import Quality

NAME = "evaluate"
EXAMPLE = "mediamix evaluate fit"
WORST = 5


def command(folder: FitFolder, as_json: Json = False) -> None:
    """Show a fit's quality, its convergence and what each channel caused."""
    from mediamix import pipeline
    from mediamix.measure.summary import summary_of

    doing(f"Reading the fit {folder}")
    fit = pipeline.load(folder)
    doing("Measuring")
    summary = summary_of(fit)
    worst = worst_scalars(summary.convergence)
    if as_json:
        raw = summary.to_dict()
        emit_json({**raw, "diagnostics": {**raw["diagnostics"], "worst": worst}})
        return
    print_warnings(summary.data_findings)
    _print_quality(summary.quality)
    rows = [
        [name, f"{part['rhat']:.3f}", f"{part['ess_bulk']:,.0f}", f"{part['ess_tail']:,.0f}"]
        for name, part in worst.items()
    ]
    if rows:
        table("Where the chains agree least", ["scalar", "R-hat", "ESS bulk", "ESS tail"], rows)
    print_channels(summary, fit.dataset)


def worst_scalars(convergence: Convergence, most: int = WORST) -> dict[str, dict[str, float]]:
    """The scalars with the fewest effective draws or the largest R-hat, worst R-hat first."""
    found = convergence.table
    by_rhat = sorted(found, key=lambda name: -found[name][0])
    by_size = sorted(found, key=lambda name: min(found[name][1:]))
    fewest = [min(found, key=lambda name: found[name][k]) for k in (1, 2)] if found else []
    names = list(dict.fromkeys([*by_rhat[:most], *by_size[:most], *fewest]))
    names.sort(key=lambda name: -found[name][0])
    return {name: dict(zip(("rhat", "ess_bulk", "ess_tail"), found[name], strict=True)) for name in names}


def _print_quality(quality: Quality) -> None:
    from mediamix.core.numbers import percent

    scores = {"trained on": quality.trained, "held out": quality.holdout}
    rows = [
        [
            name,
            str(s.periods),
            f"{s.r2:.3f}",
            percent(s.mape),
            str(s.mape_left_out),
            percent(s.wmape),
            percent(s.coverage90),
        ]
        for name, s in scores.items()
        if s is not None
    ]
    headers = [
        "periods",
        "number",
        "R²",
        "MAPE",
        "at zero",
        "weighted MAPE",
        "inside the 90 % interval",
    ]
    table("How well the outcome is described", headers, rows)
