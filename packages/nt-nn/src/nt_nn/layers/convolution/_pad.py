"""What padding layers share: how many axes, and how the widths are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from nt_autograd import Tensor, pad

from ...module import Module
from .._sizes import sizes


class Pad(Module):
    """Puts elements around its input; a subclass says which, and over how many axes."""

    axes: ClassVar[int]
    mode: ClassVar[str]
    value: float = 0.0

    def __init__(self, padding: int | Sequence[int]) -> None:
        # Negative widths take elements away.
        self.padding = sizes("padding", padding, 2 * self.axes, None)

    def forward(self, input: Tensor) -> Tensor:
        """Pad the last axes of input."""
        y: Tensor = pad(input, self.padding, self.mode, self.value)
        return y

    def extra_repr(self) -> str:
        """The widths."""
        return f"{self.padding}"
