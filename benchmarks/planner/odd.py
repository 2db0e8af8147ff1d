"""Does one channel that stands apart mislead plans? Markets with a useless, and with an excellent one.

Run it with ``uv run python benchmarks/planner/odd.py [--cases 20]``. It prints a line per market and
writes ``benchmarks/planner/odd.md``. The markets are those of `truth.py` (`Scenario.weekly(seed)`, five
channels, 156 weeks) with one channel, drawn by the seed, made another:

- *one useless*: a true ROI of 0.02, and 10 to 45 % of all spend;
- *one excellent*: a true ROI of 4 to 8, and 5 to 25 % of all spend.

Today's split as evidence says that returns are alike; here one is not. Default plans are compared with
those that don't count the evidence, under the true curves.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from rich.console import Console

from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions
from mediamix.core.spec import Spec
from mediamix.measure.interval import Interval
from mediamix.models.bayes import fit
from mediamix.simulate import simulate
from mediamix.simulate.generate import Simulation
from planner.truth_cases import DEFAULT, FEW, MAIN_RULES, PLAIN, Judged, Shift, drawn, judge_fit
from planner.truth_page import BIN_HEAD, RULE_HEAD, SHIFT_EDGES, bin_rows, rule_rows, table

RESULT = Path(__file__).with_name("odd.md")
#: First seeds of the markets that the belief was chosen on, and of those that it is judged on.
DESIGN, JUDGED = 1001, 2001
USELESS = 0.02
Odd = Literal["one useless", "one excellent"]
KINDS: tuple[Odd, ...] = ("one useless", "one excellent")


@dataclass(frozen=True)
class Found:
    """One market.

    Args:
        kind: Of market.
        seed: Of market.
        share: The odd channel's part of all spend.
        true: Its true ROI.
        roi: The fit's.
        plans: Judged plans, in parts of the history's media contribution.
        shifts: Random shifts of money.
    """

    kind: Odd
    seed: int
    share: float
    true: float
    roi: Interval
    plans: list[Judged]
    shifts: list[Shift]


def odd_market(kind: Odd, seed: int, channels: int = FEW) -> tuple[Simulation, int]:
    """A market with one channel that stands apart, and which it is."""
    market = drawn(seed, channels)
    rng = np.random.default_rng([seed, 13])
    odd = int(rng.integers(channels))
    useless = kind == "one useless"
    roi = USELESS if useless else float(np.exp(rng.uniform(np.log(4.0), np.log(8.0))))
    share = float(rng.uniform(0.10, 0.45) if useless else rng.uniform(0.05, 0.25))
    spend_c = market.truth.spend_c
    weight_c = (1.0 - share) * spend_c / (spend_c.sum() - spend_c[odd])
    weight_c[odd] = share
    made = [
        replace(channel, spend_share=float(weight), roi=roi if c == odd else channel.roi)
        for c, (channel, weight) in enumerate(zip(market.truth.channels, weight_c, strict=True))
    ]
    return simulate(replace(market.truth.scenario, channels=tuple(made))), odd


def found(first: int, cases: int) -> Iterator[Found]:
    """Fit, plan and judge so many markets of each kind."""
    for kind in KINDS:
        for seed in range(first, first + cases):
            market, odd = odd_market(kind, seed)
            fitted = fit(market.dataset, Spec())
            plans, shifts = judge_fit(kind, seed, market, fitted, MAIN_RULES)
            spend = market.truth.spend_c
            roi = Interval.of(
                fitted.channels[odd]
                .contribution(fitted.dataset.exposure_gtc[:, :, odd], before_gt=fitted.dataset.before_gt(odd))
                .sum(axis=1)
                / fitted.dataset.spend_c[odd]
            )
            true = market.truth.roi[market.truth.channel_names[odd]]
            yield Found(kind, seed, float(spend[odd] / spend.sum()), true, roi, plans, shifts)


def summary_rows(own: Sequence[Found]) -> list[tuple[str, ...]]:
    """Mean part of the possible gain by rule."""
    rows = []
    for rule in MAIN_RULES:
        plans = [p for f in own for p in f.plans if p.rule == rule]
        part = np.array([p.gained / p.possible for p in plans])
        rows.append((rule, f"{part.mean():.0%}", f"{np.median(part):.0%}", f"{part.min():.0%}"))
    return rows


def markdown(results: Sequence[Found]) -> str:
    """The page."""
    machine = host()
    described = ", ".join(f"{name} {version}" for name, version in versions().items())
    parts = [
        "# One channel that stands apart",
        "Markets of *Plans under the truth* (national, 156 weeks, 5 channels, fitted with `Spec()`) in which "
        f"one channel is another: *useless*, a true ROI of {USELESS} at 10 to 45 % of all spend, or "
        "*excellent*, 4 to 8 at 5 to 25 %. Plans have the same total within 50 to 150 % of each channel's "
        "spend; the true curves say what they bring. Made by `uv run python benchmarks/planner/odd.py` on "
        f"{date.today().isoformat()}: {machine['cores']} cores, {machine['system']} {machine['machine']}; "
        f"{described}.",
    ]
    for kind in KINDS:
        own = [f for f in results if f.kind == kind]
        plans = [p for f in own for p in f.plans]
        parts += [f"## {kind.capitalize()} channel, {len(own)} markets"]
        parts += [table(RULE_HEAD, rule_rows(plans))]
        parts += ["Part of the possible gain that plans take:"]
        parts += [table(("rule", "mean", "median", "least"), summary_rows(own))]
        for rule, words in (("", "today's split as evidence"), (PLAIN, "without")):
            pairs = [(s.probability, s.better) for f in own for s in f.shifts if s.rule == rule]
            parts += [f"Random shifts, {words}:", table(BIN_HEAD, bin_rows(pairs, SHIFT_EDGES))]
        parts += [table(
            ("seed", "of spend", "true ROI", "ROI of the fit, 90 %", "possible", "default", "no evidence"),
            [
                (
                    str(f.seed), f"{f.share:.0%}", f"{f.true:.2f}",
                    f"{f.roi.mean:.2f} ({f.roi.p5:.2f} to {f.roi.p95:.2f})", f"{f.plans[0].possible:+.1%}",
                    *(f"{p.gained:+.1%}" for p in f.plans if p.rule in (MAIN_RULES[0], MAIN_RULES[2])),
                )
                for f in own
            ],
        )]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=20, help="markets of each kind")
    parser.add_argument("--first", type=int, default=JUDGED, help=f"first seed; chosen from {DESIGN}")
    parser.add_argument("--out", type=Path, default=RESULT, help="the Markdown report")
    options = parser.parse_args(arguments)
    console, results = Console(), []
    for one in found(options.first, options.cases):
        own = next(p for p in one.plans if p.rule == DEFAULT)
        console.print(f"{one.kind} {one.seed}: {own.gained:+.1%} of {own.possible:+.1%}", highlight=False)
        results.append(one)
    write_text(options.out, markdown(results))


if __name__ == "__main__":
    main()
