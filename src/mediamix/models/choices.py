"""What a spec leaves to the data (``auto``): the value under which the model predicts them best.

A family says how it judges candidates, in nats. Of the Bayesian model every candidate's marginal likelihood
p(y | value) is known almost for free: what is linear is integrated out exactly, and Laplace's approximation
takes care of the channels' few parameters (`inference.evidence`). It weighs what more columns explain against
what they could have explained: none is better by being larger. One value is taken, the best one: that others
were nearly as good is told, and widens no interval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset

if TYPE_CHECKING:
    from mediamix.inference.density import Density

DAYS_PER_WEEK = 7.0
#: Weeks between knots, or of a smooth trend's length-scale.
WEEKS = (6.0, 13.0, 26.0, 52.0, 104.0, 208.0)
#: At least so many periods.
LEAST_PERIODS = 2.0
#: Of flagged events' effects around their common one, as shares of the mean outcome.
SPREADS = (0.02, 0.05, 0.1, 0.2, 0.4)


@dataclass(frozen=True)
class Choice:
    """One key that was left to the data.

    Args:
        key: ``trend.every``.
        value: What was taken.
        lost: Candidate → how much worse it predicts the data than the best one (nats). Empty: none could be
            judged, and the value is the usual one.
    """

    key: str
    value: float
    lost: dict[float, float]

    def to_dict(self) -> dict[str, Any]:
        """For `run.json`."""
        return {**asdict(self), "lost": {f"{value:g}": lost for value, lost in self.lost.items()}}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Choice:
        """The way back from `to_dict`."""
        lost = {float(value): float(nats) for value, nats in stored["lost"].items()}
        return cls(str(stored["key"]), float(stored["value"]), lost)


@dataclass(frozen=True)
class _Open:
    """A key that is open: its candidates, what is taken where none can be judged, and how a spec gets one."""

    key: str
    candidates: Sequence[float]
    usual: float
    filled: Callable[[Spec, float], Spec]


#: Log evidence of specs that differ in one key; None where one can't be judged.
Judge = Callable[[Sequence[Spec]], Sequence[float | None]]


def settled(dataset: Dataset, spec: Spec, judge: Judge) -> tuple[Spec, tuple[Choice, ...]]:
    """The spec with a number wherever it said ``auto``, and how these were chosen; no chance is in it.

    Args:
        dataset: What is fitted.
        spec: As given.
        judge: Of specs without ``auto``.
    """
    chosen = []
    left = [*_open(dataset, spec)]
    for number, one in enumerate(left):
        usual = _with_normal_noise(spec)
        for other in left[number + 1 :]:
            usual = other.filled(usual, other.usual)
        choice = _best(one, usual, judge)
        chosen.append(choice)
        spec = one.filled(spec, choice.value)
    return spec, tuple(chosen)


def _with_normal_noise(spec: Spec) -> Spec:
    """What is judged: heavy tails are a parameter per row, which Laplace's approximation is too rough for."""
    if spec.noise.kind != "student":
        return spec
    prior = {name: belief for name, belief in spec.noise.prior.items() if name == "sigma"}
    return _with(spec, "noise", kind="normal", prior=prior)


def by_evidence(density_of: Callable[[Spec], Density]) -> Judge:
    """By the marginal likelihood of a density; climbs begin in the prior's middle and at the last peak."""

    def judge(candidates: Sequence[Spec]) -> list[float | None]:
        # Native code, which whoever only asks what is open does without.
        from mediamix.inference.evidence import log_evidence

        found: list[float | None] = []
        starts: list[np.ndarray] = []
        for spec in candidates:
            density = density_of(spec)
            seen = log_evidence(density, [np.zeros(density.dimension), *starts])
            found.append(None if seen is None else seen[0])
            if seen is not None:
                starts = [seen[1]]
        return found

    return judge


def _best(one: _Open, spec: Spec, judge: Judge) -> Choice:
    """The candidate with the largest evidence."""
    judged = judge([one.filled(spec, value) for value in one.candidates])
    found = {v: seen for v, seen in zip(one.candidates, judged, strict=True) if seen is not None}
    if not found:
        return Choice(one.key, one.usual, {})
    best = max(found.values())
    value = next(value for value, evidence in found.items() if evidence == best)
    return Choice(one.key, value, {value: best - evidence for value, evidence in found.items()})


def leaves_open(dataset: Dataset, spec: Spec) -> bool:
    """Whether the spec leaves anything to the data."""
    return any(True for _ in _open(dataset, spec))


def _open(dataset: Dataset, spec: Spec) -> Iterator[_Open]:
    """The keys that say ``auto`` and that matter."""
    weeks = _weeks(dataset)
    if spec.trend.kind == "knots" and spec.trend.every == "auto":
        yield _Open("trend.every", weeks, _nearest(weeks, 26.0), lambda s, v: _with(s, "trend", every=v))
    if spec.trend.kind == "hsgp" and spec.trend.length == "auto":
        yield _Open("trend.length", weeks, _nearest(weeks, 26.0), lambda s, v: _with(s, "trend", length=v))
    flagged = {event.name for event in dataset.events} & set(spec.data.flags)
    if spec.event_spread == "auto" and len(flagged) > 1:
        yield _Open("event_spread", SPREADS, 0.2, lambda s, v: s.model_copy(update={"event_spread": v}))


def _with(spec: Spec, section: str, **keys: object) -> Spec:
    return spec.model_copy(update={section: getattr(spec, section).model_copy(update=keys)})


def _weeks(dataset: Dataset) -> list[float]:
    """Candidates for a trend: no closer than two periods, no further apart than the window is long."""
    period = dataset.every.days / DAYS_PER_WEEK
    window = max(dataset.n_periods - 1, 1) * period
    fitting = [weeks for weeks in WEEKS if LEAST_PERIODS * period <= weeks < window]
    return fitting or [max(window, period)]


def _nearest(values: Sequence[float], wanted: float) -> float:
    return min(values, key=lambda value: abs(value - wanted))
