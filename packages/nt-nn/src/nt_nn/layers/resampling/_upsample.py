"""Upsample: images in another size."""

from __future__ import annotations

from collections.abc import Sequence

from nt_autograd import Tensor, interpolate

from ...module import Module
from .._sizes import Sizes

_SMOOTH = ("linear", "bilinear", "bicubic", "trilinear")
_MODES = ("nearest", "nearest-exact", "area", *_SMOOTH)


class Upsample(Module):
    """Images, sequences or volumes in another size: the module form of `nt_autograd.interpolate`.

    Shapes: (N, C, L), (N, C, H, W) or (N, C, D, H, W) -> the same with other lengths.

    Args:
        size: of the result, one number or one an axis.
        scale_factor: instead of `size`, how many times larger the result is.
        mode: "nearest", "nearest-exact", "linear" (of sequences), "bilinear" or "bicubic" (of
            images), "trilinear" (of volumes) or "area".
        align_corners: for the linear and cubic modes, whether the middles of the corner elements
            fall together instead of their outer edges.
        recompute_scale_factor: whether the sizes tell how far apart places lie, not `scale_factor`.

    Raises:
        ValueError: not one of `size` and `scale_factor` is given, or an option does not go with the
            mode; in a call, the mode does not go with the number of axes.

    Example:
        >>> from nt_autograd import ones, tensor
        >>> Upsample(scale_factor=2, mode="bilinear")(ones(1, 3, 8, 6)).shape
        (1, 3, 16, 12)
        >>> Upsample(4)(tensor([[[1.0, 3.0]]]))
        tensor([[[1., 1., 3., 3.]]])

    Source: PyTorch's `torch.nn.Upsample`.
    """

    def __init__(
        self,
        size: Sizes | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        if (size is None) == (scale_factor is None):
            raise ValueError(
                f"one of size ({size}) and scale_factor ({scale_factor}) must be given"
            )
        if mode not in _MODES:
            raise ValueError(f"mode ({mode!r}) must be one of {', '.join(_MODES)}")
        if align_corners is not None and mode not in _SMOOTH:
            raise ValueError(f"align_corners is for modes {', '.join(_SMOOTH)}, not {mode!r}")
        if recompute_scale_factor and size is not None:
            raise ValueError("recompute_scale_factor is for a scale_factor, not a size")
        self.size = size
        self.scale_factor = scale_factor
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Resize input."""
        y: Tensor = interpolate(
            input,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            self.recompute_scale_factor,
        )
        return y

    def extra_repr(self) -> str:
        """The size or the factor, and the mode."""
        given = "scale_factor" if self.size is None else "size"
        return f"{given}={getattr(self, given)}, mode={self.mode!r}"
