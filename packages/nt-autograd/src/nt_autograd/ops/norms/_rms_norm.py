"""rms_norm: rows to root mean square 1."""

from __future__ import annotations

import math
from typing import Any

from nt_tensor import kernels, namespace

from ...primitive import primitive
from .._arithmetic import mul
from .._exponential import rsqrt
from .._floating import check_floating
from .._sum import mean

__all__ = ["rms_norm"]


def rms_norm(
    x: Any, normalized_shape: int | tuple[int, ...], weight: Any = None, eps: float = 1e-6
) -> Any:
    r"""Root-mean-square normalisation over the last axes.

    $$y = \frac{x}{\sqrt{\mathrm{E}[x^2] + \epsilon}} \, w$$

    Args:
        x: (…, *normalized_shape).
        normalized_shape: the lengths of the last axes, or of the last one.
        weight: of shape `normalized_shape`, or None for 1.
        eps: added to the mean square.

    Raises:
        ValueError: `x` does not end in `normalized_shape`, this is empty, or `weight` is not of it.
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> rms_norm(tensor([[3.0, -3.0]]), 2, eps=0.0)
        tensor([[ 1., -1.]])

    Source: Zhang and Sennrich, Root Mean Square Layer Normalization (2019), equation 4; PyTorch's
        `rms_norm`.
    """
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if 0 in shape:
        raise ValueError(f"rms_norm: normalized_shape {shape} holds no elements to normalise")
    if not shape or tuple(x.shape[-len(shape) :]) != shape:
        raise ValueError(f"rms_norm: x {tuple(x.shape)} must end in normalized_shape {shape}")
    if weight is not None and tuple(weight.shape) != shape:
        raise ValueError(f"rms_norm: weight has shape {tuple(weight.shape)}, not {shape}")
    return _rms_norm(x, weight, shape, eps)


@primitive(keeps=("rrms",), promotes=True)
def _rms_norm(x: Any, weight: Any, /, shape: tuple[int, ...] = (), eps: float = 1e-6) -> Any:
    """The op behind `rms_norm`."""
    check_floating("x", x)
    y, rrms = kernels.rms_norm(_rows(x, shape), _flat(weight), eps)
    return namespace(x).reshape(y, x.shape), rrms


@_rms_norm.backward
def _(g: Any, x: Any, weight: Any, rrms: Any, shape: tuple[int, ...]) -> Any:
    gx, gw = _rms_norm_backward(_rows(g, shape), _rows(x, shape), _flat(weight), rrms)
    return gx.reshape(x.shape), gw.reshape(shape)


@_rms_norm.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 4 * math.prod(x_shape)  # square, sum, product, weight


@_rms_norm.composed
def _(x: Any, weight: Any, shape: tuple[int, ...], eps: float) -> Any:
    axes = tuple(range(-len(shape), 0))
    y = x * rsqrt(mean(mul(x, x), axes, keepdim=True) + eps)
    return y if weight is None else y * weight


@primitive(outputs=True)
def _rms_norm_backward(g: Any, x: Any, weight: Any, rrms: Any, /) -> Any:
    """The gradients with respect to x (rows, width) and weight (width,)."""
    return kernels.rms_norm_backward(g, x, weight, rrms)


@_rms_norm_backward.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 9 * math.prod(x_shape)  # 1 to normalise, 2 for the weight, 6 for x


def _rows(x: Any, shape: tuple[int, ...]) -> Any:
    count = math.prod(x.shape[: x.ndim - len(shape)])  # an empty x does not let `reshape` tell
    return x.reshape((count, math.prod(shape)))


def _flat(x: Any) -> Any:
    return x if x is None or x.ndim == 1 else x.reshape((-1,))
