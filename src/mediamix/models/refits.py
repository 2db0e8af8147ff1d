"""What cheap refits of a fit have shown: kept with it, so that a fit that is loaded says the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mediamix.models.calibration import Calibration


@dataclass(frozen=True)
class Gain:
    """How much better the same data are predicted by another spec.

    Args:
        check: Name of the check that asked for it.
        words: The change, as one would write it: ``trend: {every: 13}``.
        gain: Sum over periods of the log density of each given the others, less the fit's (nats); single
            periods whose weights can't be trusted are left out.
        error: Standard error of `gain`.
        pareto_k: The worst tail of the importance weights behind both sums.
    """

    check: str
    words: str
    gain: float
    error: float
    pareto_k: float


@dataclass(frozen=True)
class Peak:
    """A peak of the posterior beside the highest one.

    Args:
        drop: Log units below the highest.
        mass: Its share of the mass of both, by Laplace's approximation.
        trades: Parameter → (value at the highest peak, value here), those that differ most first.
    """

    drop: float
    mass: float
    trades: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Refits:
    """All that was tried.

    Args:
        gains: One per spec.
        peaks: Beside the highest one.
        seconds: All of it.
        calibration: What experiments say beside the data; None without experiments.
    """

    gains: tuple[Gain, ...] = ()
    peaks: tuple[Peak, ...] = ()
    seconds: float = 0.0
    calibration: Calibration | None = None

    def gain(self, check: str) -> Gain | None:
        """What a check asked for; None where that doesn't apply."""
        return next((one for one in self.gains if one.check == check), None)

    def to_dict(self) -> dict[str, Any]:
        """For `run.json`."""
        raw = asdict(self)
        for one in raw["gains"]:
            one["pareto_k"] = one["pareto_k"] if math.isfinite(one["pareto_k"]) else None
        return raw

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Refits:
        """The way back from `to_dict`."""
        peaks = tuple(
            Peak(
                float(p["drop"]),
                float(p["mass"]),
                {n: (float(a), float(b)) for n, (a, b) in p["trades"].items()},
            )
            for p in stored["peaks"]
        )
        gains = tuple(
            Gain(**{**one, "pareto_k": math.inf if one["pareto_k"] is None else float(one["pareto_k"])})
            for one in stored["gains"]
        )
        tests = stored.get("calibration")
        calibration = None if tests is None else Calibration.of(tests)
        return cls(gains, peaks, float(stored["seconds"]), calibration)
