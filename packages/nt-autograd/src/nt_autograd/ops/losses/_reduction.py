"""What losses share: how they are brought to one number, and what they demand of their inputs."""

from __future__ import annotations

from math import nan, prod
from typing import Any

from nt_tensor import dtype_of, is_array, kernels, namespace

from ...primitive import primitive
from ...tensor import Tensor
from .._astype import astype
from .._floating import check_floating
from .._sum import mean, sum
from .options import check_reduction

__all__ = [
    "array_of",
    "check_numbers",
    "check_same_shape",
    "check_signs",
    "reduced",
    "scaled",
    "share_of",
    "weighted",
]


def reduced(losses: Any, reduction: str, *, divisor: Any = None) -> Any:
    """The losses as they are ("none"), their sum, or their mean.

    Args:
        losses: any shape.
        reduction: how.
        divisor: what "mean" divides the sum by; None for the number of losses.
    """
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum(losses)
    return mean(losses) if divisor is None else sum(losses) * share_of(divisor)


@primitive
def scaled(slope: Any, g: Any, /) -> Any:
    """The gradient of a fused loss: its slope times a number, mostly 1. For first derivatives."""
    return kernels.times(slope, g)


@scaled.cost
def _(slope_shape: tuple[int, ...]) -> int:
    return prod(slope_shape)


def share_of(count: Any) -> float:
    """One over the count; over nothing, the mean is not a number."""
    return 1.0 / float(count) if float(count) else nan


def array_of(name: str, value: Any) -> Any:
    """The array of a tensor.

    Raises:
        TypeError: it is neither a tensor nor an array.
    """
    if isinstance(value, Tensor):
        return value.data
    if not is_array(value):
        raise TypeError(f"{name} must be a tensor or an array, got a {type(value).__name__}")
    return value


def check_numbers(reduction: str, *more: str, **values: Any) -> None:
    """Raise unless the reduction is known and the values, given by name, are of one shape.

    The first of them must be floating-point.

    Raises:
        ValueError: the reduction is not known, or the shapes differ.
        TypeError: a value is no tensor, or the first is not floating-point.
    """
    check_reduction(reduction, *more)
    for i, (name, value) in enumerate(values.items()):
        array = array_of(name, value)
        if not i:
            check_floating(name, array)
    check_same_shape(**values)


def check_same_shape(**values: Any) -> None:
    """Raise unless all values, given by name, have the shape of the first: nothing is broadcast.

    Raises:
        ValueError: one has not.
    """
    (first, like), *others = values.items()
    for name, value in others:
        if tuple(value.shape) != tuple(like.shape):
            raise ValueError(
                f"{name} must have the shape of {first}, {tuple(like.shape)}, "
                f"got {tuple(value.shape)}"
            )


def check_signs(target: Any) -> None:
    """Raise unless every target is 1 or -1.

    Raises:
        ValueError: one is not; the message names it.
    """
    labels = array_of("target", target)
    xp = namespace(labels)
    wrong = xp.reshape((labels != 1) & (labels != -1), (-1,))
    if prod(labels.shape) and bool(xp.any(wrong)):
        where = int(xp.argmax(xp.astype(wrong, xp.int32)))
        value = xp.reshape(labels, (-1,))[where]
        raise ValueError(f"target must hold 1 and -1, got {value.item():g} at position {where}")


def weighted(losses: Any, weight: Any, name: str = "weight") -> Any:
    """The losses times weights that broadcast to their shape, used in their dtype.

    Raises:
        ValueError: the weights do not broadcast to the shape of the losses; it says `name`.
    """
    if weight is None:
        return losses
    array = array_of(name, weight)
    shape, mine = tuple(losses.shape), tuple(weight.shape)
    if len(mine) > len(shape) or any(
        m not in (1, n) for m, n in zip(mine[::-1], shape[::-1], strict=False)
    ):
        raise ValueError(f"{name} must broadcast to {shape}, got {mine}")
    like = losses.data if isinstance(losses, Tensor) else losses
    return losses * (weight if array.dtype == like.dtype else astype(weight, dtype_of(like)))
