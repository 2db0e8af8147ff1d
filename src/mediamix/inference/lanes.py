"""Eight numbers as one value: arithmetic of many small systems at once, in SIMD registers.

A small matrix has too few columns for the compiler to make SIMD code of its loops. Eight matrices
of one shape do: with the matrix number as the last axis, every number of an algorithm is a register
of eight. `lanes_view` reads memory this way; its elements know + − * / and `math.sqrt`, so that a
kernel is written once, for numbers and for lanes. On a machine with shorter registers the compiler
splits them.
"""

from __future__ import annotations

import math
import operator
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.datamodel import PrimitiveModel, register_default
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

#: Systems that are worked on at once.
LANES = 8
_VECTOR = ir.VectorType(ir.DoubleType(), LANES)


class Lanes(types.Type):
    """Numba's type of eight numbers."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


lanes = Lanes()


@register_default(Lanes)
class _LanesModel(PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


def _spread(builder: Any, value: Any) -> Any:
    """The same number in all lanes."""
    first = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    everywhere = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(first, ir.Constant(_VECTOR, ir.Undefined), everywhere)


def _define(function: Any, instruction: str) -> None:
    """An operator between lanes, and between lanes and a number."""

    class Typing(AbstractTemplate):  # type: ignore[misc]
        key = function

        def generic(self, arguments: Any, keywords: Any) -> Any:
            pair = set(arguments)
            if lanes in pair and pair <= {lanes, types.float64}:
                return signature(lanes, *arguments)
            return None

    infer_global(function)(Typing)

    def lower(context: Any, builder: Any, site: Any, values: Any) -> Any:
        both = [
            value if kind == lanes else _spread(builder, value)
            for value, kind in zip(values, site.args, strict=True)
        ]
        return getattr(builder, instruction)(*both)

    for kinds in ((lanes, lanes), (lanes, types.float64), (types.float64, lanes)):
        lower_builtin(function, *kinds)(lower)


for _function, _instruction in (
    (operator.add, "fadd"),
    (operator.iadd, "fadd"),
    (operator.sub, "fsub"),
    (operator.isub, "fsub"),
    (operator.mul, "fmul"),
    (operator.imul, "fmul"),
    (operator.truediv, "fdiv"),
    (operator.itruediv, "fdiv"),
):
    _define(_function, _instruction)


@infer_global(math.sqrt)
class _SqrtTyping(AbstractTemplate):  # type: ignore[misc]
    key = math.sqrt

    def generic(self, arguments: Any, keywords: Any) -> Any:
        return signature(lanes, lanes) if arguments == (lanes,) else None


@lower_builtin(math.sqrt, lanes)
def _sqrt(context: Any, builder: Any, site: Any, values: Any) -> Any:
    kind = ir.FunctionType(_VECTOR, [_VECTOR])
    name = f"llvm.sqrt.v{LANES}f64"
    found = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
    return builder.call(found, values)


@intrinsic
def spread(typing_context, value):  # type: ignore[no-untyped-def]
    """A number in all lanes."""

    def generate(context: Any, builder: Any, site: Any, values: Any) -> Any:
        return _spread(builder, values[0])

    return lanes(types.float64), generate


@intrinsic
def sum_lanes(typing_context, value):  # type: ignore[no-untyped-def]
    """The sum over lanes."""

    def generate(context: Any, builder: Any, site: Any, values: Any) -> Any:
        total = ir.Constant(ir.DoubleType(), 0.0)
        for lane in range(LANES):
            part = builder.extract_element(values[0], ir.Constant(ir.IntType(32), lane))
            total = builder.fadd(total, part)
        return total

    return types.float64(lanes), generate


@intrinsic
def lane(typing_context, value, member):  # type: ignore[no-untyped-def]
    """One of the eight numbers."""

    def generate(context: Any, builder: Any, site: Any, values: Any) -> Any:
        return builder.extract_element(*values)

    return types.float64(lanes, types.intp), generate


@intrinsic
def lanes_view(typing_context, memory, shape):  # type: ignore[no-untyped-def]
    """Contiguous numbers as an array of lanes, so that `shape` leaves out their last axis."""
    kind = types.Array(lanes, len(shape), "C", aligned=False)

    def generate(context: Any, builder: Any, site: Any, values: Any) -> Any:
        source = make_array(site.args[0])(context, builder, values[0])
        view = make_array(kind)(context, builder)
        size = context.get_constant(types.intp, 8 * LANES)
        sizes = [builder.extract_value(values[1], i) for i in range(len(site.args[1]))]
        strides = [size]
        for extent in reversed(sizes[1:]):
            strides.insert(0, builder.mul(strides[0], extent))
        populate_array(
            view,
            data=builder.bitcast(source.data, view.data.type),
            shape=sizes,
            strides=strides,
            itemsize=size,
            meminfo=None,
        )
        return view._getvalue()

    return kind(memory, shape), generate
