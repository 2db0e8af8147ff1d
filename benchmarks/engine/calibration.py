"""What experiments are worth: returns of confounded channels without and with lift tests.

Run it with ``uv run python benchmarks/engine/calibration.py [--worlds 20] [--others 6]``; it writes
``benchmarks/engine/calibration.md``. In every world spend follows a demand that no column shows, so that a
fit credits media with it. Tests compare six weeks of spend with none; their lift is the true one, four weeks
of carry-over included, plus noise of their standard error.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Every, Experiment
from mediamix.measure.calibrating import calibrated
from mediamix.measure.contribution import measure_channels
from mediamix.measure.convergence import convergence
from mediamix.measure.gather import gather as evidence_of
from mediamix.measure.trust.experiments import contradicted
from mediamix.models.base import Fit
from mediamix.pipeline import fit_model
from mediamix.simulate import Scenario, Simulation, simulate
from mediamix.simulate.curves import adstock, hill_odds
from mediamix.simulate.parts import ChannelTruth

RESULT = Path(__file__).with_name("calibration.md")
#: Error that three sharp tests should leave at most.
WANTED = 0.10
DAY = np.timedelta64(1, "D")
#: First weeks of the tests, weeks of a test, weeks after it that are measured too.
STARTS, LENGTH, AFTER = (26, 78, 126), 6, 4
#: Standard error of a lift, of the true lift.
ERROR, SHARP = 0.10, 0.03
SPEC = Spec()
#: Where a hidden demand lasts, so do residuals.
LASTING = parse_spec({"noise": {"kind": "ar1"}})


def confounded(seed: int) -> Simulation:
    """Three years of weeks, five channels; spend follows season and hidden demand, search most closely."""
    return simulate(replace(Scenario.weekly(seed), hidden_demand=0.12, demand_confounding=0.9))


def driven(seed: int) -> Simulation:
    """Two channels; a hidden demand drives the spend of one of them."""
    channels = (
        ChannelTruth("tv", "flighted", 2.0, roi=1.4, follows_demand=0.0, spend_share=0.6),
        ChannelTruth("search", "always_on", 0.5, roi=2.0, follows_demand=1.0, spend_share=0.4),
    )
    return simulate(
        Scenario(
            seed=seed, every=Every.WEEK, periods=156, noise=0.03, channels=channels,
            hidden_demand=0.12, demand_confounding=0.9,
        )
    )  # fmt: skip


def test_of(made: Simulation, channel: int, start: int, rng: np.random.Generator, error: float) -> Experiment:
    """All spend of some weeks against none, measured on the true curve."""
    data, truth = made.dataset, made.truth
    weeks = slice(start, start + LENGTH)
    without = data.spend_gtc[:, :, channel].copy()
    without[0, weeks] = 0.0
    own = truth.channels[channel]
    odds = hill_odds(adstock(without, own), truth.half_effect_c[channel], own.slope)
    less = truth.contribution_gtc[0, :, channel] - truth.beta_gc[0, channel] * (odds / (1 + odds))[0]
    lift = float(less[start : start + LENGTH + AFTER].sum())
    ends = [data.dates[start + n - 1] + 6 * DAY for n in (LENGTH, LENGTH + AFTER)]
    spend = float(data.spend_gtc[0, weeks, channel].sum())
    noise = error * lift
    return Experiment(own.name, data.dates[start], *ends, rng.normal(lift, noise), noise, spend, spend)


@dataclass(frozen=True)
class Row:
    """A tested channel of a world.

    Args:
        world: Its seed.
        channel: Name.
        truth: True return.
        before: Return without tests.
        after: Return with them.
        inside: Whether the 90 % interval with tests holds the truth.
        told: Whether a conflict between tests and data is told.
        sound: Whether the sampler converged with tests.
        seconds: Of sampling, without and with tests.
        unseen: R² of an unseen cause that halves the return without tests.
    """

    world: int
    channel: str
    truth: float
    before: float
    after: float
    inside: bool
    told: bool
    sound: bool
    seconds: tuple[float, float]
    unseen: float

    @property
    def errors(self) -> tuple[float, float]:
        """Relative, without and with tests."""
        return abs(self.before / self.truth - 1), abs(self.after / self.truth - 1)


def compare(made: Simulation, where: Sequence[tuple[int, int]], error: float, spec: Spec = SPEC) -> list[Row]:
    """Fit a world without and with tests; `where` holds a channel and a first week for each."""
    seed = made.truth.scenario.seed
    rng = np.random.default_rng(seed)
    tests = tuple(test_of(made, c, start, rng, error) for c, start in where)
    alone = fit_model(made.dataset, spec, checks=False)
    with_tests = fit_model(replace(made.dataset, experiments=tests), spec, checks=False)
    found = calibrated(with_tests)
    assert found is not None
    against = {one.channel for one in found.tests if contradicted(one)}
    hidden = [channel.halving or 0.0 for channel in evidence_of(alone).channels]
    sound = convergence(with_tests).verdict != "failed"
    rows = []
    for c in sorted({c for c, _ in where}):
        name = made.dataset.channel_names[c]
        before, after = (_roi(fit, c) for fit in (alone, with_tests))
        true = made.truth.roi[name]
        seconds = (alone.run.seconds["sample_s"], with_tests.run.seconds["sample_s"])
        inside = after.p5 <= true <= after.p95
        rows.append(
            Row(seed, name, true, before.mean, after.mean, inside, name in against, sound, seconds, hidden[c])
        )
    return rows


def _roi(fit: Fit, channel: int):  # type: ignore[no-untyped-def]
    found = measure_channels(fit)[channel].roi
    assert found is not None
    return found


def designs(made: Simulation) -> dict[str, list[tuple[int, int]]]:
    """Name → where the tests are, for a world of five channels."""
    names = made.dataset.channel_names
    search, social, display = (names.index(name) for name in ("search", "social", "display"))
    return {
        "three tests of search": [(search, start) for start in STARTS],
        "one test each of search, social and display": list(
            zip((search, social, display), STARTS, strict=True)
        ),
    }


def main() -> None:
    """Fit all worlds, print the tables and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=20, help="Of the first design.")
    parser.add_argument("--others", type=int, default=6, help="Of the other tables.")
    asked = parser.parse_args()
    worlds, others = asked.worlds, asked.others
    began = time.perf_counter()
    parts = [_head(worlds)]
    for number, design in enumerate(designs(confounded(1))):
        rows = []
        count = others if number else worlds
        for seed in range(1, count + 1):
            made = confounded(seed)
            rows += compare(made, designs(made)[design], ERROR)
            print(design, rows[-1], flush=True)
        parts += [f"## {count} confounded worlds, {design}", "", *summary(rows), ""]
    rows = []
    for seed in range(1, others + 1):
        rows += compare(driven(seed), [(c, start) for c in (0, 1) for start in STARTS], SHARP, LASTING)
        print(rows[-2:], flush=True)
    parts += [
        "## An unobserved confounder drives the spend of one of two channels", "",
        f"Three tests of each, with a standard error of {SHARP:.0%} of the lift; `noise: {{kind: ar1}}`. "
        f"With tests {sum(row.errors[1] <= WANTED for row in rows)} of {len(rows)} returns are within "
        f"{WANTED:.0%} of the "
        "truth.", "", *listed(rows), "",
        *summary(rows), "",
    ]  # fmt: skip
    parts.append(f"All of it took {time.perf_counter() - began:,.0f} s on a busy machine.\n")
    write_text(RESULT, "\n".join(parts))


def _head(worlds: int) -> str:
    made = ", ".join(f"{name} {version}" for name, version in versions().items())
    return (
        "# What experiments are worth\n\n"
        f"Made by `uv run python benchmarks/engine/calibration.py --worlds {worlds}` on {date.today()}: "
        f"{host()['cores']} cores, {host()['system']} {host()['machine']}; {made}.\n\n"
        f"Every test compares {LENGTH} weeks of spend with none; its lift is the true one with {AFTER} weeks "
        f"of carry-over, plus noise of its standard error, {ERROR:.0%} of the lift. An error is that of the "
        "posterior mean of a tested channel's return over the whole window, relative to the truth.\n"
    )


def summary(rows: Sequence[Row]) -> list[str]:
    """Mean errors per channel and of all."""
    lines = [
        "| channel | fits | error without tests | error with tests | ratio | truth in 90% | conflict told "
        "| sampling failed |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in [*dict.fromkeys(row.channel for row in rows), "all"]:
        own = [row for row in rows if name in (row.channel, "all")]
        before, after = (float(np.mean([row.errors[i] for row in own])) for i in (0, 1))
        lines.append(
            f"| {name} | {len(own)} | {before:.0%} | {after:.0%} | {after / before:.2f} "
            f"| {np.mean([r.inside for r in own]):.0%} | {np.mean([r.told for r in own]):.0%} "
            f"| {sum(not r.sound for r in own)} |"
        )
    ratio = float(np.median([row.seconds[1] / row.seconds[0] for row in rows]))
    return [*lines, "", f"Sampling with tests takes {ratio:.1f} times as long (median of ratios)."]


def listed(rows: Sequence[Row]) -> list[str]:
    """A line per channel and world."""
    return [
        "| world | channel | truth | without tests | an unseen cause halves it that explains | with tests "
        "| conflict told |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(
            f"| {r.world} | {r.channel} | {r.truth:.2f} | {r.before:.2f} ({r.before / r.truth - 1:+.0%}) "
            f"| {r.unseen:.0%} | {r.after:.2f} ({r.after / r.truth - 1:+.0%}) | {'yes' if r.told else 'no'} |"
            for r in rows
        ),
    ]


if __name__ == "__main__":
    main()
