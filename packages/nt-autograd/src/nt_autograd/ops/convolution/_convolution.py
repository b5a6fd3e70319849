"""conv2d: a kernel moved over images."""

from __future__ import annotations

from math import prod
from typing import Any, TypeAlias

from nt_tensor import kernels

from ...primitive import primitive
from .._floating import check_floating
from .._reshape import squeeze, unsqueeze
from .._sum import sum

__all__ = ["conv2d"]

Pair: TypeAlias = tuple[int, int]
Geometry: TypeAlias = tuple[Pair, tuple[Pair, Pair], Pair, int]  # stride, padding, dilation, groups


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: int | Pair = 1,
    padding: int | Pair | str = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
) -> Any:
    r"""Cross-correlation of images with a kernel, what deep learning calls convolution.

    $$y_{n o i j} = b_o + \sum_{c, k, l} w_{o c k l}\, x_{n,\, c,\, i s + k d,\, j s + l d}$$

    Args:
        input: (N, C, H, W), or (C, H, W) for a single image.
        weight: (O, C / groups, kh, kw).
        bias: (O,), or None.
        stride: the step $s$ between places, one number or one an axis.
        padding: zeros on both sides, one number or one an axis; or "valid" for none, or "same" for
            as many as keep the size (the odd one at the end; only with stride 1).
        dilation: the step $d$ between the kernel's elements.
        groups: the channels are cut into so many parts, each with kernels of its own.

    Returns:
        (N, O, OH, OW), with $OH = \lfloor (H + 2 p - d (kh - 1) - 1) / s \rfloor + 1$.

    Raises:
        ValueError: shapes that do not fit; the message names both.

    Example:
        >>> from nt_autograd import ones
        >>> conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2))
        tensor([[[[4., 4.], [4., 4.]]]])

    Source: Dumoulin, Visin, A guide to convolution arithmetic for deep learning (2016); PyTorch's
    `torch.nn.functional.conv2d`.
    """
    shape, kernel = tuple(input.shape), tuple(weight.shape)
    if len(shape) == 3:
        single = conv2d(unsqueeze(input, 0), weight, bias, stride, padding, dilation, groups)
        return squeeze(single, 0)
    if len(shape) != 4 or len(kernel) != 4:
        raise ValueError(
            f"conv2d: input {shape} must be (N, C, H, W) and weight {kernel} (O, C, kh, kw)"
        )
    steps, gaps = _pair("stride", stride), _pair("dilation", dilation)
    edges = _edges(padding, kernel[2:], steps, gaps)
    if groups < 1 or shape[1] % groups or kernel[0] % groups:
        raise ValueError(
            f"conv2d: groups ({groups}) must divide {shape[1]} and {kernel[0]} channels"
        )
    if kernel[1] * groups != shape[1]:
        raise ValueError(
            f"conv2d: weight {kernel} with {groups} groups takes {kernel[1] * groups} channels, "
            f"the input {shape} has {shape[1]}"
        )
    if bias is not None and tuple(bias.shape) != kernel[:1]:
        raise ValueError(f"conv2d: bias has shape {tuple(bias.shape)}, not {kernel[:1]}")
    for length, k, edge, gap in zip(shape[2:], kernel[2:], edges, gaps, strict=True):
        if length + edge[0] + edge[1] < gap * (k - 1) + 1 or not k:
            raise ValueError(
                f"conv2d: a kernel of {kernel[2:]} with dilation {gaps} does not fit into "
                f"an input of {shape[2:]} with padding {edges}"
            )
    return _conv2d(input, weight, bias, (steps, edges, gaps, groups))


@primitive(promotes=True)
def _conv2d(x: Any, weight: Any, bias: Any, /, geometry: Geometry) -> Any:
    """The op behind `conv2d`."""
    check_floating("x", x)
    return kernels.conv2d(x, weight, bias, *geometry)


@_conv2d.cost
def _(y_shape: tuple[int, ...], weight_shape: tuple[int, ...], bias_shape: Any) -> int:
    return prod(y_shape) * (2 * prod(weight_shape[1:]) + (bias_shape is not None))


@_conv2d.backward
def _(g: Any, x: Any, weight: Any, geometry: Geometry, needs: tuple[bool, bool, bool]) -> Any:
    return (
        _conv2d_input(g, weight, tuple(x.shape[2:]), geometry) if needs[0] else None,
        _conv2d_weight(g, x, tuple(weight.shape[2:]), geometry) if needs[1] else None,
        sum(g, (0, 2, 3)) if needs[2] else None,
    )


@primitive
def _conv2d_input(g: Any, weight: Any, /, size: Pair, geometry: Geometry) -> Any:
    """What `_conv2d` asks for x: the same bilinear form, solved for the image."""
    return kernels.conv2d_input(g, weight, size, *geometry)


@_conv2d_input.cost
def _(g_shape: tuple[int, ...], weight_shape: tuple[int, ...]) -> int:
    return 2 * prod(g_shape) * prod(weight_shape[1:])


@_conv2d_input.backward
def _(h: Any, g: Any, weight: Any, geometry: Geometry, needs: tuple[bool, bool]) -> Any:
    return (
        _conv2d(h, weight, None, geometry) if needs[0] else None,
        _conv2d_weight(g, h, tuple(weight.shape[2:]), geometry) if needs[1] else None,
    )


@primitive
def _conv2d_weight(g: Any, x: Any, /, size: Pair, geometry: Geometry) -> Any:
    """What `_conv2d` asks for the weight: the same bilinear form, solved for the kernel."""
    return kernels.conv2d_weight(g, x, size, *geometry)


@_conv2d_weight.cost
def _(g_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
    return 2 * prod(g_shape) * prod(y_shape[1:])


@_conv2d_weight.backward
def _(h: Any, g: Any, x: Any, geometry: Geometry, needs: tuple[bool, bool]) -> Any:
    return (
        _conv2d(x, h, None, geometry) if needs[0] else None,
        _conv2d_input(g, h, tuple(x.shape[2:]), geometry) if needs[1] else None,
    )


def _pair(name: str, value: int | Pair, least: int = 1) -> Pair:
    pair = (value, value) if isinstance(value, int) else tuple(value)
    if len(pair) != 2 or min(pair) < least:
        raise ValueError(f"conv2d: {name} must be one or two numbers from {least}, not {value!r}")
    return pair


def _edges(padding: int | Pair | str, kernel: Any, stride: Pair, dilation: Pair) -> Any:
    """Zeros (before, behind) each axis."""
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding == "same":
        if stride != (1, 1):
            raise ValueError(f'conv2d: padding "same" goes with stride 1 only, not {stride}')
        spare = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return tuple((n // 2, n - n // 2) for n in spare)
    if isinstance(padding, str):
        raise ValueError(f'conv2d: padding must be numbers, "same" or "valid", not {padding!r}')
    return tuple((n, n) for n in _pair("padding", padding, 0))
