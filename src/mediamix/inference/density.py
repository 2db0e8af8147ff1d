"""What a sampler is given: a native log density with its gradient, as an address and its data.

The sampler calls ``density(u, gradient, integers, numbers, scratch) -> float`` from its own threads,
with no Python in between. All data travel in two arrays, so that one compiled function serves every
model shape; `scratch` is memory that is its own during the call, so that it allocates nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numba
import numpy as np
from jaxtyping import Float, Int
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

#: Doubles in a cache line, which is also the longest SIMD register: what starts at a line's border
#: is read in one go.
LINE = 8
_DOUBLES_1D = numba.float64[::1]
#: ``density(u, gradient, integers, numbers, scratch) -> log density``
DENSITY_SIGNATURE = numba.float64(_DOUBLES_1D, _DOUBLES_1D, numba.int64[::1], _DOUBLES_1D, _DOUBLES_1D)


def aligned(shape: int | tuple[int, ...]) -> np.ndarray:
    """An empty array of doubles that starts at a cache line's border."""
    size = int(np.prod(shape))
    memory = np.empty(size + LINE)
    first = -(memory.ctypes.data // 8) % LINE
    return memory[first : first + size].reshape(shape)


@dataclass(frozen=True)
class Density:
    """A log density on standard-normal coordinates.

    Args:
        function: Compiled for `DENSITY_SIGNATURE`; reentrant.
        integers: Sizes, indices and addresses that `function` reads.
        numbers: Numbers that `function` reads.
        dimension: Length of u.
        scratch: Numbers of scratch memory that one call needs.
    """

    function: Callable[..., float]
    integers: Int[np.ndarray, " integer"]
    numbers: Float[np.ndarray, " number"]
    dimension: int
    scratch: int = 0
    _own: threading.local = field(default_factory=threading.local, repr=False, compare=False)

    def __call__(self, u: Float[np.ndarray, " dim"]) -> tuple[float, Float[np.ndarray, " dim"]]:
        """Value and gradient at u; every thread keeps one scratch memory."""
        if not hasattr(self._own, "scratch"):
            self._own.scratch = aligned(self.scratch)
        gradient = np.empty(self.dimension)
        u = np.ascontiguousarray(u)
        value = self.function(u, gradient, self.integers, self.numbers, self._own.scratch)
        return value, gradient

    def callable_from(self, threads: int) -> NativeCall:
        """What the sampler's callback is handed so that up to `threads` threads can call at once."""
        return NativeCall.of(self, threads)


def address_of(density: Density) -> int:
    """The machine address of a density's function, for `call_density`."""
    compiled: Any = density.function
    result = compiled.get_compile_result(compiled.nopython_signatures[0])
    return int(result.library.get_pointer_to_function(result.fndesc.llvm_cfunc_wrapper_name))


@dataclass(frozen=True)
class NativeCall:
    """A density with its scratch memories, as addresses. It keeps all of them alive.

    Args:
        density: What is called.
        scratch: One row per thread, a cache line apart.
        taken: 1 while a row is in use.
        entries: ``[function, integers, len(integers), numbers, len(numbers), scratch, row length,
            row stride, taken, rows]``.
    """

    density: Density
    scratch: Float[np.ndarray, "thread number"]
    taken: Int[np.ndarray, " thread"]
    entries: Int[np.ndarray, " entry"]

    @classmethod
    def of(cls, density: Density, threads: int) -> NativeCall:
        """Allocate the scratch memories and look up all addresses."""
        # Two lines between rows, so that two threads never share one.
        row = (-(-density.scratch // LINE) + 2) * LINE
        scratch = aligned((threads, row))
        taken = np.zeros(threads, dtype=np.int64)
        entries = [
            address_of(density),
            density.integers.ctypes.data,
            len(density.integers),
            density.numbers.ctypes.data,
            len(density.numbers),
            scratch.ctypes.data,
            density.scratch,
            scratch.strides[0],
            taken.ctypes.data,
            threads,
        ]
        return cls(density, scratch, taken, np.array(entries, dtype=np.int64))


@intrinsic
def _exchange(typing_context, number, value):  # type: ignore[no-untyped-def]
    """Write an integer at an address and give what was there, as one atomic step."""

    def generate(context: Any, builder: Any, site: Any, values: Any) -> Any:
        pointer = builder.inttoptr(values[0], ir.IntType(64).as_pointer())
        return builder.atomic_rmw("xchg", pointer, values[1], "acq_rel")

    return types.int64(types.int64, types.int64), generate


@intrinsic
def _at(typing_context, number):  # type: ignore[no-untyped-def]
    """A pointer from its number."""

    def generate(context: Any, builder: Any, site: Any, values: Any) -> Any:
        return builder.inttoptr(values[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), generate


@intrinsic
def call_density(typing_context, number, u, gradient, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Call a density by its address."""

    def generate(context: Any, builder: Any, site: Any, values: Any) -> Any:
        value_types = [context.get_value_type(kind) for kind in site.args[1:]]
        function = ir.FunctionType(context.get_value_type(types.float64), value_types)
        return builder.call(builder.inttoptr(values[0], function.as_pointer()), values[1:])

    return types.float64(types.int64, *DENSITY_SIGNATURE.args), generate


_ENTRIES = 10
_DOUBLES: Any = numba.types.CPointer(numba.float64)


@cache
def callbacks() -> tuple[Any, Any]:
    """The sampler's two callbacks, compiled (or read from the cache) when they are first asked for."""
    value = types.int64(types.uint64, _DOUBLES, _DOUBLES, _DOUBLES, types.voidptr)
    expand = types.int64(types.uint64, types.uint64, _DOUBLES, _DOUBLES, types.voidptr)
    return (
        numba.cfunc(value, cache=True)(_native_density),
        numba.cfunc(expand, cache=True)(_native_identity),
    )


def _native_density(dimension, u, gradient, value, user_data):  # type: ignore[no-untyped-def]
    """The C callback of the sampler: 0 for a finite density and gradient, else a code."""
    entries = numba.carray(user_data, (_ENTRIES,), np.int64)
    integers = numba.carray(_at(entries[1]), (entries[2],), np.int64)
    numbers = numba.carray(_at(entries[3]), (entries[4],), np.float64)
    slope = numba.carray(gradient, (dimension,), np.float64)
    # A free row of scratch memory: as many as threads, so that the search ends.
    row = 0
    while _exchange(entries[8] + 8 * row, 1) != 0:
        row = (row + 1) % entries[9]
    scratch = numba.carray(_at(entries[5] + row * entries[7]), (entries[6],), np.float64)
    point = numba.carray(u, (dimension,), np.float64)
    result = call_density(entries[0], point, slope, integers, numbers, scratch)
    _exchange(entries[8] + 8 * row, 0)
    numba.carray(value, (1,), np.float64)[0] = result
    if not np.isfinite(result):
        return 4
    for i in range(slope.size):
        if not np.isfinite(slope[i]):
            return 3
    return 0


def _native_identity(dimension, expanded, u, out, user_data):  # type: ignore[no-untyped-def]
    """The sampler's second callback: keep the coordinates as they are."""
    source = numba.carray(u, (dimension,), np.float64)
    target = numba.carray(out, (expanded,), np.float64)
    for i in range(source.size):
        target[i] = source[i]
    return 0
