"""Exponential linear units."""

from __future__ import annotations

from nt_autograd import Tensor, celu, elu, selu

from ...module import Module


class ELU(Module):
    r"""A line above 0, a saturating exponential below: $y = x$ or $\alpha (e^x - 1)$.

    Shapes: any -> the same.

    Args:
        alpha: what it tends to on the left, with a minus.

    Example:
        >>> from nt_autograd import tensor
        >>> ELU()(tensor([-1000.0, 2.0]))
        tensor([-1.,  2.])

    Source: Clevert, Unterthiner, Hochreiter, Fast and Accurate Deep Network Learning by ELUs
        (2015); PyTorch's `torch.nn.ELU`.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = elu(x, self.alpha)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"alpha={self.alpha}"


class SELU(Module):
    r"""The ELU that normalises itself: $y = \lambda x$ above 0, $\lambda\alpha (e^x - 1)$ below.

    With weights of variance 1/inputs (`init.kaiming_normal_` with "linear"), mean 0 and variance 1
    are a fixed point of a layer.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> SELU()(tensor([-1000.0, 0.0]))
        tensor([-1.758...,  0.     ])

    Source: Klambauer et al., Self-Normalizing Neural Networks (2017); PyTorch's `torch.nn.SELU`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = selu(x)
        return y


class CELU(Module):
    r"""The ELU without a kink, $y = x$ above 0, $\alpha (e^{x/\alpha} - 1)$ below.

    Shapes: any -> the same.

    Args:
        alpha: what it tends to on the left, with a minus; not 0.

    Raises:
        ValueError: `alpha` is 0.

    Example:
        >>> from nt_autograd import tensor
        >>> CELU(2.0)(tensor([-1000.0, 2.0]))
        tensor([-2.,  2.])

    Source: Barron, Continuously Differentiable Exponential Linear Units (2017); PyTorch's
        `torch.nn.CELU`.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        if alpha == 0:
            raise ValueError(f"alpha ({alpha}) must not be 0")
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = celu(x, self.alpha)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"alpha={self.alpha}"
