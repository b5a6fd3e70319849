"""What makes probabilities of numbers."""

from __future__ import annotations

from nt_autograd import Tensor, gumbel_softmax, log_softmax, softmax, softmin
from nt_tensor import Generator

from ...module import Module


class Softmax(Module):
    r"""Exponentials that sum to one along an axis, $y_i = e^{x_i} / \sum_j e^{x_j}$.

    Shapes: any -> the same.

    Args:
        dim: the axis that sums to one.

    Raises:
        IndexError: in a call, x has no such axis.

    Example:
        >>> from nt_autograd import tensor
        >>> Softmax()(tensor([0.0, 0.0, -1e4]))
        tensor([0.5, 0.5, 0. ])

    Source: Bridle, Probabilistic interpretation of feedforward network outputs (1990); PyTorch's
        `torch.nn.Softmax`.
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = softmax(x, self.dim)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"dim={self.dim}"


class LogSoftmax(Module):
    r"""The logarithm of softmax, without overflow or underflow.

    Shapes: any -> the same.

    Args:
        dim: the axis along which the probabilities sum to one.

    Raises:
        IndexError: in a call, x has no such axis.

    Example:
        >>> from nt_autograd import tensor
        >>> LogSoftmax()(tensor([0.0, -1e4]))
        tensor([     0., -10000.])

    Source: PyTorch's `torch.nn.LogSoftmax`.
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = log_softmax(x, self.dim)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"dim={self.dim}"


class Softmin(Module):
    r"""Softmax of the negative: the smallest gets the most.

    Shapes: any -> the same.

    Args:
        dim: the axis that sums to one.

    Raises:
        IndexError: in a call, x has no such axis.

    Example:
        >>> from nt_autograd import tensor
        >>> Softmin()(tensor([0.0, 0.0, 1e4]))
        tensor([0.5, 0.5, 0. ])

    Source: PyTorch's `torch.nn.Softmin`.
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = softmin(x, self.dim)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"dim={self.dim}"


class Softmax2d(Module):
    r"""Softmax over the channels of each place of an image.

    Shapes: (N, C, H, W) or (C, H, W) -> the same.

    Raises:
        ValueError: in a call, x has neither 3 nor 4 axes.

    Example:
        >>> from nt_autograd import tensor
        >>> Softmax2d()(tensor([[[0.0]], [[0.0]]])).tolist()
        [[[0.5]], [[0.5]]]

    Source: PyTorch's `torch.nn.Softmax2d`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (N, C, H, W) or (C, H, W)."""
        if x.ndim not in (3, 4):
            raise ValueError(f"x must be (N, C, H, W) or (C, H, W), got shape {tuple(x.shape)}")
        y: Tensor = softmax(x, -3)
        return y


class GumbelSoftmax(Module):
    r"""A random class that a gradient can pass: softmax of $(x + G)/\tau$, $G$ Gumbel noise.

    Shapes: any -> the same.

    Args:
        tau: the temperature; towards 0 the result comes near one-hot.
        hard: whether to give 0 and 1, with the gradient of the soft result.
        dim: the axis of the classes.
        generator: draws the noise; None for the thread's own at each call.

    Raises:
        ValueError: `tau` is not positive.

    Example:
        >>> from nt_autograd import tensor
        >>> GumbelSoftmax(hard=True)(tensor([0.0, 1000.0]))
        tensor([0., 1.])

    Source: Jang, Gu, Poole, Categorical Reparameterization with Gumbel-Softmax (2017); PyTorch's
        `torch.nn.functional.gumbel_softmax`.
    """

    def __init__(
        self,
        tau: float = 1.0,
        hard: bool = False,
        dim: int = -1,
        *,
        generator: Generator | None = None,
    ) -> None:
        if not tau > 0:
            raise ValueError(f"tau ({tau}) must be positive")
        self.tau = tau
        self.hard = hard
        self.dim = dim
        self.generator = generator

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = gumbel_softmax(x, self.tau, self.hard, dim=self.dim, generator=self.generator)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"tau={self.tau}, hard={self.hard}, dim={self.dim}"
