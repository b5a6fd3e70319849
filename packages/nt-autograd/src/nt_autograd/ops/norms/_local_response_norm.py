"""local_response_norm: channels held back by what their neighbours do."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .._arithmetic import mul
from .._floating import check_floating
from .._pad import pad_axes
from .._power import pow

__all__ = ["local_response_norm"]


def local_response_norm(
    input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Any:
    r"""Local response normalisation over neighbouring channels.

    $$y_c = x_c \left(k + \frac{\alpha}{n} \sum_{c' = c - \lfloor n/2 \rfloor}^{c + \lceil n/2
    \rceil - 1} x_{c'}^2\right)^{-\beta}$$

    Beyond the first and the last channel there are zeros.

    Args:
        input: (N, C, …) with at least one axis of places.
        size: $n$, how many channels count.
        alpha: how much they hold back.
        beta: the exponent.
        k: what is there without them.

    Raises:
        ValueError: `input` has fewer than three axes, or `size` is not positive.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> local_response_norm(tensor([[[1.0], [2.0]]]), 2, alpha=2.0, beta=1.0)
        tensor([[[0.5       ],
                 [0.33333334]]])

    Source: Krizhevsky, Sutskever, Hinton, ImageNet classification with deep convolutional neural
        networks (2012), section 3.3; PyTorch's `torch.nn.functional.local_response_norm`, which
        divides alpha by the size.
    """
    shape = tuple(input.shape)
    if len(shape) < 3:
        raise ValueError(f"local_response_norm: input must be (N, C, …) and places, not {shape}")
    if size < 1:
        raise ValueError(f"local_response_norm: size ({size}) must be positive")
    check_floating("input", input.data if isinstance(input, Tensor) else input)
    squares = pad_axes(mul(input, input), {1: (size // 2, (size - 1) // 2)})
    total = squares[:, : shape[1]]
    for first in range(1, size):
        total = total + squares[:, first : first + shape[1]]
    return input / pow(total * (alpha / size) + k, beta)
