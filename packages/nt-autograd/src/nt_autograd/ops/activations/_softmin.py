"""Relatives of softmax: softmin and its noisy form, gumbel_softmax."""

from __future__ import annotations

from typing import Any

from nt_tensor import Generator, default_generator, device_of, dtype_of, float32, float64

from ...primitive import primitive
from ...tensor import Tensor
from .._astype import astype
from .._axes import axis_of
from .._exponential import log
from .._extremes import argmax
from .._floating import check_floating
from .._one_hot import one_hot
from .._permute import movedim
from ._softmax import softmax

__all__ = ["gumbel_softmax", "softmin"]


def softmin(x: Any, dim: int = -1) -> Any:
    r"""Softmax of the negative, $y_i = e^{-x_i} / \sum_j e^{-x_j}$: the smallest gets the most.

    For weights from distances or energies. $\partial L/\partial x_i = -y_i (g_i - \sum_j g_j y_j)$.

    Args:
        x: any shape, floating point.
        dim: the axis that sums to one.

    Raises:
        IndexError: `x` has no axis `dim`.
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> softmin(tensor([0.0, 0.0, 1e4]))
        tensor([0.5, 0.5, 0. ])

    Source: PyTorch's `torch.nn.functional.softmin`.
    """
    return softmax(-x, dim)


def gumbel_softmax(
    logits: Any,
    tau: float = 1.0,
    hard: bool = False,
    *,
    dim: int = -1,
    generator: Generator | None = None,
) -> Any:
    r"""A random class that a gradient can pass: softmax of logits with Gumbel noise.

    $$y = \mathrm{softmax}\Big(\frac{x + G}{\tau}\Big), \qquad G_i = -\ln(-\ln u_i), \quad u_i \sim
    \mathcal U(0, 1)$$

    The place of the largest $y_i$ is distributed as softmax of the logits says. With `hard` the
    result is one-hot and the gradient is that of the soft one (straight through).

    Args:
        logits: unnormalised log-probabilities, any shape, floating point.
        tau: the temperature; towards 0 the result comes near one-hot.
        hard: whether to give 0 and 1.
        dim: the axis of the classes.
        generator: draws the noise; the thread's default generator if None.

    Raises:
        ValueError: `tau` is not positive.
        IndexError: `logits` has no axis `dim`.
        TypeError: `logits` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> gumbel_softmax(tensor([0.0, 1000.0, 0.0]), hard=True)
        tensor([0., 1., 0.])

    Source: Jang, Gu, Poole, Categorical Reparameterization with Gumbel-Softmax (2017); PyTorch's
        `torch.nn.functional.gumbel_softmax`.
    """
    if not tau > 0:
        raise ValueError(f"tau ({tau}) must be positive")
    array = logits.data if isinstance(logits, Tensor) else logits
    check_floating("logits", array)
    axis = axis_of(dim, array.ndim)
    draw = default_generator() if generator is None else generator
    dtype = dtype_of(array)
    u = draw.uniform(
        tuple(array.shape),
        low=_SMALLEST,  # the logarithm of 0 is infinite
        dtype=dtype if dtype == float64 else float32,
        device=device_of(array),
    )
    soft = softmax((logits - astype(log(-log(u)), dtype)) / tau, dim)
    if not hard or not array.ndim or not array.size:
        return soft
    chosen = movedim(one_hot(argmax(soft, axis), array.shape[axis]), -1, axis)
    return _straight_through(soft, astype(chosen, dtype))


_SMALLEST = 2.0**-100


@primitive
def _straight_through(soft: Any, hard: Any, /) -> Any:
    """The value of `hard`, the gradient of `soft`."""
    return hard


@_straight_through.backward
def _(g: Any) -> Any:
    return g, None
