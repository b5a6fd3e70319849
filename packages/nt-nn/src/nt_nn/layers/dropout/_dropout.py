"""Dropout: forget a random share, while training."""

from __future__ import annotations

from nt_autograd import Tensor, dropout
from nt_tensor import Generator

from ...module import Module


class Dropout(Module):
    r"""Sets each element to zero with probability $p$ and scales the others by $1/(1-p)$.

    It does so while training; in evaluation mode it gives its input back.

    Shapes: any -> the same.

    Args:
        p: the share that is dropped.
        generator: where the masks come from; None for the thread's own at each call, as it must be
            where several threads call the module.

    Raises:
        ValueError: unless 0 <= p <= 1.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_tensor import Generator
        >>> layer = Dropout(0.5, generator=Generator(0))
        >>> sorted(set(layer(ones(100)).tolist()))
        [0.0, 2.0]
        >>> layer.eval()(ones(3)).tolist()
        [1.0, 1.0, 1.0]

    Source: Srivastava et al., Dropout (2014); PyTorch's `torch.nn.Dropout`.
    """

    def __init__(self, p: float = 0.5, *, generator: Generator | None = None) -> None:
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"p ({p}) must be a probability, 0 to 1")
        self.p = p
        self.generator = generator

    def forward(self, x: Tensor) -> Tensor:
        """Drop elements of x (any shape) while training."""
        if not self.training or self.p == 0.0:
            return x
        y: Tensor = dropout(x, self.p, generator=self.generator)
        return y

    def extra_repr(self) -> str:
        """The share that is dropped."""
        return f"p={self.p}"
