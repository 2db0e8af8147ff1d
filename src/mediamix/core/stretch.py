"""The window as people read it: how many periods, from which day to which."""

from __future__ import annotations

from dataclasses import dataclass

from mediamix.core.types import Every


@dataclass(frozen=True)
class Stretch:
    """A window with its dates. An amount of money without one can't be judged.

    Args:
        start: First day, ``2022-01-03``.
        end: Last day, included.
        periods: How many.
        every: Length of a period.
    """

    start: str
    end: str
    periods: int
    every: str

    def __str__(self) -> str:
        return f"{self.length} ({self.start} to {self.end})"

    @property
    def length(self) -> str:
        """``156 weeks``."""
        return f"{self.periods:,} {Every(self.every).label(self.periods)}"
