"""Flatten and Unflatten: axes joined into one, and one split, where a module is wanted."""

from __future__ import annotations

from collections.abc import Sequence

from nt_autograd import Tensor, flatten, unflatten

from ..module import Module


class Flatten(Module):
    """Join the axes from `start_dim` to `end_dim` into one, as between convolutions and a Linear.

    Shapes: (batch, a, b, ...) -> (batch, a · b · ...) by default.

    Args:
        start_dim: the first axis that is joined.
        end_dim: the last.

    Raises:
        ValueError: on the call, if `start_dim` comes after `end_dim`.
        IndexError: on the call, if there is no such axis.

    Example:
        >>> from nt_autograd import zeros
        >>> Flatten()(zeros(2, 3, 4, 5)).shape
        (2, 60)

    Source: PyTorch's `torch.nn.Flatten`.
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, x: Tensor) -> Tensor:
        """Give x with the axes joined."""
        joined: Tensor = flatten(x, self.start_dim, self.end_dim)
        return joined


class Unflatten(Module):
    """Split one axis into several; the opposite of `Flatten`.

    Shapes: (..., a · b, ...) -> (..., a, b, ...).

    Args:
        dim: the axis that is split.
        unflattened_size: lengths whose product is that axis' length; one may be -1.

    Raises:
        ValueError: on the call, if the lengths do not fill the axis.

    Example:
        >>> from nt_autograd import zeros
        >>> Unflatten(1, (3, -1))(zeros(2, 12)).shape
        (2, 3, 4)

    Source: PyTorch's `torch.nn.Unflatten`.
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        self.dim = dim
        self.unflattened_size = tuple(unflattened_size)

    def forward(self, x: Tensor) -> Tensor:
        """Give x with the axis split."""
        split: Tensor = unflatten(x, self.dim, self.unflattened_size)
        return split
