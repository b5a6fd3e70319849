"""rms_norm: rows to root mean square 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nt_tensor import dtype_of, float64, kernels, namespace

from ...primitive import primitive
from .._arithmetic import mul
from .._exponential import rsqrt
from .._floating import check_floating
from .._sum import mean
from ._last_axes import flat, rows, shape_of

__all__ = ["rms_norm"]


def rms_norm(
    input: Any,
    normalized_shape: int | Sequence[int],
    weight: Any = None,
    eps: float | None = None,
) -> Any:
    r"""Root-mean-square normalisation over the last axes.

    $$y = \frac{x}{\sqrt{\mathrm{E}[x^2] + \epsilon}} \, w$$

    Args:
        input: (…, *normalized_shape).
        normalized_shape: the lengths of the last axes, or of the last one.
        weight: of shape `normalized_shape`, or None for 1.
        eps: added to the mean square; None for the machine epsilon of what it is computed in,
            $2^{-52}$ in float64 and else $2^{-23}$.

    Raises:
        ValueError: `input` does not end in `normalized_shape`, this is empty, or `weight` is not of
            it.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> rms_norm(tensor([[3.0, -3.0]]), 2, eps=0.0)
        tensor([[ 1., -1.]])

    Source: Zhang and Sennrich, Root Mean Square Layer Normalization (2019), equation 4; PyTorch's
        `torch.nn.functional.rms_norm`.
    """
    shape = shape_of("rms_norm", input, normalized_shape, weight=weight)
    return _rms_norm(input, weight, shape, eps)


@primitive(keeps=("rrms",), promotes=True)
def _rms_norm(x: Any, weight: Any, /, shape: tuple[int, ...] = (), eps: float | None = None) -> Any:
    """The op behind `rms_norm`."""
    check_floating("input", x)
    y, rrms = kernels.rms_norm(rows(x, shape), flat(weight), _epsilon(x, eps))
    return namespace(x).reshape(y, x.shape), rrms


@_rms_norm.backward
def _(g: Any, x: Any, weight: Any, rrms: Any, shape: tuple[int, ...]) -> Any:
    gx, gw = _rms_norm_backward(rows(g, shape), rows(x, shape), flat(weight), rrms)
    return gx.reshape(x.shape), gw.reshape(shape)


@_rms_norm.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 4 * math.prod(x_shape)  # square, sum, product, weight


@_rms_norm.composed
def _(x: Any, weight: Any, shape: tuple[int, ...], eps: float | None) -> Any:
    axes = tuple(range(-len(shape), 0))
    y = x * rsqrt(mean(mul(x, x), axes, keepdim=True) + _epsilon(x.data, eps))
    return y if weight is None else y * weight


@primitive(outputs=True)
def _rms_norm_backward(g: Any, x: Any, weight: Any, rrms: Any, /) -> Any:
    """The gradients with respect to x (rows, width) and weight (width,)."""
    return kernels.rms_norm_backward(g, x, weight, rrms)


@_rms_norm_backward.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 9 * math.prod(x_shape)  # 1 to normalise, 2 for the weight, 6 for x


def _epsilon(x: Any, eps: float | None) -> float:
    """What is added to the mean square of an array; half precision is computed in float32."""
    if eps is not None:
        return eps
    return 2.0**-52 if dtype_of(x) is float64 else 2.0**-23
