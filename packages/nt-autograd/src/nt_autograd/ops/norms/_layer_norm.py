"""layer_norm: rows to mean 0 and variance 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nt_tensor import kernels, namespace

from ...primitive import primitive
from .._arithmetic import mul
from .._exponential import rsqrt
from .._floating import check_floating
from .._sum import mean
from ._last_axes import flat, rows, shape_of

__all__ = ["layer_norm"]


def layer_norm(
    input: Any,
    normalized_shape: int | Sequence[int],
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
) -> Any:
    r"""Layer normalisation over the last axes.

    $$y = \frac{x - \mathrm{E}[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} \, w + b$$

    Mean and (biased) variance are taken over the axes of `normalized_shape`. A length of 0 in it is
    refused, where PyTorch gives an empty result: nothing has no mean, and what made a width of 0
    (a wrong slice, an empty vocabulary) would be found only much later.

    Args:
        input: (…, *normalized_shape).
        normalized_shape: the lengths of the last axes, or of the last one.
        weight: of shape `normalized_shape`, or None for 1.
        bias: of shape `normalized_shape`, or None for 0.
        eps: added to the variance.

    Raises:
        ValueError: `input` does not end in `normalized_shape`, this is empty, or `weight` or `bias`
            is not of it.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> layer_norm(tensor([[1.0, 3.0]]), 2, eps=0.0)
        tensor([[-1.,  1.]])

    Source: Ba, Kiros, Hinton, Layer Normalization (2016), section 3; PyTorch's
        `torch.nn.functional.layer_norm`.
    """
    shape = shape_of("layer_norm", input, normalized_shape, weight=weight, bias=bias)
    return _layer_norm(input, weight, bias, shape, eps)


@primitive(keeps=("mean", "rstd"), promotes=True)
def _layer_norm(
    x: Any, weight: Any, bias: Any, /, shape: tuple[int, ...] = (), eps: float = 1e-5
) -> Any:
    """The op behind `layer_norm`."""
    check_floating("input", x)
    y, mean, rstd = kernels.layer_norm(rows(x, shape), flat(weight), flat(bias), eps)
    return namespace(x).reshape(y, x.shape), mean, rstd


@_layer_norm.backward
def _(g: Any, x: Any, weight: Any, mean: Any, rstd: Any, shape: tuple[int, ...]) -> Any:
    gx, gw, gb = _layer_norm_backward(rows(g, shape), rows(x, shape), flat(weight), mean, rstd)
    return gx.reshape(x.shape), gw.reshape(shape), gb.reshape(shape)


@_layer_norm.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 7 * math.prod(x_shape)  # sum, difference, square, sum, product, weight, bias


@_layer_norm.composed
def _(x: Any, weight: Any, bias: Any, shape: tuple[int, ...], eps: float) -> Any:
    axes = tuple(range(-len(shape), 0))
    centred = x - mean(x, axes, keepdim=True)
    y = centred * rsqrt(mean(mul(centred, centred), axes, keepdim=True) + eps)
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


@primitive(outputs=True)
def _layer_norm_backward(g: Any, x: Any, weight: Any, mean: Any, rstd: Any, /) -> Any:
    """The gradients with respect to x (rows, width), weight and bias (width,)."""
    return kernels.layer_norm_backward(g, x, weight, mean, rstd)


@_layer_norm_backward.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 14 * math.prod(x_shape)  # 2 to normalise, 3 for weight and bias, 9 for x
