"""Two statements about a number, solved for the two parameters of its prior's family.

Two points. With ``θ = link⁻¹(location + scale · g(u))`` and g of a normal's p-quantile known (`reached`),

    scale = (link(high) − link(low)) / (g(q) − g(p)),   location = link(low) − scale · g(p)

has a solution for any two points that are in order.

Mean m and standard deviation s.

    log-normal     scale² = log(1 + s²/m²),   location = log m − scale²/2
    Weibull        1/scale = k with Γ(1 + 2/k) / Γ(1 + 1/k)² = 1 + s²/m²,   location = log m − log Γ(1 + 1/k)
    logit-normal   both moments by quadrature, Newton's method; there is a solution where s² < m (1 − m)
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from mediamix.core.errors import SpecError
from mediamix.core.spec import PriorSpec
from mediamix.core.spec.prior import PERCENT

Form = Literal["lognormal", "weibull", "logit"]
Z95 = 1.6448536269514722
#: Standard normal quantiles of the points that a belief may name.
Z = {1: -2.3263478740408408, 5: -Z95, 10: -1.2815515655446004, 25: -0.6744897501960817, 50: 0.0}
Z |= {100 - percent: -z for percent, z in Z.items() if percent < 50}
#: Shapes of a Weibull distribution between which one is looked for: standard deviations from 430 times to
#: 0.3 % of the mean.
SHAPES = (0.1, 500.0)
#: Nodes of the quadrature, and steps of Newton's method at most.
NODES, STEPS = 120, 100
#: Variance of a log-normal prior's logarithm, at least: an sd of a millionth of the mean.
NARROWEST = 1e-12
#: Both moments are met to this part of themselves.
MET = 1e-10


def solve(key: str, belief: PriorSpec, form: Form) -> tuple[float, float]:
    """Location and scale on the link scale.

    Args:
        key: Of the belief, for messages.
        belief: Two points, or mean and standard deviation.
        form: Of the prior.

    Raises:
        SpecError: There is none.
    """
    if belief.mean is not None and belief.sd is not None:
        return _MOMENTS[form](key, belief.mean, belief.sd)
    (lower, low), (upper, high) = belief.points
    if form == "logit" and high >= 1:
        raise SpecError(
            f"{key}: no prior has these points: the parameter lies between 0 and 1",
            expected=f"{lower} < {upper} < 1",
            got=belief.said,
            next_step=f"give a {upper} below 1",
        )
    first, last = _link(low, form), _link(high, form)
    begin, end = reached(PERCENT[lower], form), reached(PERCENT[upper], form)
    scale = (last - first) / (end - begin)
    return first - scale * begin, scale


def reached(percent: int, form: Form) -> float:
    """G of the standard normal quantile: of a Weibull prior the log of a standard exponential's quantile."""
    if form == "weibull":
        return float(np.log(np.log(100.0 / (100.0 - percent))))
    return Z[percent]


def _link(value: float, form: Form) -> float:
    return float(np.log(value) - np.log1p(-value) if form == "logit" else np.log(value))


def _lognormal(key: str, mean: float, sd: float) -> tuple[float, float]:
    variance = math.log1p((sd / mean) ** 2)
    if variance < NARROWEST:
        raise _too_narrow(key, mean, sd)
    return math.log(mean) - variance / 2, math.sqrt(variance)


def _weibull(key: str, mean: float, sd: float) -> tuple[float, float]:
    def wider(shape: float) -> float:
        return math.lgamma(1 + 2 / shape) - 2 * math.lgamma(1 + 1 / shape) - math.log1p((sd / mean) ** 2)

    low, high = SHAPES
    if wider(low) < 0 or wider(high) > 0:
        raise SpecError(
            f"{key}: no Weibull prior that can be computed with has this mean and sd",
            expected="an sd from 0.5 % of the mean to 400 times the mean",
            got=f"mean {mean:g}, sd {sd:g}",
            next_step="give another sd, or family: lognormal",
        )
    while high / low > 1 + 1e-15 and low < (middle := math.sqrt(low * high)) < high:
        low, high = (middle, high) if wider(middle) > 0 else (low, middle)
    shape = math.sqrt(low * high)
    return math.log(mean) - math.lgamma(1 + 1 / shape), 1 / shape


def _logit(key: str, mean: float, sd: float) -> tuple[float, float]:
    if mean >= 1 or sd**2 >= mean * (1 - mean):
        most = math.sqrt(mean * (1 - mean)) if mean < 1 else 0.5
        raise SpecError(
            f"{key}: no prior between 0 and 1 has this mean and sd",
            expected=f"an sd below {most:.3g}, of the same mean with half of all belief at either end"
            if mean < 1
            else "a mean below 1",
            got=f"mean {mean:g}, sd {sd:g}",
            next_step="give a smaller sd, or two points below 1" if mean < 1 else "give a mean below 1",
        )
    node, weight = np.polynomial.hermite_e.hermegauss(NODES)
    weight = weight / weight.sum()

    def missed(location: float, log_scale: float) -> np.ndarray:
        value = 1.0 / (1.0 + np.exp(-(location + math.exp(log_scale) * node)))
        middle = weight @ value
        return np.array([middle - mean, math.sqrt(max(weight @ (value - middle) ** 2, 1e-300)) - sd])

    at = np.array([math.log(mean / (1 - mean)), math.log(sd / (mean * (1 - mean)))])
    size = np.array([mean * (1 - mean), sd])
    for _ in range(STEPS):
        gap = missed(*at)
        if np.all(np.abs(gap) < MET * size):
            return float(at[0]), math.exp(float(at[1]))
        step = 1e-6
        slope = np.column_stack(
            [(missed(*(at + move)) - missed(*(at - move))) / (2 * step) for move in np.eye(2) * step]
        )
        change = np.linalg.lstsq(slope, gap, rcond=None)[0]
        at = at - np.clip(change, -1.0, 1.0)
    raise SpecError(
        f"{key}: no logit-normal prior with this mean and sd was found",
        expected="an sd well below the largest possible one",
        got=f"mean {mean:g}, sd {sd:g}",
        next_step="give two points instead, such as p5 and p95, or a smaller sd",
    )


def _too_narrow(key: str, mean: float, sd: float) -> SpecError:
    return SpecError(
        f"{key}: the sd is zero beside the mean",
        expected="an sd that is at least a millionth of the mean",
        got=f"mean {mean:g}, sd {sd:g}",
        next_step="give a larger sd",
    )


_MOMENTS = {"lognormal": _lognormal, "weibull": _weibull, "logit": _logit}
