"""The record of a fit that was sampled again: what was wrong, what was done, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mediamix.inference.health import Health


@dataclass(frozen=True)
class Attempt:
    """One new run.

    Args:
        how: In words, as the end of a sentence.
        accept: Acceptance target.
        tune: Draws of warm-up per chain.
        seconds: It took.
        health: How it ended.
    """

    how: str
    accept: float
    tune: int
    seconds: float
    health: Health


@dataclass(frozen=True)
class Healing:
    """A fit that didn't end well, and what was done about it.

    Args:
        first: How the first run ended.
        attempts: New runs, in order.
        kept: Position of the run that is the answer: 0 is the first one, 1 the first new one.
        left: Why no (further) run was made; empty where there was no reason but success or no hope.
        well: The run that was kept is within all limits.
    """

    first: Health
    attempts: tuple[Attempt, ...] = ()
    kept: int = 0
    left: str = ""
    well: bool = False

    @property
    def last(self) -> Health:
        """Of the run that is the answer."""
        return self.attempts[self.kept - 1].health if self.kept else self.first

    @property
    def message(self) -> str:
        """What was done and what came of it, in a sentence without a capital."""
        if not self.attempts:
            return f"not sampled again: {self.left}"
        shown = self.attempts[self.kept - 1 if self.kept else -1]
        times = "sampled again" if len(self.attempts) == 1 else f"sampled again {len(self.attempts)} times"
        kept = "" if self.kept else ", which was no better, so that the first run was kept"
        remains = "" if self.well else self._remains
        stopped = f" ({self.left})" if self.left else ""
        return f"{times}, with {shown.how}{kept}: {_change(self.first, shown.health)}{remains}{stopped}"

    @property
    def next_step(self) -> str:
        """What to do."""
        if self.well:
            return "nothing to do"
        if not self.attempts:
            return "raise sampler.tune, or sampler.draws where only effective draws are too few"
        return "look for channels that the data can't tell apart: merge them, or tighten their priors"

    @property
    def _remains(self) -> str:
        """The scalars that are still beyond a limit, and where divergences lie."""
        last = self.last
        parts = [f"; worst in {', '.join(last.wrong)}"] if last.wrong else []
        if last.apart:
            parts.append(f"; the draws that diverge lie apart in {', '.join(last.apart)}")
        return "".join(parts)

    def untimed(self) -> Healing:
        """The same without seconds."""
        return replace(self, attempts=tuple(replace(one, seconds=0.0) for one in self.attempts))

    def to_dict(self) -> dict[str, Any]:
        """For `run.json`."""
        return {
            "first": self.first.to_dict(),
            "attempts": [{**vars(one), "health": one.health.to_dict()} for one in self.attempts],
            "kept": self.kept,
            "left": self.left,
            "well": self.well,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Healing:
        """The way back from `to_dict`."""
        attempts = (
            Attempt(
                str(one["how"]),
                float(one["accept"]),
                int(one["tune"]),
                float(one["seconds"]),
                Health.from_dict(one["health"]),
            )
            for one in stored["attempts"]
        )
        return cls(
            Health.from_dict(stored["first"]),
            tuple(attempts),
            int(stored["kept"]),
            str(stored["left"]),
            bool(stored["well"]),
        )


def _change(before: Health, after: Health) -> str:
    """``3 divergences → 0, R-hat 1.021 → 1.004, 310 effective draws → 720``."""
    unit = "divergence" if before.divergences == 1 else "divergences"
    return (
        f"{before.divergences:,} {unit} → {after.divergences:,}, "
        f"R-hat {before.rhat:.3f} → {after.rhat:.3f}, "
        f"{before.ess:,.0f} effective draws → {after.ess:,.0f}"
    )
