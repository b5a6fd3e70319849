"""What pooling layers share: windows of a size, or as many as the result has places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...module import Module
from .._sizes import Sizes, sizes


class Window(Module):
    """Windows of a size; a subclass says over how many axes."""

    axes: ClassVar[int]

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size = sizes("kernel_size", kernel_size, self.axes)
        self.stride = self.kernel_size if stride is None else sizes("stride", stride, self.axes)
        self.padding = sizes("padding", padding, self.axes, 0)
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        """The sizes."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class Adaptive(Module):
    """As many windows as asked for; a subclass says over how many axes."""

    axes: ClassVar[int]

    def __init__(self, output_size: int | Sequence[int | None] | None) -> None:
        given = [output_size] if isinstance(output_size, int | None) else list(output_size)
        if len(given) not in (1, self.axes) or any(n is not None and n < 1 for n in given):
            raise ValueError(
                f"output_size ({output_size!r}) must be one number or {self.axes}, each from 1 on "
                "or None"
            )
        self.output_size = tuple(given) if len(given) == self.axes else tuple(given) * self.axes

    def extra_repr(self) -> str:
        """The size of the result."""
        return f"output_size={self.output_size}"
