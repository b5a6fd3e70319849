"""dropout1d, dropout2d, dropout3d: zero a random share of the channels."""

from __future__ import annotations

from typing import Any

from nt_tensor import Generator

from ._dropout import drop

__all__ = ["dropout1d", "dropout2d", "dropout3d"]


def dropout1d(
    input: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None
) -> Any:
    r"""Zero each channel with probability $p$; scale the rest by $1/(1-p)$, so the mean stays.

    Neighbouring places of a channel tell much the same: dropped one by one they would still tell
    it.

    Args:
        input: (N, C, L) or (C, L), floating point.
        p: the share to drop, in [0, 1].
        training: if False, `input` comes back as it is.
        generator: draws the mask; the thread's default generator if None.

    Raises:
        ValueError: `p` is outside of [0, 1], or `input` is of another shape.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_tensor import Generator
        >>> dropout1d(ones(4, 2), 0.5, generator=Generator(1)).tolist()
        [[2.0, 2.0], [2.0, 2.0], [0.0, 0.0], [0.0, 0.0]]

    Source: Tompson et al., Efficient object localization using convolutional networks (2015),
        section 3.2; PyTorch's `torch.nn.functional.dropout1d`.
    """
    return drop("dropout1d", input, _channels("dropout1d", input, 2), p, training, generator)


def dropout2d(
    input: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None
) -> Any:
    r"""Zero each channel with probability $p$; scale the rest by $1/(1-p)$, so the mean stays.

    Args:
        input: (N, C, H, W), or (N, C, L) as in PyTorch; floating point.
        p: the share to drop, in [0, 1].
        training: if False, `input` comes back as it is.
        generator: draws the mask; the thread's default generator if None.

    Raises:
        ValueError: `p` is outside of [0, 1], or `input` is of another shape.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_tensor import Generator
        >>> dropout2d(ones(1, 4, 1, 2), 0.5, generator=Generator(1))[0, :, 0].tolist()
        [[2.0, 2.0], [2.0, 2.0], [0.0, 0.0], [0.0, 0.0]]

    Source: Tompson et al., Efficient object localization using convolutional networks (2015),
        section 3.2; PyTorch's `torch.nn.functional.dropout2d`.
    """
    shape = tuple(input.shape)
    if len(shape) not in (3, 4):
        raise ValueError(f"dropout2d: input must be (N, C, H, W) or (N, C, L), not {shape}")
    mask = shape[:2] + (1,) * (len(shape) - 2)
    return drop("dropout2d", input, mask, p, training, generator)


def dropout3d(
    input: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None
) -> Any:
    r"""Zero each channel with probability $p$; scale the rest by $1/(1-p)$, so the mean stays.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W), floating point.
        p: the share to drop, in [0, 1].
        training: if False, `input` comes back as it is.
        generator: draws the mask; the thread's default generator if None.

    Raises:
        ValueError: `p` is outside of [0, 1], or `input` is of another shape.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_tensor import Generator
        >>> dropout3d(ones(4, 1, 1, 2), 0.5, generator=Generator(1))[:, 0, 0].tolist()
        [[2.0, 2.0], [2.0, 2.0], [0.0, 0.0], [0.0, 0.0]]

    Source: Tompson et al., Efficient object localization using convolutional networks (2015),
        section 3.2; PyTorch's `torch.nn.functional.dropout3d`.
    """
    return drop("dropout3d", input, _channels("dropout3d", input, 4), p, training, generator)


def _channels(name: str, input: Any, axes: int) -> tuple[int, ...]:
    """The shape of a mask for channels of an input of so many axes, or one more for a batch."""
    shape = tuple(input.shape)
    if len(shape) not in (axes, axes + 1):
        raise ValueError(
            f"{name}: input must have {axes + 1} axes, or {axes} without a batch, not {shape}"
        )
    return shape[: len(shape) - axes + 1] + (1,) * (axes - 1)
