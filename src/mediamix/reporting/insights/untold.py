"""Channels of which the data can't say that they bring anything, or say nothing at all."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import chance, percent, span
from mediamix.measure.contribution import ChannelMeasure
from mediamix.measure.evidence import CALLED, UNTOLD
from mediamix.reporting.insights.insight import Insight, Known
from mediamix.reporting.insights.sizes import stop_words


def find(known: Known) -> Iterator[Insight]:
    """Per paid channel that may bring nothing, or whose numbers are its prior's."""
    only_prior = set(known.summary.only_prior)
    for name, measure in known.paid.items():
        if measure.nothing >= UNTOLD:
            yield _nothing(known, name, measure)
        elif name in only_prior:
            yield _prior(known, name, measure)


def _nothing(known: Known, name: str, measure: ChannelMeasure) -> Insight:
    c = measure.contribution
    called = measure.nothing > CALLED
    words = "brings next to nothing" if called else "can't be told from nothing"
    even = measure.spend / (known.worth or 1.0) if known.worth else 0.0
    size = stop_words(known, measure, even)
    test = "Stop it where that can be watched (some weeks, or some geos), and see what is missing"
    if size is not None:
        test = f"{size[:1].upper()}{size[1:]}: if it earns its cost, that much outcome will be missing"
    return Insight(
        kind="nothing",
        channel=name,
        text=(
            f"{name} {words}: with {chance(measure.nothing)} probability its "
            f"{known.spend(measure.spend)} brought next to none of {known.summary.outcome_name}."
        ),
        evidence=f"It brought {known.brought(c.mean)} ({known.brought_span(c.p5, c.p95)}).",
        action=f"{test}; that costs little if it brings nothing." if called else f"{test}; that settles it.",
        stake=measure.nothing * measure.spend,
        interval=(c.p5, c.p95),
    )


def _prior(known: Known, name: str, measure: ChannelMeasure) -> Insight:
    share = measure.share
    return Insight(
        kind="only_prior",
        channel=name,
        text=(
            f"What {name} brings is what was assumed of it, {percent(share.mean)} of "
            f"{known.summary.outcome_name} ({span(share.p5, share.p95, percent)}): the data say nothing."
        ),
        evidence=f"Its posterior is its prior; {known.spend(measure.spend)} was spent on it.",
        action="Vary its spend, or test it: until then its number is nobody's measurement.",
        stake=measure.spend,
        interval=(measure.contribution.p5, measure.contribution.p95),
    )
