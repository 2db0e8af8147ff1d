"""Simulations that were run, a line each in a file: hours of them can be interrupted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Simulated:
    """What is kept of a simulation.

    Args:
        ranks: Quantity → rank of its truth among the draws that are kept.
        divergences: Of the fit.
        ess: Effective draws of the worst sampled parameter.
        seconds: For all of it.
    """

    ranks: dict[str, int]
    divergences: int
    ess: float
    seconds: float


@dataclass
class Kept:
    """Simulations by their numbers.

    Args:
        path: File of lines; None: nothing is kept.
        found: What was there, and what was run since.
    """

    path: Path | None
    found: dict[int, Simulated] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path | None) -> Kept:
        """What is there; nothing if there is no file."""
        if path is None or not path.exists():
            return cls(path)
        raw = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        return cls(path, {line.pop("number"): Simulated(**line) for line in raw})

    def get(self, number: int, run: Callable[[], Simulated]) -> Simulated:
        """One simulation, run if need be."""
        if number not in self.found:
            self.found[number] = run()
            if self.path is not None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with self.path.open("a", encoding="utf-8") as file:
                    print(json.dumps({"number": number, **asdict(self.found[number])}), file=file)
        return self.found[number]
