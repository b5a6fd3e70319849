"""Transposed blocks of float32, written for LLVM: rows become columns by shuffles in registers."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from nt_tensor.backends.numba._tiles import INDEX, LANES, POINTER, VECTOR, index, lanes, load, store

__all__ = ["turned", "turned_part"]

_ALIGNED = ir.Constant(ir.IntType(32), 4)  # to four bytes


def _turn(builder: Any, vectors: list[Any]) -> list[Any]:
    """Rows become columns: at each stage, neighbours `far` apart swap their halves."""
    far = 1
    while far < LANES:
        made = list(vectors)
        for i in range(LANES):
            if not i & far:
                pair = vectors[i], vectors[i + far]
                low = [j if not j & far else LANES + j - far for j in range(LANES)]
                high = [j + far if not j & far else LANES + j for j in range(LANES)]
                made[i] = builder.shuffle_vector(*pair, lanes(low))
                made[i + far] = builder.shuffle_vector(*pair, lanes(high))
        vectors, far = made, 2 * far
    return vectors


def _whole(
    typing_context: Any, source: Any, source_width: Any, target: Any, target_width: Any
) -> Any:
    """target[j, i] = source[i, j] for LANES x LANES numbers, given by address and row width."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        start, width, goal, goal_width = values
        rows = _rows(builder, start, width)
        found = _turn(builder, [load(builder, row) for row in rows])
        for row, value in zip(_rows(builder, goal, goal_width), found, strict=True):
            store(builder, value, row)
        return context.get_dummy_value()

    return types.void(*[types.intp] * 4), generate


def _part(
    typing_context: Any,
    source: Any,
    source_width: Any,
    target: Any,
    target_width: Any,
    rows: Any,
    columns: Any,
) -> Any:
    """`turned` for rows x columns of the source, at most LANES each; the rest is left alone."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        start, width, goal, goal_width, height, length = values
        take, put = _masked(builder.module)
        flat = VECTOR.as_pointer()
        zeros = ir.Constant(VECTOR, [0.0] * LANES)
        # A row that is not there stands for the first one, with no lane of it taken: a processor
        # stumbles over addresses that are no memory even where nothing is read.
        vectors = []
        for i, row in enumerate(_rows(builder, start, width, height)):
            mask = _below(builder, i, height, length)
            pointer = builder.bitcast(row, flat)
            vectors.append(builder.call(take, [pointer, _ALIGNED, mask, zeros]))
        turned_rows = zip(
            _rows(builder, goal, goal_width, length), _turn(builder, vectors), strict=True
        )
        for i, (row, value) in enumerate(turned_rows):
            mask = _below(builder, i, length, height)
            builder.call(put, [value, builder.bitcast(row, flat), _ALIGNED, mask])
        return context.get_dummy_value()

    return types.void(*[types.intp] * 6), generate


def _rows(builder: Any, address: Any, width: Any, count: Any = None) -> list[Any]:
    """Pointers to LANES rows; those beyond `count` point to the first one."""
    start = builder.inttoptr(address, POINTER)
    offsets = [builder.mul(width, index(i)) for i in range(LANES)]
    if count is not None:
        offsets = [
            builder.select(builder.icmp_signed(">", count, index(i)), offset, index(0))
            for i, offset in enumerate(offsets)
        ]
    return [builder.gep(start, [offset]) for offset in offsets]


def _below(builder: Any, i: int, rows: Any, columns: Any) -> Any:
    """A mask of the lanes below `columns`; of none, if row `i` is beyond `rows`."""
    some = builder.select(builder.icmp_signed(">", rows, index(i)), columns, index(0))
    kind = ir.VectorType(INDEX, LANES)
    empty = ir.Constant(kind, ir.Undefined)
    one = builder.insert_element(empty, some, ir.Constant(ir.IntType(32), 0))
    limit = builder.shuffle_vector(one, empty, lanes([0] * LANES))
    return builder.icmp_signed("<", ir.Constant(kind, list(range(LANES))), limit)


def _masked(module: Any) -> tuple[Any, Any]:
    """LLVM's loading and storing of some lanes."""
    mask, number = ir.VectorType(ir.IntType(1), LANES), ir.IntType(32)
    pointer, name = VECTOR.as_pointer(), f"v{LANES}f32.p0"
    kinds = {
        f"llvm.masked.load.{name}": (VECTOR, [pointer, number, mask, VECTOR]),
        f"llvm.masked.store.{name}": (ir.VoidType(), [VECTOR, pointer, number, mask]),
    }
    load, store = (
        module.globals.get(name) or ir.Function(module, ir.FunctionType(*kind), name)
        for name, kind in kinds.items()
    )
    return load, store


turned: Any = intrinsic(_whole)
turned_part: Any = intrinsic(_part)
