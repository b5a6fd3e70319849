"""LayerNorm: every vector to mean zero and variance one, then stretched and shifted."""

from __future__ import annotations

from collections.abc import Sequence

from nt_autograd import Tensor, layer_norm
from nt_tensor import DeviceLike, DTypeLike, float32, ones, zeros

from ...module import Module
from ...parameter import Parameter


class LayerNorm(Module):
    r"""Normalises over the last axes, then stretches and shifts.

    $$y = \frac{x - \mathrm E[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} \gamma + \beta$$

    The variance is that of the values themselves (divided by their number, not by one less).

    Shapes: (…, *normalized_shape) -> the same.

    Args:
        normalized_shape: the lengths of the last axes, over which mean and variance are taken; an
            integer for one.
        eps: $\epsilon$.
        elementwise_affine: whether there are $\gamma$ (ones at first) and $\beta$ (zeros at first).
        bias: whether there is a $\beta$.
        device: where the parameters lie; None for the current device.
        dtype: of the parameters; None for float32.

    Raises:
        ValueError: `normalized_shape` is empty or not positive; in a call, the last axes are
            others.

    Example:
        >>> from nt_autograd import tensor
        >>> LayerNorm(2)(tensor([[1.0, 3.0], [5.0, 25.0]])).numpy().round(3)
        Traceback (most recent call last):
        ...
        RuntimeError: numpy() on a tensor that needs gradients would lose them; use
            x.detach().numpy()
        >>> LayerNorm(2)(tensor([[1.0, 3.0], [5.0, 25.0]])).detach().numpy().round(3)
        array([[-1.,  1.],
               [-1.,  1.]], dtype=float32)

    Source: Ba, Kiros and Hinton, Layer normalization (2016); PyTorch's `torch.nn.LayerNorm`.
    """

    weight: Parameter | None  # normalized_shape
    bias: Parameter | None  # normalized_shape

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
    ) -> None:
        shape = self.normalized_shape = positive_lengths(normalized_shape)
        self.eps = eps
        self.weight = (
            Parameter(ones(shape, dtype or float32, device)) if elementwise_affine else None
        )
        self.bias = (
            Parameter(zeros(shape, dtype or float32, device))
            if elementwise_affine and bias
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x (…, *normalized_shape)."""
        y: Tensor = layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return y

    def extra_repr(self) -> str:
        """The shape, epsilon, and which parameters there are."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.weight is not None}, bias={self.bias is not None}"
        )


def positive_lengths(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    """The lengths of the last axes as a tuple, if there are any and none of them is empty."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not shape or min(shape) < 1:
        raise ValueError(f"normalized_shape ({normalized_shape}) must hold positive lengths")
    return shape
