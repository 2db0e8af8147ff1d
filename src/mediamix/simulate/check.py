"""What is wrong with a scenario, knob by knob; all findings at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from numbers import Integral
from typing import Any, get_args

from mediamix.core.types import Unit
from mediamix.simulate.parts import (
    ADSTOCKS,
    CONTROL_KINDS,
    ORDERS,
    PATTERNS,
    SATURATIONS,
    ChannelTruth,
    ControlTruth,
    EventTruth,
    Variation,
)
from mediamix.simulate.ranges import Range, is_number, wrong_numbers
from mediamix.simulate.structure import Structure, wrong_structure

# Columns that the written tables use themselves.
RESERVED = {"date", "end_date", "geo", "outcome", "noise", "channel", "event", "baseline", "population"}
# Parts of the baseline that are no controls.
PARTS = {"level", "trend", "seasonality", "weekday", "events", "hidden_demand", "shock"}
_TAKEN = ", ".join(sorted(RESERVED))

_COUNTS: dict[str, Range] = {"periods": (8, 20_000), "geos": (1, 5_000), "seed": (0, 2**63 - 1)}
_AMOUNTS: dict[str, Range] = {
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
    "late_geos": (0, 0.9),
    "absent": (0, 0.9),
    "missing_outcomes": (0, 0.9),
    "noise_by_size": (0, 1),
    "shared_shock": (0, 0.3),
}
_OF_PANELS = ("late_geos", "absent", "missing_outcomes", "noise_by_size", "shared_shock")
_CHANNEL: dict[str, Range] = {
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
    "shape": (0.1, 10),
}
_VARIATION: dict[str, Range] = {
    "roi_median": (1e-3, 1e3),
    "roi": (0, 2),
    "half_life": (0, 2),
    "half_effect_median": (1e-2, 1e2),
    "half_effect": (0, 2),
    "slope_median": (0.2, 5),
    "slope": (0, 1),
    "spend_share": (0, 2),
}


def problems(knobs: Mapping[str, Any]) -> list[str]:
    """One line per wrong knob of a scenario, beginning with its name; empty if all is well."""
    found = list(wrong_numbers(knobs, _COUNTS, whole=True))
    found += wrong_numbers(knobs, _AMOUNTS)
    if knobs["geos"] == 1:
        found += [f"{knob}: needs several geos, got 1" for knob in _OF_PANELS if knobs[knob]]
    found += _wrong_words(knobs)
    found += _wrong_units(knobs)
    found += _wrong_channels(knobs["channels"])
    variation = knobs["variation"]
    if isinstance(variation, Variation):
        found += wrong_numbers(vars(variation), _VARIATION, "variation.")
    elif variation is not None:
        found.append(f"variation: must be a Variation or None, got {variation!r}")
    structure = knobs["structure"]
    if isinstance(structure, Structure):
        found += wrong_structure(structure, knobs)
    elif structure is not None:
        found.append(f"structure: must be a Structure or None, got {structure!r}")
    found += [line for i, control in enumerate(knobs["controls"]) for line in _control(i, control)]
    found += [line for i, event in enumerate(knobs["events"]) for line in _event(i, event)]
    for knob in ("channels", "controls", "events"):
        found += _wrong_names(knob, knobs[knob])
    return found


def _wrong_words(knobs: Mapping[str, Any]) -> Iterator[str]:
    if knobs["every"] not in ("day", "week", "month"):
        yield f"every: must be 'day', 'week' or 'month', got {str(knobs['every'])!r}"
    currency, outcome, start = knobs["currency"], knobs["outcome"], knobs["start"]
    if not isinstance(currency, str) or not 1 <= len(currency) <= 8:
        yield f"currency: must be a code such as 'EUR', got {currency!r}"
    if outcome is not None and not _is_name(outcome):
        yield f"outcome: must be a column name, and none of {_TAKEN}, got {outcome!r}"
    try:
        if not date(1971, 1, 1) <= date.fromisoformat(start) <= date(2200, 1, 1):
            yield f"start: must be from 1971-01-01 to 2200-01-01, got {start!r}"
        elif knobs["every"] == "month" and not start.endswith("-01"):
            yield f"start: months begin on the first, got {start!r}"
    except (TypeError, ValueError):
        yield f"start: must be an ISO date such as '2023-01-02', got {start!r}"


def _wrong_units(knobs: Mapping[str, Any]) -> Iterator[str]:
    unit, value = knobs["unit"], knobs["value_per_unit"]
    if unit not in get_args(Unit):
        yield f"unit: must be 'revenue' or 'count', got {unit!r}"
    elif unit == "count" and not (is_number(value) and 1e-6 <= value <= 1e9):
        yield f"value_per_unit: a count outcome needs its money per unit, above 0, got {value!r}"
    elif unit == "revenue" and value is not None:
        yield f"value_per_unit: must be None for a revenue outcome, got {value!r}"


def _wrong_channels(channels: object) -> Iterator[str]:
    if isinstance(channels, Integral) and not isinstance(channels, bool):
        if not 1 <= int(channels) <= 500:
            yield f"channels: must be a number from 1 to 500, got {channels}"
    elif isinstance(channels, tuple | list) and channels:
        for i, channel in enumerate(channels):
            yield from _channel(i, channel)
    else:
        yield f"channels: must be a number or some ChannelTruth, got {channels!r}"


def _channel(i: int, channel: object) -> Iterator[str]:
    prefix = f"channels[{i}]."
    if not isinstance(channel, ChannelTruth):
        yield f"channels[{i}]: must be a ChannelTruth, got {channel!r}"
        return
    words = {"pattern": PATTERNS, "adstock": ADSTOCKS, "saturation": SATURATIONS, "order": ORDERS}
    for knob, known in words.items():
        if getattr(channel, knob) not in known:
            yield f"{prefix}{knob}: must be one of {', '.join(known)}, got {getattr(channel, knob)!r}"
    if channel.saturation == "power" and is_number(channel.slope) and channel.slope >= 1:
        yield f"{prefix}slope: of a power it must be under 1, got {channel.slope!r}"
    yield from wrong_numbers(vars(channel), _CHANNEL, prefix)
    yield from wrong_numbers(vars(channel), {"max_lag": (1, 400)}, prefix, whole=True)


def _control(i: int, control: object) -> Iterator[str]:
    if not isinstance(control, ControlTruth):
        yield f"controls[{i}]: must be a ControlTruth, got {control!r}"
        return
    if control.kind not in CONTROL_KINDS:
        yield f"controls[{i}].kind: must be one of {', '.join(CONTROL_KINDS)}, got {control.kind!r}"
    yield from wrong_numbers(vars(control), {"effect": (-0.3, 0.3)}, f"controls[{i}].")


def _event(i: int, event: object) -> Iterator[str]:
    if not isinstance(event, EventTruth):
        yield f"events[{i}]: must be an EventTruth, got {event!r}"
        return
    prefix = f"events[{i}]."
    yield from wrong_numbers(vars(event), {"effect": (-0.5, 2)}, prefix)
    yield from wrong_numbers(vars(event), {"days": (1, 365)}, prefix, whole=True)
    month, day = event.month, event.day
    if (month is None) != (day is None) or (month is None) == (event.at is None):
        yield f"{prefix}month: give 'month' and 'day' (annual) or 'at' (once), got {event!r}"
    elif month is None or day is None:
        yield from wrong_numbers(vars(event), {"at": (0, 1)}, prefix)
    else:
        try:
            date(2023, month, day)
        except (TypeError, ValueError):
            yield f"{prefix}day: must be a day of every year, got month {month!r}, day {day!r}"


def _is_name(name: object) -> bool:
    return isinstance(name, str) and bool(name.strip()) and name not in RESERVED


def _wrong_names(knob: str, records: object) -> Iterator[str]:
    if not isinstance(records, tuple | list):
        return
    names = [getattr(record, "name", None) for record in records]
    for shown, times in Counter(map(repr, names)).items():
        if times > 1:
            yield f"{knob}: names must differ, got {shown} {times} times"
    for name in names:
        if not _is_name(name):
            yield f"{knob}: a name must be a text, and none of {_TAKEN}, got {name!r}"
        elif knob == "controls" and name in PARTS:
            yield f"controls: a name must not be a part of the baseline, got {name!r}"
        elif knob == "channels" and str(name).startswith("baseline_"):
            yield f"channels: a name must not begin with 'baseline_', got {name!r}"
