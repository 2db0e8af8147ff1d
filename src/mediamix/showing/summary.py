"""The card of a `Summary`; that of a fit is the same with the fit's own lines above."""

from __future__ import annotations

from mediamix.core.card import Card
from mediamix.core.numbers import amount, percent, quantity, span, times
from mediamix.measure.contribution import ChannelMeasure
from mediamix.measure.summary import Summary
from mediamix.showing.pictures import intervals


def card(summary: Summary) -> Card:
    """Verdict, share of media, a row per channel."""
    return measured_card(summary, f"Summary: {summary.outcome_name}", (), "")


def measured_card(summary: Summary, title: str, about: tuple[tuple[str, str], ...], next_step: str) -> Card:
    """The numbers of a summary below what is known of its fit."""
    share, currency = summary.media_share, summary.outcome_unit
    findings = (*summary.convergence.findings, *summary.model_findings)
    lines = [
        *about,
        ("outcome", f"{amount(summary.outcome_total, summary.outcome_unit, currency)}"),
        ("media", f"{percent(share.mean)} of it ({span(share.p5, share.p95, percent)})"),
        ("verdict", f"{summary.verdict}: {summary.convergence.sentence}"),
    ]
    worst = [finding for finding in (*findings, *summary.data_findings) if finding.severity != "info"]
    if worst:
        lines.append(("first", f"{worst[0].message} → {worst[0].advice}"))
        next_step = next_step if summary.verdict != "failed" else worst[0].advice
    channels = sorted(summary.channels, key=lambda m: -m.contribution.mean)
    return Card(
        title=title,
        lines=tuple(lines),
        columns=("channel", "spend", "brought", "90 % interval", "ROI", "90 % interval"),
        rows=tuple(_row(m) for m in channels),
        picture=_picture(summary, channels),
        next_step=next_step,
    )


def _row(m: ChannelMeasure) -> tuple[str, ...]:
    part = m.contribution
    return (
        m.name,
        quantity(m.spend) if m.spend else "–",
        quantity(part.mean),
        span(part.p5, part.p95, quantity),
        "–" if m.roi is None else times(m.roi.mean),
        "–" if m.roi is None else span(m.roi.p5, m.roi.p95, times),
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
