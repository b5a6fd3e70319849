"""rotary_embedding: positions as rotations of feature pairs."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import kernels, namespace

from ...primitive import primitive
from ...tensor import Tensor

__all__ = ["rotary_embedding"]


def rotary_embedding(x: Any, cos: Any, sin: Any, *, interleaved: bool = False) -> Any:
    r"""Turn each pair of features of the vector at position $t$ by the angle $t\,\theta_i$.

    $$(a, b) \mapsto (a \cos t\theta_i - b \sin t\theta_i,\; b \cos t\theta_i + a \sin t\theta_i)$$

    Args:
        x: (…, T, d), d even.
        cos: (T, d/2), the cosines of the angles, or (…, T, d/2) where they differ between
            sequences; a constant, used in the dtype of x.
        sin: their sines, likewise.
        interleaved: pairs are (2i, 2i + 1), as in the paper, instead of (i, i + d/2), as in LLaMA's
            published weights.

    Raises:
        ValueError: d is odd, or cos and sin are not (T, d/2).

    Example:
        >>> from nt_autograd import tensor
        >>> rotary_embedding(tensor([[1.0, 0.0]]), tensor([[0.0]]), tensor([[1.0]]))
        tensor([[0., 1.]])

    Source: Su et al., RoFormer (2021), section 3.2.2.
    """
    if x.ndim < 2 or x.shape[-1] % 2:
        raise ValueError(f"x must be (…, time, even width), got shape {tuple(x.shape)}")
    fit = (x.shape[-2], x.shape[-1] // 2)
    for name, table in (("cos", cos), ("sin", sin)):
        if tuple(table.shape[-2:]) != fit:
            raise ValueError(
                f"{name} must be {fit} for x {tuple(x.shape)}, got {tuple(table.shape)}"
            )
    dtype = _array(x).dtype
    return _rotary(x, _table(cos, dtype), _table(sin, dtype), interleaved)


def _table(table: Any, dtype: Any) -> Any:
    """The array of a table in the dtype of what it turns: float64 tables widen nothing."""
    array = _array(table)
    return array if array.dtype == dtype else namespace(array).astype(array, dtype)


def _array(x: Any) -> Any:
    return x.data if isinstance(x, Tensor) else x


@primitive
def _rotary(x: Any, cos: Any, sin: Any, /, interleaved: bool) -> Any:
    """The op behind `rotary_embedding`."""
    return kernels.rotary(x, cos, sin, interleaved)


@_rotary.backward
def _(g: Any, cos: Any, sin: Any, interleaved: bool) -> Any:
    return _rotary(g, cos, -sin, interleaved), None, None  # undone by the opposite rotation


@_rotary.cost
def _(y_shape: tuple[int, ...]) -> int:
    return 3 * prod(y_shape)  # two products and a sum
