"""The baseline in plain words: its trend, holidays and events, and what the data have chosen of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mediamix.core.numbers import percent
from mediamix.core.spec import Around, Spec
from mediamix.core.types import Finding
from mediamix.models.choices import Choice

#: Events that are named one by one.
NAMED = 8


def baseline_words(spec: Spec, choices: Sequence[Choice]) -> list[tuple[str, str]]:
    """Name and words of every part that the spec says something of.

    Args:
        spec: As used: without ``auto``.
        choices: How its numbers were chosen, where the data did.
    """
    of = {choice.key: f"; {choice_words(choice)}" for choice in choices if choice.lost}
    return [
        ("Trend", _trend(spec) + of.get("trend.every", "") + of.get("trend.length", "")),
        *_holidays(spec),
        *_around(spec),
        *_columns(spec, of.get("event_spread", "")),
    ]


def choice_words(choice: Choice) -> str:
    """``chosen from 6, 13 and 26 weeks as what predicts the data best (26 weeks: 2.1 nats worse)``."""
    if not choice.lost:
        return f"{_value(choice, choice.value)}, as usual: no candidate could be judged"
    unit = "" if choice.key == "event_spread" else " weeks"
    *others, last = (_value(choice, value).removesuffix(unit) for value in sorted(choice.lost))
    among = (f"{', '.join(others)} and {last}" if others else last) + unit
    behind = {value: lost for value, lost in choice.lost.items() if value != choice.value}
    if not behind:
        return f"{among} is the only one that the data's length allows"
    near = min(behind, key=behind.__getitem__)
    return (
        f"chosen from {among} as what predicts the data best "
        f"({_value(choice, near)}: worse by {behind[near]:.1f} nats)"
    )


def chosen(choice: Choice) -> Finding:
    """What `mediamix check` says of a choice."""
    return Finding("choices", "info", choice.key, f"{_value(choice, choice.value)}: {choice_words(choice)}")


def _value(choice: Choice, value: float) -> str:
    return percent(value) if choice.key == "event_spread" else f"{value:.3g} weeks"


def _trend(spec: Spec) -> str:
    trend = spec.trend
    return {
        "knots": f"a level that moves, with a knot every {trend.every} weeks",
        "hsgp": f"a smooth curve that stays much the same over {trend.length} weeks",
        "linear": "one straight line",
        "none": "none",
    }[trend.kind].replace(".0 weeks", " weeks")


def _holidays(spec: Spec) -> Iterator[tuple[str, str]]:
    wanted = spec.holidays
    if wanted is None:
        return
    place = wanted.country.upper() + (f", {wanted.region}" if wanted.region else "")
    days = _days(Around(before=wanted.before, after=wanted.after))
    yield "Holidays", f"{place}, each with one effect for all years" + (f"; {days}" if days else "")


def _around(spec: Spec) -> Iterator[tuple[str, str]]:
    said = {name: words for name, around in spec.events.items() if (words := _days(around))}
    if said:
        listed = "; ".join(f"{name}: {words}" for name, words in [*said.items()][:NAMED])
        more = f"; and {len(said) - NAMED} more" if len(said) > NAMED else ""
        yield "Days around events", listed + more


def _columns(spec: Spec, chosen: str) -> Iterator[tuple[str, str]]:
    number = len(spec.data.flags)
    if number > 1 and spec.event_spread != "auto":
        differ = f"effects differ by about {percent(spec.event_spread)} of the outcome from what they share"
        yield "Event columns", f"{number}, each an event; their {differ}{chosen}"


def _days(around: Around) -> str:
    """``7 days before and 1 day after have effects of their own``; empty for none."""
    parts = [
        f"{days} {'day' if days == 1 else 'days'} {where}"
        for where, days in (("before", around.before), ("after", around.after))
        if days
    ]
    own = "has an effect of its own" if around.before + around.after == 1 else "have effects of their own"
    return f"{' and '.join(parts)} {own}" if parts else ""
