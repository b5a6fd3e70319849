"""Positions added to the scores of attention: ALiBi's straight lines, T5's learned steps."""

from __future__ import annotations

import math
from functools import lru_cache

from nt_autograd import Tensor, arange, embedding, tensor
from nt_tensor import DeviceLike, DTypeLike, Generator, float32

from ... import init
from ..._skeleton import empty
from ...module import Module
from ...parameter import Buffer, Parameter


def alibi_slopes(num_heads: int) -> list[float]:
    """Each head's slope: a geometric sequence from 2^(-8/n), filled up from that of 2n heads."""
    power = 1 << (num_heads.bit_length() - 1)  # the largest power of two within
    slopes = [2.0 ** (-8.0 * (i + 1) / power) for i in range(power)]
    between = [2.0 ** (-4.0 * (i + 1) / power) for i in range(0, 2 * power, 2)]
    return slopes + between[: num_heads - power]


class ALiBi(Module):
    r"""Attention with linear biases: a key counts the less, the farther it lies from its query.

    $$M_{h, i, j} = -m_h \, |i - j|, \qquad m_h = 2^{-8 h / H}$$

    Nothing is learned. Give the result to an attention as `attn_mask`, with `is_causal` for a
    language model.

    Shapes: T queries and S keys -> (heads, T, S).

    Args:
        num_heads: $H$; where it is no power of two, the slopes are those of the largest one within,
            and then every other one of twice as many heads.
        device: where the slopes lie; None for the current device.
        dtype: of the biases; None for float32.

    Raises:
        ValueError: `num_heads` is not positive.

    Example:
        >>> ALiBi(8)(3)[0].tolist()
        [[-0.0, -0.5, -1.0], [-0.5, -0.0, -0.5], [-1.0, -0.5, -0.0]]

    Source: Press, Smith and Lewis, Train Short, Test Long: Attention with Linear Biases Enables
        Input Length Extrapolation (2021), section 3.
    """

    slopes: Buffer  # (heads,)

    def __init__(
        self, num_heads: int, *, device: DeviceLike | None = None, dtype: DTypeLike = None
    ) -> None:
        if num_heads < 1:
            raise ValueError(f"num_heads ({num_heads}) must be positive")
        self.num_heads = num_heads
        slopes = tensor(alibi_slopes(num_heads), dtype=dtype or float32, device=device)
        self.slopes = Buffer(slopes, persistent=False)

    def forward(
        self, queries: int, keys: int | None = None, *, offset: int | None = None
    ) -> Tensor:
        """The biases (heads, queries, keys).

        Args:
            queries: how many there are.
            keys: how many there are; None for as many.
            offset: the position of the first query among the keys; None if the last query stands
                at the last key.
        """
        distance = distances(queries, keys, offset, self.slopes).abs()
        y: Tensor = -self.slopes.reshape(self.num_heads, 1, 1) * distance.to(self.slopes.dtype)
        return y

    def extra_repr(self) -> str:
        """How many heads."""
        return f"{self.num_heads}"


class T5RelativePositionBias(Module):
    """Learned biases of the distance between query and key, in buckets that widen with it.

    Half of the buckets stand for one distance each, the others for ranges that grow
    logarithmically up to `max_distance`; all beyond it share the last. Give the result to an
    attention as `attn_mask`; one such module serves all layers.

    Shapes: T queries and S keys -> (heads, T, S).

    Args:
        num_heads: how many heads.
        num_buckets: how many buckets; an even number if bidirectional.
        max_distance: from where on distances are not told apart.
        bidirectional: earlier and later keys have half of the buckets each; False for a causal
            attention, where later keys share the bucket of distance 0.
        device: where the parameter lies; None for the current device.
        dtype: of the parameter; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: the sizes do not fit each other.

    Example:
        >>> bias = T5RelativePositionBias(num_heads=2)
        >>> bias(3, 5).shape
        (2, 3, 5)

    Source: Raffel et al., Exploring the Limits of Transfer Learning with a Unified Text-to-Text
        Transformer (2020), section 2.1.
    """

    weight: Parameter  # (num_buckets, heads)

    def __init__(
        self,
        num_heads: int,
        num_buckets: int = 32,
        max_distance: int = 128,
        bidirectional: bool = True,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        sides = 2 if bidirectional else 1
        if num_heads < 1 or num_buckets < 2 * sides or num_buckets % sides:
            raise ValueError(
                f"num_heads ({num_heads}) must be positive and num_buckets ({num_buckets}) a "
                f"multiple of {sides}, {2 * sides} or more"
            )
        if max_distance <= num_buckets // sides // 2:
            raise ValueError(
                f"max_distance ({max_distance}) must be more than the "
                f"{num_buckets // sides // 2} distances that have a bucket each"
            )
        self.num_heads = num_heads
        self.num_buckets = num_buckets
        self.max_distance = max_distance
        self.bidirectional = bidirectional
        self.weight = Parameter(empty((num_buckets, num_heads), dtype or float32, device))
        init.normal_(self.weight, generator=generator)

    def bucket(self, distance: int) -> int:
        """The bucket of a key that lies `distance` after its query (before it if negative)."""
        return _bucket(distance, self.num_buckets, self.max_distance, self.bidirectional)

    def forward(
        self, queries: int, keys: int | None = None, *, offset: int | None = None
    ) -> Tensor:
        """The biases (heads, queries, keys).

        Args:
            queries: how many there are.
            keys: how many there are; None for as many.
            offset: the position of the first query among the keys; None if the last query stands
                at the last key.
        """
        distance = distances(queries, keys, offset, self.weight)
        least, greatest = _range(queries, keys, offset)
        table = [self.bucket(d) for d in range(least, greatest + 1)]
        buckets = tensor(table, device=self.weight.device)[distance - least]
        y: Tensor = embedding(buckets, self.weight).permute(2, 0, 1)
        return y

    def extra_repr(self) -> str:
        """The sizes and the direction."""
        return (
            f"{self.num_heads}, num_buckets={self.num_buckets}, max_distance={self.max_distance}, "
            f"bidirectional={self.bidirectional}"
        )


@lru_cache(maxsize=1 << 16)  # a decoder asks for all of them again at every step
def _bucket(distance: int, num_buckets: int, max_distance: int, bidirectional: bool) -> int:
    """The bucket of a key that lies `distance` after its query."""
    buckets, first = num_buckets, 0
    if bidirectional:
        buckets //= 2
        first = buckets if distance > 0 else 0
        distance = abs(distance)
    else:
        distance = max(-distance, 0)
    exact = buckets // 2
    if distance < exact:
        return first + distance
    share = math.log(distance / exact) / math.log(max_distance / exact)
    return first + min(exact + int(share * (buckets - exact)), buckets - 1)


def distances(queries: int, keys: int | None, offset: int | None, like: Tensor) -> Tensor:
    """(queries, keys): how far each key lies after its query."""
    keys = queries if keys is None else keys
    if queries < 1 or keys < 1:
        raise ValueError(f"queries ({queries}) and keys ({keys}) must be positive")
    offset = keys - queries if offset is None else offset
    key: Tensor = arange(keys, device=like.device).reshape(1, keys)
    distance: Tensor = key - (arange(queries, device=like.device).reshape(queries, 1) + offset)
    return distance


def _range(queries: int, keys: int | None, offset: int | None) -> tuple[int, int]:
    """The least and the greatest distance."""
    keys = queries if keys is None else keys
    offset = keys - queries if offset is None else offset
    return -(queries - 1 + offset), keys - 1 - offset
