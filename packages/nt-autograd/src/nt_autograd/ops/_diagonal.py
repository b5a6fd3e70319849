"""Triangles and diagonals of matrices."""

from __future__ import annotations

from typing import Any

from nt_tensor import namespace

from ..cost import moved
from ..primitive import primitive
from ._axes import axis_of
from ._permute import movedim
from ._reshape import reshape
from ._sum import sum

__all__ = ["diag", "diag_embed", "diagonal", "trace", "tril", "triu"]


@primitive
def tril(x: Any, /, diagonal: int = 0) -> Any:
    """The lower triangle of matrices, zeros above.

    Args:
        x: (…, n, m).
        diagonal: the last diagonal that stays, counted upwards from the main one.

    Raises:
        ValueError: `x` has fewer than two axes.

    Example:
        >>> from nt_autograd import ones
        >>> tril(ones(2, 2))
        tensor([[1., 0.], [1., 1.]])

    Source: PyTorch's `torch.tril`.
    """
    return namespace(x).tril(_matrices(x), k=diagonal)


@tril.backward
def _(g: Any, diagonal: int) -> Any:
    return tril(g, diagonal)


tril.cost(moved)


@primitive
def triu(x: Any, /, diagonal: int = 0) -> Any:
    """The upper triangle of matrices, zeros below.

    Args:
        x: (…, n, m).
        diagonal: the first diagonal that stays, counted upwards from the main one.

    Raises:
        ValueError: `x` has fewer than two axes.

    Example:
        >>> from nt_autograd import ones
        >>> triu(ones(2, 2))
        tensor([[1., 1.], [0., 1.]])

    Source: PyTorch's `torch.triu`.
    """
    return namespace(x).triu(_matrices(x), k=diagonal)


@triu.backward
def _(g: Any, diagonal: int) -> Any:
    return triu(g, diagonal)


triu.cost(moved)


def diagonal(x: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A diagonal of matrices, as the last axis of the result.

    Args:
        x: any shape with two axes or more.
        offset: which diagonal, counted upwards from the main one.
        dim1: the axis of the matrices' rows.
        dim2: the axis of their columns.

    Raises:
        ValueError: both axes are the same.

    Example:
        >>> from nt_autograd import tensor
        >>> diagonal(tensor([[1.0, 2.0], [3.0, 4.0]]))
        tensor([1., 4.])

    Source: PyTorch's `torch.diagonal`.
    """
    if axis_of(dim1, x.ndim) == axis_of(dim2, x.ndim):
        raise ValueError(f"diagonal needs two axes; dim1 ({dim1}) and dim2 ({dim2}) are the same")
    x = movedim(x, (dim1, dim2), (-2, -1))
    *front, rows, columns = x.shape
    first = offset if offset >= 0 else -offset * columns
    length = max(min(rows + min(offset, 0), columns - max(offset, 0)), 0)
    flat = reshape(x, (*front, rows * columns))
    stop = first + (length - 1) * (columns + 1) + 1 if length else first
    return flat[..., first : stop : columns + 1]


@primitive
def diag_embed(x: Any, /, offset: int = 0) -> Any:
    """Square matrices with the last axis of `x` on a diagonal and zeros elsewhere.

    Args:
        x: (…, n).
        offset: which diagonal, counted upwards from the main one.

    Returns:
        (…, n + |offset|, n + |offset|).

    Example:
        >>> from nt_autograd import tensor
        >>> diag_embed(tensor([1.0, 2.0]))
        tensor([[1., 0.], [0., 2.]])

    Source: PyTorch's `torch.diag_embed`.
    """
    xp, n, k = namespace(x), x.shape[-1], abs(offset)
    zeros = [xp.zeros((*x.shape[:-1], k), dtype=x.dtype)]
    x = xp.concat([x, *zeros] if offset > 0 else [*zeros, x], axis=-1) if k else x
    there = xp.eye(n + k, n + k, k=offset, dtype=x.dtype) != 0
    return xp.where(there, x[..., :, None], xp.zeros((), dtype=x.dtype))


@diag_embed.backward
def _(g: Any, offset: int) -> Any:
    return diagonal(g, offset, -2, -1)


diag_embed.cost(moved)


def diag(x: Any, diagonal: int = 0) -> Any:
    """The diagonal of a matrix; of a vector, the matrix that has it on its diagonal.

    Args:
        x: (n, m) or (n,).
        diagonal: which diagonal, counted upwards from the main one.

    Raises:
        ValueError: `x` has neither one axis nor two.

    Example:
        >>> from nt_autograd import tensor
        >>> diag(tensor([[1.0, 2.0], [3.0, 4.0]]), 1)
        tensor([2.])

    Source: PyTorch's `torch.diag`.
    """
    if x.ndim not in (1, 2):
        raise ValueError(f"diag takes a vector or a matrix, got shape {tuple(x.shape)}")
    return diag_embed(x, diagonal) if x.ndim == 1 else _diagonal(x, diagonal)


_diagonal = diagonal


def trace(x: Any) -> Any:
    r"""The sum of a matrix' diagonal, $y = \sum_i x_{ii}$.

    Raises:
        ValueError: `x` is no matrix.

    Example:
        >>> from nt_autograd import tensor
        >>> trace(tensor([[1.0, 2.0], [3.0, 4.0]]))
        tensor(5.0)

    Source: PyTorch's `torch.trace`.
    """
    if x.ndim != 2:
        raise ValueError(f"trace takes a matrix, got shape {tuple(x.shape)}")
    return sum(diagonal(x))


def _matrices(x: Any) -> Any:
    if x.ndim < 2:
        raise ValueError(f"a triangle needs two axes, this tensor has shape {tuple(x.shape)}")
    return x
