"""Public data sets whose truth is known: does the default model find it?

Run it with ``uv run python benchmarks/recovery/known_sets.py``. It fits the two sets of
pymc-labs/mmm-param-recovery (specs in ``examples/panels``) and compares contributions with the truth that
comes with them; it prints a table and writes ``benchmarks/recovery/known_sets.md``. Without the data it
says where they belong.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions
from mediamix.core.spec import load_spec
from mediamix.data.read import build, tables_from_spec
from mediamix.measure.convergence import convergence
from mediamix.models.base import Fit
from mediamix.models.bayes import fit

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "examples" / "panels"
TRUTH = ROOT.parent / "shared" / "data" / "recovery"
RESULT = Path(__file__).with_name("known_sets.md")
SETS = ("small_business", "growing_business")


@dataclass(frozen=True)
class Row:
    """One channel, over all geos or in one, contributions in outcome units over the window."""

    geo: str
    channel: str
    truth: float
    mean: float
    p5: float
    p95: float

    @property
    def inside(self) -> bool:
        """The truth lies in the 90 % interval."""
        return self.p5 <= self.truth <= self.p95

    @property
    def error(self) -> float:
        """Relative to the truth."""
        return self.mean / self.truth - 1.0


@dataclass(frozen=True)
class Comparison:
    """One data set: its rows, and how the fit went."""

    name: str
    rows: tuple[Row, ...]
    seconds: float
    verdict: str

    @property
    def pooled(self) -> tuple[Row, ...]:
        """Rows over all geos."""
        return tuple(row for row in self.rows if row.geo == "all")


def truth_of(name: str) -> pd.DataFrame:
    """``geo, channel, truth`` from the published contributions."""
    wide = pd.read_csv(TRUTH / f"{name}__true_channel_contribution.csv")
    long = wide.melt(["date", "geo"], var_name="channel", value_name="truth")
    # contribution_x1_Search-Ads → Search-Ads
    long["channel"] = long["channel"].str.replace(r"^contribution_x\d+_", "", regex=True)
    return long.groupby(["geo", "channel"], as_index=False)["truth"].sum()


def compare(name: str) -> Comparison:
    """Fit one set and lay its truth beside it."""
    path = SPECS / f"recovery_{name}.yml"
    spec = load_spec(path)
    dataset = build(tables_from_spec(spec, path.parent), spec)
    began = time.perf_counter()
    found = fit(dataset, spec)
    seconds = time.perf_counter() - began
    truth = truth_of(name)
    rows = list(_rows(found, "all", None, truth.groupby("channel")["truth"].sum()))
    if len(dataset.geos) > 1:
        for g, geo in enumerate(dataset.geos):
            rows += _rows(found, geo, g, truth[truth["geo"] == geo].set_index("channel")["truth"])
    return Comparison(name, tuple(rows), seconds, convergence(found).sentence)


def _rows(found: Fit, name: str, geo: int | None, truth: pd.Series) -> list[Row]:
    rows = []
    for c, effect in enumerate(found.channels):
        exposure_gt = found.dataset.exposure_gtc[:, :, c]
        total = effect.contribution(exposure_gt, geo).sum(axis=1)
        low, high = np.quantile(total, (0.05, 0.95))
        channel = effect.channel.name
        rows.append(Row(name, channel, float(truth[channel]), float(total.mean()), float(low), float(high)))
    return rows


def page(results: Sequence[Comparison]) -> str:
    """The result file."""
    lines = [
        "# Public data sets with a known truth",
        "",
        "Data: pymc-labs/mmm-param-recovery (Apache-2.0), made with its default seed. Specs: "
        "`examples/panels/recovery_*.yml`; default priors, and the data's own form of carry-over (8 weeks). "
        "Contributions in outcome units over the window; intervals are 90 %.",
        "",
    ]
    for result in results:
        pooled = result.pooled
        error = np.mean([abs(row.error) for row in pooled])
        media = sum(row.mean for row in pooled) / sum(row.truth for row in pooled) - 1
        lines += [
            f"## {result.name}",
            "",
            f"Mean absolute error of the channels {error:.1%}; all media together {media:+.1%}; "
            f"{sum(row.inside for row in pooled)} of {len(pooled)} inside. {result.seconds:.1f} s. "
            f"{result.verdict}",
            "",
            "| geo | channel | truth | estimate | 90 % interval | error | inside |",
            "|---|---|---:|---:|---|---:|---|",
            *(
                f"| {row.geo} | {row.channel} | {row.truth:,.0f} | {row.mean:,.0f} | "
                f"{row.p5:,.0f} to {row.p95:,.0f} | {row.error:+.1%} | {'yes' if row.inside else 'no'} |"
                for row in result.rows
            ),
            "",
        ]
    machine = ", ".join(f"{key} {value}" for key, value in {**host(), **versions()}.items())
    return "\n".join([*lines, f"Machine and versions: {machine}.", ""])


def show(console: Console, result: Comparison) -> None:
    """Print one comparison."""
    table = Table(title=f"{result.name}: {result.verdict}")
    for column in ("geo", "channel", "truth", "estimate", "90 % interval", "error", "inside"):
        table.add_column(column, justify="left" if column in ("geo", "channel") else "right")
    for row in result.rows:
        interval = f"{row.p5:,.0f} to {row.p95:,.0f}"
        cells = (f"{row.truth:,.0f}", f"{row.mean:,.0f}", interval, f"{row.error:+.1%}")
        table.add_row(row.geo, row.channel, *cells, "yes" if row.inside else "no")
    console.print(table)


def main() -> int:
    """Fit, compare, print, write."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    console = Console()
    if not TRUTH.is_dir():
        console.print(f"The data are not here: expected pymc-labs/mmm-param-recovery's sets in {TRUTH}")
        return 2
    results = [compare(name) for name in SETS]
    for result in results:
        show(console, result)
    write_text(RESULT, page(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
