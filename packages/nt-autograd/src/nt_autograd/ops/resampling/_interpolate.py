"""interpolate: an image in another size."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import Any

from nt_tensor import asarray, device_of, dtype_of
from nt_tensor.kernels import Band

from ...tensor import Tensor
from .._bands import apply_bands
from .._index_select import index_select
from ..convolution._geometry import Numbers, numbers
from ..pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from ._axes import cubic_band, linear_band, nearest_band, smooth_band

__all__ = ["interpolate"]

_LINEAR = {"linear": 1, "bilinear": 2, "trilinear": 3}
_MODES = ("nearest", "nearest-exact", *_LINEAR, "bicubic", "area")


def interpolate(
    input: Any,
    size: Numbers | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    r"""Resize images, sequences or volumes.

    A pixel is a square: the middle of place $o$ of the result lies at
    $(o + \tfrac12) \cdot \mathrm{in} / \mathrm{out} - \tfrac12$ in the image, or with
    `align_corners` at $o (\mathrm{in} - 1) / (\mathrm{out} - 1)$, so that corners fall together.

    The nearest modes count places of a `size` in integers. PyTorch's rounds in float32: of 64 x 129
    pairs of lengths 1.6 % have a place on an edge that it gives to the element before.

    Args:
        input: (N, C, L), (N, C, H, W) or (N, C, D, H, W).
        size: of the result, one number or one an axis.
        scale_factor: instead of `size`, how many times larger the result is (rounded down).
        mode: "nearest" takes the element under the beginning of a place, "nearest-exact" the one
            under its middle; "linear" (of sequences), "bilinear" (of images) and "trilinear" (of
            volumes) weigh the two around it along each axis, "bicubic" (of images) the four by
            cubic convolution with $a = -0.75$; "area" is `adaptive_avg_pool`.
        align_corners: for the linear and cubic modes.
        recompute_scale_factor: whether the sizes tell how far apart places lie; else
            `scale_factor`, if it is given, does.
        antialias: whether the weights of "bilinear" and "bicubic" are spread over all that shrinks
            into a place (then with $a = -0.5$).

    Raises:
        ValueError: not one of `size` and `scale_factor` is given, the mode does not go with the
            number of axes, or an option does not go with the mode.
        TypeError: `input` is not floating-point, but for the nearest modes.

    Example:
        >>> from nt_autograd import tensor
        >>> interpolate(tensor([[[1.0, 3.0]]]), 4, mode="linear")
        tensor([[[1. , 1.5, 2.5, 3. ]]])
        >>> interpolate(tensor([[[1.0, 3.0]]]), scale_factor=2)
        tensor([[[1., 1., 3., 3.]]])

    Source: Keys, Cubic convolution interpolation for digital image processing (1981); PyTorch's
        `torch.nn.functional.interpolate`.
    """
    count = len(input.shape) - 2
    _check(mode, tuple(input.shape), count, align_corners, antialias)
    lengths = tuple(input.shape[2:])
    sizes, scales = _sizes(lengths, size, scale_factor, recompute_scale_factor)
    if mode == "area":
        pool = (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[count - 1]
        return pool(input, sizes)
    axes = list(zip(lengths, sizes, scales, strict=True))
    if mode.startswith("nearest"):
        exact = mode == "nearest-exact"
        return _gathered(input, [nearest_band(n, o, exact, s) for n, o, s in axes])
    align, cubic = bool(align_corners), mode == "bicubic"
    if antialias:
        bands = [smooth_band(n, o, cubic, align, s) for n, o, s in axes]
    else:
        make = cubic_band if cubic else linear_band
        bands = [make(n, o, align, s) for n, o, s in axes]
    return apply_bands(input, tuple(bands))


def _check(
    mode: str, shape: tuple[int, ...], count: int, align_corners: bool | None, antialias: bool
) -> None:
    if mode not in _MODES:
        raise ValueError(f"interpolate: mode ({mode!r}) must be one of {', '.join(_MODES)}")
    if count not in (1, 2, 3) or 0 in shape[2:]:
        raise ValueError(
            f"interpolate: input {shape} must be (N, C, L), (N, C, H, W) or (N, C, D, H, W) with "
            "places to take elements from"
        )
    if (wanted := 2 if mode == "bicubic" else _LINEAR.get(mode, count)) != count:
        raise ValueError(
            f"interpolate: mode {mode!r} is for inputs of {wanted + 2} axes, not {shape}"
        )
    if align_corners is not None and mode not in (*_LINEAR, "bicubic"):
        raise ValueError(f"interpolate: align_corners is for linear and cubic modes, not {mode!r}")
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError(f"interpolate: antialias is for bilinear and bicubic modes, not {mode!r}")


def _sizes(
    lengths: tuple[int, ...],
    size: Numbers | None,
    scale_factor: float | Sequence[float] | None,
    recompute: bool | None,
) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """The result's size, and the scale of each axis where that tells how far apart places lie."""
    count = len(lengths)
    if (size is None) == (scale_factor is None):
        raise ValueError(
            f"interpolate: one of size ({size}) and scale_factor ({scale_factor}) must be given"
        )
    if size is not None:
        if recompute:
            raise ValueError(
                "interpolate: recompute_scale_factor is for a scale_factor, not a size"
            )
        return numbers("interpolate", "size", size, count, 1), (None,) * count
    given: Any = scale_factor if isinstance(scale_factor, Sequence) else (scale_factor,) * count
    scales = tuple([float(s) for s in given])
    sizes = tuple([floor(n * s) for n, s in zip(lengths, scales, strict=False)])
    if len(scales) != count or min(sizes) < 1:
        raise ValueError(
            f"interpolate: scale_factor ({scale_factor}) must be one number or {count}, and leave "
            f"something of {lengths}"
        )
    return sizes, (None,) * count if recompute else scales


def _gathered(input: Any, bands: list[Band]) -> Any:
    """One element for each place. A product would make floats of integers: those are selected."""
    array = input.data if isinstance(input, Tensor) else input
    if dtype_of(array).kind == "float":
        return apply_bands(input, tuple(bands))
    for axis, band in enumerate(bands, 2):
        places = [row[0][0] for row in band.rows]
        input = index_select(input, axis, asarray(places, device=device_of(array)))
    return input
