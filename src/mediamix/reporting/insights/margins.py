"""The last euro of a channel: said where it surely brings less than it costs, or with a margin more."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import money, percent, span, times
from mediamix.measure.contribution import ChannelMeasure
from mediamix.reporting.insights.insight import Insight, Known

#: The part of a channel's spend whose return is said to be at stake: as far as a margin reaches.
TENTH = 0.1


def find(known: Known) -> Iterator[Insight]:
    """Per paid channel whose marginal return is clearly below its cost, or clearly above it.

    ``margin × mroi`` against 1. Without a margin only what is below is said: revenue that exceeds spend
    is not yet profit.
    """
    for name, measure in known.paid.items():
        mroi = measure.mroi
        if mroi is None:
            continue
        if known.margin * mroi.p95 < 1.0:
            yield _below(known, name, measure)
        elif known.has_margin and known.margin * mroi.p5 > 1.0:
            yield _above(known, name, measure)


def _below(known: Known, name: str, measure: ChannelMeasure) -> Insight:
    assert measure.mroi is not None
    change = known.change(name)
    advised = change is not None and change < 0
    action = (
        f"Lower {name} by {known.spend(-change)}, as the recommended budget does."
        if advised and change is not None
        else f"Lower {name} first when money is short, and don't raise it."
    )
    return Insight(
        kind="last_unit_below",
        channel=name,
        text=_sentence(known, name, measure, "last") + ": less than it costs.",
        evidence=_evidence(known, measure),
        action=action,
        stake=TENTH * measure.spend * (1.0 - known.margin * measure.mroi.mean),
        interval=(measure.mroi.p5, measure.mroi.p95),
    )


def _above(known: Known, name: str, measure: ChannelMeasure) -> Insight:
    assert measure.mroi is not None
    change = known.change(name)
    advised = change is not None and change > 0
    action = (
        f"Raise {name} by {known.spend(change)}, as the recommended budget does."
        if advised and change is not None
        else f"Raise {name} when there is money to add; check its limits first."
    )
    return Insight(
        kind="next_unit_above",
        channel=name,
        text=_sentence(known, name, measure, "next") + ": more than it costs.",
        evidence=_evidence(known, measure),
        action=action,
        stake=TENTH * measure.spend * (known.margin * measure.mroi.mean - 1.0),
        interval=(measure.mroi.p5, measure.mroi.p95),
    )


def _sentence(known: Known, name: str, measure: ChannelMeasure, which: str) -> str:
    assert measure.mroi is not None
    mroi, margin = measure.mroi, known.margin
    brings = f"The {which} {known.currency} in {name} brings {times(mroi.mean)}"
    brings += f" ({span(mroi.p5, mroi.p95, times)})"
    if not known.has_margin:
        return brings
    return f"{brings}, a profit of {times(margin * mroi.mean)} at a margin of {percent(margin)}"


def _evidence(known: Known, measure: ChannelMeasure) -> str:
    average = "" if measure.roi is None else f"; on average its spend returned {times(measure.roi.mean)}"
    return f"At {money(measure.spend, known.currency)} of spend{average}."
