"""alpha_dropout, feature_alpha_dropout: dropout for networks of SELUs, which keep their moments."""

from __future__ import annotations

from math import sqrt
from typing import Any

from nt_tensor import Generator

from ._dropout import checked, draw_mask
from ._where import where

__all__ = ["alpha_dropout", "feature_alpha_dropout"]

_LOWEST = -1.7580993408473766  # what SELU tends to: -scale * alpha


def alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, *, generator: Generator | None = None
) -> Any:
    r"""Set each element to SELU's lowest value with probability $p$, then keep mean and variance.

    $$y = a\,(m x + (1 - m)\,\alpha') + b, \qquad a = \frac{1}{\sqrt{(1 - p)(1 + p \alpha'^2)}},
      \qquad b = -a\,p\,\alpha'$$

    with $m$ 1 or 0 and $\alpha' = -1.7581$: of elements of mean 0 and variance 1, the result has
    mean 0 and variance 1. With $p = 1$ it is 0, as in PyTorch.

    Args:
        input: any shape, floating point.
        p: the share to drop, in [0, 1].
        training: if False, `input` comes back as it is.
        generator: draws the mask; the thread's default generator if None.

    Raises:
        ValueError: `p` is outside of [0, 1].
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import randn
        >>> from nt_tensor import Generator
        >>> y = alpha_dropout(randn(100_000, generator=Generator(0)), 0.5, True)
        >>> abs(y.mean().item()) < 0.02, abs(y.var().item() - 1) < 0.02
        (True, True)

    Source: Klambauer et al., Self-normalizing neural networks (2017), section 3; PyTorch's
        `torch.nn.functional.alpha_dropout`.
    """
    return _drop("alpha_dropout", input, tuple(input.shape), p, training, generator)


def feature_alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, *, generator: Generator | None = None
) -> Any:
    r"""Alpha dropout of whole channels: each is set to SELU's lowest value with probability $p$.

    $$y = a\,(m x + (1 - m)\,\alpha') + b, \qquad a = \frac{1}{\sqrt{(1 - p)(1 + p \alpha'^2)}},
      \qquad b = -a\,p\,\alpha'$$

    Args:
        input: (N, C, …), floating point.
        p: the share to drop, in [0, 1].
        training: if False, `input` comes back as it is.
        generator: draws the mask; the thread's default generator if None.

    Raises:
        ValueError: `p` is outside of [0, 1], or `input` has fewer than two axes.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import ones
        >>> feature_alpha_dropout(ones(2, 3, 4), 0.5).shape
        (2, 3, 4)

    Source: Klambauer et al., Self-normalizing neural networks (2017), section 3; PyTorch's
        `torch.nn.functional.feature_alpha_dropout`.
    """
    shape = tuple(input.shape)
    if len(shape) < 2:
        raise ValueError(f"feature_alpha_dropout: input must be (N, C, …), not {shape}")
    mask = shape[:2] + (1,) * (len(shape) - 2)
    return _drop("feature_alpha_dropout", input, mask, p, training, generator)


def _drop(
    name: str,
    input: Any,
    shape: tuple[int, ...],
    p: float,
    training: bool,
    generator: Generator | None,
) -> Any:
    """Alpha dropout by a mask of this shape, which broadcasts to the input's."""
    array = checked(name, input, p)
    if not training or p == 0.0:
        return input
    mask = draw_mask(array, shape, p, generator)
    if p == 1.0:
        return where(mask, input, 0.0)
    a = 1.0 / sqrt((1.0 - p) * (1.0 + p * _LOWEST * _LOWEST))
    b = -a * p * _LOWEST
    return where(mask, input * a + b, a * _LOWEST + b)
