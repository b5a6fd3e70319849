"""activation_statistics: what the numbers that modules give are like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nt_autograd import Tensor, no_grad

__all__ = ["ActivationStatistics", "activation_statistics", "tensors_of"]


@dataclass(frozen=True)
class ActivationStatistics:
    """What one module's output is like.

    Attributes:
        name: the module's dotted name.
        mean: of all elements.
        std: their standard deviation, divided by their number.
        zeros: the share of them that is exactly zero.
        largest: the largest absolute value.
        elements: how many there are.

    Example:
        >>> ActivationStatistics("up", mean=0.5, std=0.5, zeros=0.5, largest=1.0, elements=4).zeros
        0.5
    """

    name: str
    mean: float
    std: float
    zeros: float
    largest: float
    elements: int


def activation_statistics(outputs: Mapping[str, Any]) -> list[ActivationStatistics]:
    """Mean, deviation, share of zeros and largest value of what each module gave, by depth.

    Args:
        outputs: dotted name -> a tensor, or a list with one for each call, of which the last one
            counts: `seen.outputs` of `capture`. What is no tensor of floats is left out.

    Returns:
        One for each module, in their order.

    Raises:
        ValueError: nothing in it is a tensor of floats.

    Example:
        >>> from nt_autograd import tensor
        >>> (found,) = activation_statistics({"relu": tensor([0.0, 0.0, 3.0, 1.0])})
        >>> found.mean, found.zeros, found.largest
        (1.0, 0.5, 3.0)

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural
        networks (2010), section 3, whose figures follow these numbers through the layers.
    """
    return [_statistics(name, x) for name, x in tensors_of(outputs)]


def tensors_of(outputs: Mapping[str, Any]) -> list[tuple[str, Tensor]]:
    """The last tensor of floats that each name has.

    Raises:
        ValueError: there is none at all.
    """
    found = list(_tensors(outputs))
    if not found:
        raise ValueError("outputs: no module in it gave a tensor of floats")
    return found


def _tensors(outputs: Mapping[str, Any]) -> Iterator[tuple[str, Tensor]]:
    for name, given in outputs.items():
        x = given[-1] if isinstance(given, list) and given else given
        if isinstance(x, Tensor) and x.dtype.kind == "float" and x.numel():
            yield name, x.detach()


def _statistics(name: str, x: Tensor) -> ActivationStatistics:
    with no_grad():
        wide = x if str(x.dtype) in ("float32", "float64") else x.float()
        mean = wide.mean()
        std = ((wide - mean) ** 2).mean().sqrt()
        zeros = (wide == 0).to("float32").mean()
        largest = wide.abs().max()
    return ActivationStatistics(
        name, mean.item(), std.item(), zeros.item(), largest.item(), x.numel()
    )
