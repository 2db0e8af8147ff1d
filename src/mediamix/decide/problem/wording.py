"""Numbers and lists as the planner's messages show them."""

from __future__ import annotations

from collections.abc import Sequence

#: More names than this aren't read.
MOST_NAMES = 12


def amount(value: float, unit: str = "") -> str:
    """A number for reading, with its unit: ``1,250,000 EUR``, ``12.35``."""
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"
    return f"{text} {unit}".rstrip()


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``; of many names the first and how many more."""
    if len(names) > MOST_NAMES:
        names = [*names[:MOST_NAMES], f"{len(names) - MOST_NAMES} more"]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
