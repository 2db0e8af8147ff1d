"""Response per impression against how often people saw the ad; absent without reach & frequency."""

from __future__ import annotations

import numpy as np

from mediamix.measure.frequency import FrequencyMeasure
from mediamix.reporting.blocks import Block, Column, Figure, Legend, Panels, Table, Text
from mediamix.reporting.figures import Stop, curve
from mediamix.reporting.material import Material
from mediamix.reporting.palette import INK
from mediamix.reporting.section import Section


def build(material: Material) -> list[Block]:
    """A small figure per channel, and the optima in numbers."""
    found = material.frequencies
    if not found:
        return []
    heads = ("Bought", "Best", "90% interval", "Gain at equal money", "90% interval")
    rows = tuple(
        (
            _label(material, m),
            f"{m.average:.1f}",
            f"{m.optimal:.1f}" + (" or more" if m.at_the_end else ""),
            f"{m.optimum.p5:.1f} to {m.optimum.p95:.1f}",
            material.amount(m.gain.mean),
            material.amounts(m.gain.p5, m.gain.p95),
        )
        for m in found
    )
    return [
        Text(
            "How much an impression brings depends on how often the same person has seen the ad: too rarely "
            "and nobody remembers, too often and nobody cares. The top of a line is the frequency to buy."
        ),
        Panels(
            tuple(_figure(material, m) for m in found),
            caption=(
                "What today's impressions would bring if everybody reached saw the ad so often: the same "
                "money, more people less often or fewer people more often."
            ),
            legend=(
                Legend("bought so", INK, "line"),
                Legend("beyond: extrapolated", INK, "dash"),
                Legend("90% interval", INK, "pale"),
                Legend("average today", INK, "dot"),
                Legend("best", INK, "ring"),
            ),
        ),
        Table((Column("Channel", False), *map(Column, heads)), rows, "Frequencies in numbers", folded=True),
    ]


def _label(material: Material, m: FrequencyMeasure) -> str:
    data = material.fit.dataset
    return material.channel_names[data.channel_names.index(m.name)]


def _figure(material: Material, m: FrequencyMeasure) -> Figure:
    label, x, (mean, low, high) = _label(material, m), m.frequency_p, m.curves
    inside = (x > m.seen[0]) & (x < m.seen[1])
    bought = np.concatenate([m.seen[:1], x[inside], m.seen[1:]])
    best = float(np.interp(m.optimal, x, mean))
    return Figure(
        spec=curve(
            x,
            mean=mean,
            low=low,
            high=high,
            seen=(bought, np.interp(bought, x, mean)),
            stops=[
                _stop(material, "average today", m.average, float(np.interp(m.average, x, mean))),
                _stop(material, "best", m.optimal, best, hollow=True),
            ],
            said=[
                f"{f:.1f} times → {material.amount(v)} ({material.amounts(lo, hi)})"
                for f, v, lo, hi in zip(x, mean, low, high, strict=True)
            ],
            colour=material.colours[label],
            axis="frequency",
            unit=material.outcome_axis,
        ),
        title=label,
        alt=f"What {label} brings by frequency: best at {m.optimal:.1f}, bought at {m.average:.1f}.",
    )


def _stop(material: Material, what: str, x: float, y: float, *, hollow: bool = False) -> Stop:
    return Stop(x, y, f"{what}: {x:.1f} times → {material.amount(y)}", hollow)


SECTION = Section("frequency", "How often people should see it", 65, "understand", build)
