"""Numbers that a knob may have, and what is said of others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from numbers import Integral, Real
from typing import Any

Range = tuple[float, float]


def is_number(value: object) -> bool:
    """A finite number; true and false are none."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def wrong_numbers(
    knobs: Mapping[str, Any], ranges: Mapping[str, Range], prefix: str = "", *, whole: bool = False
) -> Iterator[str]:
    """A line per knob of `ranges` whose value is no number in its range, beginning with its name."""
    for knob, (low, high) in ranges.items():
        value = knobs[knob]
        fits = is_number(value) and low <= value <= high and (not whole or isinstance(value, Integral))
        if not fits:
            kind = "a whole number" if whole else "a number"
            yield f"{prefix}{knob}: must be {kind} from {low:g} to {high:g}, got {value!r}"
