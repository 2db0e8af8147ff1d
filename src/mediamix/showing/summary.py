"""The card of a `Summary`; that of a fit is the same with the fit's own lines above."""

from __future__ import annotations

from functools import partial

from mediamix.core.card import Card
from mediamix.core.numbers import UNKNOWN, amount, money, percent, quantity, span, times
from mediamix.measure.contribution import ChannelMeasure
from mediamix.measure.summary import Summary
from mediamix.showing.pictures import intervals


def card(summary: Summary) -> Card:
    """Verdict, share of media, a row per channel."""
    return measured_card(summary, f"Summary: {summary.outcome_name}", (), "")


def measured_card(summary: Summary, title: str, about: tuple[tuple[str, str], ...], next_step: str) -> Card:
    """The numbers of a summary below what is known of its fit."""
    share = summary.media_share
    total = amount(summary.outcome_total, summary.outcome_unit, summary.currency)
    lines = [
        *about,
        ("outcome", f"{total} over {summary.window}"),
        ("media", f"{percent(share.mean)} of it ({span(share.p5, share.p95, percent)})"),
        ("verdict", str(summary.judged)),
    ]
    if summary.convergence.verdict == "ok":
        lines.append(("sampling", summary.convergence.sentence))
    worst = [finding for finding in summary.findings if finding.severity != "info"]
    worst.sort(key=lambda finding: finding.severity != "error")
    if worst:
        lines.append(("first", f"{worst[0].message} → {worst[0].advice}"))
        next_step = next_step if summary.verdict != "failed" else worst[0].advice
    channels = sorted(summary.channels, key=lambda m: -m.contribution.mean)
    return Card(
        title=title,
        lines=tuple(lines),
        columns=(
            "channel",
            f"spend, {summary.currency}",
            f"brought, {summary.outcome_unit}",
            "90 % interval",
            "ROI" if summary.has_value else "cost per unit",
            "90 % interval",
        ),
        rows=tuple(_row(summary, m) for m in channels),
        picture=_picture(summary, channels),
        next_step=next_step,
    )


def _row(summary: Summary, m: ChannelMeasure) -> tuple[str, ...]:
    part = m.contribution
    shown = m.roi if summary.has_value else m.cost_per_unit
    words = times if summary.has_value else partial(money, currency=summary.currency)
    return (
        m.name,
        quantity(m.spend) if m.spend else "–",
        quantity(part.mean),
        span(part.p5, part.p95, quantity),
        UNKNOWN if shown is None else words(shown.mean),
        UNKNOWN if shown is None else span(shown.p5, shown.p95, words),
    )


def _picture(summary: Summary, channels: list[ChannelMeasure]) -> str:
    """ROI where money has one, else what was brought."""
    rois = [(m.name, m.roi) for m in channels if m.roi is not None]
    if rois:
        rows = [(name, roi.p5, roi.mean, roi.p95, times(roi.mean)) for name, roi in rois]
        return intervals(rows, "ROI: mean and 90 % interval; the dashed line is 1", 1.0)
    parts = [(m.name, m.contribution) for m in channels]
    rows = [(name, part.p5, part.mean, part.p95, quantity(part.mean)) for name, part in parts]
    return intervals(rows, f"{summary.outcome_name} that a channel brought: mean and 90 % interval")
