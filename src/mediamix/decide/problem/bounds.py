"""Bounds of spend per channel, and their file: ``bounds.yml``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mediamix.core.construct import says
from mediamix.core.documents import as_yaml, read_document
from mediamix.core.errors import BudgetError, shown
from mediamix.core.files import write_text

KEYS = ("low", "high", "change", "fixed", "minimum_buy", "cost_per_unit", "restart", "frequency")
#: Keys that say what a channel's spend buys; a fixed spend may stand beside them.
MEANS = ("cost_per_unit", "restart", "frequency")
FORMS = "[0, 400000], {change: [-0.2, 0.3]}, {fixed: 50000}, {minimum_buy: 50000, high: 400000}"


@says(BudgetError)
@dataclass(frozen=True)
class Bound:
    """Limits of one channel's spend; all that are given hold. And what it buys, where the data don't say.

    Args:
        low: Lowest spend; absent: as low as its curve goes.
        high: Highest spend; absent: as high as its curve goes.
        change: Lowest and highest change from today's spend: ``(-0.2, 0.3)`` is 80 % to 130 % of it.
        minimum_buy: The channel is off, or spends at least this.
        cost_per_unit: Money per unit of exposure, for a fit's channel that has exposure but no spend in
            the planned window: it is planned, and today's spend is its exposure times this.
        restart: First and last day of periods in which a channel that is off in the planned window was
            on: it is planned with the spend and exposure of then, period by period, repeated.

        frequency: How often people shall see a channel of reach & frequency: a number from 1, or ``optimal``;
            the money buys as many impressions as today, and reaches impressions / frequency. Absent: as
            often as today.

    Raises:
        BudgetError: A number is missing, negative or in the wrong order; all findings at once.
    """

    low: float | None = None
    high: float | None = None
    change: tuple[float, float] | None = None
    minimum_buy: float = 0.0
    cost_per_unit: float | None = field(default=None, kw_only=True)
    restart: tuple[str, str] | None = field(default=None, kw_only=True)
    frequency: float | Literal["optimal"] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if self.restart is not None:
            object.__setattr__(self, "restart", _days(self.restart))
        if self.change is not None:
            object.__setattr__(self, "change", tuple(self.change))
        findings = _findings(self)
        if findings:
            raise BudgetError("; ".join(findings), expected=f"one of {FORMS}", next_step="correct this bound")

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a file; what isn't given is left out."""
        raw: dict[str, Any] = {"low": self.low, "high": self.high}
        raw |= {"change": None if self.change is None else [float(part) for part in self.change]}
        raw |= {"minimum_buy": self.minimum_buy or None, "cost_per_unit": self.cost_per_unit}
        raw |= {"frequency": self.frequency}
        raw |= {
            "restart": None if self.restart is None else dict(zip(("from", "to"), self.restart, strict=True))
        }
        return {key: value for key, value in raw.items() if value is not None}


# Beyond these, money of any currency is no number that can be multiplied by exposure.
_CHEAPEST, _DEAREST = 1e-12, 1e15


def load_bounds(path: str | Path) -> dict[str, tuple[float, float] | Bound]:
    """Read bounds from YAML: ``{tv: [0, 400000], search: {change: [-0.2, 0.3]}}``.

    Raises:
        FolderError: The file is absent or can't be read.
        BudgetError: It isn't such a mapping; all findings at once.
    """
    raw = read_file(path, "bounds")
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise BudgetError(
            f"{path} must map channels to bounds",
            expected="tv: [0, 400000]",
            got=type(raw).__name__,
            next_step="write one line per channel",
        )
    bounds, findings = bounds_of(raw)
    if findings:
        raise BudgetError(
            f"{path} holds bounds that can't be used", details=findings, next_step=f"write one of {FORMS}"
        )
    return bounds


def save_bounds(bounds: Mapping[str, tuple[float, float] | Bound], path: str | Path) -> None:
    """Write bounds as `load_bounds` reads them; the file appears whole or not at all."""
    write_text(Path(path), as_yaml({name: plain(bound) for name, bound in bounds.items()}, short=True))


def plain(bound: tuple[float, float] | Bound) -> list[float] | dict[str, Any]:
    """A bound as lists and mappings."""
    return bound.to_dict() if isinstance(bound, Bound) else [float(part) for part in bound]


def read_file(path: str | Path, what: str) -> object:
    """What a YAML or JSON file of a decision holds.

    Raises:
        FolderError: The file is absent or can't be read.
        BudgetError: It is not YAML, holds a key twice, or more than anybody writes.
    """
    return read_document(path, f"the {what}", BudgetError)


def bounds_of(raw: Mapping[Any, object]) -> tuple[dict[str, tuple[float, float] | Bound], list[str]]:
    """Bounds in any of their forms as pairs of floats or `Bound`, and what is wrong with them."""
    bounds: dict[str, tuple[float, float] | Bound] = {}
    found = []
    for name, value in raw.items():
        if not isinstance(name, str):
            found.append(f"the channel {name!r} is not text: put quotes around its name")
            continue
        if isinstance(value, Bound | Mapping):
            try:
                bounds[name] = value if isinstance(value, Bound) else _bound(value)
            except BudgetError as error:
                found.append(f"{name}: {error.what}")
            continue
        pair, bad = pairs_of({name: value})
        bounds |= pair
        found += bad
    return bounds, found


def pairs_of(bounds: Mapping[str, object]) -> tuple[dict[str, tuple[float, float]], list[str]]:
    """Bounds as pairs of floats, and what is wrong with them."""
    pairs: dict[str, tuple[float, float]] = {}
    found = []
    for name, value in bounds.items():
        parts = list(value) if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str) else []
        if len(parts) != 2 or not all(is_number(part) for part in parts):
            found.append(f"{name}: bounds must be two numbers (lowest, highest), got {shown(value)}")
            continue
        pairs[name] = (float(parts[0]), float(parts[1]))
        found += [f"{name}: {finding}" for finding in _order(*pairs[name])]
    return pairs, found


def _bound(raw: Mapping[Any, Any]) -> Bound:
    unknown = [str(key) for key in raw if key not in KEYS]
    if unknown:
        raise BudgetError(f"a bound has no '{unknown[0]}', but {', '.join(KEYS)}")
    rest = {key: value for key, value in raw.items() if key != "fixed"}
    if "fixed" not in raw:
        return Bound(**rest)
    if set(rest) - set(MEANS):
        raise BudgetError("a fixed spend takes no other bound")
    if raw["fixed"] == "today":
        return Bound(change=(0.0, 0.0), **rest)
    return Bound(raw["fixed"], raw["fixed"], **rest)


def _days(given: object) -> object:
    """A restart's days as text; what has another form stays, and is a finding."""
    if isinstance(given, Mapping) and set(given) == {"from", "to"}:
        given = (given["from"], given["to"])
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != 2:
        return given
    return tuple(str(day) for day in given)


def _means_findings(bound: Bound) -> list[str]:
    """What is wrong with a cost per unit and a restart."""
    found = []
    cost, restart = bound.cost_per_unit, bound.restart
    if cost is not None and not (is_number(cost) and 0 < cost < math.inf):
        found.append(f"cost_per_unit must be a number above 0, got {cost!r}")
    elif cost is not None and not _CHEAPEST <= cost <= _DEAREST:
        found.append(f"cost_per_unit must lie between {_CHEAPEST:g} and {_DEAREST:g}, got {cost!r}")
    often = bound.frequency
    asked = not (often is None or often == "optimal")
    if asked and not (isinstance(often, int | float) and is_number(often) and 1 <= often < math.inf):
        found.append(f"frequency must be a number from 1, or optimal, got {shown(often)}")
    if restart is None:
        return found
    if not isinstance(restart, tuple) or not all(_is_day(day) for day in restart):
        found.append(f"restart must be two days, {{from: 2024-01-01, to: 2024-06-30}}, got {restart!r}")
    elif restart[0] > restart[1]:
        found.append(f"restart ends on {restart[1]}, before it begins on {restart[0]}")
    if bound.change is not None:
        found.append("a restart takes low and high, in money: a change from nothing is nothing")
    return found


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _findings(bound: Bound) -> list[str]:
    found = []
    for label in ("low", "high", "minimum_buy"):
        value = getattr(bound, label)
        if value is not None and not is_number(value):
            found.append(f"{label} must be a number, got {shown(value)}")
    change = bound.change
    if change is not None and (len(change) != 2 or not all(is_number(part) for part in change)):
        found.append(f"change must be two numbers such as [-0.2, 0.3], got {shown(change)}")
    found += _means_findings(bound)
    if found:
        return found
    low = 0.0 if bound.low is None else bound.low
    high = math.inf if bound.high is None else bound.high
    found += _order(low, high)
    if change is not None and not -1 <= change[0] <= change[1]:
        found.append(f"change must be -1 <= lowest <= highest, got [{change[0]:g}, {change[1]:g}]")
    if bound.minimum_buy < 0 or bound.minimum_buy > high:
        found.append(f"the minimum buy {bound.minimum_buy:,g} must be between 0 and the upper bound")
    return found


def _order(low: float, high: float) -> list[str]:
    found = []
    if low < 0:
        found.append(f"the lower bound is negative ({low:,g}); spend can't be")
    if low > high:
        found.append(f"the lower bound {low:,g} is above the upper bound {high:,g}")
    return found


def is_number(value: object) -> bool:
    """Whether a value is a number (infinity counts, NaN and booleans don't)."""
    if not isinstance(value, int | float | np.number) or isinstance(value, bool):
        return False
    try:
        return not math.isnan(float(value))
    except (OverflowError, TypeError):  # an integer beyond all floats; a complex number
        return False
