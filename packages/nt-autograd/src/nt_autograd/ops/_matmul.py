"""Matrix products."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import kernels, namespace

from ..primitive import primitive
from ._permute import mT
from ._reshape import reshape, unsqueeze

__all__ = ["bmm", "dot", "matmul", "mm", "mv", "outer"]


@primitive
def matmul(a: Any, b: Any, /) -> Any:
    r"""Matrix product, $y_{ij} = \sum_k a_{ik} b_{kj}$, over stacks of matrices that broadcast.

    $\partial L/\partial a = g\,b^\top$, $\partial L/\partial b = a^\top g$.

    Args:
        a: (…, n, k), or (k,), which counts as a row that the result does not have.
        b: (…, k, m), or (k,), which counts as a column that the result does not have.

    Raises:
        ValueError: the lengths $k$ differ, or an input has no axes.
        TypeError: the dtypes differ.

    Example:
        >>> from nt_autograd import tensor
        >>> matmul(tensor([[1.0, 2.0], [3.0, 4.0]]), tensor([1.0, 1.0]))
        tensor([3., 7.])

    Source: PyTorch's `torch.matmul`.
    """
    if a.dtype != b.dtype:
        raise TypeError("the dtypes must be the same; cast one of them with x.to(dtype)")
    xp = namespace(a)
    if b.ndim == 2 and a.ndim == 2:
        return kernels.matrix_product(a, b)
    if b.ndim == 2 and a.ndim > 2:  # one large product instead of a stack of small ones
        return xp.reshape(kernels.matrix_product(_rows(a), b), (*a.shape[:-1], b.shape[-1]))
    return xp.matmul(a, b)


@matmul.backward
def _(g: Any, a: Any, b: Any, needs: tuple[bool, bool]) -> Any:
    a_shape, b_shape = a.shape, b.shape
    if len(a_shape) == 1:  # a row
        a, g = unsqueeze(a, 0), unsqueeze(g, -1 if len(b_shape) == 1 else -2)
    if len(b_shape) == 1:  # a column
        b, g = unsqueeze(b, 1), unsqueeze(g, -1)
    ga = gb = None
    if needs[0]:
        ga = matmul(g, mT(b))
        if len(a_shape) == 1:
            ga = reshape(ga, (*ga.shape[:-2], *a_shape))
    if needs[1]:
        if b.ndim == 2:  # one product sums over all leading axes
            gb = matmul(mT(_rows(a)), _rows(g))
        else:
            gb = matmul(mT(a), g)
        if len(b_shape) == 1:
            gb = reshape(gb, b_shape)
    return ga, gb


@matmul.cost
def _(a_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
    return 2 * a_shape[-1] * prod(y_shape)


def _rows(x: Any) -> Any:
    """(…, n, k) -> (… n, k)."""
    return x if x.ndim == 2 else reshape(x, (prod(x.shape[:-1]), x.shape[-1]))


def mm(a: Any, b: Any) -> Any:
    """Product of two matrices, (n, k) and (k, m).

    Raises:
        ValueError: one of them is no matrix.

    Example:
        >>> from nt_autograd import ones
        >>> mm(ones(2, 3), ones(3, 1))
        tensor([[3.], [3.]])

    Source: PyTorch's `torch.mm`.
    """
    return _of_ndim("mm", a, 2, b, 2)


def bmm(a: Any, b: Any) -> Any:
    """Products of two stacks of matrices, (batch, n, k) and (batch, k, m).

    Raises:
        ValueError: one of them has not three axes.

    Example:
        >>> from nt_autograd import ones
        >>> bmm(ones(5, 2, 3), ones(5, 3, 1)).shape
        (5, 2, 1)

    Source: PyTorch's `torch.bmm`.
    """
    if a.ndim == b.ndim == 3 and a.shape[0] != b.shape[0]:
        raise ValueError(f"bmm: batches of {a.shape[0]} and {b.shape[0]} matrices do not pair")
    return _of_ndim("bmm", a, 3, b, 3)


def mv(a: Any, b: Any) -> Any:
    """Product of a matrix (n, k) and a vector (k,).

    Raises:
        ValueError: they are no matrix and vector.

    Example:
        >>> from nt_autograd import ones
        >>> mv(ones(2, 3), ones(3))
        tensor([3., 3.])

    Source: PyTorch's `torch.mv`.
    """
    return _of_ndim("mv", a, 2, b, 1)


def dot(a: Any, b: Any) -> Any:
    r"""Inner product of two vectors, $y = \sum_k a_k b_k$.

    Raises:
        ValueError: one of them is no vector.

    Example:
        >>> from nt_autograd import tensor
        >>> dot(tensor([1.0, 2.0]), tensor([3.0, 4.0]))
        tensor(11.0)

    Source: PyTorch's `torch.dot`.
    """
    return _of_ndim("dot", a, 1, b, 1)


def outer(a: Any, b: Any) -> Any:
    """Outer product of two vectors, $y_{ij} = a_i b_j$.

    Raises:
        ValueError: one of them is no vector.

    Example:
        >>> from nt_autograd import tensor
        >>> outer(tensor([1.0, 2.0]), tensor([3.0, 4.0]))
        tensor([[3., 4.], [6., 8.]])

    Source: PyTorch's `torch.outer`.
    """
    if a.ndim != 1 or b.ndim != 1:
        raise ValueError(
            f"outer takes two vectors, got shapes {tuple(a.shape)} and {tuple(b.shape)}"
        )
    return unsqueeze(a, 1) * b


def _of_ndim(name: str, a: Any, m: int, b: Any, n: int) -> Any:
    if a.ndim != m or b.ndim != n:
        shapes = f"{tuple(a.shape)} and {tuple(b.shape)}"
        raise ValueError(f"{name} takes tensors of {m} and {n} axes, got shapes {shapes}")
    return matmul(a, b)
