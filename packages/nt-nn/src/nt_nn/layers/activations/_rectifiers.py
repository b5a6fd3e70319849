"""Rectifiers: zero or a line below, a line above."""

from __future__ import annotations

from nt_autograd import Tensor, leaky_relu, relu, relu6, threshold

from ...module import Module


class ReLU(Module):
    r"""The positive part, $y = \max(x, 0)$; the gradient at 0 is 0.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> ReLU()(tensor([-1.0, 2.0]))
        tensor([0., 2.])

    Source: Nair and Hinton, Rectified linear units (2010); PyTorch's `torch.nn.ReLU`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = relu(x)
        return y


class ReLU6(Module):
    r"""The positive part with a ceiling, $y = \min(\max(x, 0), 6)$.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> ReLU6()(tensor([-1.0, 2.0, 9.0]))
        tensor([0., 2., 6.])

    Source: Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10 (2010); PyTorch's
        `torch.nn.ReLU6`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = relu6(x)
        return y


class LeakyReLU(Module):
    r"""A rectifier that leaks: $y = x$ above 0, $\mathrm{negative\_slope} \cdot x$ from 0 down.

    Shapes: any -> the same.

    Args:
        negative_slope: the slope on the left.

    Example:
        >>> from nt_autograd import tensor
        >>> LeakyReLU(0.5)(tensor([-1.0, 2.0]))
        tensor([-0.5,  2. ])

    Source: Maas, Hannun, Ng, Rectifier Nonlinearities Improve Neural Network Acoustic Models
        (2013); PyTorch's `torch.nn.LeakyReLU`.
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = leaky_relu(x, self.negative_slope)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"negative_slope={self.negative_slope}"


class Threshold(Module):
    r"""Lets through what is above a threshold; a given value stands for the rest.

    Shapes: any -> the same.

    Args:
        threshold: where it begins to let through.
        value: what stands for what is not let through.

    Example:
        >>> from nt_autograd import tensor
        >>> Threshold(0.5, 20.0)(tensor([-1.0, 0.5, 2.0]))
        tensor([20., 20.,  2.])

    Source: PyTorch's `torch.nn.Threshold`.
    """

    def __init__(self, threshold: float, value: float) -> None:
        self.threshold = threshold
        self.value = value

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = threshold(x, self.threshold, self.value)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"threshold={self.threshold}, value={self.value}"
