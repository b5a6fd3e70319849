"""Which elements a window holds at each of its places along an axis."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

from nt_tensor.kernels import Band

from ..convolution._geometry import Numbers, numbers

__all__ = [
    "Window",
    "adaptive_band",
    "adaptive_sizes",
    "mean_band",
    "planes_of",
    "sliding_band",
    "window_of",
]

# Of one axis: kernel, stride, padding, dilation, ceil_mode.
Window: TypeAlias = tuple[int, int, int, int, bool]

_AXES = {1: "L", 2: "H, W", 3: "D, H, W"}


def planes_of(name: str, x: Any, count: int) -> tuple[int, ...]:
    """The lengths of the last `count` axes of images (N, C, …), or of a single one (C, …).

    Raises:
        ValueError: there are more or fewer axes, or one of the last ones is empty.
    """
    shape = tuple(x.shape)
    if len(shape) not in (count + 1, count + 2) or 0 in shape[-count:]:
        axes = _AXES[count]
        raise ValueError(
            f"{name}: input {shape} must be (N, C, {axes}) or (C, {axes}), with none of {axes} zero"
        )
    return shape[-count:]


def window_of(
    name: str,
    count: int,
    kernel_size: Numbers,
    stride: Numbers | None,
    padding: Numbers = 0,
    dilation: Numbers = 1,
    ceil_mode: bool = False,
) -> tuple[Window, ...]:
    """The window of each axis; without a stride, windows stand side by side.

    Raises:
        ValueError: a number is out of its range, or padding exceeds half of the window.
    """
    sizes = numbers(name, "kernel_size", kernel_size, count, 1)
    steps = sizes if stride is None else numbers(name, "stride", stride, count, 1)
    edges = numbers(name, "padding", padding, count, 0)
    gaps = numbers(name, "dilation", dilation, count, 1)
    for k, edge, gap in zip(sizes, edges, gaps, strict=True):
        if 2 * edge > gap * (k - 1) + 1:
            raise ValueError(
                f"{name}: padding {edge} must be at most half of the window, which is "
                f"{gap * (k - 1) + 1} long"
            )
    return tuple(zip(sizes, steps, edges, gaps, (bool(ceil_mode),) * count, strict=True))


def _places(name: str, length: int, window: Window) -> int:
    """How many places a window has; with `ceil_mode` the last ones may hang over the end."""
    kernel, stride, padding, dilation, over = window
    room = length + 2 * padding - dilation * (kernel - 1) - 1
    count = (room + (stride - 1 if over else 0)) // stride + 1
    if over and (count - 1) * stride >= length + padding:
        count -= 1  # a window that would begin behind the image
    if count < 1:
        raise ValueError(
            f"{name}: a window of {kernel} with dilation {dilation} does not fit into "
            f"{length} elements with padding {padding}"
        )
    return count


@lru_cache(maxsize=1024)
def sliding_band(name: str, length: int, window: Window) -> Band:
    """The elements in each window, for a maximum.

    Raises:
        ValueError: no window fits, or one holds nothing but padding.
    """
    kernel, stride, padding, dilation, _ = window
    rows = []
    for o in range(_places(name, length, window)):
        first = o * stride - padding
        inside = range(first, first + dilation * kernel, dilation)
        rows.append([(i, 1.0) for i in inside if 0 <= i < length])
        if not rows[-1]:
            raise ValueError(
                f"{name}: window {o} of {kernel} with dilation {dilation} and padding {padding} "
                f"holds none of the {length} elements"
            )
    return Band(rows, length)


@lru_cache(maxsize=1024)
def mean_band(name: str, length: int, window: Window, with_pad: bool, whole: float | None) -> Band:
    """The elements in each window, divided by how many there are.

    Args:
        name: the function, for its errors.
        length: of the axis.
        window: of the axis.
        with_pad: padding counts as elements (zeros); what hangs over the padding never does.
        whole: what to divide by instead.
    """
    kernel, stride, padding, _, _ = window
    rows = []
    for o in range(_places(name, length, window)):
        first = o * stride - padding
        last = min(first + kernel, length + padding)
        inside = range(max(first, 0), min(last, length))
        count = whole or (last - first if with_pad else len(inside))
        rows.append([(i, 1.0 / count) for i in inside])
    return Band(rows, length)


@lru_cache(maxsize=1024)
def adaptive_band(length: int, places: int) -> Band:
    r"""The elements cut into so many windows, which overlap where they do not go evenly; averaged.

    Window $o$ goes from $\lfloor o L / O \rfloor$ to $\lceil (o + 1) L / O \rceil$.
    """
    rows = []
    for o in range(places):
        inside = range(o * length // places, -(-(o + 1) * length // places))
        rows.append([(i, 1.0 / len(inside)) for i in inside])
    return Band(rows, length)


def adaptive_sizes(name: str, output_size: Any, lengths: tuple[int, ...]) -> tuple[int, ...]:
    """The output's size: one number or one an axis; None keeps an axis.

    Raises:
        ValueError: there are not that many, or one is smaller than 1.
    """
    count = len(lengths)
    given = tuple(output_size) if isinstance(output_size, tuple | list) else (output_size,) * count
    if len(given) == count:
        given = tuple([n if g is None else g for g, n in zip(given, lengths, strict=True)])
    return numbers(name, "output_size", given, count, 1)
