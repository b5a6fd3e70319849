"""Convolution on MLX: its own, which has the channels last, for all three directions."""

from __future__ import annotations

from typing import Any

import mlx.core as mx

from nt_tensor.kernels._convolution import (
    Padding,
    Sizes,
    convolution,
    convolution_input,
    convolution_weight,
    turn,
)
from nt_tensor.kernels._wide import widened


@convolution.on("mlx")
@widened()
def _convolution(
    x: Any,
    weight: Any,
    bias: Any,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> Any:
    if not _takes(x, weight, groups):
        return convolution.reference(x, weight, bias, stride, padding, dilation, groups)
    before, behind = zip(*padding, strict=True)
    y = mx.conv_general(
        mx.moveaxis(x, 1, -1),
        mx.moveaxis(weight, 1, -1),
        stride=list(stride),
        padding=(list(before), list(behind)),
        kernel_dilation=list(dilation),
        groups=groups,
    )
    return mx.moveaxis(y if bias is None else y + bias, -1, 1)


@convolution_input.on("mlx")
@widened()
def _convolution_input(
    g: Any,
    weight: Any,
    size: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> Any:
    spread = tuple((count - 1) * step + 1 for count, step in zip(g.shape[2:], stride, strict=True))
    turned, edges = turn(weight, size, spread, padding, dilation, groups)
    if not _takes(g, weight, groups) or min(map(min, edges)) < 0:
        way = convolution_input.reference
        return way(g, weight, size, stride, padding, dilation, groups)
    before, behind = zip(*edges, strict=True)
    gx = mx.conv_general(
        mx.moveaxis(g, 1, -1),
        mx.moveaxis(turned, 1, -1),
        padding=(list(before), list(behind)),
        kernel_dilation=list(dilation),
        input_dilation=list(stride),
        groups=groups,
    )
    return mx.moveaxis(gx, -1, 1)


@convolution_weight.on("mlx")
@widened()
def _convolution_weight(
    g: Any,
    x: Any,
    size: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> Any:
    if groups > 1 or not g.size or not x.size:
        way = convolution_weight.reference
        return way(g, x, size, stride, padding, dilation, groups)
    before, behind = zip(*padding, strict=True)
    # A convolution of the images by the gradient, the batch in the channels' place.
    found = mx.conv_general(
        mx.moveaxis(x, 0, -1),
        mx.moveaxis(g, 0, -1),
        stride=list(dilation),
        padding=(list(before), list(behind)),
        kernel_dilation=list(stride),
    )
    inner = tuple(slice(0, k) for k in size)
    return mx.moveaxis(found, -1, 0)[(slice(None), slice(None), *inner)]


def _takes(x: Any, weight: Any, groups: int) -> bool:
    """Whether MLX's convolution takes them: it has no groups in three dimensions."""
    return bool(x.size and weight.size and (groups == 1 or x.ndim < 5))
