"""Rectifiers whose slope on the left is learned or drawn: prelu, rrelu."""

from __future__ import annotations

from typing import Any

from nt_tensor import Generator, default_generator, device_of, dtype_of, kernels

from ...primitive import primitive
from ...tensor import Tensor
from .._floating import check_floating
from .._reshape import reshape
from .._where import where
from ._relu import leaky_relu

__all__ = ["prelu", "rrelu"]


def prelu(x: Any, weight: Any) -> Any:
    r"""Rectifier with a learned slope on the left: $y = x$ above 0, $a_c x$ from 0 down.

    $\partial y/\partial x = 1$ above 0, else $a_c$; $\partial y/\partial a_c = x$ from 0 down.

    Args:
        x: any shape, floating point; axis 1 is that of the channels.
        weight: the slopes $a$, (1,) or (channels,).

    Raises:
        ValueError: `weight` has neither one slope nor one a channel.
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> prelu(tensor([[-1.0, -1.0], [1.0, 1.0]]), tensor([0.25, 0.5]))
        tensor([[-0.25, -0.5 ],
               [ 1.  ,  1.  ]])

    Source: He et al., Delving Deep into Rectifiers (2015), section 2.1; PyTorch's
        `torch.nn.functional.prelu`.
    """
    channels = x.shape[1] if x.ndim > 1 else 1
    count = weight.shape[0] if weight.ndim == 1 else None
    if weight.ndim > 1 or count not in (None, 1, channels):
        raise ValueError(
            f"weight must have shape (1,) or, for x of shape {tuple(x.shape)}, ({channels},); "
            f"got {tuple(weight.shape)}"
        )
    if count is not None:
        fits = [count if axis == 1 else 1 for axis in range(x.ndim)]
        weight = reshape(weight, fits)
    return _prelu(x, weight)


@primitive(promotes=True)
def _prelu(x: Any, weight: Any, /) -> Any:
    """The op behind `prelu` and `rrelu`, with slopes that broadcast."""
    check_floating("x", x)
    return kernels.where(x > 0, x, x * weight)


@_prelu.backward
def _(g: Any, x: Any, weight: Any, needs: tuple[bool, bool]) -> Any:
    above = x > 0
    return (
        where(above, g, g * weight) if needs[0] else None,
        where(above, 0.0, g * x) if needs[1] else None,
    )


def rrelu(
    x: Any,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    *,
    generator: Generator | None = None,
) -> Any:
    r"""Rectifier with a random slope on the left: $y = x$ above 0, $a x$ from 0 down.

    While training, each element draws its own $a \sim \mathcal U(l, u)$; otherwise $a = (l + u)/2$.
    $y' = 1$ above 0, $a$ from 0 down. The noise is a regulariser.

    Args:
        x: any shape, floating point.
        lower: the smallest slope, $l$.
        upper: the largest slope, $u$.
        training: whether slopes are drawn.
        generator: draws them; the thread's default generator if None.

    Raises:
        ValueError: `lower` is above `upper`.
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> rrelu(tensor([-4.0, 2.0]), 0.25, 0.75)
        tensor([-2.,  2.])

    Source: Xu et al., Empirical Evaluation of Rectified Activations in Convolutional Network
        (2015), section 2.4; PyTorch's `torch.nn.functional.rrelu`.
    """
    if not lower <= upper:
        raise ValueError(f"lower ({lower}) must not be above upper ({upper})")
    if not training:
        return leaky_relu(x, (lower + upper) / 2)
    array = x.data if isinstance(x, Tensor) else x
    check_floating("x", array)
    draw = default_generator() if generator is None else generator
    slopes = draw.uniform(
        tuple(array.shape),
        low=lower,
        high=upper,
        dtype=dtype_of(array),
        device=device_of(array),
    )
    return _prelu(x, slopes)
