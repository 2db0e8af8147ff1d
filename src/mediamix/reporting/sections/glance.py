"""The numbers of the window at a glance."""

from __future__ import annotations

from mediamix.core.numbers import percent, span, times
from mediamix.measure.quality import coverage_is_low, mape_words
from mediamix.reporting.blocks import Block, Kpi, Kpis
from mediamix.reporting.material import Material
from mediamix.reporting.section import Section


def build(material: Material) -> list[Block]:
    """Outcome, media's part, spend, return, fit, held-out forecast."""
    summary, quality = material.summary, material.summary.quality
    share, media = summary.media_share, summary.media
    spend = sum(m.spend for m in summary.channels)
    tiles = [
        Kpi(
            _capital(summary.outcome_name), material.amount(summary.outcome_total), f"over {material.window}"
        ),
        Kpi("Brought by media", material.amount(media.mean), material.amounts(media.p5, media.p95)),
        Kpi("Share of media", percent(share.mean), span(share.p5, share.p95, percent)),
        Kpi("Media spend", material.spend(spend), f"{_channels(len(summary.channels))}"),
    ]
    if material.paid_roi is not None:
        roi = material.paid_roi
        tiles.append(Kpi("ROI of paid media", times(roi.mean), span(roi.p5, roi.p95, times)))
    elif spend > 0:
        tiles.append(
            Kpi(f"Spend per {summary.outcome_unit}", material.spend(spend / media.mean), "all media together")
        )
    tiles.append(
        Kpi(
            "Movement explained",
            percent(quality.trained.r2),
            f"R²; typical {mape_words(quality.trained)}, weighted {percent(quality.trained.wmape)}",
        )
    )
    if quality.holdout is not None:
        low, inside = coverage_is_low(quality.holdout), percent(quality.holdout.coverage90)
        tiles.append(
            Kpi(
                "Held-out forecast",
                f"{percent(quality.holdout.wmape)} error",
                f"weighted; typical {mape_words(quality.holdout)}; {quality.holdout.periods} periods, "
                f"{inside} inside the 90% band",
                "caution" if low else "plain",
            )
        )
    return [Kpis(tuple(tiles))]


def _channels(n: int) -> str:
    return f"{n} channel" if n == 1 else f"{n} channels"


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


SECTION = Section("glance", "At a glance", 20, "decide", build)
