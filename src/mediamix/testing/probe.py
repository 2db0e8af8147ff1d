"""What both suites share: parameters to try, calls between guards, differences, the error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import get_args

import numpy as np
from jaxtyping import Float

from mediamix.core.spec import ChannelSpec
from mediamix.core.types import Every
from mediamix.models.priors import Prior, parameter_prior
from mediamix.testing.contract import ContractError
from mediamix.transforms.base import Parameter, Scale, Support, address

#: What else the posterior of a fit holds: a parameter can't have one of these names.
RESERVED = frozenset(
    {"roi", "share", "beta", "sigma", "intercept", "trend", "seasonality", "weekday", "events", "controls"}
    | {"treatments", "channel", "chain", "draw"}
)
DRAWS = 24
EXTREME = 4.0
DERIVATIVE_ERROR = 1e-6
#: Differences below this share of the value are rounding, not a wrong derivative.
ROUNDING = 1e-9
#: Steps of the difference, in prior standard deviations; a right derivative agrees with one.
STEPS = (1e-2, 1e-3, 1e-4)
CANARY = -123.456
GUARD = 3

Vector = Float[np.ndarray, " entry"]
Matrix = Float[np.ndarray, "row entry"]
Kernel = Callable[..., None]


@dataclass(frozen=True)
class Case:
    """Parameters to try, with the priors they came from."""

    priors: tuple[Prior, ...]
    u: Vector

    def theta(self, u: Vector | None = None) -> Vector:
        at = self.u if u is None else u
        return np.array([float(p.natural(np.array(at[i]))) for i, p in enumerate(self.priors)])

    def slope(self, j: int) -> float:
        """dθ_j/du_j."""
        prior, value = self.priors[j], self.theta()[j]
        return float(prior.scale * value * (1.0 - value if prior.support == "unit" else 1.0))

    @property
    def words(self) -> str:
        pairs = zip(self.priors, self.theta(), strict=True)
        return ", ".join(f"{prior.name} = {value:.4g}" for prior, value in pairs)


def run_checks(
    name: str, parameters: Sequence[Parameter], checks: Mapping[str, Callable[..., Iterator[str]]], seed: int
) -> None:
    """Run every check on the same cases; of the findings of one title, the first counts.

    Args:
        name: Kind and name of the component.
        parameters: The component's.
        checks: Title → ``check(cases, rng)``, which yields ``title: finding``; "memory" first.
        seed: Of the cases and of whatever a check draws.

    Raises:
        ContractError: Something was found.
    """
    violations: dict[str, str] = {}
    cases = make_cases(parameters, np.random.default_rng(seed))
    for title, check in checks.items():
        try:
            for finding in check(cases, np.random.default_rng(seed)):
                violations.setdefault(finding.partition(":")[0], finding)
        except Exception as error:
            violations.setdefault(title, f"{title}: raised {type(error).__name__}: {error}")
        if "memory" in violations:
            break  # the other checks call without guards
    if violations:
        raise ContractError(name, list(violations.values()))


def make_cases(parameters: Sequence[Parameter], rng: np.random.Generator) -> list[Case]:
    """Draws from the default priors and their corners, on daily and on weekly data."""
    cases = []
    for every in (Every.DAY, Every.WEEK):
        priors = tuple(parameter_prior(p, ChannelSpec(), every) for p in parameters)
        cases += [Case(priors, u) for u in rng.standard_normal((DRAWS, len(priors)))]
        cases += [Case(priors, np.array(u)) for u in product((-EXTREME, EXTREME), repeat=len(priors))]
    return cases


def record_problems(name: str, formula: str, source: str, parameters: Sequence[Parameter]) -> Iterator[str]:
    """What is wrong in the record itself."""
    for word, text in (("name", name), ("formula", formula), ("source", source)):
        if not text.strip():
            yield f"{word}: empty"
    names = [p.name for p in parameters]
    if len(set(names)) < len(names):
        yield f"parameters: names repeat: {', '.join(names)}"
    for p in parameters:
        if not p.name.isidentifier() or p.name in RESERVED:
            yield f"parameters: '{p.name}' is reserved or not an identifier"
        if p.support not in get_args(Support):
            yield f"{p.name}: support is one of {', '.join(get_args(Support))}, got '{p.support}'"
        if p.scale not in get_args(Scale):
            yield f"{p.name}: scale is one of {', '.join(get_args(Scale))}, got '{p.scale}'"
        if not 0 < p.median < p.p95 < np.inf:
            yield f"{p.name}: 0 < median < p95 < infinity, got {p.median}, {p.p95}"
        if p.support == "unit" and (p.p95 >= 1 or p.scale != "none"):
            yield f"{p.name}: a share of one has p95 < 1 and the scale none"


def _guarded(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """A buffer of canaries, and the contiguous part in its middle that a kernel may write."""
    buffer = np.full((shape[0] + 2 * GUARD, *shape[1:]), CANARY)
    return buffer, buffer[GUARD : GUARD + shape[0]]


def _intact(buffer: np.ndarray) -> bool:
    return bool((buffer[:GUARD] == CANARY).all() and (buffer[-GUARD:] == CANARY).all())


def memory_problems(
    call: Callable[..., None], given: tuple[Vector, Vector], k: int, with_d_x: bool
) -> Iterator[str]:
    """Inputs untouched, nothing written outside, value-only equals full, twice the same."""
    n = len(given[0])
    before = [array.copy() for array in given]
    values = []
    for rows, full in ((k, True), (k, True), (0, False)):
        out_buffer, out = _guarded((n,))
        x_buffer, d_x = _guarded((n if full and with_d_x else 0,))
        theta_buffer, d_theta = _guarded((rows, n))
        call(out, *([d_x] if with_d_x else []), d_theta)
        if not all(map(_intact, (out_buffer, x_buffer, theta_buffer))):
            yield "memory: writes outside of its output arrays"
        if any((a != b).any() for a, b in zip(before, given, strict=True)):
            yield "input: the kernel changes it"
        values.append((out.copy(), d_x.copy(), d_theta.copy()))
    whole, again, only = values
    if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(whole, again, strict=True)):
        yield "deterministic: two calls differ"
    if not np.allclose(whole[0], only[0], rtol=1e-12, atol=1e-300, equal_nan=True):
        yield "value only: with zero rows of derivatives the value differs from the full call"
    if any((a == CANARY).any() for a in whole):
        yield "output: part of it is left unwritten"


def compiled_problems(kernel: Kernel, signature: object, decorator: str) -> Iterator[str]:
    """A kernel needs a machine address: native code calls it."""
    try:
        if kernel.declared != signature:  # type: ignore[attr-defined]
            raise TypeError
        address(kernel)
    except Exception as error:
        yield f"kernel: not compiled by @{decorator} ({type(error).__name__})"


def excess_error(
    value: Callable[[float], np.ndarray], analytic: np.ndarray, rounding: np.ndarray | float
) -> float:
    """Largest excess of |analytic − numeric| over the allowed error; at most 1 is right.

    `value` is a function of the distance from the point, in the unit of `analytic`.
    """
    allowed = DERIVATIVE_ERROR * np.abs(analytic) + rounding
    excess = []
    for step in STEPS:
        near, far = value(step) - value(-step), value(2 * step) - value(-2 * step)
        numeric = (8 * near - far) / (12 * step)
        excess.append(float(np.max(np.abs(analytic - numeric) / allowed)))
    return min(excess)
