"""Activations that are zero, nearly zero, or a line: relu, softplus and their kin."""

from __future__ import annotations

from typing import Any

from nt_tensor import kernels

from ...cost import each_input
from ...primitive import primitive
from .._floating import check_floating
from .._where import where
from ._sigmoid import sigmoid

__all__ = ["leaky_relu", "logsigmoid", "relu", "softplus"]


@primitive
def relu(x: Any, /) -> Any:
    r"""Element-wise rectifier, $y = \max(x, 0)$; $y' = 1$ above 0, and 0 from 0 down.

    The first choice in convolutional networks: cheap, and it does not saturate above. Only the
    output is kept for the way back.

    Example:
        >>> from nt_autograd import tensor
        >>> relu(tensor([-1.0, 2.0]))
        tensor([0., 2.])

    Source: Nair and Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines (2010);
    PyTorch's `torch.relu`.
    """
    return kernels.relu(x)


@relu.backward
def _(g: Any, y: Any) -> Any:
    return _relu_backward(g, y)


@primitive
def _relu_backward(g: Any, out: Any, /) -> Any:
    """The gradient of relu, from its output."""
    return kernels.relu_backward(g, out)


@_relu_backward.backward
def _(h: Any, out: Any) -> Any:
    return _relu_backward(h, out), None


@primitive
def leaky_relu(x: Any, /, negative_slope: float = 0.01) -> Any:
    r"""Element-wise rectifier that leaks: $x$ above 0, $\mathrm{negative\_slope} \cdot x$ below.

    $y' = 1$ above 0, $\mathrm{negative\_slope}$ from 0 down: no unit is dead for good. Usual in
    discriminators.

    Args:
        x: any shape, floating point.
        negative_slope: the slope on the left.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> leaky_relu(tensor([-1.0, 2.0]), 0.5)
        tensor([-0.5,  2. ])

    Source: Maas, Hannun, Ng, Rectifier Nonlinearities Improve Neural Network Acoustic Models
        (2013); PyTorch's `torch.nn.functional.leaky_relu`.
    """
    check_floating("x", x)
    return kernels.leaky_relu(x, float(negative_slope))


@leaky_relu.backward
def _(g: Any, x: Any, negative_slope: float) -> Any:
    return _leaky_relu_backward(g, x, negative_slope)


@primitive
def _leaky_relu_backward(g: Any, x: Any, /, negative_slope: float) -> Any:
    """The gradient of leaky_relu."""
    return kernels.leaky_relu_backward(g, x, float(negative_slope))


@_leaky_relu_backward.backward
def _(h: Any, x: Any, negative_slope: float) -> Any:
    return _leaky_relu_backward(h, x, negative_slope), None


_leaky_relu_backward.cost(each_input)


@primitive
def softplus(x: Any, /, beta: float = 1.0, threshold: float = 20.0) -> Any:
    r"""Element-wise smooth rectifier, $y = \frac1\beta \ln(1 + e^{\beta x})$; $x$ far out.

    $y' = \sigma(\beta x)$. It is computed as $\max(x, 0) + \frac1\beta \ln(1 + e^{-|\beta x|})$,
    which cannot overflow. For what must be positive, such as a variance.

    Args:
        x: any shape, floating point.
        beta: how sharp the corner is; not 0. With a negative one it is $-\,\mathrm{softplus}(-x)$.
        threshold: where $\beta x$ is above it, $y = x$ and $y' = 1$. With 20, PyTorch's, that is
            2e-9 off in float64; with 40 it is exact.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> softplus(tensor([-1000.0, 1000.0]))
        tensor([   0., 1000.])

    Source: Dugas et al., Incorporating Second-Order Functional Knowledge (2001); PyTorch's
        `torch.nn.functional.softplus`.
    """
    check_floating("x", x)
    return kernels.softplus(x, float(beta), float(threshold))


@softplus.backward
def _(g: Any, x: Any, beta: float, threshold: float) -> Any:
    return _softplus_backward(g, x, beta, threshold)


@primitive
def _softplus_backward(g: Any, x: Any, /, beta: float, threshold: float) -> Any:
    """The gradient of softplus."""
    return kernels.softplus_backward(g, x, float(beta), float(threshold))


@_softplus_backward.backward
def _(h: Any, g: Any, x: Any, beta: float, threshold: float) -> Any:
    s, line = sigmoid(x * beta), x * beta > threshold
    return where(line, h, h * s), where(line, 0.0, h * g * (s * (1.0 - s) * beta))


_softplus_backward.cost(each_input)


def logsigmoid(x: Any) -> Any:
    r"""Element-wise logarithm of the logistic function, $y = \ln \sigma(x) = -\ln(1 + e^{-x})$.

    $y' = \sigma(-x)$. It is computed as $\min(x, 0) - \ln(1 + e^{-|x|})$, which cannot overflow:
    the way to log-likelihoods of yes and no.

    Args:
        x: any shape, floating point.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> logsigmoid(tensor([-1000.0, 1000.0]))
        tensor([-1000.,     0.])

    Source: PyTorch's `torch.nn.functional.logsigmoid`.
    """
    return softplus(x, -1.0, float("inf"))  # -ln(1 + e^-x)
