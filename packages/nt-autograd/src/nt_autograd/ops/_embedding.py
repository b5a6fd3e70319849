"""embedding: rows of a table by number."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import kernels, namespace

from ..cost import moved
from ..primitive import primitive
from ..tape import no_grad
from ..tensor import Tensor
from ._bounds import check_index
from ._norm import norm

__all__ = ["embedding"]


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
) -> Any:
    r"""Rows of a table, $y_{i \ldots} = w_{\mathrm{input}_{i \ldots}}$.

    $\partial L / \partial w_r$ is the sum of the gradients of all $y_i$ that came from row $r$.

    Args:
        input: integers (…), each from 0 to rows - 1.
        weight: (rows, width).
        padding_idx: a row that gets no gradient; negative ones count from the end.
        max_norm: rows that are used and longer than this are first made this long, in `weight`
            itself.
        norm_type: the $p$ of the norm for `max_norm`.
        scale_grad_by_freq: divide each row's gradient by how often the row is used.

    Returns:
        (…, width).

    Raises:
        IndexError: an id is negative or there is no such row; the message names it and its place.
        TypeError: `input` does not hold integers, or `weight` is no tensor that `max_norm` could
            change.
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
    padding = padding_row("embedding", weight, padding_idx)
    if max_norm is not None:
        shorten("embedding", input, weight, max_norm, norm_type)
    return _embedding(input, weight, padding, scale_grad_by_freq)


def padding_row(name: str, weight: Any, padding_idx: int | None) -> int | None:
    """The row of a padding that may count from the end; raises unless it is a row of a matrix."""
    if len(weight.shape) != 2:
        raise ValueError(f"{name}: weight must be (rows, width), not {tuple(weight.shape)}")
    if padding_idx is None:
        return None
    rows = weight.shape[0]
    if not -rows <= padding_idx < rows:
        raise ValueError(f"{name}: padding_idx ({padding_idx}) is none of {rows} rows")
    row: int = padding_idx % rows
    return row


def shorten(name: str, ids: Any, weight: Any, max_norm: float, norm_type: float) -> None:
    """Make the rows that are used at most `max_norm` long, in the table itself."""
    if not isinstance(weight, Tensor):
        raise TypeError(f"{name}: max_norm changes weight, which must be a tensor, not an array")
    if not max_norm > 0:
        raise ValueError(f"{name}: max_norm ({max_norm}) must be positive")
    ids = ids.data if isinstance(ids, Tensor) else ids
    check_index(f"{name}: id", ids, weight.shape[0])
    xp = namespace(weight.data)
    ids = xp.reshape(ids, (prod(ids.shape),))
    rows = _rows(ids, weight.data)
    lengths = norm(rows, norm_type, 1, True)
    longer = lengths > max_norm
    if bool(xp.any(longer)):
        with no_grad():
            weight[ids] = Tensor(xp.where(longer, rows * (max_norm / (lengths + 1e-7)), rows))


@primitive
def _embedding(ids: Any, weight: Any, /, padding_idx: int | None, by_freq: bool = False) -> Any:
    """The op behind `embedding`."""
    check_index("id", ids, weight.shape[0])
    return _rows(ids, weight)


_embedding.cost(moved)


@_embedding.backward
def _(
    g: Any, ids: Any, weight_shape: tuple[int, ...], padding_idx: int | None, by_freq: bool
) -> Any:
    return None, _embedding_sums(g, ids, weight_shape[0], padding_idx, by_freq)


@primitive
def _embedding_sums(
    g: Any, ids: Any, /, rows: int, padding_idx: int | None, by_freq: bool = False
) -> Any:
    """The gradient of the table: what came to each row, summed."""
    xp = namespace(g)
    ids = xp.reshape(ids, (prod(ids.shape),))
    sums = kernels.scatter_add(xp.reshape(g, (ids.shape[0], g.shape[-1])), ids, rows)
    if by_freq:
        counts = _counts(ids, rows, g)
        sums = sums / xp.where(counts > 0, counts, xp.ones_like(counts))[:, None]
    if padding_idx is None:
        return sums
    return xp.where(xp.arange(rows)[:, None] == padding_idx, xp.zeros_like(sums[:1]), sums)


@_embedding_sums.cost
def _(g_shape: tuple[int, ...]) -> int:
    return prod(g_shape)


@_embedding_sums.backward
def _(h: Any, ids: Any, padding_idx: int | None, by_freq: bool) -> Any:
    return _embedding_without(h, ids, padding_idx, by_freq), None


@primitive
def _embedding_without(
    weight: Any, ids: Any, /, padding_idx: int | None, by_freq: bool = False
) -> Any:
    """Rows of a table, zeros for one of them: the way back of the way back."""
    y = _rows(ids, weight)
    xp = namespace(y)
    if by_freq:
        counts = _counts(xp.reshape(ids, (-1,)), weight.shape[0], weight)
        y = y / _rows(ids, counts[:, None])
    if padding_idx is None:
        return y
    return xp.where((ids == padding_idx)[..., None], xp.zeros_like(y), y)


_embedding_without.cost(moved)


@_embedding_without.backward
def _(
    g: Any, ids: Any, weight_shape: tuple[int, ...], padding_idx: int | None, by_freq: bool
) -> Any:
    return _embedding_sums(g, ids, weight_shape[0], padding_idx, by_freq), None


def _counts(ids: Any, rows: int, like: Any) -> Any:
    """How often each row is used, in the dtype of an array."""
    ones = namespace(like).ones((ids.shape[0],), dtype=like.dtype)
    return kernels.scatter_add(ones, ids, rows)


def _rows(ids: Any, weight: Any) -> Any:
    xp = namespace(weight)
    y = xp.take(weight, xp.reshape(ids, (prod(ids.shape),)), axis=0)
    return xp.reshape(y, (*ids.shape, weight.shape[1]))
