"""One channel in depth: money, carry-over, saturation, what it brought, and how much the data said."""

from __future__ import annotations

import numpy as np

from mediamix.core.numbers import duration, percent, span, times
from mediamix.measure.channel import prior_return, still_to_come
from mediamix.measure.contribution import ChannelMeasure
from mediamix.measure.interval import Interval
from mediamix.reporting.bins import bins
from mediamix.reporting.blocks import Block, Figure, Kpi, Kpis, Legend, Panels
from mediamix.reporting.figures import Part, Row, Stop, curve, forest, stack
from mediamix.reporting.material import Material
from mediamix.reporting.palette import INK, MUTED
from mediamix.reporting.sections.response import figure_of

#: Half-lives that the fading is shown for, and the periods that are shown at least and at most.
LIVES, FEWEST, MOST = 5.0, 8, 120


def one_channel(material: Material, name: str) -> list[Block]:
    """From the money to what it brought.

    Raises:
        KeyError: There is no such channel.
    """
    position = {m.name: c for c, m in enumerate(material.summary.channels)}[name]
    measure = material.summary.channels[position]
    return [
        _tiles(material, measure),
        *_in_time(material, position),
        Panels(
            (_fading(material, position), figure_of(material, position, "Saturation")),
            caption=(
                "Carry-over: how much of an ad's effect is still to come. Saturation: what more or less "
                "would bring over the window; the dot is today, the solid part is where the data have been."
            ),
        ),
        *_beliefs(material, position),
    ]


def _tiles(material: Material, m: ChannelMeasure) -> Kpis:
    total = sum(one.spend for one in material.summary.channels)
    tiles = []
    if m.spend > 0:
        tiles.append(Kpi("Spend", material.spend(m.spend), f"{percent(m.spend / total)} of all media"))
    tiles.append(
        Kpi(
            "Contribution",
            material.amount(m.contribution.mean),
            f"{material.amounts(m.contribution.p5, m.contribution.p95)}; {percent(m.share.mean)} of "
            f"{material.summary.outcome_name}",
        )
    )
    if m.roi is not None:
        tiles.append(Kpi("ROI", times(m.roi.mean), span(m.roi.p5, m.roi.p95, times)))
    if m.mroi is not None:
        tiles.append(
            Kpi(f"Next {material.currency} brings", times(m.mroi.mean), span(m.mroi.p5, m.mroi.p95, times))
        )
    if m.cost_per_unit is not None:
        cost = m.cost_per_unit
        tiles.append(
            Kpi(
                f"Spend per {material.summary.outcome_unit}",
                material.spend(cost.p50),
                span(cost.p5, cost.p95, material.spend),
            )
        )
    every = material.fit.dataset.every
    life = m.half_life
    lasts = f"{span(life.p5, life.p95, lambda v: f'{v:,.1f}')} {every.label()}"
    tiles.append(Kpi("Half-life", duration(life.mean, every), lasts))
    return Kpis(tuple(tiles))


def _in_time(material: Material, c: int) -> list[Block]:
    """What was put in, and what came of it, on the same axis of time."""
    data = material.fit.dataset
    channel, colour = data.channels[c], material.colours[data.channel_names[c]]
    axis = bins(data.dates, data.every)
    by_spend = bool(data.spend_c[c] > 0)
    put_in = axis.mean((data.spend_gtc if by_spend else data.exposure_gtc)[:, :, c].sum(axis=0))
    table = material.contributions
    own = table[(table["component"] == channel.name) & (table["kind"] == "media")]
    brought = axis.mean(own["mean"].to_numpy(dtype=float))
    low, high = (axis.mean(own[end].to_numpy(dtype=float)) for end in ("p5", "p95"))

    def show(value: float) -> str:
        return material.spend(value) if by_spend else f"{value:,.0f} {channel.exposure}"

    what = "Spend" if by_spend else channel.exposure.capitalize()
    unit = f"spend, {material.currency}" if by_spend else channel.exposure
    return [
        Figure(
            spec=stack(
                axis,
                [Part(what, colour, put_in)],
                said=[
                    f"{when}: {show(float(v))} {axis.per}" for when, v in zip(axis.names, put_in, strict=True)
                ],
                unit=f"{unit} {axis.per}",
                height=120,
            ),
            alt=f"{what} of {channel.name} over time.",
            title=what,
        ),
        Figure(
            spec=stack(
                axis,
                [Part("contribution", colour, brought)],
                said=[
                    f"{when}: {material.amount(float(m))} {axis.per} ({material.amounts(float(a), float(b))})"
                    for when, m, a, b in zip(axis.names, brought, low, high, strict=True)
                ],
                unit=f"{material.outcome_axis} {axis.per}",
                height=120,
            ),
            alt=f"Contribution of {channel.name} over time.",
            title="What it brought",
            caption=f"Later and smoother than what was put in: an ad goes on working. {axis.remark}".rstrip(),
        ),
    ]


def _fading(material: Material, c: int) -> Figure:
    """What is still to come of an ad's effect."""
    data, life = material.fit.dataset, material.summary.channels[c].half_life
    periods = int(np.clip(np.ceil(LIVES * life.p95), FEWEST, MOST))
    left = still_to_come(material.fit, c, periods)
    lag = np.arange(periods + 1, dtype=float)
    word = data.every.label()
    half = min(life.mean, float(periods))
    return Figure(
        spec=curve(
            lag,
            mean=left["mean"],
            low=left["p5"],
            high=left["p95"],
            seen=(lag, left["mean"]),
            stops=[Stop(half, 0.5, f"half-life: {duration(life.mean, data.every)}")]
            if life.mean <= periods
            else [],
            said=[
                f"after {at:,.0f} {data.every.label(at)}: {percent(float(m))} still to come"
                for at, m in zip(lag, left["mean"], strict=True)
            ],
            colour=material.colours[data.channel_names[c]],
            axis=f"{word} after the ad",
            unit="part still to come",
        ),
        alt=f"Half of an ad's effect has come after {duration(life.mean, data.every)}.",
        title="Carry-over",
    )


def _beliefs(material: Material, c: int) -> list[Block]:
    """The return before and after the data, where there is a prior on it."""
    measure, prior = material.summary.channels[c], prior_return(material.fit, c)
    if prior is None or measure.roi is None:
        return []
    colour = material.colours[measure.name]
    known = material.summary.evidence.get(measure.name, {})
    overlap = known.get("prior_overlap")
    told = "" if overlap is None else f" The two overlap by {percent(float(overlap))}."
    verdict = (
        "The data said next to nothing: this is what was believed before."
        if known.get("only_prior")
        else "The further the lower bar has moved and shrunk, the more the data said."
    )
    rows = [_row("before the data", MUTED, prior), _row("after the data", colour, measure.roi)]
    return [
        Figure(
            spec=forest(rows, axis="return per unit of spend", kind="times", line=(1.0, "break-even")),
            alt=(
                f"ROI of {measure.name} before the data: {rows[0].text}, after: {rows[1].text} (medians with "
                "90% intervals)."
            ),
            title="What was believed, and what the data say",
            caption=f"{verdict}{told}",
            legend=(Legend("median with 90% interval", INK, "dot"),),
        )
    ]


def _row(name: str, colour: str, interval: Interval) -> Row:
    text = f"{times(interval.p50)}"
    said = f"{name}: {text} ({span(interval.p5, interval.p95, times)})"
    return Row(name, colour, interval.p50, interval.p5, interval.p95, text, said)
