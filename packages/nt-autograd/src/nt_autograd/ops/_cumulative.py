"""Products over axes, and running sums and products."""

from __future__ import annotations

from typing import Any

from nt_tensor import dtype_of, namespace

from ..cost import each_input
from ..primitive import primitive
from ..tensor import Tensor
from ._axes import Dim, axes_of, axis_of
from ._flip import flip
from ._pad import pad_axes
from ._permute import permute
from ._reshape import reshape

__all__ = ["cumprod", "cumsum", "prod"]


@primitive
def cumsum(x: Any, /, dim: int) -> Any:
    r"""Running sum along an axis, $y_k = \sum_{i \le k} x_i$. Integers and booleans give int64.

    Raises:
        IndexError: `dim` is not an axis of `x`.

    Example:
        >>> from nt_autograd import tensor
        >>> cumsum(tensor([1.0, 2.0, 3.0]), 0)
        tensor([1., 3., 6.])

    Source: PyTorch's `torch.cumsum`.
    """
    return namespace(x).cumulative_sum(_wide(x), axis=axis_of(dim, x.ndim))


@cumsum.backward
def _(g: Any, dim: int) -> Any:
    return flip(cumsum(flip(g, dim), dim), dim)


cumsum.cost(each_input)


def prod(x: Any, dim: Dim = None, keepdim: bool = False) -> Any:
    r"""Product over axes, $y = \prod_i x_i$; over no elements it is 1.

    Integers and booleans give int64.

    $\partial y/\partial x_i = \prod_{j \ne i} x_j$, also where there are zeros: a tensor that needs
    gradients is multiplied up as a tree, whose derivatives of every order are exact.

    Args:
        x: any shape.
        dim: an axis, several, or None for all.
        keepdim: leave the axes there with length 1.

    Raises:
        IndexError: `dim` is not an axis of `x`.

    Example:
        >>> from nt_autograd import tensor
        >>> prod(tensor([[1.0, 2.0], [3.0, 4.0]]), dim=1)
        tensor([ 2., 12.])

    Source: PyTorch's `torch.prod`.
    """
    if not (isinstance(x, Tensor) and x.requires_grad):
        return _prod(x, dim, keepdim)
    shape = x.shape
    axes = axes_of(dim, len(shape))
    rest = [i for i in range(len(shape)) if i not in axes]
    kept = [shape[i] for i in rest]
    total = 1
    for i in axes:
        total *= shape[i]
    x = reshape(permute(x, (*rest, *axes)), (*kept, total))  # (…, n)
    while (n := x.shape[-1]) != 1:
        if n % 2 or n == 0:
            x = pad_axes(x, {x.ndim - 1: (0, 1)}, 1)
        half = x.shape[-1] // 2
        x = x[..., :half] * x[..., half:] if half else x
    return reshape(x, [1 if i in axes else m for i, m in enumerate(shape)] if keepdim else kept)


@primitive
def _prod(x: Any, /, dim: Dim = None, keepdim: bool = False) -> Any:
    return namespace(x).prod(_wide(x), axis=axes_of(dim, x.ndim), keepdims=keepdim)


_prod.cost(each_input)


def cumprod(x: Any, dim: int) -> Any:
    r"""Running product along an axis, $y_k = \prod_{i \le k} x_i$.

    Integers and booleans give int64.

    A tensor that needs gradients is multiplied up in $\log_2 n$ steps (each adds the product of as
    many elements as are in already), so that gradients are exact also where there are zeros.

    Raises:
        IndexError: `dim` is not an axis of `x`.

    Example:
        >>> from nt_autograd import tensor
        >>> cumprod(tensor([1.0, 2.0, 3.0]), 0)
        tensor([1., 2., 6.])

    Source: PyTorch's `torch.cumprod`; the steps: Hillis and Steele, Data Parallel Algorithms
        (1986).
    """
    if not (isinstance(x, Tensor) and x.requires_grad):
        return _cumprod(x, dim)
    axis = axis_of(dim, x.ndim)
    n, done = x.shape[axis], 1
    before = (slice(None),) * axis
    while done < n:
        x = x * pad_axes(x[(*before, slice(0, n - done))], {axis: (done, 0)}, 1)
        done *= 2
    return x


@primitive
def _cumprod(x: Any, /, dim: int) -> Any:
    return namespace(x).cumulative_prod(_wide(x), axis=axis_of(dim, x.ndim))


_cumprod.cost(each_input)


def _wide(x: Any) -> Any:
    xp = namespace(x)
    return x if dtype_of(x).kind == "float" else xp.astype(x, xp.int64)
