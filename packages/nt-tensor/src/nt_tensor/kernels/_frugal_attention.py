"""Attention that never holds all of its weights, and its way back, which makes them again.

Queries and keys are taken in blocks. A block of queries keeps, for each of its rows, the highest
score so far, the sum of the exponentials and the sum of the values by them; a block of keys that
holds a higher score shrinks both sums (the online softmax). Forward keeps only the logarithm of the
last sum, from which the way back makes each block's weights anew.

`mask`, `band` and `groups` are those of `attention`.

Source: Rabe and Staats, Self-attention Does Not Need O(n^2) Memory (2021); Dao et al.,
FlashAttention (2022), algorithms 1 and 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._attention import Band, blocks, folded, outside_band, unfolded
from nt_tensor.kernels._wide import widened

__all__ = ["frugal_attention", "frugal_attention_backward", "part_of", "tiles"]

QUERIES, KEYS = 128, 512  # of a block


def tiles(first: int, last: int, size: int) -> Iterator[tuple[int, int]]:
    """The blocks of keys, on one grid for all queries, that reach from `first` to `last`."""
    for start in range(first - first % size, last, size) if first < last else ():
        yield start, start + size


def part_of(mask: Array, start: int, end: int, first: int, last: int) -> Array:
    """What of a mask is added to a block's scores."""
    if mask.ndim > 0 and mask.shape[-1] > 1:
        mask = mask[..., first:last]
    if mask.ndim > 1 and mask.shape[-2] > 1:
        mask = mask[..., start:end, :]
    return mask


@kernel
@widened(0)
def frugal_attention(
    q: Array, k: Array, v: Array, mask: Array | None, band: Band, scale: float, groups: int
) -> tuple[Array, Array]:
    """softmax(scale q k^T + mask) v, and for each query the logarithm of its sum of exponentials.

    Args:
        q: the queries (…, H, T, d).
        k: the keys (…, H / groups, S, d).
        v: the values (…, H / groups, S, e).
        mask: what is added to the scores.
        band: which keys a query sees.
        scale: what the products are multiplied with.
        groups: how many heads of queries share a head of keys.

    Gives (y, lse) of shapes (…, H, T, e) and (…, H, T, 1). A row that may see nothing gives zeros,
    and infinity for lse, so that its weights come out as exp(-inf) = 0.
    """
    xp = namespace(q)
    t, s = q.shape[-2], k.shape[-2]
    outputs, sums = [], []
    for start, end, first, last in blocks(t, s, band, QUERIES) or [(0, 0, 0, 0)]:
        rows = folded(q[..., start:end, :] * scale, groups)
        y = unfolded(rows @ xp.matrix_transpose(k[..., :0, :]) @ v[..., :0, :], groups)  # zeros
        total = xp.zeros((*y.shape[:-1], 1), dtype=y.dtype)
        top = total - xp.inf
        for a, b in tiles(first, last, KEYS):
            scores = _scores(rows, k, mask, band, groups, start, end, a, min(b, s))
            higher = xp.maximum(top, xp.max(scores, axis=-1, keepdims=True))
            shift = xp.where(higher == -xp.inf, xp.zeros_like(higher), higher)
            e, shrink = xp.exp(scores - shift), xp.exp(top - shift)
            y = y * shrink + unfolded(folded(e, groups) @ v[..., a:b, :], groups)
            total = total * shrink + xp.sum(e, axis=-1, keepdims=True)
            top = higher
        blind = total == 0
        total = xp.where(blind, xp.ones_like(total), total)
        outputs.append(y / total)
        sums.append(xp.where(blind, xp.inf, top + xp.log(total)))
    return xp.concat(outputs, axis=-2), xp.concat(sums, axis=-2)


@kernel
@widened()
def frugal_attention_backward(
    g: Array,
    q: Array,
    k: Array,
    v: Array,
    mask: Array | None,
    y: Array,
    lse: Array,
    band: Band,
    scale: float,
    groups: int,
    masked: bool,
) -> tuple[Array, Array, Array, Array | None]:
    """Gradients with respect to q, k, v and, if `masked`, the mask, in its shape.

    With p = exp(scores - lse): dv = p^T g; d(scores) = p (g v^T - sum(g y)).
    """
    xp = namespace(g)
    t, s = q.shape[-2], k.shape[-2]
    across = xp.matrix_transpose
    gq: list[Array] = []
    gm: list[Array] = []
    gk: dict[int, Array] = {}
    gv: dict[int, Array] = {}
    for start, end, first, last in blocks(t, s, band, QUERIES) or [(0, 0, 0, 0)]:
        rows, upper = folded(q[..., start:end, :] * scale, groups), g[..., start:end, :]
        offset = xp.sum(upper * y[..., start:end, :], axis=-1, keepdims=True)
        down = folded(upper, groups)
        found = unfolded(down @ across(v[..., :0, :]) @ k[..., :0, :], groups)  # zeros
        slopes: dict[int, Array] = {}
        for a, b in tiles(first, last, KEYS):
            scores = _scores(rows, k, mask, band, groups, start, end, a, min(b, s))
            p = xp.exp(scores - lse[..., start:end, :])
            gs = p * (unfolded(down @ across(v[..., a:b, :]), groups) - offset)
            _add(gv, a, across(folded(p, groups)) @ down)
            _add(gk, a, across(folded(gs, groups)) @ rows)
            found = found + unfolded(folded(gs, groups) @ k[..., a:b, :], groups)
            slopes[a] = gs
        gq.append(found * scale)
        if mask is not None and masked:
            row = _joined(slopes, xp.zeros((*found.shape[:-1], s), dtype=g.dtype), -1)
            gm.append(_summed(row, part_of(mask, start, end, 0, s).shape))
    whole = xp.concat(gq, axis=-2)
    gmask = None
    if mask is not None and masked:
        by_row = mask.ndim > 1 and mask.shape[-2] > 1
        gmask = xp.concat(gm, axis=-2) if by_row else xp.sum(xp.stack(gm), axis=0)
    return whole, _joined(gk, k, -2), _joined(gv, v, -2), gmask


def _scores(
    rows: Array,
    k: Array,
    mask: Array | None,
    band: Band,
    groups: int,
    start: int,
    end: int,
    first: int,
    last: int,
) -> Array:
    """The scores of a block; minus infinity outside of the band."""
    xp = namespace(rows)
    scores = unfolded(rows @ xp.matrix_transpose(k[..., first:last, :]), groups)
    if mask is not None:
        scores = scores + part_of(mask, start, end, first, last)
    outside = outside_band(rows, range(start, end), range(first, last), band)
    return scores if outside is None else xp.where(outside, -xp.inf, scores)


def _add(found: dict[Any, Array], at: Any, value: Array) -> None:
    found[at] = found[at] + value if at in found else value


def _joined(found: dict[int, Array], like: Array, axis: int) -> Array:
    """The blocks of keys as one along `axis` of an array such as `like`; zeros where none saw."""
    if not found:
        return namespace(like).zeros_like(like)
    some, length, parts = next(iter(found.values())), like.shape[axis], []
    for start, end in tiles(0, length, KEYS):
        shape = list(some.shape)
        shape[axis] = min(end, length) - start
        none = namespace(like).zeros(tuple(shape), dtype=some.dtype)
        parts.append(found.get(start, none))
    return namespace(like).concat(parts, axis=axis)


def _summed(x: Array, shape: tuple[int, ...]) -> Array:
    """`x` summed over the axes along which `shape` was broadcast to it."""
    xp = namespace(x)
    extra = x.ndim - len(shape)
    x = xp.sum(x, axis=tuple(range(extra)))
    alone = tuple(i for i, n in enumerate(shape) if n == 1 and x.shape[i] != 1)
    return xp.sum(x, axis=alone, keepdims=True) if alone else x
