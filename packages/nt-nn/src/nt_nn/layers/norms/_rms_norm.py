"""RMSNorm: every vector to root mean square one, then stretched."""

from __future__ import annotations

from collections.abc import Sequence

from nt_autograd import Tensor, rms_norm
from nt_tensor import DeviceLike, DTypeLike, float32, ones

from ...module import Module
from ...parameter import Parameter
from ._layer_norm import positive_lengths


class RMSNorm(Module):
    r"""Divides by the root mean square over the last axes, then stretches.

    $$y = \frac{x}{\sqrt{\mathrm E[x^2] + \epsilon}} \gamma$$

    Shapes: (…, *normalized_shape) -> the same.

    Args:
        normalized_shape: the lengths of the last axes, over which the mean is taken; an integer for
            one.
        eps: $\epsilon$; None for the machine epsilon of what it is computed in.
        elementwise_affine: whether there is a $\gamma$ (ones at first).
        device: where the parameter lies; None for the current device.
        dtype: of the parameter; None for float32.

    Raises:
        ValueError: `normalized_shape` is empty or not positive; in a call, the last axes are
            others.

    Example:
        >>> from nt_autograd import tensor
        >>> RMSNorm(2, eps=0.0)(tensor([[3.0, 3.0], [5.0, -5.0]])).tolist()
        [[1.0, 1.0], [1.0, -1.0]]

    Source: Zhang and Sennrich, Root mean square layer normalization (2019), equation 4; PyTorch's
        `torch.nn.RMSNorm`.
    """

    weight: Parameter | None  # normalized_shape

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
    ) -> None:
        self.normalized_shape = positive_lengths(normalized_shape)
        self.eps = eps
        self.weight = None
        if elementwise_affine:
            self.weight = Parameter(ones(self.normalized_shape, dtype or float32, device))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x (…, *normalized_shape)."""
        y: Tensor = rms_norm(x, self.normalized_shape, self.weight, self.eps)
        return y

    def extra_repr(self) -> str:
        """The shape, epsilon, and whether there is a parameter."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.weight is not None}"
        )
