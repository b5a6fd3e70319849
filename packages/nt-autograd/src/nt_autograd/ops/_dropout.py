"""dropout: zero a random share of the elements."""

from __future__ import annotations

from typing import Any

from nt_tensor import Generator, default_generator, device_of, kernels, zeros

from ..cost import each_input
from ..primitive import primitive
from ..tensor import Tensor
from ._floating import check_floating

__all__ = ["checked", "drop", "draw_mask", "dropout"]


def dropout(
    input: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None
) -> Any:
    r"""Zero each element with probability $p$; scale the rest by $1/(1-p)$, so the mean stays.

    Args:
        input: any shape, floating point.
        p: the share to drop, in [0, 1].
        training: if False, `input` comes back as it is.
        generator: draws the mask; the thread's default generator if None.

    Raises:
        ValueError: `p` is outside of [0, 1].
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> dropout(tensor([1.0, 2.0]), 1.0)
        tensor([0., 0.])

    Source: Srivastava et al., Dropout (2014), section 4; PyTorch's
        `torch.nn.functional.dropout`.
    """
    return drop("dropout", input, tuple(input.shape), p, training, generator)


def drop(
    name: str,
    input: Any,
    shape: tuple[int, ...],
    p: float,
    training: bool,
    generator: Generator | None,
) -> Any:
    """Dropout by a mask of this shape, which broadcasts to the input's."""
    array = checked(name, input, p)
    if not training or p == 0.0:
        return input
    return _dropout(input, draw_mask(array, shape, p, generator), p)


def checked(name: str, input: Any, p: float) -> Any:
    """The array of the input, if it is floating-point and `p` is a probability."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"{name}: p must lie in [0, 1], got {p}")
    array = input.data if isinstance(input, Tensor) else input
    check_floating("input", array)
    return array


def draw_mask(array: Any, shape: tuple[int, ...], p: float, generator: Generator | None) -> Any:
    """What stays of an array: True with probability 1 - p; where all goes, nothing is drawn."""
    if p == 1.0:
        return zeros((1,) * len(shape), "bool", device_of(array))
    draw = default_generator() if generator is None else generator
    return draw.bernoulli(shape, 1.0 - p, device=device_of(array))


@primitive
def _dropout(x: Any, mask: Any, /, p: float) -> Any:
    """The op behind `dropout` and its kin, with the mask drawn."""
    return kernels.dropout(x, mask, p)


@_dropout.backward
def _(g: Any, mask: Any, p: float) -> Any:
    return _dropout(g, mask, p), None


_dropout.cost(each_input)
