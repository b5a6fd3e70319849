"""conv1d, conv2d and conv3d: a kernel moved over signals, images and volumes."""

from __future__ import annotations

from typing import Any

from .._reshape import squeeze, unsqueeze
from ._form import convolution
from ._geometry import Numbers, check_bias, check_channels, edges_of, numbers

__all__ = ["conv1d", "conv2d", "conv3d"]


def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Numbers = 1,
    padding: Numbers | str = 0,
    dilation: Numbers = 1,
    groups: int = 1,
) -> Any:
    r"""Cross-correlation of signals with a kernel, what deep learning calls convolution.

    $$y_{n o i} = b_o + \sum_{c, k} w_{o c k}\, x_{n,\, c,\, i s + k d - p}$$

    Args:
        input: (N, C, L), or (C, L) for a single signal.
        weight: (O, C / groups, k).
        bias: (O,), or None.
        stride: the step $s$ between places.
        padding: zeros $p$ on both sides; or "valid" for none, or "same" for as many as keep the
            length (the odd one at the end; only with stride 1).
        dilation: the step $d$ between the kernel's elements.
        groups: the channels are cut into so many parts, each with kernels of its own.

    Returns:
        (N, O, OL), with $OL = \lfloor (L + 2 p - d (k - 1) - 1) / s \rfloor + 1$.

    Raises:
        ValueError: shapes that do not fit; the message names both.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> conv1d(tensor([[[1.0, 2.0, 4.0]]]), tensor([[[-1.0, 1.0]]]))
        tensor([[[1., 2.]]])

    Source: Dumoulin, Visin, A guide to convolution arithmetic for deep learning (2016); PyTorch's
        `torch.nn.functional.conv1d`.
    """
    return _conv("conv1d", "L", input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Numbers = 1,
    padding: Numbers | str = 0,
    dilation: Numbers = 1,
    groups: int = 1,
) -> Any:
    r"""Cross-correlation of images with a kernel, what deep learning calls convolution.

    $$y_{n o i j} = b_o + \sum_{c, k, l} w_{o c k l}\, x_{n c,\, i s + k d - p,\, j s + l d - p}$$

    Args:
        input: (N, C, H, W), or (C, H, W) for a single image.
        weight: (O, C / groups, kh, kw).
        bias: (O,), or None.
        stride: the step $s$ between places, one number or one an axis.
        padding: zeros $p$ on both sides, one number or one an axis; or "valid" for none, or "same"
            for as many as keep the size (the odd one at the end; only with stride 1).
        dilation: the step $d$ between the kernel's elements, one number or one an axis.
        groups: the channels are cut into so many parts, each with kernels of its own.

    Returns:
        (N, O, OH, OW), with $OH = \lfloor (H + 2 p - d (kh - 1) - 1) / s \rfloor + 1$.

    Raises:
        ValueError: shapes that do not fit; the message names both.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import ones
        >>> conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2))
        tensor([[[[4., 4.], [4., 4.]]]])

    Source: Dumoulin, Visin, A guide to convolution arithmetic for deep learning (2016); PyTorch's
        `torch.nn.functional.conv2d`.
    """
    return _conv("conv2d", "H, W", input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Numbers = 1,
    padding: Numbers | str = 0,
    dilation: Numbers = 1,
    groups: int = 1,
) -> Any:
    r"""Cross-correlation of volumes or videos with a kernel.

    $$y_{n o i} = b_o + \sum_{c, k} w_{o c k}\, x_{n,\, c,\, i s + k d - p}$$

    Here $i$ and $k$ have three components: depth, height and width.

    Args:
        input: (N, C, D, H, W), or (C, D, H, W) for a single volume.
        weight: (O, C / groups, kd, kh, kw).
        bias: (O,), or None.
        stride: the step $s$ between places, one number or one an axis.
        padding: zeros $p$ on both sides, one number or one an axis; or "valid" for none, or "same"
            for as many as keep the size (the odd one at the end; only with stride 1).
        dilation: the step $d$ between the kernel's elements, one number or one an axis.
        groups: the channels are cut into so many parts, each with kernels of its own.

    Returns:
        (N, O, OD, OH, OW), each length as in `conv2d`.

    Raises:
        ValueError: shapes that do not fit; the message names both.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import ones
        >>> conv3d(ones(1, 1, 2, 2, 3), ones(1, 1, 2, 2, 2))
        tensor([[[[[8., 8.]]]]])

    Source: Dumoulin, Visin, A guide to convolution arithmetic for deep learning (2016); PyTorch's
        `torch.nn.functional.conv3d`.
    """
    return _conv("conv3d", "D, H, W", input, weight, bias, stride, padding, dilation, groups)


def _conv(
    op: str,
    axes: str,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Numbers,
    padding: Numbers | str,
    dilation: Numbers,
    groups: int,
) -> Any:
    shape, kernel = tuple(input.shape), tuple(weight.shape)
    rank = len(axes.split(", "))
    if len(shape) == rank + 1 and len(kernel) == rank + 2:
        one = unsqueeze(input, 0)
        return squeeze(_conv(op, axes, one, weight, bias, stride, padding, dilation, groups), 0)
    if len(shape) != rank + 2 or len(kernel) != rank + 2:
        taps = ", ".join("k" + axis.lower() for axis in axes.split(", "))
        raise ValueError(
            f"{op}: input {shape} must be (N, C, {axes}) and weight {kernel} (O, C, {taps})"
        )
    steps = numbers(op, "stride", stride, rank, 1)
    gaps = numbers(op, "dilation", dilation, rank, 1)
    edges = edges_of(op, padding, kernel[2:], steps, gaps)
    check_channels(op, shape, kernel, kernel[1] * groups, kernel[0], groups)
    check_bias(op, bias, kernel[0])
    for length, k, edge, gap in zip(shape[2:], kernel[2:], edges, gaps, strict=True):
        if length + edge[0] + edge[1] < gap * (k - 1) + 1 or not k:
            raise ValueError(
                f"{op}: a kernel of {kernel[2:]} with dilation {gaps} does not fit into "
                f"an input of {shape[2:]} with padding {edges}"
            )
    return convolution(input, weight, bias, (steps, edges, gaps, groups))
