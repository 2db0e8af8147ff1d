"""The page: recovery, absence and cost, a row per structure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from structures.answer import LOUD, Answer
from structures.world import Structured, World

WANTED = (0.82, 0.97)
FALSE_ALARMS = 0.10


@dataclass(frozen=True)
class Row:
    """What is known of a structure.

    Args:
        structured: It.
        worlds: Those that have it and were fitted with it.
        stated: Their answers.
        unstated: Answers without it, where it is there.
        lacking: The same where it isn't.
        blind: Worlds of `unstated`.
        speed: Of `speed.race`; None: not measured.
        refused: Why this version can't fit it; None: it can.
    """

    structured: Structured
    worlds: tuple[World, ...] = ()
    stated: tuple[Answer, ...] = ()
    blind: tuple[World, ...] = ()
    unstated: tuple[Answer, ...] = ()
    lacking: tuple[Answer, ...] = ()
    speed: Mapping[str, Any] | None = None
    refused: str | None = None


def coverage(worlds: Sequence[World], answers: Sequence[Answer], own: Sequence[str] = ()) -> tuple[int, int]:
    """How many truths lie in their 90 % intervals, and of how many: channels and treatments, all or `own`."""
    inside = [
        low <= world.truth[name] <= high
        for world, answer in zip(worlds, answers, strict=True)
        for name, (low, high) in answer.intervals.items()
        if name in world.truth and (not own or name in own)
    ]
    return sum(inside), len(inside)


def error(worlds: Sequence[World], answers: Sequence[Answer]) -> tuple[float, float]:
    """Mean absolute relative error of channels, and the signed one of all media together, over worlds."""
    each, totals = [], []
    for world, answer in zip(worlds, answers, strict=True):
        both = [(world.truth[name], v[0]) for name, v in answer.channels.items() if name in world.truth]
        each += [abs(mean / truth - 1) for truth, mean in both]
        truth, mean = np.sum(both, axis=0)
        totals.append(mean / truth - 1)
    return float(np.mean(each)), float(np.mean(totals))


def markdown(rows: Sequence[Row], about: Mapping[str, Any]) -> str:
    """All tables, with the machine they were made on (no names, no paths)."""
    machine = about["host"]
    described = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    missing = [row for row in rows if row.refused is not None]
    parts = [
        "# Structures: found, noticed where they are missing, and what they cost",
        f"Markets of known truth that have a structure, and the same without it: {ran(rows)}, "
        "156 weeks and 5 channels, panels 8 geos, 104 weeks and 4 channels; made by our simulator, whose "
        "formulas share no code with the engine. Thresholds of the checks were chosen on worlds of another "
        "generator. Made by `uv run python benchmarks/structures/run.py` on "
        f"{about['day']}: {machine['cores']} cores, {machine['system']} {machine['machine']}; {described}.",
        "## Found",
        "Fitted with the structure stated: how many channels' contributions lie in their 90 % intervals "
        f"(wanted: {WANTED[0]:.0%} to {WANTED[1]:.0%}; in brackets what chance alone allows in 19 of 20 runs "
        "if intervals are right), the same of what the structure is about alone, the mean relative error of "
        "a channel's contribution, and of all media together.",
        _table(FOUND_HEAD, [cells for row in rows for cells in found_cells(row)]),
        "## Noticed where it is missing",
        "Fitted without the structure. Noticed: in how many markets that have it one of the named checks "
        f"gives a warning. False alarms: in how many that don't (wanted: at most {FALSE_ALARMS:.0%}). "
        "Coverage and error are those of the fit without it, in markets that have it, beside those with it: "
        "what nobody notices may cost little, too.",
        _table(ABSENT_HEAD, [cells for row in rows for cells in absent_cells(row)]),
        "## What it costs",
        "The same market sampled without and with the structure by turns, medians: seconds of sampling "
        "(4 chains, default draws), effective draws per second of the worst media parameter.",
        _table(COST_HEAD, [cells for row in rows for cells in cost_cells(row)]),
    ]
    if missing:
        lines = [f"- {row.structured.title}: `{row.structured.said}`" for row in missing]
        parts += ["## Not in this version", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


FOUND_HEAD = (
    "structure",
    "stated by",
    "worlds",
    "coverage",
    "",
    "of its own",
    "mean abs. error",
    "total media",
    "diverg.",
    "R-hat",
    "verdicts",
)


def found_cells(row: Row) -> Iterator[tuple[str, ...]]:
    """A line, where it was fitted."""
    if not row.stated:
        return
    hits, n = coverage(row.worlds, row.stated)
    low, high = chance(n)
    mean, total = error(row.worlds, row.stated)
    verdicts = [answer.verdict for answer in row.stated]
    told = {level: verdicts.count(level) for level in ("ok", "caution", "failed")}
    yield (
        row.structured.title,
        f"`{row.structured.said}`",
        str(len(row.stated)),
        f"{hits / n:.0%} ({low:.0%}–{high:.0%})",
        "met" if WANTED[0] <= hits / n <= WANTED[1] else "missed",
        _own(row),
        f"{mean:.3f}",
        f"{total:+.1%}",
        str(sum(answer.divergences for answer in row.stated)),
        f"{max(answer.rhat for answer in row.stated):.3f}",
        ", ".join(f"{level} {count}" for level, count in told.items() if count),
    )


def ran(rows: Sequence[Row]) -> str:
    """How many worlds were fitted, as far as rows have come."""
    counts = [len(answers) for row in rows for answers in (row.stated, row.unstated, row.lacking) if answers]
    low, high = min(counts, default=0), max(counts, default=0)
    return f"{high} of each" if low == high else f"{low} to {high} of each so far (see the rows)"


def _own(row: Row) -> str:
    """How many truths of what the structure is about lie in their intervals."""
    if not row.structured.own:
        return ""
    hits, n = coverage(row.worlds, row.stated, row.structured.own)
    return f"{hits} of {n}"


def chance(n: int, nominal: float = 0.9) -> tuple[float, float]:
    """What share of `n` independent 90 % intervals holds the truth, in 95 of 100 runs."""
    from scipy.stats import binom

    return float(binom.ppf(0.025, n, nominal)) / n, float(binom.ppf(0.975, n, nominal)) / n


ABSENT_HEAD = (
    "structure",
    "checks",
    "noticed",
    "false alarms",
    "",
    "still heard where stated",
    "coverage without, with",
    "error without, with",
    "all that spoke",
)


def absent_cells(row: Row) -> Iterator[tuple[str, ...]]:
    """A line, where it was fitted without."""
    if not row.unstated or not row.lacking:
        return
    checks = row.structured.checks
    false = sum(answer.heard(checks) for answer in row.lacking)
    cover, errors = [_share(*coverage(row.blind, row.unstated))], [f"{error(row.blind, row.unstated)[0]:.2f}"]
    if row.stated:
        cover.append(_share(*coverage(row.worlds, row.stated)))
        errors.append(f"{error(row.worlds, row.stated)[0]:.2f}")
    yield (
        row.structured.title,
        ", ".join(f"`{check}`" for check in checks),
        _count(answer.heard(checks) for answer in row.unstated),
        _count(answer.heard(checks) for answer in row.lacking),
        "met" if false <= FALSE_ALARMS * len(row.lacking) else "missed",
        _count(answer.heard(checks) for answer in row.stated) if row.stated else "–",
        ", ".join(cover),
        ", ".join(errors),
        _spoke(row.unstated),
    )


def _share(hits: int, n: int) -> str:
    return f"{hits / n:.0%}"


def _count(heard: Iterator[bool]) -> str:
    all_heard = list(heard)
    return f"{sum(all_heard)} of {len(all_heard)}"


def _spoke(answers: Sequence[Answer]) -> str:
    """Every check that warned, most often first."""
    names = [check for answer in answers for check, severity in answer.said.items() if severity in LOUD]
    counted = sorted(((names.count(name), name) for name in set(names)), key=lambda item: (-item[0], item[1]))
    return ", ".join(f"{name} {count}" for count, name in counted) or "–"


COST_HEAD = ("structure", "seconds without", "with", "ratio", "ESS per second without", "with")


def cost_cells(row: Row) -> Iterator[tuple[str, ...]]:
    """A line, where it was timed."""
    if row.speed is None:
        return
    without, stated = row.speed["sample_s"]
    slow, fast = row.speed["ess_per_s"]
    yield (
        row.structured.title,
        f"{without:.2f}",
        f"{stated:.2f}",
        f"{row.speed['ratio']:.2f}",
        f"{slow:,.0f}",
        f"{fast:,.0f}",
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
