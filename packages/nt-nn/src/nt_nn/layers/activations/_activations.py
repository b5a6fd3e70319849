"""Activations as modules: functions without parameters, for use in a Sequential."""

from __future__ import annotations

from typing import Literal, TypeVar

from nt_autograd import Tensor, gelu, relu

from ...module import Module

T = TypeVar("T")


class GELU(Module):
    r"""The Gaussian error linear unit, $y = x \, \Phi(x)$ with $\Phi$ the normal distribution.

    Shapes: any -> the same.

    Args:
        approximate: `"none"` for $\Phi$ itself, or `"tanh"` for GPT-2's
            $y = \frac{x}{2} \left(1 + \tanh \sqrt{2/\pi} (x + 0.044715 x^3)\right)$.

    Raises:
        ValueError: `approximate` is neither.

    Example:
        >>> from nt_autograd import tensor
        >>> GELU()(tensor([-1.0, 0.0, 1.0])).numpy().round(4)
        array([-0.1587,  0.    ,  0.8413], dtype=float32)

    Source: Hendrycks and Gimpel, Gaussian error linear units (2016); PyTorch's `torch.nn.GELU`.
    """

    def __init__(self, approximate: Literal["none", "tanh"] = "none") -> None:
        if approximate not in ("none", "tanh"):
            raise ValueError(f"approximate ({approximate!r}) must be 'none' or 'tanh'")
        self.approximate = approximate

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to every element."""
        y: Tensor = gelu(x, approximate=self.approximate)
        return y

    def extra_repr(self) -> str:
        """Which of the two forms."""
        return f"approximate={self.approximate!r}"


class ReLU(Module):
    r"""The positive part, $y = \max(x, 0)$.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> ReLU()(tensor([-1.0, 2.0]))
        tensor([0., 2.])

    Source: Nair and Hinton, Rectified linear units (2010); PyTorch's `torch.nn.ReLU`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to every element."""
        y: Tensor = relu(x)
        return y


class Identity(Module):
    """Gives back what comes in, where a module is wanted but nothing is to happen.

    Example:
        >>> Identity()(5)
        5

    Source: PyTorch's `torch.nn.Identity`.
    """

    def forward(self, x: T) -> T:
        """Give x back."""
        return x
