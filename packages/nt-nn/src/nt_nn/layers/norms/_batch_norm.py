"""BatchNorm1d, BatchNorm2d, BatchNorm3d: channels to mean zero and variance one over the batch."""

from __future__ import annotations

from nt_autograd import Tensor, batch_norm
from nt_tensor import DeviceLike, DTypeLike

from ._tracked import TrackedNorm


class _BatchNorm(TrackedNorm):
    axes: tuple[int, ...]
    shapes: str

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x (N, C) or (N, C, …)."""
        self._check(x, self.axes, 1, self.shapes)
        mean, var = self._statistics()
        training, momentum = self.training or mean is None, self.momentum or 0.0
        if self.training and mean is not None and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                momentum = 1.0 / self.num_batches_tracked.item()
        y: Tensor = batch_norm(x, mean, var, self.weight, self.bias, training, momentum, self.eps)
        return y


class BatchNorm1d(_BatchNorm):
    r"""Normalises each channel over the batch and its places, then stretches and shifts.

    $$y = \frac{x - \mathrm E[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} \gamma + \beta$$

    In training the statistics are the batch's; running ones $r \leftarrow (1 - m)\, r + m\, \hat r$
    follow them (with the unbiased variance) and stand for them in evaluation. In `Parallel` each
    share of the batch is normalised by statistics of its own, and the first one moves the running
    ones.

    Shapes: (N, C) or (N, C, L) -> the same.

    Args:
        num_features: C.
        eps: $\epsilon$.
        momentum: $m$; None for the plain average of all batches.
        affine: whether there are $\gamma$ (ones at first) and $\beta$ (zeros at first).
        track_running_stats: whether there are running statistics; without them evaluation uses the
            batch's too.
        device: where parameters and buffers lie; None for the current device.
        dtype: of the parameters and statistics; None for float32.

    Raises:
        ValueError: `num_features` is not positive, `momentum` is outside of [0, 1]; in a call, `x`
            is of another shape, or has one value a channel in training.

    Example:
        >>> from nt_autograd import tensor
        >>> norm = BatchNorm1d(1, eps=0.0)
        >>> norm(tensor([[1.0], [3.0]])).tolist()
        [[-1.0], [1.0]]
        >>> norm.state_dict()["running_mean"]
        tensor([0.2])

    Source: Ioffe and Szegedy, Batch normalization (2015), algorithms 1 and 2; PyTorch's
        `torch.nn.BatchNorm1d`.
    """

    axes, shapes = (2, 3), "(N, C) or (N, C, L)"


class BatchNorm2d(_BatchNorm):
    r"""Normalises each channel of images over the batch and its places, then stretches and shifts.

    $$y = \frac{x - \mathrm E[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} \gamma + \beta$$

    In training the statistics are the batch's; running ones follow them and stand for them in
    evaluation, as `BatchNorm1d` tells.

    Shapes: (N, C, H, W) -> the same.

    Args:
        num_features: C.
        eps: $\epsilon$.
        momentum: how far the running statistics move; None for the plain average of all batches.
        affine: whether there are $\gamma$ (ones at first) and $\beta$ (zeros at first).
        track_running_stats: whether there are running statistics; without them evaluation uses the
            batch's too.
        device: where parameters and buffers lie; None for the current device.
        dtype: of the parameters and statistics; None for float32.

    Raises:
        ValueError: `num_features` is not positive, `momentum` is outside of [0, 1]; in a call, `x`
            is of another shape, or has one value a channel in training.

    Example:
        >>> from nt_autograd import randn
        >>> y = BatchNorm2d(3)(randn(8, 3, 4, 4) * 5 + 7)
        >>> abs(y.mean((0, 2, 3))).max().item() < 1e-5
        True

    Source: Ioffe and Szegedy, Batch normalization (2015), section 3.2; PyTorch's
        `torch.nn.BatchNorm2d`.
    """

    axes, shapes = (4,), "(N, C, H, W)"


class BatchNorm3d(_BatchNorm):
    r"""Normalises each channel of volumes over the batch and its places, then stretches and shifts.

    $$y = \frac{x - \mathrm E[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} \gamma + \beta$$

    In training the statistics are the batch's; running ones follow them and stand for them in
    evaluation, as `BatchNorm1d` tells.

    Shapes: (N, C, D, H, W) -> the same.

    Args:
        num_features: C.
        eps: $\epsilon$.
        momentum: how far the running statistics move; None for the plain average of all batches.
        affine: whether there are $\gamma$ (ones at first) and $\beta$ (zeros at first).
        track_running_stats: whether there are running statistics; without them evaluation uses the
            batch's too.
        device: where parameters and buffers lie; None for the current device.
        dtype: of the parameters and statistics; None for float32.

    Raises:
        ValueError: `num_features` is not positive, `momentum` is outside of [0, 1]; in a call, `x`
            is of another shape, or has one value a channel in training.

    Example:
        >>> from nt_autograd import randn
        >>> BatchNorm3d(2).eval()(randn(1, 2, 3, 3, 3)).shape
        (1, 2, 3, 3, 3)

    Source: Ioffe and Szegedy, Batch normalization (2015), section 3.2; PyTorch's
        `torch.nn.BatchNorm3d`.
    """

    axes, shapes = (5,), "(N, C, D, H, W)"
