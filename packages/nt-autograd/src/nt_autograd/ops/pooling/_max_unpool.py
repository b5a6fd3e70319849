"""Maxima put back in their places: max_unpool in one, two and three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from nt_tensor import device_of, dtype_of, zeros

from ...tensor import Tensor
from .._gather import scatter
from .._reshape import reshape
from ..convolution._geometry import Numbers, numbers
from ._windows import planes_of, window_of

__all__ = ["max_unpool1d", "max_unpool2d", "max_unpool3d"]


def max_unpool2d(
    input: Any,
    indices: Any,
    kernel_size: Numbers,
    stride: Numbers | None = None,
    padding: Numbers = 0,
    output_size: Sequence[int] | None = None,
) -> Any:
    r"""Zeros with each maximum that `max_pool2d` found where it came from.

    Where several come to one place the last one stays.

    Args:
        input: the maxima, (N, C, H, W) or (C, H, W).
        indices: their places in the plane of the result, as `max_pool2d` gives them.
        kernel_size: the window that they come from, one number or (rows, columns).
        stride: the step between windows; None for the window's size.
        padding: what was put around the image.
        output_size: the image's size, its last two axes or all; None for the smallest that fits:
            $(H - 1) s - 2 p + k$.

    Raises:
        ValueError: the shapes differ, or `output_size` is a stride or more away from the smallest.
        IndexError: an index lies outside of the result.
        TypeError: `indices` does not hold integers.

    Example:
        >>> from nt_autograd import max_pool2d, tensor
        >>> y, places = max_pool2d(tensor([[[1.0, 2.0], [4.0, 3.0]]]), 2, return_indices=True)
        >>> max_unpool2d(y, places, 2)
        tensor([[[0., 0.], [4., 0.]]])

    Source: Zeiler and Fergus, Visualizing and understanding convolutional networks (2014), section
        2.1; PyTorch's `torch.nn.functional.max_unpool2d`.
    """
    options = (kernel_size, stride, padding, output_size)
    return _unpooled("max_unpool2d", 2, input, indices, *options)


def max_unpool1d(
    input: Any,
    indices: Any,
    kernel_size: Numbers,
    stride: Numbers | None = None,
    padding: Numbers = 0,
    output_size: Sequence[int] | None = None,
) -> Any:
    """Zeros with each maximum of a sequence where it came from: see `max_unpool2d`.

    Raises:
        ValueError: the shapes differ, or `output_size` is a stride or more away from the smallest.
        IndexError: an index lies outside of the result.
        TypeError: `indices` does not hold integers.

    Example:
        >>> from nt_autograd import tensor
        >>> max_unpool1d(tensor([[5.0, 6.0]]), tensor([[1, 2]]), 2)
        tensor([[0., 5., 6., 0.]])

    Source: PyTorch's `torch.nn.functional.max_unpool1d`.
    """
    options = (kernel_size, stride, padding, output_size)
    return _unpooled("max_unpool1d", 1, input, indices, *options)


def max_unpool3d(
    input: Any,
    indices: Any,
    kernel_size: Numbers,
    stride: Numbers | None = None,
    padding: Numbers = 0,
    output_size: Sequence[int] | None = None,
) -> Any:
    """Zeros with each maximum of a volume where it came from: see `max_unpool2d`.

    Raises:
        ValueError: the shapes differ, or `output_size` is a stride or more away from the smallest.
        IndexError: an index lies outside of the result.
        TypeError: `indices` does not hold integers.

    Example:
        >>> from nt_autograd import tensor
        >>> max_unpool3d(tensor([[[[5.0]]]]), tensor([[[[1]]]]), (1, 1, 3))
        tensor([[[[0., 5., 0.]]]])

    Source: PyTorch's `torch.nn.functional.max_unpool3d`.
    """
    options = (kernel_size, stride, padding, output_size)
    return _unpooled("max_unpool3d", 3, input, indices, *options)


def _unpooled(
    name: str,
    count: int,
    input: Any,
    indices: Any,
    kernel_size: Numbers,
    stride: Numbers | None,
    padding: Numbers,
    output_size: Sequence[int] | None,
) -> Any:
    if tuple(indices.shape) != tuple(input.shape):
        raise ValueError(
            f"{name}: indices {tuple(indices.shape)} must have the shape of input "
            f"{tuple(input.shape)}"
        )
    windows = window_of(name, count, kernel_size, stride, padding)
    lengths = planes_of(name, input, count)
    least = tuple(
        [(n - 1) * s - 2 * p + k for n, (k, s, p, *_) in zip(lengths, windows, strict=True)]
    )
    sizes = (
        least
        if output_size is None
        else numbers(name, "output_size", tuple(output_size)[-count:], count, 1)
    )
    for size, fit, (_, step, *_) in zip(sizes, least, windows, strict=True):
        if not fit - step < size < fit + step:
            raise ValueError(
                f"{name}: output_size {sizes} must be less than a stride away from {least}"
            )
    lead = tuple(input.shape[:-count])
    flat = (*lead, prod(lengths))
    array = input.data if isinstance(input, Tensor) else input
    empty = zeros((*lead, prod(sizes)), dtype_of(array), device_of(array))
    try:
        y = scatter(empty, -1, reshape(indices, flat), reshape(input, flat))
    except IndexError as error:
        raise IndexError(f"{name}: an index leads out of a result of {sizes}: {error}") from error
    return reshape(y, (*lead, *sizes))
