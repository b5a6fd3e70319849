"""What BatchNorm and InstanceNorm are: channels with parameters, and statistics that are kept."""

from __future__ import annotations

from nt_autograd import Tensor
from nt_tensor import DeviceLike, DTypeLike, float32, int64, ones, zeros

from ..._share import first_share
from ...module import Module
from ...parameter import Buffer, Parameter


class TrackedNorm(Module):
    """A normalisation of channels that may keep running statistics for evaluation."""

    weight: Parameter | None  # (num_features,)
    bias: Parameter | None  # (num_features,)
    running_mean: Buffer | None  # (num_features,)
    running_var: Buffer | None  # (num_features,)
    num_batches_tracked: Buffer | None  # ()

    def __init__(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        device: DeviceLike | None,
        dtype: DTypeLike,
    ) -> None:
        if num_features < 1:
            raise ValueError(f"num_features ({num_features}) must be positive")
        if momentum is not None and not 0.0 <= momentum <= 1.0:
            raise ValueError(f"momentum ({momentum}) must lie in [0, 1]")
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        kind, shape = dtype or float32, (num_features,)
        self.weight = Parameter(ones(shape, kind, device)) if affine else None
        self.bias = Parameter(zeros(shape, kind, device)) if affine else None
        track = track_running_stats
        self.running_mean = Buffer(zeros(shape, kind, device)) if track else None
        self.running_var = Buffer(ones(shape, kind, device)) if track else None
        self.num_batches_tracked = Buffer(zeros((), int64, device)) if track else None

    def reset_running_stats(self) -> None:
        """Forget every batch that was seen.

        Example:
            >>> from nt_autograd import randn
            >>> from nt_nn import BatchNorm1d
            >>> norm = BatchNorm1d(2)
            >>> _ = norm(randn(3, 2))
            >>> norm.reset_running_stats()
            >>> norm.running_mean.tolist(), norm.running_var.tolist()
            ([0.0, 0.0], [1.0, 1.0])
        """
        for buffer, value in (
            (self.running_mean, 0),
            (self.running_var, 1),
            (self.num_batches_tracked, 0),
        ):
            if buffer is not None:
                buffer.fill_(value)

    def _check(self, x: Tensor, axes: tuple[int, ...], channels: int, shapes: str) -> None:
        """Raise unless `x` has one of these numbers of axes, and as many channels as there are."""
        name, shape = type(self).__name__, tuple(x.shape)
        if len(shape) not in axes:
            raise ValueError(f"{name}: x must be {shapes}, not {shape}")
        if shape[channels] != self.num_features:
            raise ValueError(
                f"{name}: x {shape} has {shape[channels]} channels, not {self.num_features}"
            )

    def _statistics(self) -> tuple[Buffer | None, Buffer | None]:
        """The running statistics that this call uses, or moves in training; or none."""
        if self.training and not first_share():
            return None, None
        return self.running_mean, self.running_var

    def extra_repr(self) -> str:
        """The settings."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, track_running_stats={self.track_running_stats}"
        )
