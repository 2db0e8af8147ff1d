"""The contract of a media transform: a record of facts and one native kernel.

A component file defines a kernel and one `Adstock` or `Saturation` record; the registry finds it.
A kernel gives the value and its derivatives in one pass, so that no automatic differentiation is
needed, and it allocates nothing. Kernels are called through their machine address
(`call_adstock`, `call_saturation`): the model's kernel is compiled once per installation, whatever
the components and the number of channels. A component's own is compiled when it is first used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numba
import numpy as np
from jaxtyping import Float
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from mediamix.core.registry import discover, pick
from mediamix.transforms.native import KERNEL

Support = Literal["positive", "unit"]
Scale = Literal["none", "days", "exposure"]

VECTOR = numba.float64[::1]
MATRIX = numba.float64[:, ::1]

#: ``kernel(exposure[time], theta[parameter], max_lag, out[time], d_theta[parameter, time])``
ADSTOCK_SIGNATURE = types.void(VECTOR, VECTOR, numba.int64, VECTOR, MATRIX)
#: ``kernel(x[time], theta[parameter], out[time], d_x[time], d_theta[parameter, time])``
SATURATION_SIGNATURE = types.void(VECTOR, VECTOR, VECTOR, VECTOR, MATRIX)


def _declared(signature: Any) -> Callable[[Callable[..., None]], Any]:
    """A decorator of kernels of one signature. They are compiled when they are first asked for:
    a component that nobody picks costs no installation anything.
    """

    def declare(function: Callable[..., None]) -> Any:
        kernel = numba.njit(**KERNEL)(function)
        kernel.declared = signature
        return kernel

    return declare


adstock_kernel = _declared(ADSTOCK_SIGNATURE)
saturation_kernel = _declared(SATURATION_SIGNATURE)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a component.

    Args:
        name: As in the posterior and in a spec's ``prior``.
        support: ``positive`` (log-normal prior by default) or ``unit`` for (0, 1) (logit-normal prior).
        median: Half of the default prior's belief lies below.
        p95: 95 % of the default prior's belief lies below.
        scale: What `median` and `p95` are multiples of: ``days`` (converted to periods),
            ``exposure`` (the channel's mean exposure while active) or ``none``.
        meaning: One sentence for the reference.
    """

    name: str
    support: Support
    median: float
    p95: float
    scale: Scale = "none"
    meaning: str = ""


@dataclass(frozen=True)
class Adstock:
    """Carry-over of exposure in time: causal, linear in the exposure, mass-conserving.

    Args:
        name: Registry name.
        formula: For the reference.
        source: Where it is published.
        parameters: In the order of the kernel's `theta`.
        kernel: See `ADSTOCK_SIGNATURE`. ``max_lag = 0`` is no truncation. With zero rows in
            `d_theta` only the value is computed.
        max_lag_days: Default length of the effect in days; None: unbounded.
        conserves_mass: The weights over all lags sum to one.
    """

    name: str
    formula: str
    source: str
    parameters: tuple[Parameter, ...]
    kernel: Callable[..., None]
    max_lag_days: float | None = None
    conserves_mass: bool = True

    def __call__(
        self, exposure: Float[np.ndarray, " time"], theta: Float[np.ndarray, " parameter"], max_lag: int = 0
    ) -> Float[np.ndarray, " time"]:
        """Adstocked exposure, in the exposure's unit."""
        out = np.empty(len(exposure))
        x = np.ascontiguousarray(exposure, dtype=np.float64)
        self.kernel(x, np.ascontiguousarray(theta, dtype=np.float64), max_lag, out, np.empty((0, len(x))))
        return out

    def derivatives(
        self, exposure: Float[np.ndarray, " time"], theta: Float[np.ndarray, " parameter"], max_lag: int = 0
    ) -> Float[np.ndarray, "parameter time"]:
        """∂ adstock / ∂ theta."""
        d_theta = np.empty((len(self.parameters), len(exposure)))
        x = np.ascontiguousarray(exposure, dtype=np.float64)
        self.kernel(x, np.ascontiguousarray(theta, dtype=np.float64), max_lag, np.empty(len(x)), d_theta)
        return d_theta


@dataclass(frozen=True)
class Saturation:
    """Diminishing returns: zero at zero, non-decreasing.

    Args:
        name: Registry name.
        formula: For the reference.
        source: Where it is published.
        parameters: In the order of the kernel's `theta`.
        kernel: See `SATURATION_SIGNATURE`. With zero rows in `d_theta` only the value is computed; one
            without parameters goes by the room in `d_x`.
        bounded: The limit is one.
        concave: Concave for every parameter value; otherwise it may be S-shaped.
        unit_free: In another unit of exposure, its parameters of the scale ``exposure`` converted, it has
            the same value; otherwise a multiple of it that is the same at every exposure.
    """

    name: str
    formula: str
    source: str
    parameters: tuple[Parameter, ...]
    kernel: Callable[..., None]
    bounded: bool
    concave: bool
    unit_free: bool = True

    def __call__(
        self, x: Float[np.ndarray, " point"], theta: Float[np.ndarray, " parameter"]
    ) -> Float[np.ndarray, " point"]:
        """Saturated exposure, without unit."""
        x = np.ascontiguousarray(x, dtype=np.float64)
        out = np.empty(len(x))
        empty = np.empty((0, len(x)))
        self.kernel(x, np.ascontiguousarray(theta, dtype=np.float64), out, np.empty(0), empty)
        return out

    def derivatives(
        self, x: Float[np.ndarray, " point"], theta: Float[np.ndarray, " parameter"]
    ) -> tuple[Float[np.ndarray, " point"], Float[np.ndarray, "parameter point"]]:
        """∂/∂x and ∂/∂theta."""
        x = np.ascontiguousarray(x, dtype=np.float64)
        d_x, d_theta = np.empty(len(x)), np.empty((len(self.parameters), len(x)))
        self.kernel(x, np.ascontiguousarray(theta, dtype=np.float64), np.empty(len(x)), d_x, d_theta)
        return d_x, d_theta


ADSTOCK_FOLDER = "mediamix.transforms.adstock"
SATURATION_FOLDER = "mediamix.transforms.saturation"


def adstocks() -> dict[str, Adstock]:
    """All adstock components by name."""
    return dict(discover(ADSTOCK_FOLDER, Adstock))


def saturations() -> dict[str, Saturation]:
    """All saturation components by name."""
    return dict(discover(SATURATION_FOLDER, Saturation))


def pick_adstock(name: str) -> Adstock:
    """The adstock called `name`; SpecError names the nearest one."""
    return pick(ADSTOCK_FOLDER, Adstock, name)


def pick_saturation(name: str) -> Saturation:
    """The saturation called `name`; SpecError names the nearest one."""
    return pick(SATURATION_FOLDER, Saturation, name)


@cache
def address(kernel: Any) -> int:
    """Machine address of a kernel compiled for its declared signature."""
    compiled = kernel.get_compile_result(kernel.declared)
    return int(compiled.library.get_pointer_to_function(compiled.fndesc.llvm_cfunc_wrapper_name))


def _caller(signature: Any) -> Any:
    """An intrinsic ``call(address, *args)`` for kernels of one signature.

    Kernels never raise, so the C wrapper's only result, a None, is dropped.
    """

    def call(typing_context: Any, *arguments: Any) -> Any:
        del typing_context, arguments

        def generate(context: Any, builder: Any, site: Any, values: Any) -> Any:
            value_types = [context.get_value_type(kind) for kind in site.args[1:]]
            function = ir.FunctionType(context.get_value_type(types.none), value_types)
            builder.call(builder.inttoptr(values[0], function.as_pointer()), values[1:])
            return context.get_dummy_value()

        return types.void(types.int64, *signature.args), generate

    return call


@intrinsic
def call_adstock(typing_context, address, exposure, theta, max_lag, out, d_theta):  # type: ignore[no-untyped-def]
    """Call an adstock kernel by its address, from native code."""
    return _caller(ADSTOCK_SIGNATURE)(typing_context)


@intrinsic
def call_saturation(typing_context, address, x, theta, out, d_x, d_theta):  # type: ignore[no-untyped-def]
    """Call a saturation kernel by its address, from native code."""
    return _caller(SATURATION_SIGNATURE)(typing_context)
