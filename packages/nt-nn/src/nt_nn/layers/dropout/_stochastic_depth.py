"""StochasticDepth: leave out a residual branch, while training."""

from __future__ import annotations

from nt_autograd import Tensor, stochastic_depth
from nt_tensor import Generator

from ...module import Module


class StochasticDepth(Module):
    r"""Sets a residual branch to zero with probability $p$, or scales it by $1/(1-p)$.

    It does so while training; in evaluation mode it gives its input back.

    Shapes: (N, …) -> the same.

    Args:
        p: the share that is dropped.
        mode: `"row"` decides for each sample (also known as drop path), `"batch"` once for all.
        generator: where the masks come from; None for the thread's own at each call.

    Raises:
        ValueError: unless 0 <= p <= 1 and the mode is one of these.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_tensor import Generator
        >>> StochasticDepth(0.5, "row", generator=Generator(1))(ones(4, 2)).tolist()
        [[2.0, 2.0], [2.0, 2.0], [0.0, 0.0], [0.0, 0.0]]

    Source: Huang et al., Deep networks with stochastic depth (2016), equation 2;
        `torchvision.ops.StochasticDepth`.
    """

    def __init__(self, p: float, mode: str, *, generator: Generator | None = None) -> None:
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"p ({p}) must be a probability, 0 to 1")
        if mode not in ("row", "batch"):
            raise ValueError(f'mode must be "row" or "batch", got {mode!r}')
        self.p = p
        self.mode = mode
        self.generator = generator

    def forward(self, x: Tensor) -> Tensor:
        """Drop samples of x (N, …), or all of it, while training."""
        y: Tensor = stochastic_depth(x, self.p, self.mode, self.training, generator=self.generator)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"p={self.p}, mode={self.mode}"
