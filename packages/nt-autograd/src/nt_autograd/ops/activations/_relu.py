"""Activations that are zero, nearly zero, or a line: relu, softplus, logsigmoid."""

from __future__ import annotations

from typing import Any

from nt_tensor import namespace

from ...primitive import primitive
from .._where import where
from ._sigmoid import sigmoid

__all__ = ["leaky_relu", "logsigmoid", "relu", "softplus"]


@primitive
def relu(x: Any, /) -> Any:
    r"""Element-wise rectifier, $y = \max(x, 0)$; the gradient at 0 is 0.

    Example:
        >>> from nt_autograd import tensor
        >>> relu(tensor([-1.0, 2.0]))
        tensor([0., 2.])

    Source: Nair and Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines (2010);
    PyTorch's `torch.relu`.
    """
    return namespace(x).maximum(x, 0)


@relu.backward
def _(g: Any, y: Any) -> Any:
    return where(y > 0, g, 0)


@primitive
def leaky_relu(x: Any, /, negative_slope: float = 0.01) -> Any:
    r"""Element-wise rectifier that leaks: $x$ above 0, $\mathrm{negative\_slope} \cdot x$ below.

    Example:
        >>> from nt_autograd import tensor
        >>> leaky_relu(tensor([-1.0, 2.0]), 0.5)
        tensor([-0.5,  2. ])

    Source: Maas, Hannun, Ng, Rectifier Nonlinearities Improve Neural Network Acoustic Models
        (2013);
    PyTorch's `torch.nn.functional.leaky_relu`.
    """
    return namespace(x).where(x > 0, x, x * negative_slope)


@leaky_relu.backward
def _(g: Any, x: Any, negative_slope: float) -> Any:
    return where(x > 0, g, g * negative_slope)


@primitive
def softplus(x: Any, /, beta: float = 1.0) -> Any:
    r"""Element-wise smooth rectifier, $y = \frac1\beta \ln(1 + e^{\beta x})$.

    $y' = \sigma(\beta x)$. It is computed as $\max(x, 0) + \frac1\beta \ln(1 + e^{-|\beta x|})$,
    which cannot overflow.

    Example:
        >>> from nt_autograd import tensor
        >>> softplus(tensor([-1000.0, 1000.0]))
        tensor([   0., 1000.])

    Source: Dugas et al., Incorporating Second-Order Functional Knowledge (2001); PyTorch's
    `torch.nn.functional.softplus`.
    """
    xp = namespace(x)
    return xp.maximum(x, 0) + xp.log1p(xp.exp(-xp.abs(x * beta))) / beta


@softplus.backward
def _(g: Any, x: Any, beta: float) -> Any:
    return g * sigmoid(x * beta)


def logsigmoid(x: Any) -> Any:
    r"""Element-wise logarithm of the logistic function, $y = \ln \sigma(x) = -\ln(1 + e^{-x})$.

    Example:
        >>> from nt_autograd import tensor
        >>> logsigmoid(tensor([-1000.0, 1000.0]))
        tensor([-1000.,    -0.])

    Source: PyTorch's `torch.nn.functional.logsigmoid`.
    """
    return -softplus(-x)
