"""What experiments are worth: returns of confounded channels without and with lift tests.

Run it with ``uv run python benchmarks/engine/calibration.py [--worlds 20] [--driven 8] [--sound 12]``; it
writes ``benchmarks/engine/calibration.md``. In every world but the sound ones spend follows a demand that no
column shows, so that a fit credits media with it. Tests compare six weeks of spend with none; their lift is
the true one, four weeks of carry-over included, plus noise of their standard error. Every world is fitted
without tests, with them, and with them and the spend of all tested channels as controls.
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
from mediamix.data.dataset import Dataset
from mediamix.measure.calibrating import calibrated, lifts, predicted, together
from mediamix.measure.contribution import measure_channels
from mediamix.measure.convergence import convergence
from mediamix.measure.gather import gather as evidence_of
from mediamix.measure.trust.experiments import CHANCE, TOGETHER, at_odds, contradicted
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
SAMPLER = {"chains": 2, "draws": 500}
SPEC = Spec(sampler=SAMPLER)
#: Where a hidden demand lasts, so do residuals.
LASTING = parse_spec({"noise": {"kind": "ar1"}, "sampler": SAMPLER})
#: Draws of the tests' noise that say how often a conflict is told.
NOISES = 100


def confounded(seed: int) -> Simulation:
    """Three years of weeks, five channels; spend follows season and hidden demand, search most closely."""
    return simulate(replace(Scenario.weekly(seed), hidden_demand=0.12, demand_confounding=0.9))


def driven(seed: int) -> Simulation:
    """Two channels; a hidden demand drives the spend of one of them."""
    return two_channels(seed, hidden=0.12, follows=0.9)


def sound(seed: int) -> Simulation:
    """The same two channels without a hidden demand; spend follows the season a little."""
    return two_channels(seed, hidden=0.0, follows=0.25)


def two_channels(seed: int, hidden: float, follows: float) -> Simulation:
    """Three years of weeks; of two channels the second follows demand."""
    channels = (
        ChannelTruth("tv", "flighted", 2.0, roi=1.4, follows_demand=0.0, spend_share=0.6),
        ChannelTruth("search", "always_on", 0.5, roi=2.0, follows_demand=1.0, spend_share=0.4),
    )
    return simulate(
        Scenario(
            seed=seed, every=Every.WEEK, periods=156, noise=0.03, channels=channels,
            hidden_demand=hidden, demand_confounding=follows,
        )
    )  # fmt: skip


def test_of(made: Simulation, channel: int, start: int, rng: np.random.Generator, error: float) -> Experiment:
    """All spend of some weeks against none, measured on the true curve, with noise of its standard error."""
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
        returns: Without tests, with them, with them and spend as a control.
        inside: Whether their 90 % intervals hold the truth.
        told: Whether a conflict between tests and data is told.
        often: How often it would be, of 100 draws of the tests' noise: of any one test, or of all together.
        sound: Whether the sampler converged with tests.
        seconds: Of sampling, without and with tests.
        unseen: R² of an unseen cause that halves the return without tests.
    """

    world: int
    channel: str
    truth: float
    returns: tuple[float, float, float]
    inside: tuple[bool, bool, bool]
    told: bool
    often: tuple[float, float]
    sound: bool
    seconds: tuple[float, float]
    unseen: float

    @property
    def off(self) -> tuple[float, float, float]:
        """Relative errors of the returns."""
        one, two, three = (value / self.truth - 1 for value in self.returns)
        return one, two, three


def compare(made: Simulation, where: Sequence[tuple[int, int]], error: float, spec: Spec = SPEC) -> list[Row]:
    """Fit a world in three ways; `where` holds a channel and a first week for each test."""
    seed = made.truth.scenario.seed
    rng = np.random.default_rng(seed)
    tests = tuple(test_of(made, c, start, rng, error) for c, start in where)
    tested = sorted({c for c, _ in where})
    data = replace(made.dataset, experiments=tests)
    alone = fit_model(made.dataset, spec, checks=False)
    with_tests = fit_model(data, spec, checks=False)
    aware = fit_model(spend_as_controls(data, tested), spec, checks=False)
    found = calibrated(with_tests)
    assert found is not None
    against = {one.channel for one in found.tests if contradicted(one, found)} | set(at_odds(found))
    hidden = [channel.halving or 0.0 for channel in evidence_of(alone).channels]
    healthy = all(convergence(fit).verdict != "failed" for fit in (with_tests, aware))
    rows = []
    for c in tested:
        name = made.dataset.channel_names[c]
        rois = [_roi(fit, c) for fit in (alone, with_tests, aware)]
        true = made.truth.roi[name]
        rows.append(
            Row(
                world=seed,
                channel=name,
                truth=true,
                returns=tuple(roi.mean for roi in rois),
                inside=tuple(roi.p5 <= true <= roi.p95 for roi in rois),
                told=name in against,
                often=told_of(made, alone, [one for one in where if one[0] == c], error),
                sound=healthy,
                seconds=(alone.run.seconds["sample_s"], with_tests.run.seconds["sample_s"]),
                unseen=hidden[c],
            )
        )
    return rows


def spend_as_controls(data: Dataset, channels: Sequence[int]) -> Dataset:
    """Their spend beside the controls: what moves it moves the outcome, too."""
    names = tuple(f"demand behind {data.channel_names[c]}" for c in channels)
    return replace(
        data,
        controls_gtk=np.concatenate([data.controls_gtk, data.spend_gtc[:, :, channels]], axis=2),
        control_names=(*data.control_names, *names),
    )


def told_of(
    made: Simulation, alone: Fit, where: Sequence[tuple[int, int]], error: float
) -> tuple[float, float]:
    """How often tests of one channel are contradicted by data alone: any one of them; all together or any."""
    rng = np.random.default_rng([made.truth.scenario.seed, 7])
    exact = [test_of(made, c, start, _Noiseless(), error) for c, start in where]
    lift_de = np.column_stack([lifts(alone, one) for one in exact])
    lift_de = lift_de[:: max(len(lift_de) // 500, 1)]
    single, any_n = [], []
    for _ in range(NOISES):
        tests = [replace(one, lift=rng.normal(one.lift, one.error)) for one in exact]
        chances = [predicted(one, lift_de[:, e]).chance for e, one in enumerate(tests)]
        single.append(min(chances) < CHANCE / len(tests))
        any_n.append(single[-1] or (len(tests) > 1 and together(tests, lift_de, rng) < TOGETHER))
    return float(np.mean(single)), float(np.mean(any_n))


class _Noiseless(np.random.Generator):
    """Its normals are their means."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))

    def normal(self, loc=0.0, scale=1.0, size=None):  # type: ignore[no-untyped-def]
        """`loc`."""
        return loc


def _roi(fit: Fit, channel: int):  # type: ignore[no-untyped-def]
    found = measure_channels(fit)[channel].roi
    assert found is not None
    return found


def main() -> None:
    """Fit all worlds, print the tables and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=20, help="Whose search follows demand.")
    parser.add_argument("--driven", type=int, default=8, help="Of two channels.")
    parser.add_argument("--sound", type=int, default=12, help="Without a hidden demand.")
    asked = parser.parse_args()
    began = time.perf_counter()
    rows: list[Row] = []
    two: list[Row] = []
    calm: list[list[tuple[float, float]]] = []
    # By turns, and the page after each world: a run that is stopped has said something of all of it.
    for seed in range(1, max(asked.worlds, asked.driven, asked.sound) + 1):
        if seed <= asked.worlds:
            made = confounded(seed)
            search = made.dataset.channel_names.index("search")
            rows += compare(made, [(search, start) for start in STARTS], ERROR)
        if seed <= asked.driven:
            two += compare(driven(seed), BOTH, SHARP, LASTING)
        if seed <= asked.sound:
            calm.append(in_peace(seed))
        print(rows[-1:], two[-2:], calm[-1:], sep="\n", flush=True)
        took = f"{time.perf_counter() - began:,.0f} s on a busy machine"
        counts = [(len(rows), asked.worlds), (len(two) // 2, asked.driven), (len(calm), asked.sound)]
        rest = ", ".join(f"{done} of {wanted}" for done, wanted in counts)
        whole = all(done == wanted for done, wanted in counts)
        end = f"All of it took {took}.\n" if whole else f"Not all has run: {rest} worlds, in {took}.\n"
        write_text(RESULT, "\n".join([*page(rows, two, calm), end]))


def page(rows: Sequence[Row], two: Sequence[Row], calm: list[list[tuple[float, float]]]) -> list[str]:
    """All tables of what has run so far."""
    near = [sum(abs(row.off[k]) <= WANTED for row in two) for k in (1, 2)]
    return [
        _head(), f"## {len(rows)} confounded worlds, three tests of search", "", *summary(rows), "",
        "## An unobserved confounder drives the spend of one of two channels", "",
        f"Three tests of each, with a standard error of {SHARP:.0%} of the lift; `noise: {{kind: ar1}}`. "
        f"Within {WANTED:.0%} of the truth are {near[0]} of {len(two)} returns with tests, and {near[1]} "
        "with spend as a control, too.", "", *listed(two), "", *summary(two), "",
        "## How often a conflict is told", "", *told(two, calm), "",
    ]  # fmt: skip


def in_peace(seed: int) -> list[tuple[float, float]]:
    """How often a conflict is told of either channel of a sound world."""
    made = sound(seed)
    alone = fit_model(made.dataset, LASTING, checks=False)
    return [told_of(made, alone, BOTH[3 * c : 3 * c + 3], SHARP) for c in (0, 1)]


#: Tests of both of two channels.
BOTH = [(c, start) for c in (0, 1) for start in STARTS]


def told(rows: Sequence[Row], calm: list[list[tuple[float, float]]]) -> list[str]:
    """Rates in the confounded worlds of two channels, and in sound ones."""
    of_world = 1 - np.prod(1 - np.array(calm), axis=1)
    search = np.array([row.often for row in rows if row.channel == "search"])
    tv = np.array([row.often for row in rows if row.channel == "tv"])
    lines = [
        f"By the data alone, over {NOISES} draws of the tests' noise in each of {len(rows) // 2} confounded "
        f"and {len(calm)} sound worlds of two channels: any of three tests by itself (a chance under "
        f"{CHANCE:.0%} over their number), or all three together as well (under {TOGETHER:.0%}).",
        "",
        "| | any by itself | or all together |",
        "| --- | --- | --- |",
    ]
    for name, values in (
        ("search, whose spend a hidden demand drives", search),
        ("tv beside it, whose spend it doesn't", tv),
        ("a channel of a sound world", np.array(calm).reshape(-1, 2)),
        ("one of both channels of a sound world", of_world),
    ):
        lines.append(f"| {name} | {values[:, 0].mean():.0%} | {values[:, 1].mean():.0%} |")
    return lines


def _head() -> str:
    made = ", ".join(f"{name} {version}" for name, version in versions().items())
    return (
        "# What experiments are worth\n\n"
        f"Made by `uv run python benchmarks/engine/calibration.py` on {date.today()}: "
        f"{host()['cores']} cores, {host()['system']} {host()['machine']}; {made}.\n\n"
        f"Every test compares {LENGTH} weeks of spend with none; its lift is the true one with {AFTER} weeks "
        f"of carry-over, plus noise of its standard error, {ERROR:.0%} of the lift. An error is that of the "
        "posterior mean of a tested channel's return over the whole window, relative to the truth. *Spend "
        "as a control*: the spend of every tested channel is a control, too, in place of the demand that it "
        f"follows. {SAMPLER['chains']} × {SAMPLER['draws']} draws.\n"
    )


def summary(rows: Sequence[Row]) -> list[str]:
    """Mean errors per channel and of all."""
    ways = ("without tests", "with tests", "spend as a control, too")
    lines = [
        f"| channel | fits | {' | '.join(f'error {way}' for way in ways)} "
        f"| {' | '.join(f'truth in 90% {way}' for way in ways)} | conflict told | sampling failed |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in dict.fromkeys([*(row.channel for row in rows), "all"]):
        own = [row for row in rows if name in (row.channel, "all")]
        errors = np.abs([row.off for row in own]).mean(axis=0)
        inside = np.mean([row.inside for row in own], axis=0)
        cells = [f"{value:.0%}" for value in (*errors, *inside, np.mean([row.told for row in own]))]
        lines.append(f"| {name} | {len(own)} | {' | '.join(cells)} | {sum(not row.sound for row in own)} |")
    ratio = float(np.median([row.seconds[1] / row.seconds[0] for row in rows]))
    return [*lines, "", f"Sampling with tests takes {ratio:.1f} times as long (median of ratios)."]


def listed(rows: Sequence[Row]) -> list[str]:
    """A line per channel and world."""
    return [
        "| world | channel | truth | without tests | an unseen cause halves it that explains | with tests "
        "| spend as a control, too | conflict told |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(
            f"| {r.world} | {r.channel} | {r.truth:.2f} | {_said(r, 0)} | {r.unseen:.0%} | {_said(r, 1)} "
            f"| {_said(r, 2)} | {'yes' if r.told else 'no'} |"
            for r in rows
        ),
    ]


def _said(row: Row, k: int) -> str:
    return f"{row.returns[k]:.2f} ({row.off[k]:+.0%}{'' if row.inside[k] else ', outside'})"


if __name__ == "__main__":
    main()
