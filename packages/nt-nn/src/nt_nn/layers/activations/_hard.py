"""Straight lines in place of curves."""

from __future__ import annotations

from nt_autograd import Tensor, hardsigmoid, hardswish, hardtanh

from ...module import Module


class Hardtanh(Module):
    r"""A line between two bounds, $y = \min(\max(x, l), u)$; the gradient at a bound is 0.

    Shapes: any -> the same.

    Args:
        min_val: the lower bound.
        max_val: the upper bound.

    Raises:
        ValueError: `min_val` is not below `max_val`.

    Example:
        >>> from nt_autograd import tensor
        >>> Hardtanh()(tensor([-2.0, 0.5, 7.0]))
        tensor([-1. ,  0.5,  1. ])

    Source: Collobert, Large Scale Machine Learning (2004); PyTorch's `torch.nn.Hardtanh`.
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        if not min_val < max_val:
            raise ValueError(f"min_val ({min_val}) must be below max_val ({max_val})")
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = hardtanh(x, self.min_val, self.max_val)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"min_val={self.min_val}, max_val={self.max_val}"


class Hardsigmoid(Module):
    r"""A line in place of the sigmoid, $y = \min(\max(x + 3, 0), 6) / 6$.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> Hardsigmoid()(tensor([-4.0, 0.0, 3.0]))
        tensor([0. , 0.5, 1. ])

    Source: Howard et al., Searching for MobileNetV3 (2019); PyTorch's `torch.nn.Hardsigmoid`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = hardsigmoid(x)
        return y


class Hardswish(Module):
    r"""SiLU with lines for its gate, $y = x \min(\max(x + 3, 0), 6) / 6$.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> Hardswish()(tensor([-4.0, 0.0, 4.0]))
        tensor([-0.,  0.,  4.])

    Source: Howard et al., Searching for MobileNetV3 (2019), section 5.2; PyTorch's
        `torch.nn.Hardswish`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = hardswish(x)
        return y
