"""What stands beside a plan for who decides: other totals, and the test that would help most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mediamix.measure.interval import Interval


@dataclass(frozen=True)
class Total:
    """One total, split for the highest expectation.

    Args:
        multiple: Of today's total.
        spend: Money.
        contribution: What it brings, in outcome units.
        last: What a unit of money brings around there, in outcome units: the difference of the
            neighbouring totals' contributions per unit of money between them, draw by draw.
    """

    multiple: float
    spend: float
    contribution: Interval
    last: Interval

    @staticmethod
    def from_dict(raw: Mapping[str, Any]) -> Total:
        """Read what `asdict` wrote."""
        return Total(raw["multiple"], raw["spend"], Interval(**raw["contribution"]), Interval(**raw["last"]))


@dataclass(frozen=True)
class NextTest:
    """The test that is worth most.

    Args:
        channel: Whose response it shows.
        value: What knowing the response would add to the plan's objective, expected: the most that a test can
            be worth over the planned window.
        error: Its Monte Carlo standard error.
    """

    channel: str
    value: float
    error: float
