"""Turning and repeating: flip, roll, tile, repeat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nt_tensor import namespace

from ..cost import moved
from ..primitive import primitive
from ._axes import axes_of, axis_of
from ._expand import expand
from ._reshape import reshape

__all__ = ["flip", "repeat", "repeat_interleave", "roll", "tile"]


@primitive
def flip(x: Any, /, dims: int | Sequence[int]) -> Any:
    """Read axes backwards.

    Raises:
        IndexError: `dims` are not axes of `x`.

    Example:
        >>> from nt_autograd import tensor
        >>> flip(tensor([1.0, 2.0, 3.0]), 0)
        tensor([3., 2., 1.])

    Source: PyTorch's `torch.flip`.
    """
    return namespace(x).flip(x, axis=axes_of(dims, x.ndim))


@flip.backward
def _(g: Any, dims: int | Sequence[int]) -> Any:
    return flip(g, dims)


flip.cost(moved)


def roll(x: Any, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None) -> Any:
    """Move elements along axes; what leaves at the end comes in at the beginning.

    Args:
        x: any shape.
        shifts: how far, one number an axis.
        dims: the axes; None rolls through all elements in row-major order.

    Raises:
        ValueError: there are not as many shifts as axes.

    Example:
        >>> from nt_autograd import tensor
        >>> roll(tensor([1.0, 2.0, 3.0]), 1)
        tensor([3., 1., 2.])

    Source: PyTorch's `torch.roll`.
    """
    steps = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    if dims is None:
        return reshape(_roll(reshape(x, (-1,)), steps, (0,)), x.shape)
    axes = (dims,) if isinstance(dims, int) else tuple(dims)
    if len(steps) != len(axes):
        raise ValueError(f"roll: shifts {steps} and dims {axes} must pair")
    return _roll(x, steps, tuple([axis_of(axis, x.ndim) for axis in axes]))


@primitive
def _roll(x: Any, /, shifts: tuple[int, ...], axes: tuple[int, ...]) -> Any:
    return namespace(x).roll(x, shifts, axis=axes)


@_roll.backward
def _(g: Any, shifts: tuple[int, ...], axes: tuple[int, ...]) -> Any:
    return _roll(g, tuple([-shift for shift in shifts]), axes)


_roll.cost(moved)


def tile(x: Any, dims: Sequence[int]) -> Any:
    """Lay copies of `x` side by side.

    Args:
        x: any shape.
        dims: how many copies along each axis; missing leading numbers are 1, missing leading axes
            are put in.

    Example:
        >>> from nt_autograd import tensor
        >>> tile(tensor([1.0, 2.0]), (2, 2))
        tensor([[1., 2., 1., 2.], [1., 2., 1., 2.]])

    Source: PyTorch's `torch.tile`.
    """
    times = [1] * (x.ndim - len(dims)) + list(dims)
    shape = [1] * (len(times) - x.ndim) + list(x.shape)
    apart = [k for n in shape for k in (1, n)]
    copied = [k for t, n in zip(times, shape, strict=True) for k in (t, n)]
    whole = [t * n for t, n in zip(times, shape, strict=True)]
    return reshape(expand(reshape(x, apart), tuple(copied)), whole)


def repeat(x: Any, repeats: Sequence[int]) -> Any:
    """Lay copies of `x` side by side; as `tile`, but with a number for every axis.

    Raises:
        ValueError: there are fewer numbers than axes.

    Example:
        >>> from nt_autograd import tensor
        >>> repeat(tensor([1.0, 2.0]), (2,))
        tensor([1., 2., 1., 2.])

    Source: PyTorch's `Tensor.repeat`.
    """
    if len(repeats) < x.ndim:
        raise ValueError(f"repeat: {len(repeats)} numbers for {x.ndim} axes")
    return tile(x, repeats)


def repeat_interleave(x: Any, repeats: int, dim: int | None = None) -> Any:
    """Repeat every element along an axis, the copies next to each other.

    Args:
        x: any shape.
        repeats: how often.
        dim: the axis; None flattens `x` first.

    Example:
        >>> from nt_autograd import tensor
        >>> repeat_interleave(tensor([1.0, 2.0]), 2)
        tensor([1., 1., 2., 2.])

    Source: PyTorch's `torch.repeat_interleave`.
    """
    if dim is None:
        x, dim = reshape(x, (-1,)), 0
    axis, shape = axis_of(dim, x.ndim), tuple(x.shape)
    front, n, back = shape[:axis], shape[axis], shape[axis + 1 :]
    copied = expand(reshape(x, (*front, n, 1, *back)), (*front, n, repeats, *back))
    return reshape(copied, (*front, n * repeats, *back))
