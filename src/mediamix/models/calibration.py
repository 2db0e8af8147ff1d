"""What a fit's experiments say beside its data: kept with it, so that a fit that is loaded says the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

#: Mean, p5, p50, p95.
Numbers = dict[str, float]


@dataclass(frozen=True)
class Predicted:
    """What is expected of an experiment's lift, in outcome units.

    Args:
        mean: Of the lift.
        sd: Of what is believed of the lift, the noise of the experiment not counted.
        chance: Of a measured lift at least as far off, on either side, its noise counted.
        pareto_k: Of the weights behind it; 0 where nothing was weighted.
    """

    mean: float
    sd: float
    chance: float
    pareto_k: float = 0.0


@dataclass(frozen=True)
class Compared:
    """An experiment, and what is expected of it.

    Args:
        label: What it is called.
        channel: Compared.
        lift: Measured, outcome units.
        error: Its standard error.
        per: What turns a lift into a return on the tested spend; None without spend or value.
        fitted: By the fit, which knows the experiment; its chance says nothing.
        data: By the same data without any experiment; None where that couldn't be sampled.
        others: By the data and all other experiments; None where that couldn't be sampled.
    """

    label: str
    channel: str
    lift: float
    error: float
    per: float | None
    fitted: Predicted
    data: Predicted | None
    others: Predicted | None


@dataclass(frozen=True)
class Calibration:
    """All experiments of a fit.

    Args:
        tests: In their order.
        before: Channel → its return without the experiments, or its contribution where there is no return;
            empty where that couldn't be sampled.
        together: Channel with several experiments → chance that the data alone expect lifts which together
            are at least as far off; empty where that couldn't be sampled.
    """

    tests: tuple[Compared, ...]
    before: Mapping[str, Numbers]
    together: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """For `run.json`."""
        return asdict(self)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Calibration:
        """The way back from `to_dict`."""
        tests = []
        for one in stored["tests"]:
            seen = {
                name: None if one[name] is None else Predicted(**one[name]) for name in ("data", "others")
            }
            tests.append(Compared(**{**one, "fitted": Predicted(**one["fitted"]), **seen}))
        before = {name: dict(numbers) for name, numbers in stored["before"].items()}
        # Runs that were stored before tests were taken together don't have it.
        return cls(tuple(tests), before, dict(stored.get("together", {})))
