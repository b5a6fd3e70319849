"""LocalResponseNorm: channels held back by what their neighbours do."""

from __future__ import annotations

from nt_autograd import Tensor, local_response_norm

from ...module import Module


class LocalResponseNorm(Module):
    r"""Divides each channel by a power of the mean square of its neighbours.

    $$y_c = x_c \left(k + \frac{\alpha}{n} \sum_{c' = c - \lfloor n/2 \rfloor}^{c + \lceil n/2
    \rceil - 1} x_{c'}^2\right)^{-\beta}$$

    Shapes: (N, C, …) with at least one axis of places -> the same.

    Args:
        size: $n$, how many channels count.
        alpha: how much they hold back.
        beta: the exponent.
        k: what is there without them.

    Raises:
        ValueError: `size` is not positive; in a call, `x` has fewer than three axes.

    Example:
        >>> from nt_autograd import tensor
        >>> LocalResponseNorm(2, alpha=2.0, beta=1.0)(tensor([[[1.0], [2.0]]])).tolist()
        [[[0.5], [0.3333333432674408]]]

    Source: Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural
        networks (2012), section 3.3; PyTorch's `torch.nn.LocalResponseNorm`.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        if size < 1:
            raise ValueError(f"size ({size}) must be positive")
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x (N, C, …)."""
        y: Tensor = local_response_norm(x, self.size, self.alpha, self.beta, self.k)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
