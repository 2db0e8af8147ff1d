"""What is wrong with a scenario, knob by knob; all findings at once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from datetime import date
from numbers import Integral, Real
from typing import get_args

from mediamix.core.types import Unit
from mediamix.simulate.scenario import (
    ADSTOCKS,
    CONTROL_KINDS,
    PATTERNS,
    ChannelTruth,
    ControlTruth,
    EventTruth,
    Scenario,
    Variation,
)

# Columns that the written tables use themselves.
RESERVED = {"date", "end_date", "geo", "outcome", "noise", "channel", "event", "baseline", "population"}

_Range = tuple[float, float]
_COUNTS: dict[str, _Range] = {"periods": (8, 20_000), "geos": (1, 5_000), "seed": (0, 2**63 - 1)}
_AMOUNTS: dict[str, _Range] = {
    "revenue_per_day": (1e-6, 1e12),
    "media_share": (0.001, 0.9),
    "trend": (-0.5, 0.5),
    "seasonality": (0, 0.6),
    "weekday": (0, 0.3),
    "hidden_demand": (0, 0.3),
    "collinearity": (0, 1),
    "demand_confounding": (0, 1),
    "noise": (0, 0.5),
    "geo_spread": (0, 1),
}
_CHANNEL: dict[str, _Range] = {
    "half_life": (0, 1000),
    "half_effect": (1e-3, 1e3),
    "slope": (0.1, 10),
    "roi": (1e-4, 1e4),
    "spend_share": (1e-6, 1e9),
    "follows_demand": (0, 1),
    "cost_per_thousand": (1e-3, 1e6),
    "click_rate": (0, 1),
    "retention": (1e-3, 0.999),
    "peak": (0, 400),
}
_VARIATION: dict[str, _Range] = {
    "roi_median": (1e-3, 1e3),
    "roi": (0, 2),
    "half_life": (0, 2),
    "half_effect_median": (1e-2, 1e2),
    "half_effect": (0, 2),
    "slope_median": (0.2, 5),
    "slope": (0, 1),
    "spend_share": (0, 2),
}


def problems(scenario: Scenario) -> list[str]:
    """One line per wrong knob, beginning with its name; empty if all is well."""
    found = list(_wrong_numbers(scenario, _COUNTS, "", whole=True))
    found += _wrong_numbers(scenario, _AMOUNTS, "")
    found += _wrong_words(scenario)
    if isinstance(scenario.channels, Integral) and not isinstance(scenario.channels, bool):
        if not 1 <= scenario.channels <= 500:
            found.append(f"channels: must be a number from 1 to 500, got {scenario.channels}")
    elif isinstance(scenario.channels, tuple | list) and scenario.channels:
        found += [line for i, c in enumerate(scenario.channels) for line in _channel(i, c)]
    else:
        found.append(f"channels: must be a number or some ChannelTruth, got {scenario.channels!r}")
    if scenario.variation is not None and not isinstance(scenario.variation, Variation):
        found.append(f"variation: must be a Variation or None, got {scenario.variation!r}")
    elif scenario.variation is not None:
        found += _wrong_numbers(scenario.variation, _VARIATION, "variation.")
    found += [line for i, c in enumerate(scenario.controls) for line in _control(i, c)]
    found += [line for i, e in enumerate(scenario.events) for line in _event(i, e)]
    return found + list(_wrong_names(scenario))


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def _wrong_numbers(record: object, ranges: dict[str, _Range], prefix: str, whole: bool = False) -> Iterator[str]:
    for knob, (low, high) in ranges.items():
        value = getattr(record, knob)
        fits = _is_number(value) and low <= value <= high and (not whole or isinstance(value, Integral))
        if not fits:
            kind = "a whole number" if whole else "a number"
            yield f"{prefix}{knob}: must be {kind} from {low:g} to {high:g}, got {value!r}"


def _wrong_words(scenario: Scenario) -> Iterator[str]:
    if scenario.every not in ("day", "week"):
        yield f"every: must be 'day' or 'week', got {str(scenario.every)!r}"
    if scenario.unit not in get_args(Unit):
        yield f"unit: must be 'revenue' or 'count', got {scenario.unit!r}"
    if not isinstance(scenario.currency, str) or not 1 <= len(scenario.currency) <= 8:
        yield f"currency: must be a code such as 'EUR', got {scenario.currency!r}"
    if scenario.outcome is not None and not _is_name(scenario.outcome):
        yield f"outcome: must be a column name other than {', '.join(sorted(RESERVED))}, got {scenario.outcome!r}"
    try:
        if not date(1971, 1, 1) <= date.fromisoformat(scenario.start) <= date(2200, 1, 1):
            yield f"start: must be from 1971-01-01 to 2200-01-01, got {scenario.start!r}"
    except (TypeError, ValueError):
        yield f"start: must be an ISO date such as '2023-01-02', got {scenario.start!r}"
    value = scenario.value_per_unit
    if scenario.unit == "count" and not (_is_number(value) and 1e-6 <= value <= 1e9):  # type: ignore[operator]
        yield f"value_per_unit: a count outcome needs a positive number (money per unit), got {value!r}"
    if scenario.unit == "revenue" and value is not None:
        yield f"value_per_unit: must be None for a revenue outcome, got {value!r}"


def _channel(i: int, channel: object) -> Iterator[str]:
    prefix = f"channels[{i}]."
    if not isinstance(channel, ChannelTruth):
        yield f"channels[{i}]: must be a ChannelTruth, got {channel!r}"
        return
    if channel.pattern not in PATTERNS:
        yield f"{prefix}pattern: must be one of {', '.join(PATTERNS)}, got {channel.pattern!r}"
    if channel.adstock not in ADSTOCKS:
        yield f"{prefix}adstock: must be one of {', '.join(ADSTOCKS)}, got {channel.adstock!r}"
    yield from _wrong_numbers(channel, _CHANNEL, prefix)
    yield from _wrong_numbers(channel, {"max_lag": (1, 400)}, prefix, whole=True)


def _control(i: int, control: object) -> Iterator[str]:
    if not isinstance(control, ControlTruth):
        yield f"controls[{i}]: must be a ControlTruth, got {control!r}"
        return
    if control.kind not in CONTROL_KINDS:
        yield f"controls[{i}].kind: must be one of {', '.join(CONTROL_KINDS)}, got {control.kind!r}"
    yield from _wrong_numbers(control, {"effect": (-0.3, 0.3)}, f"controls[{i}].")


def _event(i: int, event: object) -> Iterator[str]:
    if not isinstance(event, EventTruth):
        yield f"events[{i}]: must be an EventTruth, got {event!r}"
        return
    prefix = f"events[{i}]."
    yield from _wrong_numbers(event, {"effect": (-0.5, 2)}, prefix)
    yield from _wrong_numbers(event, {"days": (1, 365)}, prefix, whole=True)
    if (event.month is None) != (event.day is None) or (event.month is None) == (event.at is None):
        yield f"{prefix}month: give 'month' and 'day' (annual) or 'at' (once), got {event!r}"
    elif event.at is not None:
        yield from _wrong_numbers(event, {"at": (0, 1)}, prefix)
    else:
        try:
            date(2023, event.month, event.day)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            yield f"{prefix}day: must be a day of every year, got month {event.month!r}, day {event.day!r}"


def _is_name(name: object) -> bool:
    return isinstance(name, str) and bool(name.strip()) and name not in RESERVED


def _wrong_names(scenario: Scenario) -> Iterator[str]:
    named = {"controls": scenario.controls, "events": scenario.events}
    if not isinstance(scenario.channels, int):
        named["channels"] = scenario.channels  # type: ignore[assignment]
    for knob, records in named.items():
        names = [getattr(record, "name", None) for record in records]
        for name, times in Counter(map(repr, names)).items():
            if times > 1:
                yield f"{knob}: names must differ, got {name} {times} times"
        for name in names:
            if not _is_name(name):
                yield f"{knob}: a name must be a text other than {', '.join(sorted(RESERVED))}, got {name!r}"
