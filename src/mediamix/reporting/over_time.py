"""Outcome and spend as they were: over time, and the last stretch against the one before it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from mediamix.core.numbers import percent, times
from mediamix.measure.quality import seen
from mediamix.reporting.bins import Bins, bins
from mediamix.reporting.blocks import Block, Figure, Kpi, Kpis, Legend
from mediamix.reporting.figures import Part, stack
from mediamix.reporting.material import Material
from mediamix.reporting.palette import ACCENT

Series = Float[np.ndarray, " time"]
#: A smaller change is none.
SAME = 0.0005


def stretch_of(material: Material) -> int:
    """Periods that are compared with as many before them: a year, or half of a window under two years."""
    data = material.fit.dataset
    return min(round(data.every.per_year), data.n_periods // 2)


def changes_title(material: Material) -> str:
    """What `changes` compares."""
    n = stretch_of(material)
    return f"The last {n:,} {material.fit.dataset.every.label(n)} against the {n:,} before"


def changes(material: Material) -> list[Block]:
    """Outcome, spend, what media brought and its part of each unit of spend, now and before."""
    data, n = material.fit.dataset, stretch_of(material)
    if n < 1:
        return []
    outcome_t, spend_t, media_t = _outcome(material), data.spend_gtc.sum(axis=(0, 2)), _media(material)
    name = material.summary.outcome_name
    tiles = [_tile(name[:1].upper() + name[1:], *_ends(outcome_t, n), material.amount)]
    if spend_t.any():
        tiles.append(_tile("Media spend", *_ends(spend_t, n), material.spend))
    tiles.append(_tile("Brought by media", *_ends(media_t, n), material.amount))
    spent, brought = _ends(spend_t, n), _ends(media_t, n)
    if data.worth is not None and min(spent) > 0:
        now, before = (one * data.worth / other for one, other in zip(brought, spent, strict=True))
        tiles.append(_tile(f"Brought per {material.currency} spent", now, before, times))
    return [Kpis(tuple(tiles))]


def over_time(material: Material) -> list[Block]:
    """The outcome, and the spend of every channel, on the same axis of time."""
    data = material.fit.dataset
    axis = bins(data.dates, data.every)
    name = material.summary.outcome_name
    outcome = axis.mean(seen(material.fit).outcome_t)
    figures: list[Block] = [
        Figure(
            spec=stack(
                axis,
                [Part(name, ACCENT, outcome)],
                said=_said(axis, outcome, material.amount),
                unit=f"{material.outcome_axis} {axis.per}",
                height=170,
            ),
            alt=f"{name} over time, in sum {material.amount(material.summary.outcome_total)}.",
            title=name[:1].upper() + name[1:],
        )
    ]
    paid = [c for c, spend in enumerate(data.spend_c) if spend > 0]
    if paid:
        names = [data.channel_names[c] for c in paid]
        parts = [
            Part(one, material.colours[one], axis.mean(data.spend_gtc[:, :, c].sum(axis=0)))
            for one, c in zip(names, paid, strict=True)
        ]
        together = np.sum([part.values for part in parts], axis=0)
        spend = float(data.spend_c.sum())
        figures.append(
            Figure(
                spec=stack(
                    axis,
                    parts,
                    said=_said(axis, together, material.spend, parts),
                    unit=f"spend, {material.currency} {axis.per}",
                    height=170,
                ),
                alt=f"Spend of {len(paid)} channels over time, in sum {material.spend(spend)}.",
                title="Media spend",
                caption=axis.remark,
                legend=tuple(Legend(one, material.colours[one]) for one in names),
            )
        )
    return figures


def _said(
    axis: Bins, together: Series, show: Callable[[float], str], parts: list[Part] | None = None
) -> list[str]:
    said = []
    for i, when in enumerate(axis.names):
        lines = [f"{part.name}: {show(float(part.values[i]))}" for part in parts or []]
        said.append("\n".join([f"{when}: {show(float(together[i]))} {axis.per}", *lines]))
    return said


def _outcome(material: Material) -> Series:
    """As it was; fitted means stand in for what is missing."""
    known = seen(material.fit).outcome_t
    return np.where(np.isfinite(known), known, material.outcome.mean_t)


def _media(material: Material) -> Series:
    """Mean contribution of all channels per period."""
    table = material.contributions
    media = table[table["kind"] == "media"]
    return np.asarray(media.groupby("date", sort=True)["mean"].sum(), dtype=float)


def _ends(series: Series, n: int) -> tuple[float, float]:
    """Sums of the last periods, and of as many before them."""
    return float(series[-n:].sum()), float(series[-2 * n : -n].sum())


def _tile(label: str, now: float, before: float, show: Callable[[float], str]) -> Kpi:
    change = now / before - 1.0 if before > 0 else None
    if change is None:
        return Kpi(label, show(now), f"before: {show(before)}")
    arrow = "" if abs(change) < SAME else "▲ " if change > 0 else "▼ "
    return Kpi(label, show(now), f"{arrow}{percent(change, signed=True)}, from {show(before)}")
