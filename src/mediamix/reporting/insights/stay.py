"""Where the answer is to stay: what would settle it, namely the next test, its size and its worth."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import chance
from mediamix.decide.answer.outlook import NextTest
from mediamix.measure.interval import Interval
from mediamix.reporting.insights.insight import Insight, Known
from mediamix.reporting.insights.move import SURE
from mediamix.reporting.insights.sizes import stop_words


def find(known: Known) -> Iterator[Insight]:
    """One insight where no move is supported: the test that is worth most.

    Where the plan doesn't say which, the channel whose contribution is known least in money.
    """
    plan = known.plan
    if plan is None or plan.uplift is None or not known.paid or not known.worth:
        return
    if not plan.stays and plan.uplift.probability_better >= SURE and plan.uplift.p5 > 0:
        return
    test = plan.test if plan.test is not None and plan.test.channel in known.paid else None
    widest = max(known.paid, key=lambda name: _width(known.paid[name].contribution))
    name = widest if test is None else test.channel
    measure = known.paid[name]
    c = measure.contribution
    if plan.stays:
        evidence = "No other split is better in enough draws to be worth its risk."
    else:
        odds = chance(plan.uplift.probability_better)
        evidence = f"The best other split beats today's with {odds} probability only."
    least = " least" if name == widest else ""
    size = stop_words(known, measure, _width(c) / 4)
    how = (
        f"{size}, and compare with what the model expects; that would halve its interval"
        if size
        else (
            f"change {name} strongly in some geos, or for longer than a quarter of this window: a shorter "
            "stop everywhere would tell too little"
        )
    )
    yield Insight(
        kind="stay",
        channel=name,
        text=(
            f"The data support no move yet. What {name} brings is known{least or ' too little'}: "
            f"{known.brought(c.mean)} ({known.brought_span(c.p5, c.p95)})."
        ),
        evidence=evidence + _worth(known, test),
        action=f"Keep today's split, and test {name} next: {how}.",
        stake=_width(c) * known.worth / 2 if test is None else _money(known, test),
        interval=(c.p5, c.p95),
    )


def _worth(known: Known, test: NextTest | None) -> str:
    if test is None:
        return ""
    return (
        f" Knowing what {test.channel} does before the money is split would be worth up to "
        f"{known.spend(_money(known, test))}, more than of any other channel."
    )


def _money(known: Known, test: NextTest) -> float:
    """A test's worth in money: with a margin it is profit already."""
    return test.value if known.has_margin else test.value * (known.worth or 0.0)


def _width(interval: Interval) -> float:
    return interval.p95 - interval.p5
