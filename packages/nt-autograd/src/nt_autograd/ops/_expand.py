"""expand: repeat along axes of length 1 without copying."""

from __future__ import annotations

from typing import Any

from nt_tensor import namespace

from ..cost import free
from ..primitive import primitive

__all__ = ["broadcast_to", "expand"]


@primitive
def expand(x: Any, /, shape: tuple[int, ...] = ()) -> Any:
    r"""View `x` as an array of `shape`, repeating new axes and axes of length 1.

    Args:
        x: array of a shape that broadcasts to `shape`.
        shape: the larger shape; -1 keeps an axis as it is.

    Raises:
        ValueError: `x` does not broadcast to `shape`.

    Example:
        >>> from nt_autograd import tensor
        >>> expand(tensor([[1.0], [2.0]]), (2, 3))
        tensor([[1., 1., 1.], [2., 2., 2.]])

    Source: PyTorch's `Tensor.expand`.
    """
    extra = len(shape) - x.ndim
    full = tuple(x.shape[i - extra] if n == -1 and i >= extra else n for i, n in enumerate(shape))
    return namespace(x).broadcast_to(x, full)


@expand.backward
def _(g: Any) -> Any:
    return g  # the engine undoes broadcasting


expand.cost(free)


def broadcast_to(x: Any, shape: tuple[int, ...]) -> Any:
    """View `x` as an array of `shape`, repeating axes; another name of `expand`.

    Example:
        >>> from nt_autograd import tensor
        >>> broadcast_to(tensor([1.0, 2.0]), (2, 2))
        tensor([[1., 2.], [1., 2.]])

    Source: PyTorch's `torch.broadcast_to`.
    """
    return expand(x, shape)
