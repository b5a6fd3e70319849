"""InstanceNorm1d, InstanceNorm2d, InstanceNorm3d: each channel of each sample by itself."""

from __future__ import annotations

from nt_autograd import Tensor, instance_norm
from nt_tensor import DeviceLike, DTypeLike

from ._tracked import TrackedNorm


class _InstanceNorm(TrackedNorm):
    momentum: float
    axes: int  # of an input without a batch
    shapes: str

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x (N, C, …) or (C, …)."""
        alone = x.ndim == self.axes
        self._check(x, (self.axes, self.axes + 1), 0 if alone else 1, self.shapes)
        mean, var = self._statistics()
        own = self.training or mean is None
        y: Tensor = instance_norm(
            x[None] if alone else x, mean, var, self.weight, self.bias, own, self.momentum, self.eps
        )
        return y[0] if alone else y


class InstanceNorm1d(_InstanceNorm):
    r"""Normalises each channel of each sample over its places, then stretches and shifts.

    $$y = \frac{x - \mathrm E[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} \gamma + \beta$$

    Running statistics, if there are any, follow the batch's mean of the means and of the unbiased
    variances, and stand for them in evaluation.

    Shapes: (N, C, L) or (C, L) -> the same.

    Args:
        num_features: C.
        eps: $\epsilon$.
        momentum: how far the running statistics move.
        affine: whether there are $\gamma$ (ones at first) and $\beta$ (zeros at first).
        track_running_stats: whether there are running statistics.
        device: where parameters and buffers lie; None for the current device.
        dtype: of the parameters and statistics; None for float32.

    Raises:
        ValueError: `num_features` is not positive, `momentum` is outside of [0, 1]; in a call, `x`
            is of another shape, or has one place a channel.

    Example:
        >>> from nt_autograd import tensor
        >>> InstanceNorm1d(2, eps=0.0)(tensor([[1.0, 3.0], [10.0, 30.0]])).tolist()
        [[-1.0, 1.0], [-1.0, 1.0]]

    Source: Ulyanov, Vedaldi and Lempitsky, Instance normalization (2016), equation 4; PyTorch's
        `torch.nn.InstanceNorm1d`.
    """

    axes, shapes = 2, "(N, C, L) or (C, L)"


class InstanceNorm2d(_InstanceNorm):
    r"""Normalises each channel of each image over its places, then stretches and shifts.

    $$y = \frac{x - \mathrm E[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} \gamma + \beta$$

    Running statistics, if there are any, follow the batch's mean of the means and of the unbiased
    variances, and stand for them in evaluation.

    Shapes: (N, C, H, W) or (C, H, W) -> the same.

    Args:
        num_features: C.
        eps: $\epsilon$.
        momentum: how far the running statistics move.
        affine: whether there are $\gamma$ (ones at first) and $\beta$ (zeros at first).
        track_running_stats: whether there are running statistics.
        device: where parameters and buffers lie; None for the current device.
        dtype: of the parameters and statistics; None for float32.

    Raises:
        ValueError: `num_features` is not positive, `momentum` is outside of [0, 1]; in a call, `x`
            is of another shape, or has one place a channel.

    Example:
        >>> from nt_autograd import randn
        >>> y = InstanceNorm2d(3)(randn(2, 3, 8, 8) * 5 + 7)
        >>> abs(y.mean((2, 3))).max().item() < 1e-5
        True

    Source: Ulyanov, Vedaldi and Lempitsky, Instance normalization (2016), equation 4; PyTorch's
        `torch.nn.InstanceNorm2d`.
    """

    axes, shapes = 3, "(N, C, H, W) or (C, H, W)"


class InstanceNorm3d(_InstanceNorm):
    r"""Normalises each channel of each volume over its places, then stretches and shifts.

    $$y = \frac{x - \mathrm E[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} \gamma + \beta$$

    Running statistics, if there are any, follow the batch's mean of the means and of the unbiased
    variances, and stand for them in evaluation.

    Shapes: (N, C, D, H, W) or (C, D, H, W) -> the same.

    Args:
        num_features: C.
        eps: $\epsilon$.
        momentum: how far the running statistics move.
        affine: whether there are $\gamma$ (ones at first) and $\beta$ (zeros at first).
        track_running_stats: whether there are running statistics.
        device: where parameters and buffers lie; None for the current device.
        dtype: of the parameters and statistics; None for float32.

    Raises:
        ValueError: `num_features` is not positive, `momentum` is outside of [0, 1]; in a call, `x`
            is of another shape, or has one place a channel.

    Example:
        >>> from nt_autograd import randn
        >>> InstanceNorm3d(2)(randn(2, 3, 3, 3)).shape
        (2, 3, 3, 3)

    Source: Ulyanov, Vedaldi and Lempitsky, Instance normalization (2016), equation 4; PyTorch's
        `torch.nn.InstanceNorm3d`.
    """

    axes, shapes = 4, "(N, C, D, H, W) or (C, D, H, W)"
