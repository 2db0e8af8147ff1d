"""The contract of a saturation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from mediamix.testing.contract import ContractError
from mediamix.testing.probe import (
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
from mediamix.transforms.base import SATURATION_SIGNATURE, Saturation

GRID = np.concatenate([[0.0, 1e-12], np.geomspace(1e-6, 1e6, 241), [1e12]])


def check_saturation(component: Saturation, *, seed: int = 1) -> None:
    """Zero at zero, non-decreasing, bounded and concave as claimed, finite at extremes; derivatives.

    Args:
        component: The saturation.
        seed: Of the random parameters.

    Raises:
        ContractError: All violations at once, each with the parameters that show it.
    """
    record = list(record_problems(component.name, component.formula, component.source, component.parameters))
    if record:
        raise ContractError(f"saturation '{component.name}'", record)
    checks = {
        "memory": _memory,
        "finite": _finite,
        "zero at zero": _zero,
        "non-decreasing": _monotone,
        "bounded": _bounded,
        "concave": _concave,
        "unit": _unit,
        "derivative": _derivatives,
    }
    bound = {title: partial(check, component) for title, check in checks.items()}
    run_checks(f"saturation '{component.name}'", component.parameters, bound, seed)


def _memory(component: Saturation, cases: list[Case], rng: np.random.Generator) -> Iterator[str]:
    yield from compiled_problems(component.kernel, SATURATION_SIGNATURE, "saturation_kernel")
    for case in cases:
        x, theta = rng.permutation(GRID), case.theta()

        def call(out: Vector, d_x: Vector, d_theta: Matrix, x: Vector = x, theta: Vector = theta) -> None:
            component.kernel(x, theta, out, d_x, d_theta)

        yield from memory_problems(call, (x, theta), len(component.parameters), with_d_x=True)


def _finite(component: Saturation, cases: list[Case], rng: np.random.Generator) -> Iterator[str]:
    del rng
    for case in cases:
        d_x, d_theta = component.derivatives(GRID, case.theta())
        value = component(GRID, case.theta())
        for name, array in (("value", value), ("∂/∂x", d_x), ("∂/∂parameters", d_theta)):
            if not np.isfinite(array).all():
                at = GRID[~np.isfinite(np.atleast_2d(array)).all(axis=0)][0]
                yield f"finite: {name} at x = {at:g} is not ({case.words})"


def _zero(component: Saturation, cases: list[Case], rng: np.random.Generator) -> Iterator[str]:
    del rng
    for case in cases:
        value = float(component(np.zeros(1), case.theta())[0])
        if value != 0:
            yield f"zero at zero: {value:g} without exposure ({case.words})"


def _monotone(component: Saturation, cases: list[Case], rng: np.random.Generator) -> Iterator[str]:
    del rng
    for case in cases:
        value = component(GRID, case.theta())
        falls = np.diff(value) < -1e-12 * np.abs(value).max()
        if falls.any():
            yield f"non-decreasing: falls after x = {GRID[:-1][falls][0]:g} ({case.words})"


def _bounded(component: Saturation, cases: list[Case], rng: np.random.Generator) -> Iterator[str]:
    del rng
    if not component.bounded:
        return
    for case in cases:
        value = component(np.append(GRID, 1e30), case.theta())
        if value.max() > 1 + 1e-12:
            yield f"bounded: reaches {value.max():.6g}, above 1 ({case.words})"
        if not value[-1] > 0.999:
            yield f"bounded: the limit is one, but at x = 1e30 it is {value[-1]:.6g} ({case.words})"


def _concave(component: Saturation, cases: list[Case], rng: np.random.Generator) -> Iterator[str]:
    del rng
    if not component.concave:
        return
    for case in cases:
        value = component(GRID, case.theta())
        width = np.diff(GRID)
        chord = np.diff(value) / width
        rounding = 8 * np.finfo(float).eps * value[1:] / width
        rises = chord[1:] > chord[:-1] * (1 + 1e-9) + rounding[1:] + rounding[:-1]
        if rises.any():
            yield f"concave: claimed, but steeper after x = {GRID[1:-1][rises][0]:g} ({case.words})"


def _unit(component: Saturation, cases: list[Case], rng: np.random.Generator) -> Iterator[str]:
    """What a model learns in one unit of exposure has to hold in any other."""
    del rng
    x, times = np.geomspace(1e-2, 1e2, 41), 37.5
    of_exposure = np.array([p.scale == "exposure" for p in component.parameters], dtype=bool)
    for case in cases:
        here = component(x, case.theta())
        there = component(times * x, case.theta() * np.where(of_exposure, times, 1.0))
        # Beside what the largest one rounds to: a steep curve underflows at its start.
        least = 1e-9 * here.max()
        factor = 1.0 if component.unit_free else there[-1] / here[-1]
        if not np.allclose(there, factor * here, rtol=1e-9, atol=factor * least):
            claim = "the same" if component.unit_free else "a multiple"
            yield f"unit: in another unit of exposure the value isn't {claim} ({case.words})"


def _derivatives(component: Saturation, cases: list[Case], rng: np.random.Generator) -> Iterator[str]:
    del rng
    x = GRID[1:]
    for case in cases:
        theta = case.theta()
        d_x, d_theta = component.derivatives(x, theta)
        rounding = ROUNDING * np.abs(component(x, theta)) + 1e-300

        def along_x(step: float, theta: Vector = theta) -> Vector:
            return component(x * np.exp(step), theta)

        if not excess_error(along_x, d_x * x, rounding) <= 1:
            yield f"derivative ∂/∂x: not the slope of the value ({case.words})"
        for j, parameter in enumerate(component.parameters):

            def along_theta(step: float, j: int = j, case: Case = case) -> Vector:
                return component(x, case.theta(case.u + step * np.eye(len(case.u))[j]))

            if not excess_error(along_theta, d_theta[j] * case.slope(j), rounding) <= 1:
                yield f"derivative ∂/∂{parameter.name}: not the slope of the value ({case.words})"
