"""How often does each check of a fit speak where it should, and where it shouldn't?

Run it with ``uv run python benchmarks/findings/run.py [--first 2000] [--json out.json]``. Sixty sound and
sixty unsound worlds (`findings.worlds`) are fitted with the default spec; it writes
``benchmarks/findings/findings.md``. Thresholds were chosen on the worlds of ``--first 0`` and ``1000``; the
page is made of others.
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

from findings import page
from findings.spikes import count_spikes
from findings.worlds import World, worlds
from mediamix.core.files import write_json, write_text
from mediamix.core.provenance import host, versions
from mediamix.core.spec import Spec
from mediamix.data.checking import Evidence, run_checks
from mediamix.measure.contribution import total_contributions
from mediamix.measure.summary import summarise
from mediamix.pipeline import fit_model

RESULT = Path(__file__).with_name("findings.md")
#: What makes a fit wrong.
ERROR, COVERAGE = 0.25, 0.75


@dataclass(frozen=True)
class Result:
    """A world, fitted.

    Args:
        name: Of the world.
        kind: Of the world.
        error: Median over channels of the relative error of the mean contribution.
        coverage: Share of the channels whose truth lies in the 90 % interval.
        said: Check → gravest severity of what it found, checks of the fit and of the data.
        sampling: Verdict of the sampling.
        fit_s: Seconds of the fit without its refits.
        checks_s: Seconds of the refits.
    """

    name: str
    kind: str
    error: float
    coverage: float
    said: dict[str, str]
    sampling: str
    fit_s: float
    checks_s: float

    @property
    def sound(self) -> bool:
        """The default model describes the world."""
        return self.kind.startswith("sound")

    @property
    def wrong(self) -> bool:
        """The answer is off, or too sure of itself."""
        return self.error > ERROR or self.coverage < COVERAGE

    @property
    def ok(self) -> bool:
        """Nothing but remarks; sampling aside, which has a page of its own."""
        return all(severity == "info" for severity in self.said.values())


def run_world(world: World) -> Result:
    """Fit, check and compare with the truth."""
    began = time.perf_counter()
    fit = fit_model(world.dataset, world.spec)
    seconds = time.perf_counter() - began
    summary = summarise(fit)
    total_dc = total_contributions(fit)
    truth_c = np.array([world.truth[name] for name in world.dataset.channel_names])
    low_c, high_c = np.quantile(total_dc, (0.05, 0.95), axis=0)
    data = run_checks(Evidence(None, fit.dataset, world.spec, date(2030, 1, 1)))
    said: dict[str, str] = {}
    for finding in (*data, *summary.model_findings):
        worst = min(said.get(finding.check, "info"), finding.severity, key=("error", "warning", "info").index)
        said[finding.check] = worst
    checks = fit.run.seconds.get("checks_s", 0.0)
    return Result(
        name=world.name,
        kind=world.kind,
        error=float(np.median(np.abs(total_dc.mean(axis=0) - truth_c) / np.abs(truth_c))),
        coverage=float(np.mean((low_c <= truth_c) & (truth_c <= high_c))),
        said=said,
        sampling=summary.convergence.verdict,
        fit_s=seconds - checks,
        checks_s=checks,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--first", type=int, default=2000, help="seed of the first world")
    parser.add_argument("--json", type=Path, help="also write all numbers here")
    parser.add_argument("--out", type=Path, default=RESULT, help="the Markdown page")
    options = parser.parse_args(arguments)
    results = []
    # The first fit also compiles.
    fit_model(next(worlds(1)).dataset, Spec(sampler={"draws": 50, "tune": 50}))
    for world in worlds(options.first):
        results.append(run_world(world))
        last = results[-1]
        said = ", ".join(f"{check} ({severity})" for check, severity in last.said.items())
        print(f"{last.name}: error {last.error:.2f}, coverage {last.coverage:.2f}; {said}", flush=True)
    about = {"first": options.first, "host": host(), "versions": versions(), "day": date.today().isoformat()}
    write_text(options.out, page.markdown(results, count_spikes(), about))
    if options.json:
        numbers = {"about": about, "worlds": [asdict(result) for result in results]}
        write_json(options.json, json.loads(json.dumps(numbers)))


if __name__ == "__main__":
    main()
