"""What is asked of a convolution's options, and of the shapes beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

__all__ = ["Geometry", "Numbers", "check_bias", "check_channels", "edges_of", "numbers"]

Numbers: TypeAlias = int | Sequence[int]
Sizes: TypeAlias = tuple[int, ...]
Padding: TypeAlias = tuple[tuple[int, int], ...]
Geometry: TypeAlias = tuple[Sizes, Padding, Sizes, int]  # stride, padding, dilation, groups

_COUNTS = {1: "one number", 2: "one or two numbers", 3: "one or three numbers"}


def numbers(op: str, name: str, value: Numbers, count: int, least: int) -> Sizes:
    """One number an axis, none below `least`."""
    each = (value,) * count if isinstance(value, int) else tuple(value)
    each = each * count if len(each) == 1 else each  # as PyTorch does
    if len(each) != count or not all(isinstance(n, int) and n >= least for n in each):
        raise ValueError(f"{op}: {name} must be {_COUNTS[count]} from {least}, not {value!r}")
    return each


def edges_of(
    op: str, padding: Numbers | str, kernel: Sizes, stride: Sizes, dilation: Sizes
) -> Padding:
    """Zeros (before, behind) each axis."""
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding == "same":
        if max(stride) > 1:
            raise ValueError(f'{op}: padding "same" goes with stride 1 only, not {stride}')
        spare = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return tuple((n // 2, n - n // 2) for n in spare)
    if isinstance(padding, str):
        raise ValueError(f'{op}: padding must be numbers, "same" or "valid", not {padding!r}')
    return tuple((n, n) for n in numbers(op, "padding", padding, len(kernel), 0))


def check_channels(
    op: str, shape: Sizes, kernel: Sizes, takes: int, gives: int, groups: Any
) -> None:
    """Whether a weight of shape `kernel`, from `takes` to `gives` channels, fits the input."""
    if not isinstance(groups, int) or groups < 1 or shape[1] % groups or gives % groups:
        raise ValueError(f"{op}: groups ({groups}) must divide {shape[1]} and {gives} channels")
    if takes != shape[1]:
        raise ValueError(
            f"{op}: weight {kernel} with {groups} groups takes {takes} channels, "
            f"the input {shape} has {shape[1]}"
        )


def check_bias(op: str, bias: Any, channels: int) -> None:
    """Whether the bias, if there is one, has an entry a channel."""
    if bias is not None and tuple(bias.shape) != (channels,):
        raise ValueError(f"{op}: bias has shape {tuple(bias.shape)}, not ({channels},)")
