"""Padding at the ends of axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nt_tensor import namespace

from ..cost import moved
from ..primitive import primitive
from ._concat import concat
from ._expand import expand
from ._flip import flip

__all__ = ["pad", "pad_axes"]

Widths = Mapping[int, tuple[int, int]]


def pad(x: Any, pad: Sequence[int], mode: str = "constant", value: float = 0.0) -> Any:
    """Put elements in at the beginning and end of axes, or (negative widths) take them away.

    Args:
        x: any shape.
        pad: widths in pairs (before, after), the last axis first: `(1, 2)` pads the last axis, `(1,
            2, 3, 4)` the last one by 1 and 2 and the one before it by 3 and 4.
        mode: `"constant"` puts in `value`; `"reflect"` mirrors at the edge element, `"replicate"`
            repeats it, and `"circular"` goes on at the other end.
        value: what `"constant"` puts in.

    Raises:
        ValueError: the widths are not pairs, there are more pairs than axes, a mode that does not
            exist, or a mirror wider than what stands before it.

    Example:
        >>> from nt_autograd import tensor
        >>> pad(tensor([1.0, 2.0, 3.0]), (1, 2))
        tensor([0., 1., 2., 3., 0., 0.])
        >>> pad(tensor([1.0, 2.0, 3.0]), (0, 2), mode="reflect")
        tensor([1., 2., 3., 2., 1.])

    Source: PyTorch's `torch.nn.functional.pad`.
    """
    if len(pad) % 2 or len(pad) > 2 * x.ndim:
        raise ValueError(f"pad {tuple(pad)} must be pairs, at most one for each of {x.ndim} axes")
    pairs = zip(pad[::2], pad[1::2], strict=True)
    widths = {x.ndim - 1 - i: pair for i, pair in enumerate(pairs) if pair != (0, 0)}
    for axis, (before, after) in widths.items():
        if -before - after > x.shape[axis]:
            raise ValueError(
                f"pad {(before, after)} takes away more than axis {axis} has, {x.shape[axis]}"
            )
    if mode == "constant":
        return pad_axes(x, widths, value)
    if mode not in _EDGES:
        raise ValueError(
            f'mode must be "constant", "reflect", "replicate" or "circular", got {mode!r}'
        )
    for axis, (before, after) in widths.items():
        x = _EDGES[mode](_cut(x, axis, before, after), axis, max(before, 0), max(after, 0))
    return x


def pad_axes(x: Any, widths: Widths, value: float = 0.0) -> Any:
    """Pad axes with one value; `widths` tells (before, after) of an axis counted from the front."""
    for axis, (before, after) in widths.items():
        x = _cut(x, axis, before, after)
    grown = {axis: (max(a, 0), max(b, 0)) for axis, (a, b) in widths.items() if a > 0 or b > 0}
    return _pad(x, grown, value) if grown else x


@primitive
def _pad(x: Any, /, widths: Widths, value: float) -> Any:
    xp = namespace(x)
    for axis, (before, after) in widths.items():
        shape = list(x.shape)
        parts = [x]
        if before:
            shape[axis] = before
            parts.insert(0, xp.full(shape, value, dtype=x.dtype))
        if after:
            shape[axis] = after
            parts.append(xp.full(shape, value, dtype=x.dtype))
        x = xp.concat(parts, axis=axis)
    return x


@_pad.backward
def _(g: Any, x_shape: tuple[int, ...], widths: Widths) -> Any:
    starts = [widths.get(axis, (0, 0))[0] for axis in range(len(x_shape))]
    return g[tuple([slice(at, at + n) for at, n in zip(starts, x_shape, strict=True)])]


_pad.cost(moved)


def _cut(x: Any, axis: int, before: int, after: int) -> Any:
    """Take away what negative widths name."""
    if before >= 0 and after >= 0:
        return x
    stop = x.shape[axis] + min(after, 0)
    return x[(*_all(axis), slice(max(-before, 0), stop))]


def _all(axis: int) -> tuple[slice, ...]:
    return (slice(None),) * axis


def _reflect(x: Any, axis: int, before: int, after: int) -> Any:
    n = x.shape[axis]
    if max(before, after) >= n:
        raise ValueError(f"reflect: {max(before, after)} must be less than the axis' length, {n}")
    left = flip(x[(*_all(axis), slice(1, before + 1))], axis)
    right = flip(x[(*_all(axis), slice(n - 1 - after, n - 1))], axis)
    return concat([left, x, right], axis)


def _replicate(x: Any, axis: int, before: int, after: int) -> Any:
    n = x.shape[axis]
    if not n:
        raise ValueError("replicate: the axis has no element to repeat")
    shape = list(x.shape)
    shape[axis] = before
    left = expand(x[(*_all(axis), slice(0, 1))], tuple(shape))
    shape[axis] = after
    right = expand(x[(*_all(axis), slice(n - 1, n))], tuple(shape))
    return concat([left, x, right], axis)


def _circular(x: Any, axis: int, before: int, after: int) -> Any:
    n = x.shape[axis]
    if max(before, after) > n:
        raise ValueError(f"circular: {max(before, after)} must not exceed the axis' length, {n}")
    left, right = x[(*_all(axis), slice(n - before, n))], x[(*_all(axis), slice(0, after))]
    return concat([left, x, right], axis)


_EDGES = {"reflect": _reflect, "replicate": _replicate, "circular": _circular}
