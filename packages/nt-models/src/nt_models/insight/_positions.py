"""position_table, distance_profile: positions as the numbers that a model is given for them."""

from __future__ import annotations

from copy import copy

from nt_autograd import Tensor, arange, concat, no_grad, ones, zeros
from nt_nn import (
    ALiBi,
    Embedding,
    LearnedPositionalEmbedding,
    Module,
    RotaryEmbedding,
    SinusoidalPositionalEncoding,
    T5RelativePositionBias,
)

__all__ = ["distance_profile", "position_table"]


def position_table(module: Module, length: int) -> Tensor:
    """The encodings of the first positions: one row for each.

    Args:
        module: a `SinusoidalPositionalEncoding`, a `LearnedPositionalEmbedding`, an `Embedding` of
            positions, or a `RotaryEmbedding`, whose row is the cosines of all its angles and then
            their sines: where it turns (1, 0).
        length: how many positions.

    Returns:
        (length, width).

    Raises:
        TypeError: the module is another one; `distance_profile` reads those that know distances.
        ValueError: `length` is not positive, or more than the module has.

    Example:
        >>> from nt_nn import RotaryEmbedding
        >>> [[round(x, 2) for x in row] for row in position_table(RotaryEmbedding(4), 2).tolist()]
        [[1.0, 1.0, 0.0, 0.0], [0.54, 1.0, 0.84, 0.01]]

    Source: Vaswani et al. (2017), section 3.5; Su et al., RoFormer (2021), section 3.2.2.
    """
    if length < 1:
        raise ValueError(f"length ({length}) must be positive")
    y: Tensor
    with no_grad():
        if isinstance(module, LearnedPositionalEmbedding | Embedding):
            if length > module.weight.shape[0]:
                raise ValueError(f"length ({length}) must be at most {module.weight.shape[0]}")
            return module.weight[:length].detach()
        if isinstance(module, SinusoidalPositionalEncoding):
            y = copy(module).eval()(zeros(length, module.d_model))  # without its dropout
            return y
        if isinstance(module, RotaryEmbedding):
            pairs = module.dim // 2
            if module.interleaved:
                x = ones(length, pairs, 2)
                x = concat([x[..., :1], x[..., 1:] * 0], -1).reshape(length, 2 * pairs)
                turned = module(x).reshape(length, pairs, 2)
                y = concat([turned[..., 0], turned[..., 1]], -1)
                return y
            return module(concat([ones(length, pairs), zeros(length, pairs)], -1))
    raise TypeError(f"module must encode positions one by one, not be a {type(module).__name__}")


def distance_profile(
    module: ALiBi | T5RelativePositionBias, farthest: int
) -> tuple[Tensor, Tensor]:
    """What is added to a score for each distance between query and key.

    Args:
        module: an `ALiBi` or a `T5RelativePositionBias`.
        farthest: the largest distance.

    Returns:
        The distances (2 farthest + 1,), negative where the key comes first, and the biases
        (heads, 2 farthest + 1).

    Raises:
        ValueError: `farthest` is not positive.

    Example:
        >>> from nt_nn import ALiBi
        >>> distances, biases = distance_profile(ALiBi(8), 2)
        >>> distances.tolist(), biases[0].tolist()
        ([-2, -1, 0, 1, 2], [-1.0, -0.5, -0.0, -0.5, -1.0])

    Source: Press, Smith and Lewis (2021), section 3; Raffel et al. (2020), section 2.1.
    """
    if farthest < 1:
        raise ValueError(f"farthest ({farthest}) must be positive")
    with no_grad():
        biases = module(1, 2 * farthest + 1, offset=farthest)[:, 0]
    return arange(-farthest, farthest + 1, device=biases.device), biases
