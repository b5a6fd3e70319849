"""embedding: rows of a table by number."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import kernels, namespace

from ..cost import moved
from ..primitive import primitive
from ._bounds import check_index

__all__ = ["embedding"]


def embedding(input: Any, weight: Any, padding_idx: int | None = None) -> Any:
    r"""Rows of a table, $y_{i \ldots} = w_{\mathrm{input}_{i \ldots}}$.

    $\partial L / \partial w_r$ is the sum of the gradients of all $y_i$ that came from row $r$.

    Args:
        input: integers (…), each from 0 to rows - 1.
        weight: (rows, width).
        padding_idx: a row that gets no gradient; negative ones count from the end.

    Returns:
        (…, width).

    Raises:
        IndexError: an id is negative or there is no such row; the message names it and its place.
        TypeError: `input` does not hold integers.
        ValueError: `weight` is no matrix, or `padding_idx` no row.

    Example:
        >>> from nt_autograd import tensor
        >>> weight = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        >>> y = embedding(tensor([1, 1, 0]), weight)
        >>> y.sum().backward()
        >>> weight.grad
        tensor([[1., 1.], [2., 2.]])

    Source: PyTorch's `torch.nn.functional.embedding`.
    """
    if len(weight.shape) != 2:
        raise ValueError(f"embedding: weight must be (rows, width), not {tuple(weight.shape)}")
    if padding_idx is not None:
        rows = weight.shape[0]
        if not -rows <= padding_idx < rows:
            raise ValueError(f"embedding: padding_idx ({padding_idx}) is none of {rows} rows")
        padding_idx %= rows
    return _embedding(input, weight, padding_idx)


@primitive
def _embedding(ids: Any, weight: Any, /, padding_idx: int | None) -> Any:
    """The op behind `embedding`."""
    check_index("id", ids, weight.shape[0])
    return _rows(ids, weight)


_embedding.cost(moved)


@_embedding.backward
def _(g: Any, ids: Any, weight_shape: tuple[int, ...], padding_idx: int | None) -> Any:
    return None, _embedding_sums(g, ids, weight_shape[0], padding_idx)


@primitive
def _embedding_sums(g: Any, ids: Any, /, rows: int, padding_idx: int | None) -> Any:
    """The gradient of the table: what came to each row, summed."""
    xp = namespace(g)
    ids = xp.reshape(ids, (prod(ids.shape),))
    sums = kernels.scatter_add(xp.reshape(g, (ids.shape[0], g.shape[-1])), ids, rows)
    if padding_idx is None:
        return sums
    return xp.where(xp.arange(rows)[:, None] == padding_idx, xp.zeros_like(sums[:1]), sums)


@_embedding_sums.cost
def _(g_shape: tuple[int, ...]) -> int:
    return prod(g_shape)


@_embedding_sums.backward
def _(h: Any, ids: Any, padding_idx: int | None) -> Any:
    return _embedding_without(h, ids, padding_idx), None


@primitive
def _embedding_without(weight: Any, ids: Any, /, padding_idx: int | None) -> Any:
    """Rows of a table, zeros for one of them: the way back of the way back."""
    y = _rows(ids, weight)
    if padding_idx is None:
        return y
    xp = namespace(y)
    return xp.where((ids == padding_idx)[..., None], xp.zeros_like(y), y)


_embedding_without.cost(moved)


@_embedding_without.backward
def _(g: Any, ids: Any, weight_shape: tuple[int, ...], padding_idx: int | None) -> Any:
    return _embedding_sums(g, ids, weight_shape[0], padding_idx), None


def _rows(ids: Any, weight: Any) -> Any:
    xp = namespace(weight)
    y = xp.take(weight, xp.reshape(ids, (prod(ids.shape),)), axis=0)
    return xp.reshape(y, (*ids.shape, weight.shape[1]))
