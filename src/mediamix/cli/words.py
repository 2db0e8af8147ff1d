"""The tables and sentences that several commands print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import typer

from mediamix.cli.console import detail, note, say, style_of, table, warn

if TYPE_CHECKING:
    from mediamix.core.types import Finding
    from mediamix.data.dataset import Dataset
    from mediamix.decide.answer.plan import ChannelPlan, Plan, Uplift
    from mediamix.decide.problem.origin import Origin
    from mediamix.measure.contribution import ChannelMeasure
    from mediamix.measure.interval import Interval
    from mediamix.measure.summary import Summary
    from mediamix.measure.verdict import Verdict

#: Exit code of a command that wrote everything, and whose numbers shouldn't be used.
UNTRUSTED = 3
#: Plans of more lines are shown as channels and their largest moves.
MANY_CELLS, FEW_CELLS = 40, 12
#: Warnings of a plan that are printed.
FEW_WARNINGS = 10


def print_warnings(findings: Iterable[Finding], *, remarks: bool = False) -> None:
    """What was noticed, on stderr; what is only for reading with `remarks`, --verbose or in the log."""
    for finding in findings:
        advice = f" → {finding.advice}" if finding.advice else ""
        words = f"{finding.where}: {finding.message}{advice}"
        if finding.severity != "info":
            warn(finding.severity, words)
        else:
            (note if remarks else detail)(f"info: {words}")
        if finding.why:
            detail(f"  why: {finding.why}")


def print_findings(findings: Sequence[Finding]) -> None:
    """All findings as a table."""
    rows = [[f.severity, f.where, f.message, f.advice] for f in findings]
    table("", ["severity", "where", "finding", "what to do"], rows, text=(0, 1, 2, 3))


def print_channels(summary: Summary, data: Dataset) -> None:
    """What each channel caused, with 90 % intervals, and the verdict."""
    from mediamix.core.numbers import amount, duration, percent, quantity, span
    from mediamix.measure.evidence import NOTHING_ROI, told

    prior = summary.only_prior
    rows = [
        [
            f"{m.name} *" if m.name in prior else m.name,
            quantity(m.spend) if m.spend else "–",
            quantity(m.contribution.mean),
            span(m.contribution.p5, m.contribution.p95, quantity),
            percent(m.share.mean),
            *_returned(m, data.currency, value=data.worth is not None),
            duration(m.half_life.mean, data.every),
        ]
        for m in summary.channels
    ]
    share = summary.media_share
    total = amount(summary.outcome_total, data.outcome_unit, data.currency)
    title = (
        f"{summary.outcome_name}: {total} over {summary.window}, "
        f"of which media caused {percent(share.mean)} ({span(share.p5, share.p95, percent)})"
    )
    returns = ["cost per unit"] if data.worth is None else ["ROI", "next unit"]
    spend, brought = f"spend, {data.currency}", f"brought, {data.outcome_unit}"
    table(title, ["channel", spend, brought, "90 % interval", "share", *returns, "half-life"], rows)
    if prior:
        say(f"* the data say next to nothing about {', '.join(prior)}: these numbers are the prior's")
    untold = [f"{m.name} {words}" for m in summary.channels if (words := told(m.nothing))]
    if untold:
        say(f"Nothing is a ROI under {NOTHING_ROI:g}: {'; '.join(untold)}")
    print_geos(summary)
    print_verdict(summary)


def _returned(m: ChannelMeasure, currency: str, *, value: bool) -> list[str]:
    """ROI and next unit; of a count without a value the cost of a unit."""
    from mediamix.core.numbers import UNKNOWN, money, span, times

    def interval(part: Interval | None, show: Callable[[float], str]) -> str:
        return UNKNOWN if part is None else f"{show(part.mean)} ({span(part.p5, part.p95, show)})"

    if not value:
        return [interval(m.cost_per_unit, lambda cost: money(cost, currency))]
    return [interval(m.roi, times), UNKNOWN if m.mroi is None else times(m.mroi.mean)]


def print_scores(summary: Summary) -> None:
    """How well the outcome is described, and what the error leaves out."""
    from mediamix.measure.quality import error_words

    say(f"described: {error_words(summary.quality.trained)}")
    if summary.quality.holdout is not None:
        say(f"held out: {error_words(summary.quality.holdout)}")


def print_geos(summary: Summary) -> None:
    """A line or two on the geos of a panel; nothing for a national fit."""
    from mediamix.core.numbers import percent, times

    geos = summary.geos
    if geos is None:
        return
    most = max(geos.spread, key=lambda name: geos.spread[name].p50)
    words = [f"{len(geos.geos):,} geos: effects differ most in {most} (by {percent(geos.spread[most].p50)})"]
    paid = [(geo.roi.mean, geo.name) for geo in geos.geos if geo.roi is not None]
    if paid:
        (low, worst), (high, best) = min(paid), max(paid)
        words.append(f"ROI of all media from {times(low)} in {worst} to {times(high)} in {best}")
    known = [geo for geo in geos.geos if geo.quality.trained.periods]
    if known:
        vague = max(known, key=lambda geo: geo.quality.trained.wmape)
        words.append(f"least well described: {vague.name} (error {percent(vague.quality.trained.wmape)})")
    say("; ".join(words))
    if geos.note:
        say(geos.note)


def print_verdict(summary: Summary) -> None:
    """Whether the numbers can be used, and what to do where they can't."""
    from mediamix.measure.verdict import reason

    sampling = summary.convergence
    say(str(summary.judged), style_of(summary.verdict))
    # Whatever its verdict: that a fit is a quick one has to be known.
    if sampling.verdict == "ok" or sampling.quick is not None:
        say(f"  {sampling.sentence}")
    for finding in summary.findings:
        if finding.severity != "info":
            say(f"  - {reason(finding)} → {finding.advice}")


def say_verdict(origin: Origin | None) -> None:
    """First of all what isn't ok about the fit that numbers come from."""
    if origin is not None:
        tell_verdict(origin.verdict)


def tell_verdict(verdict: Verdict) -> None:
    """The verdict of a fit, where it isn't ok."""
    if verdict.level != "ok":
        warn("error" if verdict.failed else "warning", f"the fit's verdict is {verdict}")


def refuse_trust(summary: Summary) -> None:
    """Ends a command that wrote everything, with code 3, where the verdict is ``failed``.

    Raises:
        typer.Exit: Of that code.
    """
    if summary.judged.failed:
        warn("error", "done, but don't use it: the verdict is failed")
        raise typer.Exit(UNTRUSTED)


def print_plan(plan: Plan) -> None:
    """A plan's split, what it brings, how sure that is; of many cells the channels and the largest moves."""
    from mediamix.core.numbers import amount, money, times
    from mediamix.decide.problem.origin import during

    say_verdict(plan.origin)
    budget = money(plan.budget, plan.currency) + during(plan.origin)
    title = f"The best split of {budget}"
    asked = plan.question
    if asked.kind == "target" and asked.of in ("roi", "mroi"):
        which = "the next unit of spend brings" if asked.of == "mroi" else "ROI is"
        title = f"The largest budget whose {which} {times(asked.amount)}: {budget}"
    elif asked.kind == "target" and asked.of == "cost_per_unit":
        cost = money(asked.amount, plan.currency)
        title = f"The largest budget whose cost is {cost} per unit of {plan.outcome_name}: {budget}"
    elif asked.kind == "target":
        wanted = amount(asked.amount, plan.unit, plan.currency)
        title = f"The smallest budget that brings {plan.outcome_name} of {wanted}: {budget}"
    if len(plan.channels) > MANY_CELLS:
        _print_channels_of_cells(plan, title)
        moved = sorted(plan.channels, key=lambda name: -abs(plan.channels[name].change or 0.0))
        _print_split(plan, f"The {FEW_CELLS} largest moves", moved[:FEW_CELLS])
        say(f"all {len(plan.channels)} lines: --out plan.json, and plan.csv beside it")
    else:
        _print_split(plan, title, list(plan.channels))
    print_plan_words(plan)


def _print_split(plan: Plan, title: str, names: Sequence[str]) -> None:
    """Lines of a plan."""
    from mediamix.core.numbers import quantity, span
    from mediamix.decide.answer.returns import next_header, next_of, return_header, return_of

    rows = []
    for name in names:
        part = plan.channels[name]
        rows.append(
            [
                name,
                quantity(part.current),
                quantity(part.spend),
                _change(part.current, part.change),
                quantity(part.contribution.mean),
                return_of(plan, part),
                next_of(plan, part),
                span(*part.bounds, quantity),
                part.binding or "",
            ]
        )
    money = [f"{word}, {plan.currency}".removesuffix(", ") for word in ("today", "plan")]
    brings = f"brings, {plan.unit}".removesuffix(", ")
    returns = [return_header(plan), next_header(plan)]
    headers = ["channel", *money, "change", brings, *returns, "bounds", "held by"]
    table(title, headers, rows, text=(0, 8))


def _print_channels_of_cells(plan: Plan, title: str) -> None:
    """Cells of channel and geo, named ``tv/north``, summed to channels."""
    from mediamix.core.numbers import quantity

    cells: dict[str, list[ChannelPlan]] = {}
    for name, part in plan.channels.items():
        cells.setdefault(name.rpartition("/")[0] or name, []).append(part)
    rows = []
    for channel, parts in cells.items():
        spend = sum(part.spend for part in parts)
        known = [part.current for part in parts if part.current is not None]
        current = sum(known) if len(known) == len(parts) else None
        brings = sum(part.contribution.mean for part in parts)
        change = None if current is None else spend - current
        line = [channel, str(len(parts)), quantity(current), quantity(spend), _change(current, change)]
        rows.append([*line, quantity(brings)])
    money = [f"{word}, {plan.currency}".removesuffix(", ") for word in ("today", "plan")]
    unit = f"brings, {plan.unit}".removesuffix(", ")
    table(title, ["channel", "cells", *money, "change", unit], rows, text=(0,))


def _change(current: float | None, change: float | None) -> str:
    from mediamix.core.numbers import percent

    return percent(change / current, signed=True) if current and change else "–"


def _worth(plan: Plan, value: float) -> str:
    """Of what was maximised, with its unit."""
    from mediamix.core.numbers import amount, chance, money

    asked = plan.objective
    if asked is not None and asked.kind == "beats_today":
        return chance(value)
    if asked is not None and asked.margin is not None:
        return money(value, plan.currency)
    return amount(value, plan.unit, plan.currency)


def print_plan_words(plan: Plan) -> None:
    """What a plan brings, how it compares with today, its proof, notes and warnings."""
    from mediamix.core.numbers import amount, chance, quantity, span
    from mediamix.decide.problem.origin import during

    def interval(part: Interval | Uplift) -> str:
        return f"{amount(part.mean, plan.unit, plan.currency)} ({span(part.p5, part.p95, quantity)})"

    say(f"{plan.outcome_name}{during(plan.origin)}, baseline included: {interval(plan.outcome)}")
    if plan.stays:
        say("against today: nothing moves")
    elif plan.uplift is not None:
        better = chance(plan.uplift.probability_better)
        say(f"against today: {interval(plan.uplift)}, better with a probability of {better}")
    proof = plan.certificate
    if not proof.known:
        say(f"proof: {proof.status} ({plan.solver})")
    elif plan.objective is None or (plan.objective.kind == "mean" and plan.objective.margin is None):
        say(
            f"proof: {proof.status}; no plan within these bounds brings more than "
            f"{amount(proof.upper_bound, plan.unit, plan.currency)} "
            f"(gap {proof.gap:.2%} of what the media bring)"
        )
    else:
        say(
            f"proof: {proof.status}; {plan.objective.label}: {_worth(plan, plan.objective.value)}, "
            f"no plan within these bounds has more than {_worth(plan, proof.upper_bound)} "
            f"(gap {proof.gap:.2%})"
        )
    for line in plan.notes:
        say(f"note: {line}")
    for line in plan.warnings[:FEW_WARNINGS]:
        warn("warning", line)
    if len(plan.warnings) > FEW_WARNINGS:
        warn("warning", f"{len(plan.warnings) - FEW_WARNINGS} more, all of them with --json or --out")
