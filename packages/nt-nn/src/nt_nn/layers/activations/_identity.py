"""Identity: what comes in goes out."""

from __future__ import annotations

from typing import Any, TypeVar

from nt_autograd import identity

from ...module import Module

T = TypeVar("T")


class Identity(Module):
    """Gives back what comes in, where a module is wanted but nothing is to happen.

    Shapes: any -> the same.

    Args:
        args: ignored, as by PyTorch: it may stand for a module that takes some.
        kwargs: ignored.

    Example:
        >>> Identity()(5)
        5

    Source: PyTorch's `torch.nn.Identity`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def forward(self, x: T) -> T:
        """Give x back."""
        return identity(x)
