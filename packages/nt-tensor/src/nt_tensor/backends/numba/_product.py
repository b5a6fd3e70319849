"""A product of matrices by Numba, for CPUs with AVX-512: a tile of the result stays in registers.

One tile is 8 rows by 32 columns, 16 registers of 16 numbers. For each of the inner indices it takes
2 vector loads of b, 8 broadcasts of a and 16 multiply-adds, which is what keeps both units busy.
So b lies in panels of 32 columns, row after row; a is read where it is, or lies in blocks of 8 rows
if it was transposed. Where NumPy's own library knows a CPU well it comes near to this; on a new one
it may run at half the speed (OpenBLAS 0.3.31 takes Zen 5 for Haswell: 130 GFLOP/s against 260).

Source: Goto, van de Geijn, Anatomy of High-Performance Matrix Multiplication (2008), section 4.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import config, types
from numba.extending import intrinsic

from nt_tensor.backends.numba._math import F, fast
from nt_tensor.backends.numpy._product import Into, times
from nt_tensor.kernels._product import product

__all__ = ["multiplier"]

ROWS, LANES, VECTORS = 8, 16, 2
COLUMNS = LANES * VECTORS
INNER = 512  # inner indices of one pass: a panel of b then stays in the second-level cache
CHUNK = 8  # rows turned at a time: their cache lines are then still there for the next block
ZERO = F(0.0)
# Whether Numba compiles for this CPU as it is, and it has 32 registers of 16 numbers.
WIDE = getattr(config, "CPU_NAME", None) is None and bool(
    binding.get_host_cpu_features().get("avx512f")
)
FEW_CORES = (os.cpu_count() or 1) <= 2  # more threads of NumPy's library win large products
LEAST = 1 << 17  # multiplications, below which a call of NumPy's costs less than packing


def multiplier(b: np.ndarray) -> Into:
    """A function that writes `a @ b` into its second argument, for many a and one b.

    Args:
        b: (inner, columns), any strides.
    """
    if not WIDE or b.dtype != np.float32 or not b.size:
        return times(b)
    panels = _panels(b)
    return lambda a, out: _into(a, panels, out)


@product.on("numba")
def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    work = a.shape[0] * a.shape[1] * b.shape[1]
    if not (WIDE and FEW_CORES and work > LEAST and a.dtype == b.dtype == np.float32):
        y: np.ndarray = a @ b
        return y
    out = np.empty((a.shape[0], b.shape[1]), np.float32)
    _into(a, _panels(b), out)
    return out


def _into(a: np.ndarray, panels: np.ndarray, out: np.ndarray) -> None:
    rows, inner = a.shape
    if a.flags.c_contiguous:
        full = rows - rows % ROWS
        if full:
            _tiles(a.reshape(-1), ROWS * inner, inner, 1, panels, out[:full])
        if full == rows:
            return
        a, out = a[full:], out[full:]
    turned = a.T if a.T.flags.c_contiguous else np.ascontiguousarray(a.T)
    _tiles(_blocks(turned).reshape(-1), ROWS * inner, 1, ROWS, panels, out)


def _panels(b: np.ndarray) -> np.ndarray:
    """The matrix b (inner, columns) as (panels, inner, 32), the last one filled up with zeros."""
    inner, columns = b.shape
    found = np.zeros((-(-columns // COLUMNS), inner, COLUMNS), b.dtype)
    whole = columns // COLUMNS
    cut = b[:, : whole * COLUMNS]
    steps = (cut.strides[1] * COLUMNS, *cut.strides)
    found[:whole] = np.lib.stride_tricks.as_strided(cut, found[:whole].shape, steps)
    if whole < len(found):
        found[whole, :, : columns - whole * COLUMNS] = b[:, whole * COLUMNS :]
    return found


@fast
def _blocks(turned: np.ndarray) -> np.ndarray:
    """The matrix a, given as (inner, rows), as (blocks, inner, 8), filled up with zeros."""
    inner, rows = turned.shape
    count = (rows + ROWS - 1) // ROWS
    found = np.empty((count, inner, ROWS), turned.dtype)
    if rows % ROWS:
        found[count - 1] = ZERO
    for first in range(0, inner, CHUNK):
        last = min(inner, first + CHUNK)
        for block in range(count):
            left = block * ROWS
            if left + ROWS <= rows:
                for k in range(first, last):
                    for r in range(ROWS):
                        found[block, k, r] = turned[k, left + r]
            else:
                for k in range(first, last):
                    for r in range(rows - left):
                        found[block, k, r] = turned[k, left + r]
    return found


def _tile_code(
    typing_context: Any, a: Any, row: Any, step: Any, b: Any, c: Any, width: Any, inner: Any
) -> Any:
    """Write sum_k a[r, k] b[k, j] for a tile, or add it to c where `inner` is negative.

    a, b and c are addresses; a[r, k] lies `r row + k step` numbers behind a, c[r, j] `r width + j`.
    """

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word, number = ir.IntType(64), ir.FloatType()
        vector = ir.VectorType(number, LANES)
        a, row, step, b, c, width, inner = arguments
        a, b, c = (builder.inttoptr(each, number.as_pointer()) for each in (a, b, c))
        name, kind = f"llvm.fma.v{LANES}f32", ir.FunctionType(vector, [vector] * 3)
        fma = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)

        def at(start: Any, *offsets: Any) -> Any:
            for offset in offsets:
                start = builder.gep(start, [offset if hasattr(offset, "type") else word(offset)])
            return start

        def vectors(start: Any) -> Any:
            return builder.bitcast(start, vector.as_pointer())

        places = [
            [vectors(at(c, builder.mul(width, word(r)), j * LANES)) for j in range(VECTORS)]
            for r in range(ROWS)
        ]
        adds = builder.icmp_signed("<", inner, word(0))
        count = builder.select(adds, builder.neg(inner), inner)
        before = builder.block
        more, loop, done = (builder.append_basic_block(n) for n in ("more", "loop", "done"))
        builder.cbranch(adds, more, loop)
        builder.position_at_end(more)
        olds = [[builder.load(place, align=4) for place in line] for line in places]
        builder.branch(loop)
        builder.position_at_end(loop)
        k = builder.phi(word)
        k.add_incoming(word(0), before)
        k.add_incoming(word(0), more)
        sums = [[builder.phi(vector) for _ in range(VECTORS)] for _ in range(ROWS)]
        columns = [
            builder.load(vectors(at(b, builder.mul(k, word(COLUMNS)), j * LANES)), align=4)
            for j in range(VECTORS)
        ]
        news = []
        same = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        nothing = ir.Constant(vector, ir.Undefined)
        for r in range(ROWS):
            value = builder.load(at(a, builder.mul(row, word(r)), builder.mul(step, k)))
            one = builder.insert_element(nothing, value, ir.IntType(32)(0))
            factor = builder.shuffle_vector(one, nothing, same)
            news.append([builder.call(fma, [factor, columns[j], sums[r][j]]) for j in (0, 1)])
        for line, old, new in zip(sums, olds, news, strict=True):
            for value, first, last in zip(line, old, new, strict=True):
                value.add_incoming(ir.Constant(vector, [0.0] * LANES), before)
                value.add_incoming(first, more)
                value.add_incoming(last, loop)
        following = builder.add(k, word(1))
        k.add_incoming(following, loop)
        builder.cbranch(builder.icmp_signed("<", following, count), loop, done)
        builder.position_at_end(done)
        for line, new in zip(places, news, strict=True):
            for place, last in zip(line, new, strict=True):
                builder.store(last, place, align=4)
        return context.get_dummy_value()

    return types.void(*[types.intp] * 7), code


_tile: Any = intrinsic(_tile_code)


@fast
def _tiles(
    a: np.ndarray, block: int, row: int, step: int, panels: np.ndarray, c: np.ndarray
) -> None:
    """Write a @ b into c (rows, columns); a[r, k] lies at a[(r // 8) block + (r % 8) row + k step].

    Tiles that stick out of c are made beside it.
    """
    rows, columns = c.shape
    inner = panels.shape[1]
    beside = np.empty((ROWS, COLUMNS), c.dtype)
    for first in range(0, inner, INNER):
        count = min(INNER, inner - first)
        for p in range(panels.shape[0]):
            left = p * COLUMNS
            for top in range(0, rows, ROWS):
                start = a[top // ROWS * block + first * step :].ctypes.data
                panel = panels[p, first].ctypes.data
                if top + ROWS <= rows and left + COLUMNS <= columns:
                    sign = -count if first else count
                    _tile(start, row, step, panel, c[top, left:].ctypes.data, columns, sign)
                    continue
                _tile(start, row, step, panel, beside.ctypes.data, COLUMNS, count)
                for r in range(min(ROWS, rows - top)):
                    for j in range(min(COLUMNS, columns - left)):
                        old = c[top + r, left + j] if first else ZERO
                        c[top + r, left + j] = old + beside[r, j]
