"""Squashing: sigmoid, arctan, softsign, gaussian, and the step that they smooth."""

from __future__ import annotations

from typing import Any

from nt_tensor import kernels, namespace

from ...primitive import primitive
from .._floating import check_floating
from .._maximum import abs
from .._trigonometric import atan
from .._where import where
from .._zeros_of import zeros_of

__all__ = ["arctan", "binary_step", "gaussian", "sigmoid", "softsign"]


@primitive(promotes=True)
def sigmoid(x: Any, /) -> Any:
    r"""Element-wise logistic function, $y = 1/(1 + e^{-x})$, $y' = y(1 - y)$.

    For gates and for the probability of one of two classes. Far out nothing overflows, and the left
    tail keeps its digits: $\sigma(-50) = e^{-50}$. Only the output is kept for the way back.

    Example:
        >>> from nt_autograd import tensor
        >>> sigmoid(tensor([0.0, 1000.0]))
        tensor([0.5, 1. ])

    Source: Verhulst's logistic function (1838); as an activation: Rumelhart, Hinton, Williams,
        Learning representations by back-propagating errors (1986); PyTorch's `torch.sigmoid`.
    """
    return kernels.sigmoid(x)


@sigmoid.backward
def _(g: Any, y: Any) -> Any:
    return _sigmoid_backward(g, y)


@primitive
def _sigmoid_backward(g: Any, out: Any, /) -> Any:
    """The gradient of sigmoid, from its output."""
    return kernels.sigmoid_backward(g, out)


@_sigmoid_backward.backward
def _(h: Any, g: Any, out: Any) -> Any:
    return h * (out * (1.0 - out)), h * g * (1.0 - (out + out))


def arctan(x: Any) -> Any:
    r"""Element-wise arc tangent, from $-\pi/2$ to $\pi/2$; $y' = 1/(1 + x^2)$. The same as `atan`.

    It saturates more slowly than tanh: its tails fall like $1/x$.

    Example:
        >>> from nt_autograd import tensor
        >>> arctan(tensor([0.0, float("inf")]))
        tensor([0.    , 1.5707...])

    Source: PyTorch's `torch.arctan`.
    """
    return atan(x)


@primitive
def softsign(x: Any, /) -> Any:
    r"""Element-wise $y = x/(1 + |x|)$, $y' = 1/(1 + |x|)^2$; from -1 to 1.

    A tanh with slow tails, which saturates less easily. An infinity gives NaN, as in PyTorch.

    Args:
        x: any shape, floating point.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> softsign(tensor([-1.0, 0.0, 3.0]))
        tensor([-0.5 ,  0.  ,  0.75])

    Source: Turian, Bergstra, Bengio, Quadratic Features and Deep Architectures for Chunking (2009);
        PyTorch's `torch.nn.functional.softsign`.
    """
    check_floating("x", x)
    return kernels.pointwise(x, _softsign)


def _softsign(x: Any) -> Any:
    return x / (namespace(x).abs(x) + 1.0)


@softsign.backward
def _(g: Any, x: Any) -> Any:
    root = abs(x) + 1.0
    return g / root / root  # the square would overflow


@primitive
def gaussian(x: Any, /) -> Any:
    r"""Element-wise bell, $y = e^{-x^2}$, $y' = -2 x y$.

    For radial basis functions and implicit fields: it answers to numbers near 0 only.

    Args:
        x: any shape, floating point.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> gaussian(tensor([0.0, 1.0, 1e30]))
        tensor([1.    , 0.3678..., 0.    ])

    Source: Broomhead and Lowe, Multivariable functional interpolation and adaptive networks (1988);
        Ramasinghe and Lucey, Beyond Periodicity (2022).
    """
    check_floating("x", x)
    return kernels.pointwise(x, _gaussian)


def _gaussian(x: Any) -> Any:
    xp = namespace(x)
    near = xp.clip(x, -64.0, 64.0)  # farther out it is 0, and the square would overflow
    return xp.exp(-(near * near))


@gaussian.backward
def _(g: Any, x: Any, y: Any) -> Any:
    return g * (where(y == 0, 0, x) * y * -2.0)  # an infinity times 0 would be NaN


@primitive
def binary_step(x: Any, /) -> Any:
    """Element-wise step: 1 from 0 on, 0 below; NaN stays NaN. Its gradient is 0 everywhere.

    The neuron of the perceptron. As no gradient passes, nothing below it learns: for decisions, not
    for training.

    Args:
        x: any shape, floating point.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> binary_step(tensor([-0.5, 0.0, 2.0]))
        tensor([0., 1., 1.])

    Source: McCulloch and Pitts, A logical calculus of the ideas immanent in nervous activity
        (1943); PyTorch's `torch.heaviside` with 1 at 0.
    """
    check_floating("x", x)
    xp = namespace(x)
    return xp.where(x >= 0, xp.ones_like(x), xp.where(x < 0, xp.zeros_like(x), x))


@binary_step.backward
def _(g: Any) -> Any:
    return zeros_of(g)
