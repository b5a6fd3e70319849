"""normalize and weight_norm: vectors brought to a length."""

from __future__ import annotations

from typing import Any

from nt_tensor import dtype_of

from ...tensor import Tensor
from .._astype import astype
from .._axes import Dim
from .._maximum import clamp
from .._norm import norm

__all__ = ["normalize", "weight_norm"]


def normalize(input: Any, p: float = 2.0, dim: Dim = 1, eps: float = 1e-12) -> Any:
    r"""Vectors divided by their length, $y = x / \max(\lVert x \rVert_p, \epsilon)$.

    Half precision, in which $\epsilon$ would be 0, is divided in float32.

    Args:
        input: any shape.
        p: the order of the norm.
        dim: the axis along which a vector lies, or several.
        eps: the least that is divided by.

    Raises:
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> normalize(tensor([[3.0, 4.0], [0.0, 0.0]]))
        tensor([[0.6, 0.8],
                [0. , 0. ]])

    Source: PyTorch's `torch.nn.functional.normalize`.
    """
    dtype = dtype_of(input.data if isinstance(input, Tensor) else input)
    if dtype.kind == "float" and dtype.itemsize == 2:
        return astype(normalize(astype(input, "float32"), p, dim, eps), dtype)
    return input / clamp(norm(input, p, dim, True), min=eps)


def weight_norm(v: Any, g: Any, dim: int | None = 0) -> Any:
    r"""A weight from its directions and its lengths, $w = g \, v / \lVert v \rVert$.

    Args:
        v: the weight before, any shape.
        g: the lengths: of the shape of `v`, but 1 along every axis other than `dim`; () if that is
            None.
        dim: the axis along which each entry has a length of its own; None for one length of all.

    Raises:
        ValueError: `g` is of another shape.

    Example:
        >>> from nt_autograd import tensor
        >>> weight_norm(tensor([[3.0, 4.0], [0.0, 2.0]]), tensor([[10.0], [1.0]]))
        tensor([[6., 8.],
                [0., 1.]])

    Source: Salimans, Kingma, Weight Normalization (2016), equation 2; PyTorch's
        `torch._weight_norm`.
    """
    length = norm(v, 2, _others(v, dim), dim is not None)
    if tuple(g.shape) != tuple(length.shape):
        raise ValueError(f"weight_norm: g has shape {tuple(g.shape)}, not {tuple(length.shape)}")
    return v * (g / length)


def _others(v: Any, dim: int | None) -> tuple[int, ...] | None:
    """Every axis but `dim`."""
    if dim is None:
        return None
    n = len(v.shape)
    if not -n <= dim < n:
        raise IndexError(f"weight_norm: dim ({dim}) is no axis of v {tuple(v.shape)}")
    return tuple([axis for axis in range(n) if axis != dim % n])
