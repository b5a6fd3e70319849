"""Winograd's transforms of LANES channels at once, written for LLVM."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from nt_tensor.backends.numba._tiles import LANES, POINTER, VECTOR, index, load, store
from nt_tensor.kernels._winograd import INPUT, OUTPUT, WEIGHT, Matrix

__all__ = ["of_gradient", "of_input", "of_weight", "to_output", "to_weight"]


def _transform(matrix: Matrix) -> Any:
    """M X M^T for a square X of vectors, as a function of addresses and distances in elements.

    It takes (source, row, column, target, target_row, target_column).
    """

    def code(
        typing_context: Any,
        source: Any,
        row: Any,
        column: Any,
        target: Any,
        target_row: Any,
        target_column: Any,
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            start, row, column, goal, goal_row, goal_column = values
            count = len(matrix[0])
            x = [
                [load(builder, place) for place in line]
                for line in _grid(builder, start, row, column, count)
            ]
            # Columns first, then rows.
            half = [_sums(builder, matrix, [line[j] for line in x]) for j in range(count)]
            places = _grid(builder, goal, goal_row, goal_column, len(matrix))
            for i, line in enumerate(places):
                found = _sums(builder, matrix, [column[i] for column in half])
                for place, value in zip(line, found, strict=True):
                    store(builder, value, place)
            return context.get_dummy_value()

        return types.void(*[types.intp] * 6), generate

    return intrinsic(code)


def _grid(builder: Any, address: Any, row: Any, column: Any, count: int) -> list[list[Any]]:
    start = builder.inttoptr(address, POINTER)
    lines = [builder.gep(start, [builder.mul(row, index(i))]) for i in range(count)]
    across = [builder.mul(column, index(j)) for j in range(count)]
    return [[builder.gep(line, [far]) for far in across] for line in lines]


def _sums(builder: Any, matrix: Matrix, vectors: list[Any]) -> list[Any]:
    """The matrix times a column of vectors."""
    found = []
    for line in matrix:
        total = None
        for number, vector in zip(line, vectors, strict=True):
            if not number:
                continue
            if abs(number) == 1 and total is not None:
                total = (builder.fadd if number > 0 else builder.fsub)(total, vector)
                continue
            if number != 1:
                factor = ir.Constant(VECTOR, [float(number)] * LANES)
                vector = builder.fmul(factor, vector, flags=("contract",))
            total = vector if total is None else builder.fadd(total, vector, flags=("contract",))
        found.append(total)
    return found


def _flipped(matrix: Matrix) -> Matrix:
    return tuple(zip(*matrix, strict=True))


of_input: Any = _transform(INPUT)  # 6 x 6 pixels
of_weight: Any = _transform(WEIGHT)  # 3 x 3 taps
to_output: Any = _transform(OUTPUT)  # to 4 x 4 pixels
of_gradient: Any = _transform(_flipped(OUTPUT))  # of 4 x 4 pixels, the adjoint of to_output
to_weight: Any = _transform(_flipped(WEIGHT))  # to 3 x 3 taps, the adjoint of of_weight
