"""conv_transpose1d, 2d and 3d: the way back of a convolution, taken as a way there."""

from __future__ import annotations

from typing import Any

from .._pad import pad
from .._reshape import reshape, squeeze, unsqueeze
from ._form import convolution_input
from ._geometry import Numbers, check_bias, check_channels, numbers

__all__ = ["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]


def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Numbers = 1,
    padding: Numbers = 0,
    output_padding: Numbers = 0,
    groups: int = 1,
    dilation: Numbers = 1,
) -> Any:
    r"""Transposed convolution of signals: every element lays a scaled kernel down.

    $$y_{n o j} = b_o + \sum_{c, i, k:\, i s + k d - p = j} w_{c o k}\, x_{n c i}$$

    Args:
        input: (N, C, L), or (C, L) for a single signal.
        weight: (C, O / groups, k): the shape of `conv1d`'s weight from O to C channels.
        bias: (O,), or None.
        stride: the step $s$ between the places of two input elements.
        padding: what is cut off on both sides.
        output_padding: the output is longer by so many at the end; below
            stride or dilation. It tells apart the lengths that `conv1d` takes to one.
        groups: the channels are cut into so many parts, each with kernels of its own.
        dilation: the step $d$ between the kernel's elements.

    Returns:
        (N, O, OL), with $OL = (L - 1) s - 2 p + d (k - 1) + \text{output padding} + 1$.

    Raises:
        ValueError: shapes that do not fit; the message names both.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> conv_transpose1d(tensor([[[1.0, 2.0]]]), tensor([[[1.0, 10.0]]]), stride=2)
        tensor([[[ 1., 10.,  2., 20.]]])

    Source: Zeiler et al., Deconvolutional networks (2010); Dumoulin, Visin, A guide to convolution
        arithmetic for deep learning (2016), section 4; PyTorch's
        `torch.nn.functional.conv_transpose1d`.
    """
    options = (stride, padding, output_padding, groups, dilation)
    return _conv_transpose("conv_transpose1d", "L", input, weight, bias, options)


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Numbers = 1,
    padding: Numbers = 0,
    output_padding: Numbers = 0,
    groups: int = 1,
    dilation: Numbers = 1,
) -> Any:
    r"""Transposed convolution of images: every pixel lays a scaled kernel down.

    $$y_{n o j} = b_o + \sum_{c, i, k:\, i s + k d - p = j} w_{c o k}\, x_{n c i}$$

    Here $i$, $j$ and $k$ have two components: height and width.

    Args:
        input: (N, C, H, W), or (C, H, W) for a single image.
        weight: (C, O / groups, kh, kw): the shape of `conv2d`'s weight from O to C channels.
        bias: (O,), or None.
        stride: the step $s$ between the places of two input elements, one number or one an axis.
        padding: what is cut off on both sides, one number or one an axis.
        output_padding: the output is longer by so many at the end, one number or one an axis; below
            stride or dilation. It tells apart the lengths that `conv2d` takes to one.
        groups: the channels are cut into so many parts, each with kernels of its own.
        dilation: the step $d$ between the kernel's elements, one number or one an axis.

    Returns:
        (N, O, OH, OW), with $OH = (H - 1) s - 2 p + d (kh - 1) + \text{output padding} + 1$.

    Raises:
        ValueError: shapes that do not fit; the message names both.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import ones
        >>> conv_transpose2d(ones(1, 1, 1, 2), ones(1, 1, 2, 2))
        tensor([[[[1., 2., 1.], [1., 2., 1.]]]])

    Source: Zeiler et al., Deconvolutional networks (2010); Dumoulin, Visin, A guide to convolution
        arithmetic for deep learning (2016), section 4; PyTorch's
        `torch.nn.functional.conv_transpose2d`.
    """
    options = (stride, padding, output_padding, groups, dilation)
    return _conv_transpose("conv_transpose2d", "H, W", input, weight, bias, options)


def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Numbers = 1,
    padding: Numbers = 0,
    output_padding: Numbers = 0,
    groups: int = 1,
    dilation: Numbers = 1,
) -> Any:
    r"""Transposed convolution of volumes: every element lays a scaled kernel down.

    $$y_{n o j} = b_o + \sum_{c, i, k:\, i s + k d - p = j} w_{c o k}\, x_{n c i}$$

    Here $i$, $j$ and $k$ have three components: depth, height and width.

    Args:
        input: (N, C, D, H, W), or (C, D, H, W) for a single volume.
        weight: (C, O / groups, kd, kh, kw): the shape of `conv3d`'s weight from O to C channels.
        bias: (O,), or None.
        stride: the step $s$ between the places of two input elements, one number or one an axis.
        padding: what is cut off on both sides, one number or one an axis.
        output_padding: the output is longer by so many at the end, one number or one an axis; below
            stride or dilation. It tells apart the lengths that `conv3d` takes to one.
        groups: the channels are cut into so many parts, each with kernels of its own.
        dilation: the step $d$ between the kernel's elements, one number or one an axis.

    Returns:
        (N, O, OD, OH, OW), each length as in `conv_transpose2d`.

    Raises:
        ValueError: shapes that do not fit; the message names both.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import ones
        >>> conv_transpose3d(ones(1, 1, 1, 1, 2), ones(1, 1, 1, 1, 2))
        tensor([[[[[1., 2., 1.]]]]])

    Source: Zeiler et al., Deconvolutional networks (2010); Dumoulin, Visin, A guide to convolution
        arithmetic for deep learning (2016), section 4; PyTorch's
        `torch.nn.functional.conv_transpose3d`.
    """
    options = (stride, padding, output_padding, groups, dilation)
    return _conv_transpose("conv_transpose3d", "D, H, W", input, weight, bias, options)


def _conv_transpose(
    op: str,
    axes: str,
    input: Any,
    weight: Any,
    bias: Any,
    options: tuple[Numbers, Numbers, Numbers, int, Numbers],
) -> Any:
    shape, kernel = tuple(input.shape), tuple(weight.shape)
    rank = len(axes.split(", "))
    if len(shape) == rank + 1 and len(kernel) == rank + 2:
        return squeeze(_conv_transpose(op, axes, unsqueeze(input, 0), weight, bias, options), 0)
    if len(shape) != rank + 2 or len(kernel) != rank + 2:
        taps = ", ".join("k" + axis.lower() for axis in axes.split(", "))
        raise ValueError(
            f"{op}: input {shape} must be (N, C, {axes}) and weight {kernel} (C, O, {taps})"
        )
    stride, padding, output_padding, groups, dilation = options
    steps = numbers(op, "stride", stride, rank, 1)
    cuts = numbers(op, "padding", padding, rank, 0)
    more = numbers(op, "output_padding", output_padding, rank, 0)
    gaps = numbers(op, "dilation", dilation, rank, 1)
    if any(m >= max(s, d) for m, s, d in zip(more, steps, gaps, strict=True)):
        raise ValueError(
            f"{op}: output_padding {more} must be smaller than stride {steps} or dilation {gaps}"
        )
    check_channels(op, shape, kernel, kernel[0], kernel[1] * groups, groups)
    check_bias(op, bias, kernel[1] * groups)
    size = tuple(
        (length - 1) * s - 2 * p + d * (k - 1) + m + 1
        for length, s, p, d, k, m in zip(
            shape[2:], steps, cuts, gaps, kernel[2:], more, strict=True
        )
    )
    if min(size) < 1 or min(kernel[2:]) < 1 or min(shape[2:]) < 1:
        raise ValueError(
            f"{op}: an input of {shape[2:]} and a kernel of {kernel[2:]} with stride {steps}, "
            f"padding {cuts} and dilation {gaps} leave an output of {size}"
        )
    spare = [m // s for m, s in zip(more, steps, strict=True)]
    if any(spare):  # the convolution would find places for them: zeros
        input = pad(input, [n for count in reversed(spare) for n in (0, count)])
    # The geometry is that of the convolution whose way back this is.
    edges = tuple((p, p) for p in cuts)
    y = convolution_input(input, weight, size, (steps, edges, gaps, groups))
    return y if bias is None else y + reshape(bias, (-1, *(1,) * rank))
