"""How far a sampler is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Where sampling stands.

    Args:
        done: Draws so far, all chains, tuning included.
        total: Draws when finished.
        divergences: After tuning.
        seconds: Since the start.
        again: Where a fit is sampled again: how, as the end of a sentence.
    """

    done: int
    total: int
    divergences: int
    seconds: float
    again: str = ""

    @property
    def speed(self) -> float:
        """Draws per second."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float:
        """Estimate from the mean speed so far; infinite before the first draw."""
        return (self.total - self.done) / self.speed if self.done else float("inf")
