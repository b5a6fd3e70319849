"""The same elements with their axes in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nt_tensor import namespace

from ..cost import free
from ..primitive import primitive
from ._axes import axis_of

__all__ = ["mT", "movedim", "permute", "swapaxes", "t", "transpose"]


@primitive
def permute(x: Any, /, dims: Sequence[int]) -> Any:
    """The axes of `x` in another order: axis `i` of the result is axis `dims[i]` of `x`.

    Raises:
        ValueError: `dims` does not name every axis once.

    Example:
        >>> from nt_autograd import zeros
        >>> permute(zeros(2, 3, 4), (2, 0, 1)).shape
        (4, 2, 3)

    Source: PyTorch's `torch.permute`.
    """
    return namespace(x).permute_dims(x, tuple(dims))


@permute.backward
def _(g: Any, dims: Sequence[int]) -> Any:
    n = len(dims)
    back = [0] * n
    for i, axis in enumerate(dims):
        back[axis] = i
    return permute(g, back)


permute.cost(free)


def transpose(x: Any, dim0: int, dim1: int) -> Any:
    """Swap two axes.

    Example:
        >>> from nt_autograd import zeros
        >>> transpose(zeros(2, 3, 4), 0, -1).shape
        (4, 3, 2)

    Source: PyTorch's `torch.transpose`.
    """
    dims = list(range(x.ndim))
    i, j = axis_of(dim0, x.ndim), axis_of(dim1, x.ndim)
    dims[i], dims[j] = dims[j], dims[i]
    return permute(x, dims)


def swapaxes(x: Any, axis0: int, axis1: int) -> Any:
    """Swap two axes; another name of `transpose`.

    Example:
        >>> from nt_autograd import zeros
        >>> swapaxes(zeros(2, 3), 0, 1).shape
        (3, 2)

    Source: PyTorch's `torch.swapaxes`.
    """
    return transpose(x, axis0, axis1)


def t(x: Any) -> Any:
    """The transpose of a matrix; a vector stays as it is.

    Raises:
        ValueError: `x` has more than two axes.

    Example:
        >>> from nt_autograd import zeros
        >>> t(zeros(2, 3)).shape
        (3, 2)

    Source: PyTorch's `torch.t`.
    """
    if x.ndim > 2:
        raise ValueError(f"t() transposes a matrix, this tensor has shape {tuple(x.shape)}; use mT")
    return permute(x, (1, 0)) if x.ndim == 2 else x


def mT(x: Any) -> Any:  # noqa: N802
    """Swap the last two axes: the transpose of each matrix in a stack.

    Raises:
        IndexError: `x` has fewer than two axes.

    Example:
        >>> from nt_autograd import zeros
        >>> mT(zeros(5, 2, 3)).shape
        (5, 3, 2)

    Source: PyTorch's `Tensor.mT`.
    """
    return transpose(x, -2, -1)


def movedim(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """Move axes to new places; the others keep their order.

    Args:
        x: any shape.
        source: the axes to move.
        destination: where each of them goes.

    Raises:
        ValueError: the two name different numbers of axes, or an axis twice.

    Example:
        >>> from nt_autograd import zeros
        >>> movedim(zeros(2, 3, 4), 0, -1).shape
        (3, 4, 2)

    Source: PyTorch's `torch.movedim`.
    """
    froms = [source] if isinstance(source, int) else list(source)
    tos = [destination] if isinstance(destination, int) else list(destination)
    froms, tos = [axis_of(i, x.ndim) for i in froms], [axis_of(i, x.ndim) for i in tos]
    if len(froms) != len(tos) or len(set(froms)) < len(froms) or len(set(tos)) < len(tos):
        raise ValueError(f"source {source} and destination {destination} must pair distinct axes")
    rest = iter([i for i in range(x.ndim) if i not in froms])
    placed = dict(zip(tos, froms, strict=True))
    return permute(x, [placed[i] if i in placed else next(rest) for i in range(x.ndim)])
