"""What holds a flight plan, what the next unit of money would bring, and what to know before signing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core.numbers import chance
from mediamix.data.dataset import Dataset
from mediamix.decide.answer.cautions import SUPPORT
from mediamix.decide.flighting.plan import Comparison
from mediamix.decide.flighting.problem import FlightProblem
from mediamix.decide.flighting.response import Expected
from mediamix.decide.flighting.search import Found
from mediamix.decide.problem.wording import amount, listed

#: Spend within this part of the budget of a limit counts as being on it.
CLOSE = 1e-5


def price_of(problem: FlightProblem, expected: Expected, found: Found) -> float:
    """Expected outcome of the next unit of budget; 0 where none may be spent or the budget isn't spent."""
    limits, x = problem.limits, found.x_ct
    near = CLOSE * limits.total
    if x.sum() < limits.total - near:
        return 0.0

    def room(x: np.ndarray, high: np.ndarray) -> np.ndarray:
        # A limit as high as the budget would grow with it.
        return np.asarray((x < high - near) | (high >= limits.total - near))

    may = found.on_ct & room(x, limits.upper_ct)
    may &= room(x.sum(axis=1), limits.channel_high_c)[:, None]
    may &= room(x.sum(axis=0), limits.period_high_t)[None, :]
    # Where nothing is spent a curve may start upright; what is spent tells the price.
    spent = may & (x > near)
    chosen = spent if spent.any() else may
    _, slope = expected.slope(x)
    return max(0.0, float(slope[chosen].max())) if chosen.any() else 0.0


def binding_of(problem: FlightProblem, found: Found, price: float, data: Dataset) -> list[str]:
    """The limits and rules that hold the plan."""
    limits, x = problem.limits, found.x_ct
    near = CLOSE * limits.total
    money = data.currency
    words = []
    if x.sum() >= limits.total - near:
        worth = amount(price, data.outcome_unit)
        words.append(f"the budget of {amount(limits.total, money)}: an extra unit would bring {worth}")
    for c, name in enumerate(problem.names):
        spent = float(x[c].sum())
        if limits.channel_low_c[c] > 0 and spent <= limits.channel_low_c[c] + near:
            words.append(f"the lowest total of {name}, {amount(spent, money)}")
        elif spent >= limits.channel_high_c[c] - near and limits.channel_high_c[c] < limits.total - near:
            words.append(f"the highest total of {name}, {amount(spent, money)}")
        words += _period_words(problem, x[c], c, near)
        words += _burst_words(problem, x[c], c, near)
    sums = x.sum(axis=0)
    full = np.flatnonzero(sums >= limits.period_high_t - near)
    if full.size and (limits.period_high_t < limits.total - near).any():
        words.append(f"the highest spend of a period, in {full.size} of {len(sums)}")
    bare = np.flatnonzero((limits.period_low_t > 0) & (sums <= limits.period_low_t + near))
    if bare.size:
        words.append(f"the lowest spend of a period, in {bare.size} of {len(sums)}")
    return words


def _period_words(problem: FlightProblem, x_t: Float[np.ndarray, " time"], c: int, near: float) -> list[str]:
    limits, name = problem.limits, problem.names[c]
    high = (x_t >= limits.upper_ct[c] - near) & (limits.upper_ct[c] < limits.channel_high_c[c] - near)
    high &= limits.upper_ct[c] > 0
    low = (limits.lower_ct[c] > 0) & (x_t <= limits.lower_ct[c] + near)
    words = []
    if high.any():
        words.append(f"the highest spend of {name} in {int(high.sum())} of {len(x_t)} periods")
    if low.any():
        words.append(f"the lowest spend of {name} in {int(low.sum())} of {len(x_t)} periods")
    return words


def _burst_words(problem: FlightProblem, x_t: Float[np.ndarray, " time"], c: int, near: float) -> list[str]:
    """Burst rules at which the plan stands."""
    part, least, name = problem.bursts[c], problem.least_c[c], problem.names[c]
    on = x_t > near
    words = []
    at_least = int((on & (x_t <= least + near)).sum()) if least > 0 else 0
    if at_least:
        words.append(f"the least of {name} when it is on, in {at_least} periods")
    if part.burst > 1 and any(length == part.burst for length in _runs(on)):
        words.append(f"the shortest burst of {name}, {part.burst} periods")
    if part.gap is not None and any(length == part.gap for length in _runs(~on)):
        words.append(f"the longest gap of {name}, {part.gap} periods")
    return words


def _runs(on_t: Bool[np.ndarray, " time"]) -> list[int]:
    """Lengths of the runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on_t.astype(int), [0]])))
    return [int(stop - start) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def warnings_of(
    problem: FlightProblem, found: Found, comparisons: Mapping[str, Comparison], data: Dataset
) -> list[str]:
    """What to know before signing, the gravest first."""
    words = []
    if found.status != "optimal":
        rest = "; the bound knows limits and longest gaps, but no bursts and no minimum buys"
        words.append(
            f"not proved to be the best: a plan that brings up to {found.gap:.2%} more of the media's "
            f"contribution isn't excluded{rest if problem.has_bursts else ''}"
        )
    other = comparisons.get("last_year") or comparisons["even"]
    if other.uplift.probability_better < SUPPORT and other.uplift.mean > 0:
        words.append(
            f"the posterior doesn't support this move: the plan beats {other.meaning} with a probability "
            f"of {chance(other.uplift.probability_better)}"
        )
    words += _extrapolations(problem, found, data)
    left = problem.limits.total - float(found.x_ct.sum())
    if left > CLOSE * problem.limits.total:
        words.append(
            f"{amount(left, data.currency)} of the budget of "
            f"{amount(problem.limits.total, data.currency)} is not spent: the limits hold no more, "
            "or more would bring nothing"
        )
    return words


def _extrapolations(problem: FlightProblem, found: Found, data: Dataset) -> list[str]:
    """Channels with more exposure in a period than the data have seen."""
    words = []
    exposure_ct = found.x_ct * problem.rate_ct
    for k, c in enumerate(problem.planned):
        seen = float(data.exposure_gtc[:, :, c].sum(axis=0).max())
        above = np.flatnonzero(exposure_ct[k] > seen * (1 + 1e-6))
        if above.size:
            worst = int(np.argmax(exposure_ct[k]))
            words.append(
                f"{problem.names[k]}: {above.size} of {exposure_ct.shape[1]} periods are above the highest "
                f"observed, the most by {exposure_ct[k, worst] / seen - 1:.0%} in that of "
                f"{problem.future.dates[worst].astype('datetime64[D]')} "
                f"({amount(float(found.x_ct[k, worst]), data.currency)}); the curve is an extrapolation there"
            )
    may_c = problem.limits.upper_ct.sum(axis=1)
    named = [n for k, n in enumerate(problem.names) if found.x_ct[k].sum() <= 0 < may_c[k]]
    if named:
        words.append(f"{listed(named)}: nothing is spent in the whole window")
    return words
