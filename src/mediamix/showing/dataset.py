"""The card of a `Dataset`: what is in it, what was noticed, and the outcome over the spend."""

from __future__ import annotations

import numpy as np

from mediamix.core.card import Card
from mediamix.core.numbers import amount, money, percent, quantity
from mediamix.core.types import Finding
from mediamix.data.dataset import Dataset
from mediamix.showing.pictures import over_time

ORDER = {"error": 0, "warning": 1, "info": 2}


def card(data: Dataset) -> Card:
    """Size, dates, currency, findings; a row per channel."""
    spend_tc = data.spend_gtc.sum(axis=0)
    outcome_t = np.where(data.observed_gt.any(axis=0), np.nansum(data.outcome_gt, axis=0), np.nan)
    total = float(np.nansum(outcome_t))
    channels = len(data.channels)
    known = int(data.observed_gt.sum())
    lines = [
        ("periods", periods(data)),
        ("outcome", f"{amount(total, data.outcome_unit, data.currency)} of {data.outcome_name}"),
        ("spend", money(float(spend_tc.sum()), data.currency)),
    ]
    if len(data.geos) > 1:
        lines.append(("geos", f"{len(data.geos):,}: {some(data.geos)}"))
    if data.control_names:
        lines.append(("controls", some(data.control_names)))
    if data.events:
        lines.append(("events", some(tuple(dict.fromkeys(event.name for event in data.events)))))
    if known < data.observed_gt.size:
        lines.append(("unknown", f"{data.observed_gt.size - known:,} of {data.observed_gt.size:,} outcomes"))
    lines.append(("checks", noticed(data.findings)))
    rows = []
    for c in np.argsort(-spend_tc.sum(axis=0), kind="stable"):
        channel, spend = data.channels[c], float(spend_tc[:, c].sum())
        on = int((data.exposure_gtc[:, :, c] > 0).any(axis=0).sum())
        share = percent(spend / spend_tc.sum()) if spend else "–"
        rows.append((channel.name, quantity(spend) if spend else "–", share, channel.exposure, f"{on:,}"))
    return Card(
        title=f"Dataset: {data.outcome_name} and {channels} {'channel' if channels == 1 else 'channels'}",
        lines=tuple(lines),
        columns=("channel", f"spend ({data.currency})", "of spend", "exposure", f"{data.every.label(2)} on"),
        rows=tuple(rows),
        picture=over_time(
            outcome_t.tolist(),
            spend_tc.sum(axis=1).tolist(),
            f"{data.outcome_name} (line) and spend (bars) per {data.every.label(1)}",
            (str(data.dates[0]), str(data.dates[-1])),
        ),
        next_step="mm.fit(data)",
    )


def periods(data: Dataset) -> str:
    """``156 weeks, 2023-01-02 to 2025-12-28``."""
    window = data.stretch()
    return f"{window.length}, {window.start} to {window.end}"


def some(names: tuple[str, ...], most: int = 4) -> str:
    """The first names, and how many more."""
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left:,} more" if left > 0 else "")


def noticed(findings: tuple[Finding, ...]) -> str:
    """``1 warning, 2 remarks; first: …``."""
    if not findings:
        return "nothing to report"
    words = {"error": ("error", "errors"), "warning": ("warning", "warnings"), "info": ("remark", "remarks")}
    counts = {kind: sum(f.severity == kind for f in findings) for kind in words}
    told = ", ".join(f"{n} {words[kind][n > 1]}" for kind, n in counts.items() if n)
    first = min(findings, key=lambda f: ORDER[f.severity])
    return f"{told}; first: {first.where}: {first.message}"
