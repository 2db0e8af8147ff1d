"""The page of `planner_truth`: claims, rules, and stated probabilities against the truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from mediamix.core.provenance import host, versions
from planner.truth_cases import (
    DEFAULT,
    DEFAULT_PLAIN,
    DESIGN,
    JUDGED,
    NEAR_MOST,
    OFF_LEAST,
    PLAIN,
    ROUNDING,
    RULES,
    SCATTER,
    SHIFTS,
    Judged,
    Kind,
    Shift,
)


@dataclass(frozen=True)
class Found:
    """All that was measured.

    Args:
        judged: Plans for the near-optimal, clearly off and drawn markets of the claims.
        shifts: Random shifts in them.
        more: Plans for further near-optimal and clearly off markets.
        more_shifts: Random shifts in those.
        wide: Channels → plans and shifts of near-optimal and clearly off markets with so many.
        design: Plans for the markets that the rule was chosen on.
        drawn: Markets as drawn.
    """

    judged: list[Judged]
    shifts: list[Shift]
    more: list[Judged]
    more_shifts: list[Shift]
    wide: dict[int, tuple[list[Judged], list[Shift]]]
    design: list[Judged]
    drawn: int


def wilson(successes: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a probability.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    if n == 0:
        return 0.0, 1.0
    share, spread = (
        successes / n,
        z * math.sqrt(successes / n * (1 - successes / n) / n + z * z / (4 * n * n)),
    )
    middle, size = share + z * z / (2 * n), 1 + z * z / n
    return max(0.0, (middle - spread) / size), min(1.0, (middle + spread) / size)


Row = tuple[str, ...]
RULE_HEAD = (
    "rule", "cases", "at least today", "stays", "median part of the possible gain", "mean gain",
    "stated gain", "worst, of media", "worst, of outcome",
)  # fmt: skip
BIN_HEAD = ("stated P(better)", "count", "mean stated", "truly better", "95 % interval")
CASE_HEAD = ("market", "seed", "possible", "default", "P(better)", "expected outcome", "P(better)")


def rule_rows(judged: Sequence[Judged]) -> list[Row]:
    """How each rule did."""
    rows: list[Row] = []
    for rule in dict.fromkeys(j.rule for j in judged):
        own = [j for j in judged if j.rule == rule]
        kept = sum(j.gained >= -ROUNDING for j in own)
        rows.append(
            (
                RULES[rule],
                str(len(own)),
                f"{kept} ({kept / len(own):.1%})",
                str(sum(not j.moves for j in own)),
                f"{np.median([j.gained / j.possible for j in own]):.0%}",
                f"{np.mean([j.gained for j in own]):+.2%}",
                f"{np.mean([j.stated for j in own]):+.2%}",
                f"{min(j.gained for j in own):+.2%}",
                f"{min(j.of_outcome for j in own):+.2%}",
            )
        )
    return rows


def bin_rows(pairs: Sequence[tuple[float, bool]], edges: Sequence[float]) -> list[Row]:
    """Reliability: what was stated against what was true, per bin and in all."""
    rows: list[Row] = []
    for low, high in [*pairwise(edges), (edges[0], edges[-1])]:
        own = [(p, b) for p, b in pairs if low <= p < high or (high == 1.0 and p == 1.0)]
        if own:
            better = sum(b for _, b in own)
            ends = wilson(better, len(own))
            rows.append(
                (
                    "all" if (low, high) == (edges[0], edges[-1]) else f"{low:g} to {high:g}",
                    str(len(own)),
                    f"{np.mean([p for p, _ in own]):.3f}",
                    f"{better / len(own):.3f}",
                    f"{ends[0]:.2f} to {ends[1]:.2f}",
                )
            )
    return rows


def case_rows(judged: Sequence[Judged]) -> list[Row]:
    """Every market, the default beside the expected outcome."""
    bold = {(j.kind, j.seed): j for j in judged if j.rule == "mean"}
    rows: list[Row] = []
    for j in (j for j in judged if j.rule == DEFAULT):
        other = bold[j.kind, j.seed]
        chance = f"{j.probability:.3f}" if j.moves else "stays"
        rows.append(
            (j.kind, str(j.seed), f"{j.possible:+.2%}", f"{j.gained:+.2%}", chance, f"{other.gained:+.2%}",
             f"{other.probability:.3f}")
        )  # fmt: skip
    return rows


def verdict_rows(judged: Sequence[Judged]) -> list[Row]:
    """The claims of the default, over the near-optimal and clearly off markets."""
    own = [j for j in judged if j.rule == DEFAULT and j.kind != "as drawn"]
    off = [j for j in own if j.kind == "clearly off"]
    kept = sum(j.gained >= -ROUNDING for j in own)
    share = float(np.median([j.gained / j.possible for j in off]))
    worst, whole = min(j.gained for j in own), min(j.of_outcome for j in own)
    low, high = wilson(kept, len(own))

    def met(ok: bool) -> str:
        return "met" if ok else "missed"

    return [
        (
            "outcome at least the historical split's",
            f"{kept} of {len(own)} = {kept / len(own):.1%} (95 % interval {low:.0%} to {high:.0%})",
            "≥ 90 %",
            met(kept >= 0.9 * len(own)),
        ),
        ("worst case, of the media contribution", f"{worst:+.2%}", "≥ -1 %", met(worst >= -0.01)),
        ("worst case, of the whole outcome", f"{whole:+.2%}", "", ""),
        ("median part of the possible gain, clearly off", f"{share:.0%}", "≥ 50 %", met(share >= 0.5)),
    ]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *rows])


PLAN_EDGES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
SHIFT_EDGES = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
NATURAL: tuple[Kind, ...] = ("clearly off", "as drawn")
COMMAND = "uv run python benchmarks/planner/truth.py"
PLANNED: tuple[Kind, ...] = ("clearly off", "near-optimal")


def markdown(found: Found, options: Sequence[str] = ()) -> str:
    """The report, with the options and the machine it was made on (no names, no paths)."""
    machine = host()
    described = ", ".join(f"{name} {version}" for name, version in versions().items())
    natural = [j for j in found.judged if j.kind in NATURAL and j.seed < JUDGED + found.drawn]
    parts = [
        "# Plans under the truth",
        "Markets with known curves (national, 156 weeks, 5 channels), fitted with `Spec()`, planned with the "
        "same total within 50 to 150 % of each channel's spend, the pattern in time kept; then the **true** "
        f"curves say what the plan brings. Made by `{' '.join([COMMAND, *options])}` on "
        f"{date.today().isoformat()}: {machine['cores']} cores, {machine['system']} {machine['machine']}; "
        f"{described}.",
        "*Clearly off* are markets of `Scenario.weekly(seed)`, as drawn, whose best split has over "
        f"{OFF_LEAST:.0%} more media contribution. Hardly any history is better than that, so *near-optimal* "
        "ones are made: the same curves with a history moved to the true optimum, then scattered by "
        f"{SCATTER:.0%} per channel; under {NEAR_MOST:.0%} more is possible. Gains are parts of the "
        "history's true media contribution, the stricter unit; media are 32 % of the outcome.",
        "Today's split counts as evidence that it is a good one: draws are weighed by how alike the "
        "channels' marginal returns are (`history`). Rows that end in *no evidence* are without that.",
        "## The claims, for the default",
        table(("measure", "value", "wanted", ""), verdict_rows(found.judged)),
        *_by_rule(found.judged),
        "## By rule, all markets as drawn",
        f"The first {found.drawn} seeds, unselected: what to expect where nothing is known of the history.",
        table(RULE_HEAD, rule_rows(natural)),
        *_reliability(found, natural),
        *_wide(found),
        "## Every market",
        "Gain of the default plan and of the plan for the expected outcome, under the truth. *As drawn* are "
        f"those of the first {found.drawn} seeds that are not among the clearly off ones above.",
        table(CASE_HEAD, case_rows(found.judged)),
    ]
    if found.design:
        parts += ["## The choice of the rule", f"Made on other markets, seeds from {DESIGN} on."]
        parts += _by_rule(found.design)
    return "\n\n".join(parts) + "\n"


def stated(judged: Sequence[Judged], rule: str, kinds: Sequence[Kind] = PLANNED) -> list[tuple[float, bool]]:
    """What plans that move money say of themselves, and what is true."""
    own = [j for j in judged if j.rule == rule and j.kind in kinds and j.moves]
    return [(j.probability, j.gained > 0) for j in own]


def _shifted(shifts: Sequence[Shift], rule: str, kinds: Sequence[Kind] = PLANNED) -> list[tuple[float, bool]]:
    return [(s.probability, s.better) for s in shifts if s.rule == rule and s.kind in kinds]


def _by_rule(judged: Sequence[Judged]) -> list[str]:
    parts = []
    for kind in PLANNED:
        own = [j for j in judged if j.kind == kind]
        parts += [f"### By rule, {kind}", table(RULE_HEAD, rule_rows(own))] if own else []
    return parts


def _wide(found: Found) -> list[str]:
    """The same where there are more channels, which three years of weeks tell apart less well."""
    parts = ["## More channels"] if found.wide else []
    for channels, (judged, shifts) in found.wide.items():
        parts += [f"### {channels} channels"]
        for kind in PLANNED:
            own = [j for j in judged if j.kind == kind]
            parts += [f"{kind.capitalize()}, {len({j.seed for j in own})} markets:"]
            parts += [table(RULE_HEAD, rule_rows(own))]
        for rule in (DEFAULT, DEFAULT_PLAIN):
            parts += [f"Plans by *{RULES[rule].replace('**', '')}*, both kinds:"]
            parts += [table(BIN_HEAD, bin_rows(stated(judged, rule), PLAN_EDGES))]
        for rule, words in (("", "today's split as evidence"), (PLAIN, "without")):
            parts += [f"Random shifts, {words}:"]
            parts += [table(BIN_HEAD, bin_rows(_shifted(shifts, rule), SHIFT_EDGES))]
    return parts


def _reliability(found: Found, natural: Sequence[Judged]) -> list[str]:
    """What plans state of themselves against what is true."""
    inside = [j for j in natural if j.rule == "mean"]
    covered = sum(j.low <= j.gained <= j.high for j in inside)
    ends = wilson(covered, len(inside))
    drawn = [s for s in found.shifts if s.kind in NATURAL and s.seed < JUDGED + found.drawn]

    def plans(judged: Sequence[Judged], rule: str) -> str:
        return table(BIN_HEAD, bin_rows(stated(judged, rule), PLAN_EDGES))

    def moves(shifts: Sequence[Shift], rule: str, kinds: Sequence[Kind] = PLANNED) -> str:
        return table(BIN_HEAD, bin_rows(_shifted(shifts, rule, kinds), SHIFT_EDGES))

    parts = [
        "## Is the stated probability right?",
        "Near-optimal and clearly off markets together, half of each. The default states high probabilities "
        "only, because it stays where it isn't sure; the expected outcome moves always, which shows the "
        "whole range. Plans that stay state none.",
        "### Plans by default, the markets of the claims",
        plans(found.judged, DEFAULT),
        "### Plans for the expected outcome, the markets of the claims",
        plans(found.judged, "mean"),
    ]
    if found.more:
        n = len({(j.kind, j.seed) for j in found.more})
        parts += [
            f"### The same on {n} further markets, half of each kind",
            "By default:",
            plans(found.more, DEFAULT),
            "For the expected outcome:",
            plans(found.more, "mean"),
            f"Not plans but {SHIFTS} random shifts per market (shifts of one market are not independent: the "
            "intervals are too narrow):",
            moves(found.more_shifts, ""),
            "### The same without today's split as evidence",
            "The model's priors take channels for independent. Then stated probabilities are too high where "
            "a history is nearly the best. By default:",
            plans(found.more, DEFAULT_PLAIN),
            "For the expected outcome:",
            plans(found.more, "mean" + PLAIN),
            "Random shifts:",
            moves(found.more_shifts, PLAIN),
        ]
    return [
        *parts,
        "### Markets as drawn, unselected",
        "Plans for the expected outcome. The 90 % interval of the gain holds the true one in "
        f"{covered} of {len(inside)} (95 % interval {ends[0]:.0%} to {ends[1]:.0%}):",
        table(BIN_HEAD, bin_rows(stated(natural, "mean", NATURAL), PLAN_EDGES)),
        "Random shifts:",
        moves(drawn, "", NATURAL),
    ]
