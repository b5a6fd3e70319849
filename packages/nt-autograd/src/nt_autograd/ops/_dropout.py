"""dropout: zero a random share of the elements."""

from __future__ import annotations

from typing import Any

from nt_tensor import Generator, default_generator, device_of, kernels

from ..cost import each_input
from ..primitive import primitive
from ..tensor import Tensor
from ._floating import check_floating

__all__ = ["dropout"]


def dropout(
    x: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None
) -> Any:
    r"""Zero each element with probability $p$; scale the rest by $1/(1-p)$, so the mean stays.

    Args:
        x: any shape, floating point.
        p: the share to drop, in [0, 1].
        training: if False, `x` comes back as it is.
        generator: draws the mask; the thread's default generator if None.

    Raises:
        ValueError: `p` is outside of [0, 1].
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> dropout(tensor([1.0, 2.0]), 1.0)
        tensor([0., 0.])

    Source: Srivastava et al., Dropout (2014), section 4; PyTorch's `dropout`.
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"p must lie in [0, 1], got {p}")
    array = x.data if isinstance(x, Tensor) else x
    check_floating("x", array)
    if not training or p == 0.0:
        return x
    if p == 1.0:
        return x * 0.0
    draw = default_generator() if generator is None else generator
    mask = draw.bernoulli(tuple(array.shape), 1.0 - p, device=device_of(array))
    return _dropout(x, mask, p)


@primitive
def _dropout(x: Any, mask: Any, /, p: float) -> Any:
    """The op behind `dropout`, with the mask drawn."""
    return kernels.dropout(x, mask, p)


@_dropout.backward
def _(g: Any, mask: Any, p: float) -> Any:
    return _dropout(g, mask, p), None


_dropout.cost(each_input)
