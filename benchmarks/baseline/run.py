"""Does the baseline find what is in it, and is it noticed where it isn't asked for?

Run it with ``uv run python benchmarks/baseline/run.py [--worlds 20]``: it prints tables and writes
``benchmarks/baseline/baseline.md``. Every world is a market of 156 weeks and five channels of its own, with
one thing more in its baseline; it is fitted with the structure and without.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from baseline.worlds import EVENTS, Make, World, holidays, many_events, plain, smooth, spilled_holidays
from mediamix.core.files import write_text
from mediamix.core.spec import Holidays, Spec
from mediamix.data.around import around_holidays
from mediamix.data.dataset import Dataset
from mediamix.data.holiday import holiday_events
from mediamix.measure.contribution import total_contributions
from mediamix.measure.summary import summarise
from mediamix.pipeline import fit_model

RESULT = Path(__file__).with_name("baseline.md")
SAMPLER = {"chains": 2, "draws": 500}
FLAGS = [f"event {k + 1}" for k in range(EVENTS)]
WIDE = {"wide": "x.csv", "media": {"x": {"spend": "x"}}}


def spec(**keys: object) -> Spec:
    """Defaults with a shorter sampler, and what is given."""
    return Spec(sampler=SAMPLER, **keys)


def without_flags(data: Dataset) -> Dataset:
    """As if nobody had written the event columns down."""
    return replace(data, events=tuple(event for event in data.events if event.name not in FLAGS))


def with_days_around(data: Dataset) -> Dataset:
    """As the data leg reads it with `AROUND`."""
    first, last = data.dates[0], data.dates[-1] + 6
    days = around_holidays(holiday_events(Holidays(country="US"), first - 10, last + 10), AROUND)
    return replace(data, events=(*data.events, *(d for d in days if d.end >= first and d.start <= last)))


US = spec(holidays={"country": "US"})
AROUND = spec(holidays={"country": "US", "before": 7, "after": 3})
As = Callable[[Dataset], Dataset]


@dataclass(frozen=True)
class Arm:
    """One way to fit a kind of world.

    Args:
        words: In the table.
        make: The world.
        spec: The model.
        read: What the data leg makes of the world under that spec.
        notices: The check that should speak; empty: none is asked.
    """

    words: str
    make: Make
    spec: Spec
    read: As = field(default=lambda data: data)
    notices: str = ""


ARMS: Mapping[str, tuple[Arm, ...]] = {
    "a straight trend": (
        Arm("knots every 26 weeks (default)", plain, spec(), notices="closer_knots"),
        Arm("knots, auto", plain, spec(trend={"every": "auto"})),
        Arm("hsgp, auto", plain, spec(trend={"kind": "hsgp"})),
    ),
    "a level that wanders smoothly": (
        Arm("knots every 26 weeks (default)", smooth, spec(), notices="closer_knots"),
        Arm("knots, auto", smooth, spec(trend={"every": "auto"}), notices="closer_knots"),
        Arm("hsgp, auto", smooth, spec(trend={"kind": "hsgp"})),
    ),
    "holidays alone": (Arm("holidays", holidays, US, notices="spilled_holidays"),),
    "holidays that spill": (
        Arm("holidays without days around", spilled_holidays, US, notices="spilled_holidays"),
        Arm("7 days before, 3 after", spilled_holidays, AROUND, with_days_around, "spilled_holidays"),
    ),
    "twelve kinds of event": (
        Arm("not in the model", many_events, spec(), without_flags, "heavy_tails"),
        Arm("each by itself", many_events, spec()),
        Arm("event columns", many_events, spec(data={**WIDE, "events": FLAGS})),
    ),
}


@dataclass(frozen=True)
class Found:
    """One fit: relative errors of the channels' contributions, which intervals hold the truth, and so on."""

    error: float
    total_error: float
    covered: float
    width: float
    noticed: bool
    seconds: float


def fitted(world: World, arm: Arm) -> Found:
    """Fit one world in one way."""
    made = fit_model(arm.read(world.dataset), arm.spec, checks=bool(arm.notices))
    draws_cd = total_contributions(made).T
    low, high = np.quantile(draws_cd, (0.05, 0.95), axis=1)
    truth = world.truth_c
    said = {finding.check for finding in summarise(made).model_findings} if arm.notices else set()
    return Found(
        error=float(np.abs(draws_cd.mean(axis=1) / truth - 1).mean()),
        total_error=float(abs(draws_cd.sum(axis=0).mean() / truth.sum() - 1)),
        covered=float(((low <= truth) & (truth <= high)).mean()),
        width=float(((high - low) / truth).mean()),
        noticed=arm.notices in said,
        seconds=float(made.run.seconds["sample_s"]),
    )


def row(arm: Arm, found: list[Found]) -> str:
    """A line of the table."""
    mean = {name: np.mean([getattr(one, name) for one in found]) for name in Found.__dataclass_fields__}
    said = f"{sum(one.noticed for one in found)} of {len(found)}" if arm.notices else ""
    seconds = np.median([one.seconds for one in found])
    cells = (
        arm.words,
        f"{mean['error']:.0%}",
        f"{mean['total_error']:.0%}",
        f"{mean['covered']:.0%}",
        f"{mean['width']:.2f}",
        f"`{arm.notices}` {said}" if said else "",
        f"{seconds:.1f} s",
    )
    return "| " + " | ".join(cells) + " |"


HEAD = (
    "| fitted with | error of a channel | of all media | in the 90% interval | width | noticed | sampling |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)


def main() -> None:
    """Fit all worlds in all ways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--worlds", type=int, default=20)
    worlds = parser.parse_args().worlds
    parts = []
    for kind, arms in ARMS.items():
        rows = []
        for arm in arms:
            rows.append(row(arm, [fitted(arm.make(seed), arm) for seed in range(1, worlds + 1)]))
            print(kind, rows[-1], flush=True)
        parts.append("\n".join([f"## {kind.capitalize()}", "", HEAD, *rows, ""]))
    text = (
        "# What the baseline finds\n\n"
        f"{worlds} markets of 156 weeks and five channels per table, {date.today()}: means over the\n"
        "channels, of contributions over the window. `noticed`: in how many fits the check speaks. Sampling is the\n"
        "median of two chains of 500 draws on a machine that did other things too.\n\n"
    )
    write_text(RESULT, text + "\n".join(parts))


if __name__ == "__main__":
    main()
