"""Media that work through awareness: is the total found where that is declared, and what happens where not?

Run it with ``uv run python benchmarks/funnel/run.py [--worlds 20] [--panels 4] [--looked-at 60]``. It prints
tables and writes ``benchmarks/funnel/funnel.md``. Made-up markets are those of `worlds.py`; the public one
(`public.py`) is looked for in ``../shared/data/mmm_framework`` or where `--public` says.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from rich.console import Console

from funnel.public import FILES, public
from funnel.public import MEDIATED as PUBLIC_MEDIATED
from funnel.worlds import MEDIATED, SPEC, world
from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions
from mediamix.core.spec import Spec, parse_spec
from mediamix.data.dataset import Dataset
from mediamix.measure.contribution import total_contributions
from mediamix.measure.convergence import convergence
from mediamix.measure.preceded import preceded
from mediamix.measure.trust.mediator import CHANCE
from mediamix.models.bayes import fit
from mediamix.models.design import baseline_blocks
from mediamix.simulate import Scenario

RESULT = Path(__file__).with_name("funnel.md")
PUBLIC = Path(__file__).parents[2].parent / "shared" / "data" / "mmm_framework"
CALENDAR = ("intercept", "trend", "seasonality", "weekday")
COVERAGE_WANTED = (0.82, 0.97)
GEOS, GEO_WEEKS = 8, 104


@dataclass(frozen=True)
class Row:
    """A channel of a fit, contributions in outcome units over the window."""

    case: str
    channel: str
    mediated: bool
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


def cases(data: Dataset, spec: Spec) -> dict[str, tuple[Dataset, Spec]]:
    """The mediator declared, called a control, left out; it is the last control."""
    plain = spec.model_copy(update={"mediators": {}})
    without = data.with_controls(range(len(data.control_names) - 1))
    return {"declared": (data, spec), "a control": (data, plain), "left out": (without, plain)}


def rows_of(
    made: Mapping[str, tuple[Dataset, Spec]], truth: Mapping[str, float], mediated: Sequence[str]
) -> tuple[list[Row], list[str]]:
    """Fit every case; rows, and the verdicts on the sampling."""
    rows, verdicts = [], []
    for case, (data, spec) in made.items():
        found = fit(data, spec)
        verdicts.append(convergence(found).verdict)
        total_dc = total_contributions(found)
        for c, name in enumerate(data.channel_names):
            low, high = np.quantile(total_dc[:, c], (0.05, 0.95))
            numbers = (truth[name], float(total_dc[:, c].mean()), float(low), float(high))
            rows.append(Row(case, name, name in mediated, *numbers))
    return rows, verdicts


def panel_scenario(seed: int) -> Scenario:
    """A few geos over two years."""
    return replace(Scenario.geo_panel(seed), geos=GEOS, periods=GEO_WEEKS, channels=5)


def spoke(data: Dataset) -> tuple[bool, bool]:
    """Whether the check of controls speaks of awareness, and of another control; no fit is needed for it."""
    blocks = [b for b in baseline_blocks(data, Spec()) if b.component in CALENDAR]
    calendar = np.column_stack([block.matrix for block in blocks])
    names = data.control_names, data.channel_names
    found = preceded(data.controls_gtk[0], data.exposure_gtc[0], calendar, names)
    loud = [one.control for one in found if one.chance < CHANCE and one.chance < one.back]
    return "awareness" in loud, any(name != "awareness" for name in loud)


def summary_lines(rows: Sequence[Row]) -> list[str]:
    """A table: case by channels."""
    lines = [
        "| awareness is | channels | mean error | mean absolute error | inside 90 % | relative width |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for case in dict.fromkeys(row.case for row in rows):
        for mediated in (True, False):
            own = [row for row in rows if row.case == case and row.mediated == mediated]
            if not own:
                continue
            errors = np.array([row.error for row in own])
            width = np.mean([(row.p95 - row.p5) / row.truth for row in own])
            lines.append(
                f"| {case} | {'that build it' if mediated else 'others'} | {errors.mean():+.1%} | "
                f"{np.abs(errors).mean():.1%} | {np.mean([row.inside for row in own]):.1%} | {width:.2f} |"
            )
    return [*lines, ""]


def public_lines(folder: Path) -> list[str]:
    """The public market, channel by channel."""
    if not all((folder / name).is_file() for name in FILES):
        return [f"Not run: {' and '.join(FILES)} weren't there.", ""]
    made, truth = public(folder)
    rows, verdicts = rows_of(made, truth, PUBLIC_MEDIATED)
    lines = [
        f"Sampling: {', '.join(dict.fromkeys(verdicts))}.",
        "",
        "| channel | truth | declared | inside | as a control | inside | left out | inside |",
        "|---|---:|---:|---|---:|---|---:|---|",
    ]
    for name, value in truth.items():
        own = {row.case: row for row in rows if row.channel == name}
        cells = [f"{own[case].error:+.0%} | {'yes' if own[case].inside else 'no'}" for case in made]
        bold = f"**{name}**" if name in PUBLIC_MEDIATED else name
        lines.append(f"| {bold} | {value:,.0f} | {' | '.join(cells)} |")
    return [*lines, ""]


def main() -> int:
    """Fit, compare, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--panels", type=int, default=4)
    parser.add_argument("--looked-at", type=int, default=60)
    parser.add_argument("--public", type=Path, default=PUBLIC)
    asked = parser.parse_args()
    console, spec = Console(), parse_spec(SPEC)
    rows: list[Row] = []
    verdicts: list[str] = []
    for seed in range(1, asked.worlds + 1):
        made = world(seed)
        more, said = rows_of(cases(made.dataset, spec), made.total, MEDIATED)
        rows, verdicts = rows + more, verdicts + said
        console.print(f"market {seed}: {', '.join(said)}")
    panels: list[Row] = []
    by_geo = spec.model_copy(update={"geo": {}})
    for seed in range(1, asked.panels + 1):
        made = world(seed, panel_scenario(seed))
        more, said = rows_of({"declared": (made.dataset, by_geo)}, made.total, MEDIATED)
        panels, verdicts = panels + more, verdicts + said
        console.print(f"panel {seed}: {', '.join(said)}")
    looked = range(1, asked.looked_at + 1)
    there = [spoke(world(seed).dataset) for seed in looked]
    absent = [spoke(world(seed, moved=False).dataset) for seed in looked]
    heard, others = (np.mean([one[i] for one in there]) for i in range(2))
    alarms = np.mean([any(one) for one in absent])
    counts = ", ".join(f"{verdicts.count(word)} {word}" for word in dict.fromkeys(verdicts))
    low, high = COVERAGE_WANTED
    lines = [
        "# Media that work through awareness",
        "",
        f"{asked.worlds} made-up national markets: three years of weeks, five channels. "
        f"{' and '.join(MEDIATED)} build awareness with a carry-over of its own, and 0.4 to 2 times their "
        "direct effect goes through it; awareness has a season, a slow wave and a survey's noise beside. "
        "Each is fitted three times with default priors; totals over the window against the truth. Wanted "
        f"where it is declared: {low:.0%} to {high:.0%} inside. Sampling, panels included: {counts}.",
        "",
        *summary_lines(rows),
        f"{asked.panels} panels ({GEOS} geos, {GEO_WEEKS} weeks), awareness declared. Here it has no wave: "
        "one that all geos share is a shock that a panel takes for media as long as it isn't modelled.",
        "",
        *(summary_lines(panels) if panels else []),
        "## Is its absence noticed?",
        "",
        f"The check `mediator` on {asked.looked_at} such markets, awareness among the controls: it speaks of "
        f"awareness in {heard:.0%}, of another control in {others:.0%}. In {asked.looked_at} markets whose "
        f"awareness media don't move it speaks of any control in {alarms:.0%}. What it misses are mediators "
        "that react in the same period, or whose own past says it all.",
        "",
        "## A public market",
        "",
        "redam94/mmm-framework (Apache-2.0): 104 weeks, seven channels, thirteen controls; tv and video "
        "build awareness. Errors of the totals, default priors.",
        "",
        *public_lines(asked.public),
    ]
    machine = ", ".join(f"{key} {value}" for key, value in {**host(), **versions()}.items())
    write_text(RESULT, "\n".join([*lines, f"Machine and versions: {machine}.", ""]))
    console.print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
