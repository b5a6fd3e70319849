"""grid_sample and affine_grid: an image taken at other places, and places from an affine map."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

from nt_tensor import arange, device_of, dtype_of, int64

from ...tensor import Tensor
from .._astype import astype
from .._concat import stack
from .._expand import expand
from .._floating import check_floating
from .._index_select import index_select
from .._matmul import matmul
from .._maximum import abs
from .._permute import movedim, mT
from .._reshape import reshape
from .._rounding import floor, remainder, round
from .._where import where

__all__ = ["affine_grid", "grid_sample"]

_PADDINGS = ("zeros", "border", "reflection")


def grid_sample(
    input: Any,
    grid: Any,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Any:
    r"""The values of an image at places between its pixels.

    Places go from -1, an image's left (upper, front) edge, to 1, the right (lower, back) one. Place
    $u$ along an axis of $n$ lies at $((u + 1) n - 1) / 2$, counted from the middle of the first
    pixel; with `align_corners` at $(u + 1) (n - 1) / 2$, and -1 and 1 are the middles of the first
    and last.

    Args:
        input: (N, C, H, W) or (N, C, D, H, W).
        grid: (N, OH, OW, 2) of places (x, y), or (N, OD, OH, OW, 3) of (x, y, z).
        mode: "bilinear" weighs the pixels around a place (of volumes too), "nearest" takes the
            nearest and gives the grid no gradient.
        padding_mode: what is outside: "zeros", or as at the nearest place of the "border", or the
            "reflection" at it.
        align_corners: see above; None for False.

    Returns:
        (N, C, OH, OW) or (N, C, OD, OH, OW).

    Raises:
        ValueError: the shapes do not fit, or an option is none of its choices.
        TypeError: an argument is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> image = tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
        >>> grid_sample(image, tensor([[[[0.0, 0.0], [-0.5, 0.5], [2.0, 0.0]]]]))
        tensor([[[[2.5, 3. , 0. ]]]])

    Source: Jaderberg et al., Spatial transformer networks (2015), section 3.3; PyTorch's
        `torch.nn.functional.grid_sample`.
    """
    shape, places = tuple(input.shape), tuple(grid.shape)
    count = len(shape) - 2
    fits = count in (2, 3) and len(places) == count + 2 and places[-1] == count
    if not fits or places[0] != shape[0] or 0 in shape[2:]:
        raise ValueError(
            f"grid_sample: input {shape} must be (N, C, H, W), and not empty, with grid {places} "
            "(N, OH, OW, 2), or (N, C, D, H, W) with grid (N, OD, OH, OW, 3)"
        )
    if mode not in ("bilinear", "nearest"):
        raise ValueError(f'grid_sample: mode must be "bilinear" or "nearest", not {mode!r}')
    if padding_mode not in _PADDINGS:
        raise ValueError(
            f"grid_sample: padding_mode must be one of {', '.join(_PADDINGS)}, not {padding_mode!r}"
        )
    for name, x in (("input", input), ("grid", grid)):
        check_floating(f"grid_sample: {name}", _array(x))
    lengths = shape[2:]
    at = reshape(grid, (shape[0], prod(places[1:-1]), count))
    coordinates = [
        _placed(at[..., count - 1 - axis], n, padding_mode, bool(align_corners))
        for axis, n in enumerate(lengths)
    ]
    # A pixel's channels side by side are read at once.
    pixels = reshape(movedim(input, 1, -1), (shape[0] * prod(lengths), shape[1]))
    if mode == "nearest":
        y = _pixel(pixels, [round(u) for u in coordinates], None, lengths)
    else:
        y = _around(pixels, coordinates, lengths)
    return movedim(reshape(y, (shape[0], *places[1:-1], shape[1])), -1, 1)


def affine_grid(theta: Any, size: Sequence[int], align_corners: bool | None = None) -> Any:
    r"""The places that an affine map $\theta = (A \mid b)$ sends the pixels of an image to.

    $$\mathrm{grid}_{n i j} = A_n (x_j, y_i)^\top + b_n$$

    Args:
        theta: (N, 2, 3) for images, (N, 3, 4) for volumes.
        size: of the image to be, (N, C, H, W) or (N, C, D, H, W).
        align_corners: whether -1 and 1 are the middles of the first and last pixel, as for
            `grid_sample`; None for False.

    Returns:
        (N, H, W, 2) of places (x, y), or (N, D, H, W, 3) of (x, y, z).

    Raises:
        ValueError: `size` and `theta` do not fit.
        TypeError: `theta` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> affine_grid(tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]), (1, 1, 1, 2))
        tensor([[[[-0.5,  0. ], [ 0.5,  0. ]]]])

    Source: Jaderberg et al., Spatial transformer networks (2015), equation 1; PyTorch's
        `torch.nn.functional.affine_grid`.
    """
    shape, size = tuple(theta.shape), tuple(size)
    count = len(size) - 2
    if count not in (2, 3) or shape != (size[0], count, count + 1) or min(size) < 1:
        raise ValueError(
            f"affine_grid: theta {shape} must be (N, 2, 3) with size (N, C, H, W), or (N, 3, 4) "
            f"with size (N, C, D, H, W), and size positive, not {size}"
        )
    array = _array(theta)
    check_floating("affine_grid: theta", array)
    lengths = size[2:]
    axes = []
    for axis, n in enumerate(lengths):
        step = 2.0 / (max(n - 1, 1) if align_corners else n)
        along = (
            arange(n, dtype=dtype_of(array), device=device_of(array)) * step - (n - 1) * step / 2
        )
        axes.append(expand(reshape(along, (-1, *[1] * (count - 1 - axis))), lengths))
    places = stack([*axes[::-1], axes[0] * 0 + 1], -1)  # (…, x, y, 1)
    return reshape(
        matmul(reshape(places, (1, prod(lengths), count + 1)), mT(theta)),
        (size[0], *lengths, count),
    )


def _array(x: Any) -> Any:
    return x.data if isinstance(x, Tensor) else x


def _placed(u: Any, n: int, padding_mode: str, align_corners: bool) -> Any:
    """From -1 … 1 to pixels, and back inside where something is to be taken from there."""
    t = (u + 1) * (0.5 * (n - 1)) if align_corners else ((u + 1) * n - 1) * 0.5
    if padding_mode == "reflection":
        low, span = (0.0, n - 1.0) if align_corners else (-0.5, float(n))
        if span == 0:
            return t * 0
        t = abs(t - low)
        turns, rest = floor(t / span), remainder(t, span)
        t = where(remainder(turns, 2) == 0, rest, span - rest) + low
    if padding_mode != "zeros":  # no gradient from the border on, nor for NaN, which is at 0
        t = where(t > 0, where(t < n - 1, t, n - 1), 0)
    return t


def _around(pixels: Any, coordinates: list[Any], lengths: tuple[int, ...]) -> Any:
    """The weighted sum of the pixels at the corners of the cell that each place lies in."""
    sides = []
    for t in coordinates:
        first = floor(t)
        share = t - first
        sides.append(((first, 1 - share), (first + 1, share)))
    total = None
    for corner in product(*sides):
        weight = corner[0][1]
        for _, share in corner[1:]:
            weight = weight * share
        part = _pixel(pixels, [place for place, _ in corner], weight, lengths)
        total = part if total is None else total + part
    return total


def _pixel(pixels: Any, places: list[Any], weight: Any, lengths: tuple[int, ...]) -> Any:
    """The pixels at whole places (N, P), times a weight, as rows (N P, C); zero outside."""
    arrays = [_array(place) for place in places]  # which pixels they are has no gradient
    first = arange(arrays[0].shape[0], dtype=int64, device=device_of(arrays[0]))
    inside: Any = None
    index: Any = reshape(first, (-1, 1))
    for place, n in zip(arrays, lengths, strict=True):
        here = (place >= 0) & (place <= n - 1)
        inside = here if inside is None else here & inside
        index = astype(where(here, place, 0), int64) + index * n
    there = reshape(inside, (-1, 1))
    found = where(there, index_select(pixels, 0, reshape(index, (-1,))), 0)
    return found if weight is None else found * reshape(where(inside, weight, 0), (-1, 1))
