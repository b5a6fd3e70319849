"""Norms over windows: lp_pool in one, two and three dimensions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .._arithmetic import mul
from .._power import pow
from .._where import where
from ..activations import relu
from ..convolution._geometry import Numbers, numbers
from ._avg_pool import avg_pool1d, avg_pool2d, avg_pool3d

__all__ = ["lp_pool1d", "lp_pool2d", "lp_pool3d"]


def lp_pool2d(
    input: Any,
    norm_type: float,
    kernel_size: Numbers,
    stride: Numbers | None = None,
    ceil_mode: bool = False,
) -> Any:
    r"""The $p$-norm of each window of an image, $y = (\sum_k x_k^p)^{1/p}$.

    The elements keep their signs: an odd $p$ is meant for what is not negative. Where the sum is
    not positive the value is zero, and so is the gradient. A window that hangs over the end (with
    `ceil_mode`) is stretched as if it were whole.

    Args:
        input: (N, C, H, W), or (C, H, W) for a single image.
        norm_type: $p$, positive; 1 is sum pooling.
        kernel_size: the window, one number or (rows, columns).
        stride: the step between windows; None for the window's size.
        ceil_mode: whether a last window may hang over the end, if it begins inside.

    Raises:
        ValueError: an argument is out of its range, or no window fits into the image.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> lp_pool2d(tensor([[[3.0, 4.0, 6.0, 8.0]]]), 2, (1, 2))
        tensor([[[ 5., 10.]]])

    Source: Sermanet, Chintala and LeCun, Convolutional neural networks applied to house numbers
        digit classification (2012); PyTorch's `torch.nn.functional.lp_pool2d`.
    """
    return _pooled("lp_pool2d", 2, avg_pool2d, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool1d(
    input: Any,
    norm_type: float,
    kernel_size: Numbers,
    stride: Numbers | None = None,
    ceil_mode: bool = False,
) -> Any:
    """The norm of each window of a sequence (N, C, L) or (C, L): see `lp_pool2d`.

    Raises:
        ValueError: an argument is out of its range, or no window fits into the sequence.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> lp_pool1d(tensor([[3.0, 4.0, 6.0, 8.0]]), 2, 2)
        tensor([[ 5., 10.]])

    Source: PyTorch's `torch.nn.functional.lp_pool1d`.
    """
    return _pooled("lp_pool1d", 1, avg_pool1d, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Any,
    norm_type: float,
    kernel_size: Numbers,
    stride: Numbers | None = None,
    ceil_mode: bool = False,
) -> Any:
    """The norm of each window of a volume (N, C, D, H, W): see `lp_pool2d`.

    Raises:
        ValueError: an argument is out of its range, or no window fits into the volume.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import ones
        >>> lp_pool3d(ones(1, 2, 2, 4), 1, (2, 2, 4))
        tensor([[[[16.]]]])

    Source: PyTorch's `torch.nn.functional.lp_pool3d`.
    """
    return _pooled("lp_pool3d", 3, avg_pool3d, input, norm_type, kernel_size, stride, ceil_mode)


def _pooled(
    name: str,
    count: int,
    averaged: Callable[..., Any],
    input: Any,
    norm_type: float,
    kernel_size: Numbers,
    stride: Numbers | None,
    ceil_mode: bool,
) -> Any:
    if not 0 < norm_type < math.inf:
        raise ValueError(f"{name}: norm_type ({norm_type}) must be positive and finite")
    size = math.prod(numbers(name, "kernel_size", kernel_size, count, 1))
    total = mul(averaged(pow(input, norm_type), kernel_size, stride, 0, ceil_mode), float(size))
    if norm_type == 1:
        return relu(total)
    above = total > 0  # at zero the root has no gradient: there it is taken of one instead
    return where(above, pow(where(above, total, 1), 1.0 / norm_type), 0)
