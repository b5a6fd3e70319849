"""embedding_bag: sums, means or maxima of rows of a table."""

from __future__ import annotations

from itertools import pairwise
from math import inf, prod
from typing import Any

from nt_tensor import asarray, device_of, dtype_of, namespace, to_numpy

from ..tensor import Tensor
from ._bounds import check_index
from ._embedding import embedding, padding_row, shorten
from ._extremes import max
from ._index_select import index_add
from ._reshape import reshape
from ._sum import sum
from ._where import masked_fill

__all__ = ["embedding_bag"]


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    *,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    r"""Sum, mean or maximum of the rows of each bag of ids, $y_b = \sum_{i \in b} s_i \, w_i$.

    An empty bag gives zeros.

    Args:
        input: integers (bags, ids), a bag a row; or (ids,), one bag behind another.
        weight: (rows, width).
        offsets: integers (bags,), where each bag begins if `input` has one axis; the first is 0.
        max_norm: rows that are used and longer than this are first made this long, in `weight`
            itself.
        norm_type: the $p$ of the norm for `max_norm`.
        scale_grad_by_freq: divide each row's gradient by how often the row is used; not for "max".
        mode: "sum", "mean" or "max".
        per_sample_weights: $s$, of the shape of `input`; for "sum" only.
        include_last_offset: `offsets` has one entry more, the end of the last bag.
        padding_idx: an id that counts nothing; negative ones count from the end.

    Returns:
        (bags, width).

    Raises:
        IndexError: there is no row of an id.
        TypeError: `input` or `offsets` does not hold integers.
        ValueError: a shape, an offset or an option does not fit.

    Example:
        >>> from nt_autograd import tensor
        >>> weight = tensor([[1.0], [2.0], [4.0]])
        >>> embedding_bag(tensor([0, 1, 2]), weight, tensor([0, 2]), mode="sum")
        tensor([[3.], [4.]])

    Source: PyTorch's `torch.nn.functional.embedding_bag`.
    """
    padding = padding_row("embedding_bag", weight, padding_idx)
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f'embedding_bag: mode must be "sum", "mean" or "max", got {mode!r}')
    if per_sample_weights is not None and mode != "sum":
        raise ValueError(f'embedding_bag: per_sample_weights need mode "sum", not {mode!r}')
    if scale_grad_by_freq and mode == "max":
        raise ValueError('embedding_bag: scale_grad_by_freq does not go with mode "max"')
    shape = tuple(input.shape)
    if per_sample_weights is not None and tuple(per_sample_weights.shape) != shape:
        raise ValueError(
            f"embedding_bag: per_sample_weights have shape {tuple(per_sample_weights.shape)}, "
            f"not that of input, {shape}"
        )
    array = input.data if isinstance(input, Tensor) else input
    ends = _ends(shape, offsets, include_last_offset)
    ids = namespace(array).reshape(array, (prod(shape),))
    check_index("embedding_bag: id", ids, weight.shape[0])
    if max_norm is not None:
        shorten("embedding_bag", ids, weight, max_norm, norm_type)
    if mode == "max":
        return _largest(ids, weight, padding, ends)
    rows = embedding(ids, weight, padding, scale_grad_by_freq=scale_grad_by_freq)
    if per_sample_weights is not None:
        rows = rows * reshape(per_sample_weights, (prod(shape), 1))
    counts = [stop - start for start, stop in pairwise(ends)]
    if padding is not None:
        skipped = ids == padding
        rows = masked_fill(rows, skipped[:, None], 0.0)
        missing = to_numpy(skipped)
        counts = [int((~missing[start:stop]).sum()) for start, stop in pairwise(ends)]
    width = weight.shape[1]
    if len(shape) == 2:
        y = sum(reshape(rows, (*shape, width)), 1)
    else:
        bags = [b for b, (start, stop) in enumerate(pairwise(ends)) for _ in range(start, stop)]
        y = index_add(_zeros(weight, len(counts)), 0, _like(bags, ids), rows)
    if mode == "sum":
        return y
    divisors = asarray([[float(n or 1)] for n in counts], dtype=weight.dtype, device=device_of(ids))
    return y / reshape(divisors, (len(counts), 1))


def _largest(ids: Any, weight: Any, padding: int | None, ends: list[int]) -> Any:
    """The maxima: every bag filled up to the longest with what is smaller than all."""
    spans = list(pairwise(ends))
    bags, longest = len(spans), sorted([0, *[stop - start for start, stop in spans]])[-1]
    if not longest:
        return sum(reshape(embedding(ids, weight), (bags, 0, weight.shape[1])), 1)
    beyond = [start + k >= stop for start, stop in spans for k in range(longest)]
    places = [
        0 if start + k >= stop else start + k for start, stop in spans for k in range(longest)
    ]
    xp = namespace(ids)
    chosen = xp.reshape(xp.take(ids, _like(places, ids), axis=0), (bags, longest))
    skipped = xp.reshape(_like(beyond, ids), (bags, longest))
    if padding is not None:
        skipped = skipped | (chosen == padding)
    rows = masked_fill(embedding(chosen, weight, padding), skipped[:, :, None], -inf)
    return masked_fill(max(rows, 1).values, xp.all(skipped, axis=1)[:, None], 0.0)


def _ends(shape: tuple[int, ...], offsets: Any, include_last: bool) -> list[int]:
    """Where the bags begin, and where the last one ends."""
    if len(shape) == 2:
        if offsets is not None:
            raise ValueError("embedding_bag: offsets are for an input of one axis, not (bags, ids)")
        return [b * shape[1] for b in range(shape[0] + 1)]
    if len(shape) != 1 or offsets is None:
        raise ValueError(
            f"embedding_bag: input must be (bags, ids), or (ids,) with offsets, got {shape}"
        )
    places = offsets.data if isinstance(offsets, Tensor) else offsets
    if dtype_of(places).kind not in ("int", "uint") or len(places.shape) != 1:
        raise TypeError(
            f"embedding_bag: offsets must be integers (bags,), not {dtype_of(places)} "
            f"{tuple(places.shape)}"
        )
    ends: list[int] = to_numpy(places).tolist()
    if not include_last:
        ends.append(shape[0])
    if not ends or ends[0] != 0 or ends[-1] > shape[0] or sorted(ends) != ends:
        raise ValueError(
            f"embedding_bag: offsets must rise from 0 to at most the {shape[0]} ids, got {ends}"
        )
    if ends[-1] != shape[0]:
        raise ValueError(f"embedding_bag: the last offset ({ends[-1]}) must be {shape[0]}, the end")
    return ends


def _like(values: list[Any], array: Any) -> Any:
    return asarray(values, dtype=None if values else "int64", device=device_of(array))


def _zeros(weight: Any, bags: int) -> Any:
    table = weight.data if isinstance(weight, Tensor) else weight
    return namespace(table).zeros((bags, table.shape[1]), dtype=table.dtype)
