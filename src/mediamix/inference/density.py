"""What a sampler is given: a native log density with its gradient, as an address and its data.

The sampler calls ``density(u, gradient, integers, numbers) -> float`` from its own threads, with
no Python in between. All data travel in two arrays, so that one compiled function serves every
model shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from jaxtyping import Float, Int
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

#: ``density(u, gradient, integers, numbers) -> log density``
DENSITY_SIGNATURE = numba.float64(
    numba.float64[::1], numba.float64[::1], numba.int64[::1], numba.float64[::1]
)


@dataclass(frozen=True)
class Density:
    """A log density on standard-normal coordinates.

    Args:
        function: Compiled for `DENSITY_SIGNATURE`; reentrant.
        integers: Sizes, indices and addresses that `function` reads.
        numbers: Numbers that `function` reads.
        dimension: Length of u.
    """

    function: Callable[..., float]
    integers: Int[np.ndarray, " integer"]
    numbers: Float[np.ndarray, " number"]
    dimension: int

    def __call__(self, u: Float[np.ndarray, " dim"]) -> tuple[float, Float[np.ndarray, " dim"]]:
        """Value and gradient at u."""
        gradient = np.empty(self.dimension)
        value = self.function(np.ascontiguousarray(u), gradient, self.integers, self.numbers)
        return value, gradient

    def pointers(self) -> Int[np.ndarray, " entry"]:
        """``[function, integers, len(integers), numbers, len(numbers)]`` for `native_density`."""
        compiled: Any = self.function
        result = compiled.get_compile_result(compiled.nopython_signatures[0])
        return np.array(
            [
                result.library.get_pointer_to_function(result.fndesc.llvm_cfunc_wrapper_name),
                self.integers.ctypes.data,
                len(self.integers),
                self.numbers.ctypes.data,
                len(self.numbers),
            ],
            dtype=np.int64,
        )


@intrinsic
def _at(typing_context, number):  # type: ignore[no-untyped-def]
    """A pointer from its number."""

    def generate(context: Any, builder: Any, site: Any, values: Any) -> Any:
        return builder.inttoptr(values[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), generate


@intrinsic
def _call_density(typing_context, number, u, gradient, integers, numbers):  # type: ignore[no-untyped-def]
    """Call a density by its address."""

    def generate(context: Any, builder: Any, site: Any, values: Any) -> Any:
        value_types = [context.get_value_type(kind) for kind in site.args[1:]]
        function = ir.FunctionType(context.get_value_type(types.float64), value_types)
        return builder.call(builder.inttoptr(values[0], function.as_pointer()), values[1:])

    return types.float64(types.int64, *DENSITY_SIGNATURE.args), generate


_DOUBLES: Any = numba.types.CPointer(numba.float64)


@numba.cfunc(types.int64(types.uint64, _DOUBLES, _DOUBLES, _DOUBLES, types.voidptr), cache=True)
def native_density(dimension, u, gradient, value, user_data):  # type: ignore[no-untyped-def]
    """The C callback of the sampler: 0 for a finite density and gradient, else a code."""
    entries = numba.carray(user_data, (5,), np.int64)
    integers = numba.carray(_at(entries[1]), (entries[2],), np.int64)
    numbers = numba.carray(_at(entries[3]), (entries[4],), np.float64)
    slope = numba.carray(gradient, (dimension,), np.float64)
    result = _call_density(entries[0], numba.carray(u, (dimension,), np.float64), slope, integers, numbers)
    numba.carray(value, (1,), np.float64)[0] = result
    if not np.isfinite(result):
        return 4
    for i in range(slope.size):
        if not np.isfinite(slope[i]):
            return 3
    return 0


@numba.cfunc(types.int64(types.uint64, types.uint64, _DOUBLES, _DOUBLES, types.voidptr), cache=True)
def native_identity(dimension, expanded, u, out, user_data):  # type: ignore[no-untyped-def]
    """The sampler's second callback: keep the coordinates as they are."""
    source = numba.carray(u, (dimension,), np.float64)
    target = numba.carray(out, (expanded,), np.float64)
    for i in range(source.size):
        target[i] = source[i]
    return 0
