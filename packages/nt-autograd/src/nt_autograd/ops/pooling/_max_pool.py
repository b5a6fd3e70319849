"""Maxima over windows: max_pool and adaptive_max_pool in one, two and three dimensions."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import dtype_of, int64, kernels, namespace
from nt_tensor.kernels import Band

from ...primitive import primitive
from .._astype import astype
from ..convolution._geometry import Numbers
from ._planes import scatter_planes, take_planes
from ._windows import adaptive_band, adaptive_sizes, planes_of, sliding_band, window_of

__all__ = [
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
]


def max_pool2d(
    input: Any,
    kernel_size: Numbers,
    stride: Numbers | None = None,
    padding: Numbers = 0,
    dilation: Numbers = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    r"""The largest element in each window of an image.

    $$y_{n c i j} = \max_{k, l} x_{n,\, c,\, i s + k d - p,\, j s + l d - p}$$

    Of equal elements the first one, line by line, gets the gradient. A NaN is the largest.

    Args:
        input: (N, C, H, W), or (C, H, W) for a single image.
        kernel_size: the window, one number or (rows, columns).
        stride: the step $s$ between windows; None for the window's size.
        padding: the places $p$, all $-\infty$, put around the image; at most half of the window.
        dilation: the step $d$ between a window's elements.
        ceil_mode: whether a last window may hang over the end, if it begins inside.
        return_indices: whether to give the places of the maxima too, for `max_unpool2d`.

    Returns:
        (N, C, OH, OW), $OH = \lfloor (H + 2 p - d (k - 1) - 1) / s \rfloor + 1$, rounded up with
        `ceil_mode`; or that and as many int64 places $h W + w$ in the input's plane.

    Raises:
        ValueError: an argument is out of its range, or no window fits into the image.

    Example:
        >>> from nt_autograd import tensor
        >>> max_pool2d(tensor([[[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 7.0, 8.0]]]), 2)
        tensor([[[4., 8.]]])

    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016), chapter
        3; PyTorch's `torch.nn.functional.max_pool2d`.
    """
    return _sliding(
        "max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices
    )


def max_pool1d(
    input: Any,
    kernel_size: Numbers,
    stride: Numbers | None = None,
    padding: Numbers = 0,
    dilation: Numbers = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element in each window of a sequence (N, C, L) or (C, L): see `max_pool2d`.

    Raises:
        ValueError: an argument is out of its range, or no window fits into the sequence.

    Example:
        >>> from nt_autograd import tensor
        >>> max_pool1d(tensor([[1.0, 3.0, 2.0, 0.0, 4.0]]), 3, stride=2)
        tensor([[3., 4.]])

    Source: PyTorch's `torch.nn.functional.max_pool1d`.
    """
    return _sliding(
        "max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices
    )


def max_pool3d(
    input: Any,
    kernel_size: Numbers,
    stride: Numbers | None = None,
    padding: Numbers = 0,
    dilation: Numbers = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element in each window of a volume (N, C, D, H, W): see `max_pool2d`.

    Raises:
        ValueError: an argument is out of its range, or no window fits into the volume.

    Example:
        >>> from nt_autograd import arange
        >>> max_pool3d(arange(8.0).reshape(1, 2, 2, 2), 2)
        tensor([[[[7.]]]])

    Source: PyTorch's `torch.nn.functional.max_pool3d`.
    """
    return _sliding(
        "max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices
    )


def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    r"""The largest elements of an image cut into `output_size` windows, whatever its size.

    Line $i$ of the result is the maximum of lines $\lfloor i H / O \rfloor$ to
    $\lceil (i + 1) H / O \rceil - 1$: windows overlap where $O$ does not divide $H$.

    Args:
        input: (N, C, H, W), or (C, H, W) for a single image.
        output_size: one number or (rows, columns); None keeps the image's.
        return_indices: whether to give the places of the maxima too.

    Raises:
        ValueError: `output_size` is not one or two positive numbers, or the image is empty.

    Example:
        >>> from nt_autograd import arange
        >>> adaptive_max_pool2d(arange(6.0).reshape(1, 2, 3), (1, 2))
        tensor([[[4., 5.]]])

    Source: He et al., Spatial pyramid pooling in deep convolutional networks (2014); PyTorch's
        `torch.nn.functional.adaptive_max_pool2d`.
    """
    return _adaptive("adaptive_max_pool2d", 2, input, output_size, return_indices)


def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of a sequence (N, C, L) cut into windows: see `adaptive_max_pool2d`.

    Raises:
        ValueError: `output_size` is not a positive number, or the sequence is empty.

    Example:
        >>> from nt_autograd import tensor
        >>> adaptive_max_pool1d(tensor([[3.0, 1.0, 2.0, 5.0]]), 2)
        tensor([[3., 5.]])

    Source: PyTorch's `torch.nn.functional.adaptive_max_pool1d`.
    """
    return _adaptive("adaptive_max_pool1d", 1, input, output_size, return_indices)


def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of a volume (N, C, D, H, W) cut into windows: `adaptive_max_pool2d`.

    Raises:
        ValueError: `output_size` is not one or three positive numbers, or the volume is empty.

    Example:
        >>> from nt_autograd import arange
        >>> adaptive_max_pool3d(arange(8.0).reshape(1, 2, 2, 2), (2, 1, 1))
        tensor([[[[3.]], [[7.]]]])

    Source: PyTorch's `torch.nn.functional.adaptive_max_pool3d`.
    """
    return _adaptive("adaptive_max_pool3d", 3, input, output_size, return_indices)


def _sliding(name: str, count: int, input: Any, *options: Any) -> Any:
    windows = window_of(name, count, *options[:-1])
    lengths = planes_of(name, input, count)
    bands = [sliding_band(name, n, window) for n, window in zip(lengths, windows, strict=True)]
    return _pooled(input, tuple(bands), options[-1])


def _adaptive(name: str, count: int, input: Any, output_size: Any, return_indices: bool) -> Any:
    lengths = planes_of(name, input, count)
    sizes = adaptive_sizes(name, output_size, lengths)
    bands = [adaptive_band(n, o) for n, o in zip(lengths, sizes, strict=True)]
    return _pooled(input, tuple(bands), return_indices)


def _pooled(input: Any, windows: tuple[Band, ...], return_indices: bool) -> Any:
    y, index = _max_pool(input, windows)
    return (y, astype(index, int64)) if return_indices else y


@primitive(outputs=True, keeps=("index",))
def _max_pool(x: Any, /, windows: tuple[Band, ...]) -> Any:
    """The maxima and their places, which lead the gradient back."""
    xp, count = namespace(x), len(windows)
    if dtype_of(x).kind == "bool":
        raise TypeError(f"input must hold numbers, not {dtype_of(x)}")
    lead, lengths = tuple(x.shape[:-count]), tuple(x.shape[-count:])
    found = kernels.window_max(xp.reshape(x, (prod(lead), *lengths)), windows)
    shape = (*lead, *[len(window.rows) for window in windows])
    y, index = [xp.reshape(each, shape) for each in found]
    return (y, index), index


@_max_pool.backward
def _(g: Any, index: Any, x_shape: tuple[int, ...], windows: tuple[Band, ...]) -> Any:
    return scatter_planes(g[0], index, x_shape[-len(windows) :])


@_max_pool.composed
def _(x: Any, windows: tuple[Band, ...]) -> Any:
    index = _max_pool(x.detach(), windows)[1]
    return take_planes(x, index, len(windows)), index


@_max_pool.cost
def _(y_shape: tuple[tuple[int, ...], ...], windows: tuple[Band, ...]) -> int:
    return prod(y_shape[0]) * prod([max(map(len, window.rows)) for window in windows])
