"""The contract of an adstock."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

import numpy as np

from mediamix.testing.contract import ContractError
from mediamix.testing.probe import (
    DERIVATIVE_ERROR,
    ROUNDING,
    Case,
    Matrix,
    Vector,
    compiled_problems,
    excess_error,
    memory_problems,
    record_problems,
    run_checks,
)
from mediamix.transforms.base import ADSTOCK_SIGNATURE, Adstock

CONSERVED = 1e-9
LONGEST_HORIZON = 2**18
MAX_LAGS = (0, 1, 13)


def check_adstock(component: Adstock, *, seed: int = 1) -> None:
    """Zero at zero, linear, causal, non-negative, the same at any time, conserving as claimed; derivatives.

    Args:
        component: The adstock.
        seed: Of the random parameters and exposures.

    Raises:
        ContractError: All violations at once, each with the parameters that show it.
    """
    record = list(record_problems(component.name, component.formula, component.source, component.parameters))
    if component.max_lag_days is not None and not component.max_lag_days >= 1:
        record.append(f"max_lag_days: at least 1 or None, got {component.max_lag_days}")
    if record:
        raise ContractError(f"adstock '{component.name}'", record)
    checks = {
        "memory": _memory,
        "zero at zero": _zero,
        "linear": _linear,
        "causal": _causal,
        "the same at any time": _same_anytime,
        "weights": _weights,
        "derivative": _derivatives,
    }
    bound = {title: partial(check, component) for title, check in checks.items()}
    run_checks(f"adstock '{component.name}'", component.parameters, bound, seed)


def _exposure(rng: np.random.Generator, n: int = 60) -> Vector:
    return np.asarray(rng.gamma(1.5, 1.0, n) * (rng.random(n) < 0.7))


def _memory(component: Adstock, cases: list[Case], rng: np.random.Generator) -> Iterator[str]:
    yield from compiled_problems(component.kernel, ADSTOCK_SIGNATURE, "adstock_kernel")
    for case, max_lag in product(cases, MAX_LAGS):
        x, theta = _exposure(rng), case.theta()

        def call(
            out: Vector, d_theta: Matrix, x: Vector = x, theta: Vector = theta, lag: int = max_lag
        ) -> None:
            component.kernel(x, theta, lag, out, d_theta)

        yield from memory_problems(call, (x, theta), len(component.parameters), with_d_x=False)


def _zero(component: Adstock, cases: list[Case], rng: np.random.Generator) -> Iterator[str]:
    del rng
    for case, max_lag in product(cases, MAX_LAGS):
        if component(np.zeros(30), case.theta(), max_lag).any():
            yield f"zero at zero: an effect without exposure ({case.words}, max_lag = {max_lag})"


def _linear(component: Adstock, cases: list[Case], rng: np.random.Generator) -> Iterator[str]:
    for case, max_lag in product(cases, MAX_LAGS):
        x, y, theta = _exposure(rng), _exposure(rng), case.theta()
        together = component(2.5 * x + y, theta, max_lag)
        apart = 2.5 * component(x, theta, max_lag) + component(y, theta, max_lag)
        if not np.allclose(together, apart, rtol=1e-9, atol=1e-11):
            yield f"linear: f(2.5 x + y) is not 2.5 f(x) + f(y) ({case.words}, max_lag = {max_lag})"


def _causal(component: Adstock, cases: list[Case], rng: np.random.Generator) -> Iterator[str]:
    """Neither later exposure nor a longer series changes what has happened."""
    for case, max_lag in product(cases, MAX_LAGS):
        x, theta = _exposure(rng), case.theta()
        at = int(rng.integers(1, len(x)))
        later = x.copy()
        later[at:] += 1.0
        want = component(x, theta, max_lag)[:at]
        if np.abs(component(later, theta, max_lag)[:at] - want).max() > 1e-11:
            yield f"causal: exposure changes the effect before it ({case.words}, max_lag = {max_lag})"
        # A component with a longest lag of its own is never used without one.
        bounded = max_lag > 0 or component.max_lag_days is None
        if bounded and np.abs(component(x[:at], theta, max_lag) - want).max() > 1e-11:
            yield f"prefix: a longer series changes its beginning ({case.words}, max_lag = {max_lag})"


def _same_anytime(component: Adstock, cases: list[Case], rng: np.random.Generator) -> Iterator[str]:
    n = 40
    for case, max_lag in product(cases, MAX_LAGS):
        shift = int(rng.integers(1, n))
        first, moved = np.zeros(n), np.zeros(n)
        first[0], moved[shift] = 1.0, 1.0
        theta = case.theta()
        want = component(first, theta, max_lag)[: n - shift]
        if not np.allclose(component(moved, theta, max_lag)[shift:], want, rtol=1e-9, atol=1e-11):
            yield f"the same at any time: weights depend on the period ({case.words}, max_lag = {max_lag})"


def _weights(component: Adstock, cases: list[Case], rng: np.random.Generator) -> Iterator[str]:
    """Non-negative, ended after max_lag, and summing to one as claimed."""
    del rng
    for case, max_lag in product(cases, MAX_LAGS):
        where = f"({case.words}, max_lag = {max_lag})"
        horizon, total = 64, 0.0
        while True:
            pulse = np.zeros(horizon)
            pulse[0] = 1.0
            weights = component(pulse, case.theta(), max_lag)
            before, total = total, float(weights.sum())
            whole = total > 1 - CONSERVED or total - before < 1e-12
            if max_lag or whole or not component.conserves_mass or horizon >= LONGEST_HORIZON:
                break
            horizon *= 4
        if not weights.min() >= -1e-12:
            yield f"non-negative: a weight is {weights.min():.3g} {where}"
        if max_lag and np.abs(weights[max_lag:]).max() > 1e-12:
            yield f"max_lag: an effect {np.abs(weights[max_lag:]).max():.3g} after it has ended {where}"
        if component.conserves_mass and not abs(total - 1) <= CONSERVED:
            yield f"conserves mass: the weights sum to {total:.9g} {where}"


def _derivatives(component: Adstock, cases: list[Case], rng: np.random.Generator) -> Iterator[str]:
    for case, max_lag in product(cases, MAX_LAGS):
        x, theta = _exposure(rng), case.theta()
        size = float(np.abs(component(x, theta, max_lag)).max())
        rows = component.derivatives(x, theta, max_lag)
        if not np.isfinite(rows).all() or not np.isfinite(size):
            yield f"finite: value or derivatives are not ({case.words}, max_lag = {max_lag})"
            continue
        for j, parameter in enumerate(component.parameters):

            def value(
                step: float, j: int = j, case: Case = case, x: Vector = x, lag: int = max_lag
            ) -> Vector:
                return component(x, case.theta(case.u + step * np.eye(len(case.u))[j]), lag)

            slope = rows[j] * case.slope(j)
            rounding = DERIVATIVE_ERROR * float(np.abs(slope).max()) + ROUNDING * max(size, 1e-300)
            if not excess_error(value, slope, rounding) <= 1:
                yield (
                    f"derivative ∂/∂{parameter.name}: not the slope of the value "
                    f"({case.words}, max_lag = {max_lag})"
                )
