"""The card of a `PriorCheck`: what the priors say before any data, a row per channel."""

from __future__ import annotations

from mediamix.core.card import Card
from mediamix.core.numbers import amount, percent, quantity, span, times
from mediamix.measure.beforehand import WORDS, PriorCheck
from mediamix.measure.interval import Interval
from mediamix.showing.pictures import intervals

UNKNOWN = "–"


def card(check: PriorCheck) -> Card:
    """Outcome and media share; return and half-life of each channel, medians with 90 % intervals."""
    data, share = check.fit.dataset, check.media_share
    lines = [
        (
            WORDS[s.name],
            f"{amount(s.observed, data.outcome_unit, data.currency)} observed; before the data "
            f"{span(s.prior.p5, s.prior.p95, quantity)}" + (" (ruled out)" if s.ruled_out else ""),
        )
        for s in check.outcome
    ]
    lines.append(
        (
            "share of media",
            f"{percent(share.p50)} ({span(share.p5, share.p95, percent)}), above 100 % with "
            f"{percent(check.above_one)}",
        )
    )
    if check.findings:
        lines.append(
            ("warnings", f"{len(check.findings)}, about {', '.join(f.where for f in check.findings)}")
        )
    rows = [
        (
            m.name,
            _told(m.roi),
            _told(m.mroi),
            f"{percent(m.share.p50)} ({_short(100 * m.share.p5)} to {percent(m.share.p95)})",
            f"{_short(m.half_life.p50)} ({span(m.half_life.p5, m.half_life.p95, _short)})",
        )
        for m in check.channels
    ]
    shown = [(m.name, m.roi) for m in check.channels if m.roi is not None]
    return Card(
        title=f"Before any data: {check.fit.n_draws:,} draws from the priors",
        lines=tuple(lines),
        columns=("channel", "ROI", "marginal ROI", "share of outcome", f"half-life, {data.every.label(2)}"),
        rows=tuple(rows),
        picture=intervals(
            [(name, roi.p5, roi.p50, roi.p95, times(roi.p50)) for name, roi in shown],
            "return per unit of spend before any data, median and 90 % interval",
            mark=1.0,
        ),
        next_step="mm.fit(data, spec)",
    )


def _told(value: Interval | None) -> str:
    return UNKNOWN if value is None else f"{times(value.p50)} ({span(value.p5, value.p95, _short)})"


def _short(value: float) -> str:
    return f"{value:.2g}" if abs(value) >= 0.1 else f"{value:.1g}"
