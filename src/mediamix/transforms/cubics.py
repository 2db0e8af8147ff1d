"""A table of cubics, read for eight cells at once.

What the compiler makes of a loop of look-ups is one cell at a time. Here eight cells are found in SIMD
registers, the four coefficients of each are loaded as one, and turned, so that a register holds one
coefficient of all eight: half of the time per cell. On a machine with shorter registers the compiler splits
them.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from mediamix.transforms.elementary import MANTISSA_BITS

#: Cells at once.
LANES = 8
#: The bits of 1.0, and those that hold a mantissa.
ONE, MANTISSA = 0x3FF0000000000000, (1 << MANTISSA_BITS) - 1

_INT, _DOUBLE = ir.IntType(64), ir.DoubleType()
_INTS, _DOUBLES, _ROW = (
    ir.VectorType(kind, n) for kind, n in ((_INT, LANES), (_DOUBLE, LANES), (_DOUBLE, 4))
)


@intrinsic
def read_eight(typing_context, level, at, table, shift, before, value, climb):  # type: ignore[no-untyped-def]
    """Of ``level[at : at + 8]`` the function into `value`, and its derivative × level into `climb`.

    With k and f of a level's leading and trailing bits (`transforms.gridded`) and c = table[k]:

        value = c₀ + f (c₁ + f (c₂ + f c₃)),   climb = mantissa × (c₁ + f (2 c₂ + 3 f c₃))

    Args:
        typing_context: Numba's.
        level: What rounding left below 0 counts as none.
        at: The first of eight.
        table: ``[interval, 4]``; interval 0 is for what counts as none.
        shift: Bits behind those that name an interval.
        before: The name of interval 0.
        value: Written from `at` on.
        climb: Written from `at` on.
    """

    def generate(context: Any, builder: Any, site: Any, values: Any) -> Any:
        def memory(i: int) -> Any:
            return context.make_array(site.args[i])(context, builder, values[i]).data

        def place(i: int) -> Any:
            return builder.bitcast(builder.gep(memory(i), [values[1]]), _DOUBLES.as_pointer())

        def all_lanes(number: Any) -> Any:
            one = builder.insert_element(ir.Constant(_INTS, ir.Undefined), number, ir.Constant(_INT, 0))
            return builder.shuffle_vector(one, ir.Constant(_INTS, ir.Undefined), _picked([0] * LANES))

        bits = builder.bitcast(builder.load(place(0), align=8), _INTS)
        behind = all_lanes(values[3])
        k = builder.sub(builder.ashr(bits, behind), all_lanes(values[4]))
        k = builder.select(builder.icmp_signed("<", k, _ints(0)), _ints(0), k)
        rest = builder.sub(builder.shl(_ints(1), behind), _ints(1))

        def in_octave(mask: Any) -> Any:
            return builder.bitcast(builder.or_(builder.and_(bits, mask), _ints(ONE)), _DOUBLES)

        f, mantissa = builder.fsub(in_octave(rest), _doubles(1.0)), in_octave(_ints(MANTISSA))
        c0, c1, c2, c3 = _columns(builder, memory(2), k)

        def times(a: Any, b: Any) -> Any:
            return builder.fmul(a, b, flags=("contract",))

        def plus(a: Any, b: Any) -> Any:
            return builder.fadd(a, b, flags=("contract",))

        last = times(f, c3)
        found = plus(c0, times(f, plus(c1, times(f, plus(c2, last)))))
        steep = plus(c1, times(f, plus(plus(c2, c2), times(_doubles(3.0), last))))
        builder.store(found, place(5), align=8)
        builder.store(times(mantissa, steep), place(6), align=8)
        return context.get_dummy_value()

    return types.void(level, at, table, shift, before, value, climb), generate


def _columns(builder: Any, table: Any, k: Any) -> list[Any]:
    """Rows k₀ … k₇ of a table with four columns: its columns there."""
    rows = []
    for lane in range(LANES):
        first = builder.shl(builder.extract_element(k, ir.Constant(_INT, lane)), ir.Constant(_INT, 2))
        rows.append(builder.load(builder.bitcast(builder.gep(table, [first]), _ROW.as_pointer()), align=8))
    pairs = [
        builder.shuffle_vector(rows[i], rows[i + 1], _picked([0, 4, 1, 5, 2, 6, 3, 7]))
        for i in range(0, LANES, 2)
    ]
    fours = [
        builder.shuffle_vector(
            pairs[i], pairs[i + 1], _picked([j + k for j in (0, 2, 4, 6) for k in (0, 1, 8, 9)])
        )
        for i in (0, 2)
    ]
    return [
        builder.shuffle_vector(*fours, _picked([half + 4 * j + i for half in (0, 16) for i in range(4)]))
        for j in range(4)
    ]


def _picked(lanes: list[int]) -> Any:
    return ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes)


def _ints(number: int) -> Any:
    return ir.Constant(_INTS, [number] * LANES)


def _doubles(number: float) -> Any:
    return ir.Constant(_DOUBLES, [number] * LANES)
