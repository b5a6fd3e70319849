"""cosine_similarity: how far vectors point the same way."""

from __future__ import annotations

from typing import Any

from .._axes import axis_of
from .._sum import sum
from ..norms._normalize import normalize

__all__ = ["cosine_similarity"]


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    r"""The cosine of the angle between vectors, broadcasting.

    $$y = \frac{x_1}{\max(\lVert x_1 \rVert, \epsilon)} \cdot
      \frac{x_2}{\max(\lVert x_2 \rVert, \epsilon)}$$

    With a vector of zeros it is 0.

    Args:
        x1: floats; along `dim` lie the elements of a vector.
        x2: of a shape that broadcasts with that of `x1`.
        dim: the axis that goes.
        eps: shorter vectors are divided by this instead of by their length.

    Raises:
        IndexError: there is no axis `dim`.
        TypeError: an input is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> cosine_similarity(tensor([[1.0, 0.0]]), tensor([[3.0, 4.0]]))
        tensor([0.6])

    Source: PyTorch's `torch.nn.functional.cosine_similarity`.
    """
    ndim = max(x1.ndim, x2.ndim)
    along = axis_of(dim, ndim) - ndim  # from the back: the shapes may differ in length
    return sum(normalize(x1, 2.0, along, eps) * normalize(x2, 2.0, along, eps), along)
