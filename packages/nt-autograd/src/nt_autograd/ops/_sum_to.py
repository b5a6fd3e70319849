"""sum_to: undo broadcasting."""

from __future__ import annotations

from typing import Any

from nt_tensor import kernels, namespace

from ..cost import each_input
from ..primitive import primitive
from ._expand import expand

__all__ = ["sum_to"]


@primitive
def sum_to(x: Any, /, shape: tuple[int, ...] = ()) -> Any:
    r"""Sum `x` over the axes along which `shape` would have been broadcast to give `x.shape`.

    If $x = \mathrm{expand}(a)$ then $\partial L/\partial a = \mathrm{sum\_to}(\partial L/\partial
    x)$: the engine applies it to every gradient whose shape is not its input's.

    Args:
        x: an array of a shape that `shape` broadcasts to.
        shape: the shape to come back to.

    Example:
        >>> from nt_autograd import tensor
        >>> sum_to(tensor([[1.0, 2.0], [3.0, 4.0]]), (2, 1))
        tensor([[3.], [7.]])

    Source: broadcasting rules, NumPy user guide; Chainer's `sum_to`.
    """
    extra = x.ndim - len(shape)
    inner = x.shape[extra:]
    if extra < 0 or any(n not in (1, m) for n, m in zip(shape, inner, strict=True)):
        raise ValueError(f"shape {tuple(shape)} does not broadcast to {tuple(x.shape)}")
    xp = namespace(x)
    axes = (*range(extra), *(extra + i for i, n in enumerate(shape) if n == 1 and inner[i] != 1))
    if axes:
        x = kernels.sum_axes(x, axes, False)
    return xp.reshape(x, shape)


@sum_to.backward
def _(g: Any, x_shape: tuple[int, ...]) -> Any:
    return expand(g, x_shape)


sum_to.cost(each_input)
