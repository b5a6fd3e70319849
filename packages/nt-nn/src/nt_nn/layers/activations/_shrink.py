"""What pulls towards zero."""

from __future__ import annotations

from nt_autograd import Tensor, hardshrink, softshrink, tanhshrink

from ...module import Module


class Softshrink(Module):
    r"""Everything nearer to zero by $\lambda$: $y = \mathrm{sign}(x) \max(|x| - \lambda, 0)$.

    Shapes: any -> the same.

    Args:
        lambd: $\lambda$, not negative.

    Raises:
        ValueError: `lambd` is negative.

    Example:
        >>> from nt_autograd import tensor
        >>> Softshrink()(tensor([-2.0, 0.25, 2.0]))
        tensor([-1.5,  0. ,  1.5])

    Source: Donoho, De-noising by soft-thresholding (1995); PyTorch's `torch.nn.Softshrink`.
    """

    def __init__(self, lambd: float = 0.5) -> None:
        if not lambd >= 0:
            raise ValueError(f"lambd ({lambd}) must not be negative")
        self.lambd = lambd

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = softshrink(x, self.lambd)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"lambd={self.lambd}"


class Hardshrink(Module):
    r"""Zero for what is small, $y = x$ where $|x| > \lambda$.

    Shapes: any -> the same.

    Args:
        lambd: $\lambda$.

    Example:
        >>> from nt_autograd import tensor
        >>> Hardshrink()(tensor([-2.0, 0.25, 2.0]))
        tensor([-2.,  0.,  2.])

    Source: Donoho and Johnstone, Ideal spatial adaptation by wavelet shrinkage (1994);
        PyTorch's `torch.nn.Hardshrink`.
    """

    def __init__(self, lambd: float = 0.5) -> None:
        self.lambd = lambd

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = hardshrink(x, self.lambd)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"lambd={self.lambd}"


class Tanhshrink(Module):
    r"""What tanh takes away, $y = x - \tanh x$.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> Tanhshrink()(tensor([0.0, 100.0]))
        tensor([ 0., 99.])

    Source: PyTorch's `torch.nn.Tanhshrink`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = tanhshrink(x)
        return y
