"""Smooth rectifiers: numbers times their own gates, and softplus."""

from __future__ import annotations

from typing import Literal

from nt_autograd import Tensor, gelu, logsigmoid, mish, quick_gelu, silu, softplus

from ...module import Module


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
        """Apply it to x (any shape)."""
        y: Tensor = gelu(x, approximate=self.approximate)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"approximate={self.approximate!r}"


class QuickGELU(Module):
    r"""CLIP's approximation of GELU, $y = x\,\sigma(1.702 x)$.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> QuickGELU()(tensor([0.0, 100.0]))
        tensor([  0., 100.])

    Source: Radford et al., Learning Transferable Visual Models (2021), its code.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = quick_gelu(x)
        return y


class SiLU(Module):
    r"""The sigmoid-weighted linear unit, $y = x\,\sigma(x)$.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> SiLU()(tensor([-1000.0, 0.0, 1000.0]))
        tensor([  -0.,    0., 1000.])

    Source: Elfwing, Uchibe, Doya, Sigmoid-weighted linear units (2017); PyTorch's `torch.nn.SiLU`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = silu(x)
        return y


class Mish(Module):
    r"""A smooth rectifier that is not monotonic, $y = x \tanh(\ln(1 + e^x))$.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> Mish()(tensor([-1e4, 0.0, 1e4]))
        tensor([   -0.,     0., 10000.])

    Source: Misra, Mish: A Self Regularized Non-Monotonic Activation Function (2019); PyTorch's
        `torch.nn.Mish`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = mish(x)
        return y


class Softplus(Module):
    r"""A smooth rectifier, $y = \frac1\beta \ln(1 + e^{\beta x})$: for what must be positive.

    Shapes: any -> the same.

    Args:
        beta: how sharp the corner is; not 0.
        threshold: where $\beta x$ is above it, $y = x$.

    Raises:
        ValueError: `beta` is 0.

    Example:
        >>> from nt_autograd import tensor
        >>> Softplus()(tensor([-1000.0, 1000.0]))
        tensor([   0., 1000.])

    Source: Dugas et al., Incorporating Second-Order Functional Knowledge (2001); PyTorch's
        `torch.nn.Softplus`.
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        if beta == 0:
            raise ValueError(f"beta ({beta}) must not be 0")
        self.beta = beta
        self.threshold = threshold

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = softplus(x, self.beta, self.threshold)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"beta={self.beta}, threshold={self.threshold}"


class LogSigmoid(Module):
    r"""The logarithm of the logistic function, $y = \ln \sigma(x)$, without overflow.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> LogSigmoid()(tensor([-1000.0, 1000.0]))
        tensor([-1000.,     0.])

    Source: PyTorch's `torch.nn.LogSigmoid`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = logsigmoid(x)
        return y
