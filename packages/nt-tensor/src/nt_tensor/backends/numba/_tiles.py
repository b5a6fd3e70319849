"""Products of small tiles that stay in registers, written for LLVM.

Numba compiles loops, but keeps no block of sums in registers: so this function is handed to LLVM as
it is. It works on float32 by address, with distances counted in elements. A tile is
`rows` x (1 or 2 vectors); a loop over many of them is a matrix product near the processor's peak,
of operands that need not lie as a BLAS wants them.

Source: Goto, van de Geijn, Anatomy of high-performance matrix multiplication (2008).
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

__all__ = [
    "INDEX",
    "LANES",
    "PANEL",
    "POINTER",
    "VECTOR",
    "index",
    "lanes",
    "load",
    "store",
    "tile",
]

_WIDE = bool(llvmlite.binding.get_host_cpu_features().get("avx512f"))
LANES = 16 if _WIDE else 8  # numbers in a vector; 8 are two of ARM's
PANEL = 2 * LANES

_NUMBER, INDEX = ir.FloatType(), ir.IntType(64)
VECTOR = ir.VectorType(_NUMBER, LANES)
POINTER = _NUMBER.as_pointer()
_ANY = ir.Constant(VECTOR, ir.Undefined)
_FUSED = ("contract",)  # a product and a sum may be one instruction


def index(n: int) -> ir.Constant:
    """A constant among LLVM's indices."""
    return ir.Constant(INDEX, n)


def lanes(positions: list[int]) -> ir.Constant:
    """A constant that tells which lanes a shuffle takes."""
    return ir.Constant(ir.VectorType(ir.IntType(32), LANES), positions)


def load(builder: Any, pointer: Any) -> Any:
    """The vector at an address of no particular alignment."""
    return builder.load(builder.bitcast(pointer, VECTOR.as_pointer()), align=4)


def store(builder: Any, value: Any, pointer: Any) -> None:
    """Write a vector to an address of no particular alignment."""
    builder.store(value, builder.bitcast(pointer, VECTOR.as_pointer()), align=4)


def tile(rows: int, vectors: int, *, across: bool) -> Any:
    """c[m, n] (+)= sum over s < segments, k < depth of a[s, m, k] b[s, k, n], for m < rows.

    The function takes (a, step, a_next, b, width, b_next, c, c_width, depth, segments, add): a, b
    and c are addresses. a[s, m, k] lies at s a_next + m step + k, or, `across`, at s a_next + m +
    k step; b[s, k, n] at s b_next + k width + n; c[m, n] at m c_width + n. `add` 0 overwrites c.
    depth and segments are at least 1.
    """

    def code(typing_context: Any, *arguments: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            _tile(builder, rows, vectors, across, *values)
            return context.get_dummy_value()

        return types.void(*[types.intp] * 11), generate

    return _eleven(code)


def _eleven(code: Any) -> Any:
    def typed(
        typing_context: Any,
        a: Any,
        step: Any,
        a_next: Any,
        b: Any,
        width: Any,
        b_next: Any,
        c: Any,
        c_width: Any,
        depth: Any,
        segments: Any,
        add: Any,
    ) -> Any:
        return code(typing_context)

    return intrinsic(typed)


def _tile(
    builder: Any,
    rows: int,
    vectors: int,
    across: bool,
    a: Any,
    step: Any,
    a_next: Any,
    b: Any,
    width: Any,
    b_next: Any,
    c: Any,
    c_width: Any,
    depth: Any,
    segments: Any,
    add: Any,
) -> None:
    # One pointer serves three rows (itself, + step, + 2 step): x86 has few registers for addresses.
    twice = builder.shl(step, index(1))
    pointers = [builder.inttoptr(a, POINTER)]
    while not across and 3 * len(pointers) < rows:
        pointers.append(builder.gep(pointers[-1], [builder.add(twice, step)]))
    start = [*pointers, builder.inttoptr(b, POINTER)]
    count = rows * vectors
    before = builder.block
    names = ("segment", "product", "next", "adding", "storing", "end")
    segment, product, following, adding, storing, end = map(builder.append_basic_block, names)
    builder.branch(segment)

    builder.position_at_end(segment)
    s = builder.phi(INDEX)
    at = [builder.phi(POINTER) for _ in start]
    carried = [builder.phi(VECTOR) for _ in range(count)]
    builder.branch(product)

    builder.position_at_end(product)
    k = builder.phi(INDEX)
    here = [builder.phi(POINTER) for _ in start]
    sums = [builder.phi(VECTOR) for _ in range(count)]
    columns = [load(builder, builder.gep(here[-1], [index(v * LANES)])) for v in range(vectors)]
    found = []
    for r in range(rows):
        if across:
            place = builder.gep(here[0], [index(r)])
        else:
            base = here[r // 3]
            place = base if r % 3 == 0 else builder.gep(base, [step if r % 3 == 1 else twice])
        number = builder.load(place, align=4)
        one = builder.insert_element(_ANY, number, ir.Constant(ir.IntType(32), 0))
        all_lanes = builder.shuffle_vector(one, _ANY, lanes([0] * LANES))
        for v in range(vectors):
            term = builder.fmul(all_lanes, columns[v], flags=_FUSED)
            found.append(builder.fadd(term, sums[r * vectors + v], flags=_FUSED))
    strides = [step if across else index(1)] * len(pointers) + [width]
    moved = [builder.gep(p, [d]) for p, d in zip(here, strides, strict=True)]
    k_next = builder.add(k, index(1))
    _flow(k, index(0), segment, k_next, product)
    for phi, first, then in zip((*here, *sums), (*at, *carried), (*moved, *found), strict=True):
        _flow(phi, first, segment, then, product)
    builder.cbranch(builder.icmp_signed("<", k_next, depth), product, following)

    builder.position_at_end(following)
    strides = [a_next] * len(pointers) + [b_next]
    moved = [builder.gep(p, [d]) for p, d in zip(at, strides, strict=True)]
    s_next = builder.add(s, index(1))
    _flow(s, index(0), before, s_next, following)
    zeros = [ir.Constant(VECTOR, [0.0] * LANES)] * count
    for phi, first, then in zip((*at, *carried), (*start, *zeros), (*moved, *found), strict=True):
        _flow(phi, first, before, then, following)
    more = builder.icmp_signed("<", s_next, segments)
    out = builder.append_basic_block("out")
    builder.cbranch(more, segment, out)

    builder.position_at_end(out)
    target = builder.inttoptr(c, POINTER)
    places = [
        builder.gep(builder.gep(target, [builder.mul(c_width, index(r))]), [index(v * LANES)])
        for r in range(rows)
        for v in range(vectors)
    ]
    builder.cbranch(builder.icmp_signed("!=", add, index(0)), adding, storing)
    builder.position_at_end(adding)
    for place, value in zip(places, found, strict=True):
        store(builder, builder.fadd(load(builder, place), value), place)
    builder.branch(end)
    builder.position_at_end(storing)
    for place, value in zip(places, found, strict=True):
        store(builder, value, place)
    builder.branch(end)
    builder.position_at_end(end)


def _flow(phi: Any, first: Any, before: Any, then: Any, after: Any) -> None:
    phi.add_incoming(first, before)
    phi.add_incoming(then, after)
