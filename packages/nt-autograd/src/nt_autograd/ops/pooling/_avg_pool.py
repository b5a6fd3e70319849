"""Averages over windows: avg_pool and adaptive_avg_pool in one, two and three dimensions."""

from __future__ import annotations

from typing import Any

from nt_tensor.kernels import Band

from .._bands import apply_bands
from .._sum import mean
from ..convolution._geometry import Numbers
from ._windows import adaptive_band, adaptive_sizes, mean_band, planes_of, window_of

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
]


def avg_pool2d(
    input: Any,
    kernel_size: Numbers,
    stride: Numbers | None = None,
    padding: Numbers = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    r"""The average of each window of an image.

    $$y_{n c i j} = \frac 1 {k l} \sum_{k, l} x_{n,\, c,\, i s + k - p,\, j s + l - p}$$

    Args:
        input: (N, C, H, W), or (C, H, W) for a single image.
        kernel_size: the window, one number or (rows, columns).
        stride: the step $s$ between windows; None for the window's size.
        padding: the zeros $p$ put around the image; at most half of the window.
        ceil_mode: whether a last window may hang over the end, if it begins inside.
        count_include_pad: whether those zeros count in the divisor. What hangs over never does.
        divisor_override: what to divide by instead of the number of elements.

    Returns:
        (N, C, OH, OW) with $OH = \lfloor (H + 2 p - k) / s \rfloor + 1$ (rounded up with
        `ceil_mode`).

    Raises:
        ValueError: an argument is out of its range, or no window fits into the image.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> avg_pool2d(tensor([[[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 7.0, 8.0]]]), 2)
        tensor([[[2.5, 6.5]]])

    Source: LeCun et al., Gradient-based learning applied to document recognition (1998), section
        II.B; PyTorch's `torch.nn.functional.avg_pool2d`.
    """
    options = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    return _sliding("avg_pool2d", 2, input, *options)


def avg_pool1d(
    input: Any,
    kernel_size: Numbers,
    stride: Numbers | None = None,
    padding: Numbers = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The average of each window of a sequence (N, C, L) or (C, L): see `avg_pool2d`.

    Raises:
        ValueError: an argument is out of its range, or no window fits into the sequence.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> avg_pool1d(tensor([[1.0, 3.0, 5.0, 7.0]]), 2)
        tensor([[2., 6.]])

    Source: PyTorch's `torch.nn.functional.avg_pool1d`.
    """
    options = (kernel_size, stride, padding, ceil_mode, count_include_pad, None)
    return _sliding("avg_pool1d", 1, input, *options)


def avg_pool3d(
    input: Any,
    kernel_size: Numbers,
    stride: Numbers | None = None,
    padding: Numbers = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The average of each window of a volume (N, C, D, H, W): see `avg_pool2d`.

    Raises:
        ValueError: an argument is out of its range, or no window fits into the volume.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import arange
        >>> avg_pool3d(arange(8.0).reshape(1, 2, 2, 2), 2)
        tensor([[[[3.5]]]])

    Source: PyTorch's `torch.nn.functional.avg_pool3d`.
    """
    options = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    return _sliding("avg_pool3d", 3, input, *options)


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    r"""The averages of an image cut into `output_size` windows, whatever its size.

    Line $i$ of the result is the average of lines $\lfloor i H / O \rfloor$ to
    $\lceil (i + 1) H / O \rceil - 1$: windows overlap where $O$ does not divide $H$. With 1 it is
    the global average.

    Args:
        input: (N, C, H, W), or (C, H, W) for a single image.
        output_size: one number or (rows, columns); None keeps the image's.

    Raises:
        ValueError: `output_size` is not one or two positive numbers, or the image is empty.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import arange
        >>> adaptive_avg_pool2d(arange(6.0).reshape(1, 2, 3), (1, 2))
        tensor([[[2., 3.]]])

    Source: He et al., Spatial pyramid pooling in deep convolutional networks (2014); Lin, Chen and
        Yan, Network in network (2014), section 3.2; PyTorch's
        `torch.nn.functional.adaptive_avg_pool2d`.
    """
    return _adaptive("adaptive_avg_pool2d", 2, input, output_size)


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """The averages of a sequence (N, C, L) cut into windows: see `adaptive_avg_pool2d`.

    Raises:
        ValueError: `output_size` is not a positive number, or the sequence is empty.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> adaptive_avg_pool1d(tensor([[3.0, 1.0, 2.0, 6.0]]), 2)
        tensor([[2., 4.]])

    Source: PyTorch's `torch.nn.functional.adaptive_avg_pool1d`.
    """
    return _adaptive("adaptive_avg_pool1d", 1, input, output_size)


def adaptive_avg_pool3d(input: Any, output_size: Any) -> Any:
    """The averages of a volume (N, C, D, H, W) cut into windows: see `adaptive_avg_pool2d`.

    Raises:
        ValueError: `output_size` is not one or three positive numbers, or the volume is empty.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import arange
        >>> adaptive_avg_pool3d(arange(8.0).reshape(1, 2, 2, 2), (2, 1, 1))
        tensor([[[[1.5]], [[5.5]]]])

    Source: PyTorch's `torch.nn.functional.adaptive_avg_pool3d`.
    """
    return _adaptive("adaptive_avg_pool3d", 3, input, output_size)


def _sliding(
    name: str,
    count: int,
    input: Any,
    kernel_size: Numbers,
    stride: Numbers | None,
    padding: Numbers,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Any:
    if divisor_override == 0:
        raise ValueError(f"{name}: divisor_override must not be zero")
    windows = window_of(name, count, kernel_size, stride, padding, 1, ceil_mode)
    bands: list[Band] = []
    for n, window in zip(planes_of(name, input, count), windows, strict=True):
        # The divisor of a window is the product of those of its axes; one given goes to the first.
        whole = None if divisor_override is None else 1 if bands else divisor_override
        bands.append(mean_band(name, n, window, count_include_pad, whole))
    return apply_bands(input, tuple(bands))


def _adaptive(name: str, count: int, input: Any, output_size: Any) -> Any:
    lengths = planes_of(name, input, count)
    sizes = adaptive_sizes(name, output_size, lengths)
    if set(sizes) == {1} and 0 not in input.shape:
        return mean(input, tuple(range(-count, 0)), keepdim=True)
    bands = [adaptive_band(n, o) if n != o else None for n, o in zip(lengths, sizes, strict=True)]
    return apply_bands(input, tuple(bands))
