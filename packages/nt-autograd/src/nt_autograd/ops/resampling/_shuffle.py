"""Channels into pixels and back, and channels among themselves."""

from __future__ import annotations

from typing import Any

from .._permute import permute, swapaxes
from .._reshape import reshape

__all__ = ["channel_shuffle", "pixel_shuffle", "pixel_unshuffle"]


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    r"""Channels laid out as pixels, $y_{c,\, i r + k,\, j r + l} = x_{c r^2 + k r + l,\, i,\, j}$.

    Args:
        input: (…, C r², H, W).
        upscale_factor: $r$.

    Returns:
        (…, C, H r, W r).

    Raises:
        ValueError: `upscale_factor` is not positive, or its square does not divide the channels.

    Example:
        >>> from nt_autograd import arange
        >>> pixel_shuffle(arange(4.0).reshape(4, 1, 1), 2)
        tensor([[[0., 1.], [2., 3.]]])

    Source: Shi et al., Real-time single image and video super-resolution using an efficient
        sub-pixel convolutional neural network (2016), equation 4; PyTorch's
        `torch.nn.functional.pixel_shuffle`.
    """
    *lead, c, h, w = _image("pixel_shuffle", input, 3)
    r = _positive("pixel_shuffle: upscale_factor", upscale_factor)
    if c % (r * r):
        raise ValueError(
            f"pixel_shuffle: upscale_factor squared ({r * r}) must divide {c} channels"
        )
    n = len(lead)
    parts = reshape(input, (*lead, c // (r * r), r, r, h, w))
    order = (*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return reshape(permute(parts, order), (*lead, c // (r * r), h * r, w * r))


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    r"""Pixels laid out as channels, $y_{c r^2 + k r + l,\, i,\, j} = x_{c,\, i r + k,\, j r + l}$.

    Args:
        input: (…, C, H r, W r).
        downscale_factor: $r$.

    Returns:
        (…, C r², H, W).

    Raises:
        ValueError: `downscale_factor` is not positive, or does not divide height and width.

    Example:
        >>> from nt_autograd import arange
        >>> pixel_unshuffle(arange(4.0).reshape(1, 2, 2), 2).shape
        (4, 1, 1)

    Source: the inverse of `pixel_shuffle`; PyTorch's `torch.nn.functional.pixel_unshuffle`.
    """
    *lead, c, h, w = _image("pixel_unshuffle", input, 3)
    r = _positive("pixel_unshuffle: downscale_factor", downscale_factor)
    if h % r or w % r:
        raise ValueError(
            f"pixel_unshuffle: downscale_factor ({r}) must divide height and width {(h, w)}"
        )
    n = len(lead)
    parts = reshape(input, (*lead, c, h // r, r, w // r, r))
    order = (*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return reshape(permute(parts, order), (*lead, c * r * r, h // r, w // r))


def channel_shuffle(input: Any, groups: int) -> Any:
    r"""Channels dealt out like cards: the first of each group, then the second of each, and so on.

    Channel $g K + k$ of $G$ groups of $K$ goes to place $k G + g$.

    Args:
        input: (N, C, …) with at least one more axis.
        groups: $G$.

    Raises:
        ValueError: `groups` is not positive, or does not divide the channels.

    Example:
        >>> from nt_autograd import arange
        >>> channel_shuffle(arange(6.0).reshape(1, 6, 1), 2).flatten()
        tensor([0., 3., 1., 4., 2., 5.])

    Source: Zhang et al., ShuffleNet (2018), section 3.1; PyTorch's
        `torch.nn.functional.channel_shuffle`.
    """
    n, c, *places = _image("channel_shuffle", input, 3)
    g = _positive("channel_shuffle: groups", groups)
    if c % g:
        raise ValueError(f"channel_shuffle: groups ({g}) must divide {c} channels")
    parts = swapaxes(reshape(input, (n, g, c // g, *places)), 1, 2)
    return reshape(parts, (n, c, *places))


def _image(name: str, input: Any, least: int) -> tuple[int, ...]:
    shape = tuple(input.shape)
    if len(shape) < least:
        raise ValueError(f"{name}: input {shape} must have at least {least} axes")
    return shape


def _positive(what: str, number: int) -> int:
    if not isinstance(number, int) or number < 1:
        raise ValueError(f"{what} ({number}) must be a positive integer")
    return number
