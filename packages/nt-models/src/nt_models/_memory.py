"""What decoders that read another sequence share: attention to it, caches, their input."""

from __future__ import annotations

from nt_autograd import Tensor, concat, scaled_dot_product_attention, split, where
from nt_nn import KVCache, Linear, Module
from nt_tensor import full


class MemoryCache(KVCache):
    """Keys and values of an encoder's output: laid down at the first step, read at all others."""

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Hold keys and values (batch, heads, S, head_dim) in the place of what was there."""
        self.keys, self.values, self.length = keys, values, keys.shape[2]
        return keys, values


class CrossAttention(Module):
    """Attention in heads from one sequence to another, the memory.

    Args:
        width: of both sequences.
        heads: how many heads.
        dropout: the share of attention weights that is dropped while training.
        bias: whether the linear maps have one.
        head_dim: the width of a head; None for `width / heads`.
        scale: what the scores are multiplied with; None for 1 / √head_dim.
    """

    query: Linear  # weight (heads head_dim, width)
    key_value: Linear  # weight (2 heads head_dim, width): rows of the key, then of the value
    out: Linear  # weight (width, heads head_dim)

    def __init__(
        self,
        width: int,
        heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        *,
        head_dim: int | None = None,
        scale: float | None = None,
    ) -> None:
        self.heads = heads
        self.head_dim = width // heads if head_dim is None else head_dim
        self.scale = scale
        self.dropout = dropout
        inner = heads * self.head_dim
        self.query = Linear(width, inner, bias)
        self.key_value = Linear(width, 2 * inner, bias)
        self.out = Linear(inner, width, bias)

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        mask: Tensor | None = None,
        cache: KVCache | None = None,
    ) -> Tensor:
        """Let x (batch, T, width) gather from memory (batch, S, width) where the mask is True.

        A cache that holds something is read in the place of the memory.
        """
        q = self._in_heads(self.query(x))  # (batch, heads, T, head_dim)
        if cache is not None and cache.length:
            k, v = cache.keys, cache.values
        else:
            inner = self.heads * self.head_dim
            k, v = map(self._in_heads, split(self.key_value(memory), inner, dim=-1))
            if cache is not None:
                k, v = cache.append(k, v)
        p = self.dropout if self.training else 0.0
        y = scaled_dot_product_attention(q, k, v, mask, p, scale=self.scale)
        return self.out(y.transpose(1, 2).reshape(*x.shape[:2], -1))  # (batch, T, width)

    def _in_heads(self, x: Tensor) -> Tensor:
        """(batch, time, heads head_dim) as (batch, heads, time, head_dim)."""
        parted: Tensor = x.reshape(*x.shape[:2], self.heads, self.head_dim).transpose(1, 2)
        return parted

    def extra_repr(self) -> str:
        """The heads, and how wide they are."""
        return f"heads={self.heads}, head_dim={self.head_dim}"


def real_tokens(name: str, mask: Tensor | None, batch: int, time: int) -> Tensor | None:
    """An attention mask (batch, time), 1 at real tokens, as True there in (batch, 1, 1, time)."""
    if mask is None:
        return None
    if mask.shape != (batch, time):
        raise ValueError(f"{name} {mask.shape} must be {(batch, time)}, 1 at real tokens")
    spread: Tensor = (mask != 0).reshape(batch, 1, 1, time)
    return spread


def source_length(encoded: Tensor, batch: int, width: int) -> int:
    """How long an encoded text (batch, source, width) is.

    Raises:
        ValueError: it has another shape.
    """
    if encoded.ndim != 3 or (encoded.shape[0], encoded.shape[2]) != (batch, width):
        raise ValueError(f"encoded {encoded.shape} must be ({batch}, source, {width})")
    return encoded.shape[1]


def decoder_caches(
    layers: int, batch: int, length: int, heads: int, head_dim: int, like: Tensor
) -> list[KVCache]:
    """Caches for a decoder: each layer's for its own tokens, then each one's for the memory."""

    def of(kind: type[KVCache], capacity: int) -> list[KVCache]:
        return [
            kind(batch, heads, capacity, head_dim, dtype=like.dtype, device=like.device)
            for _ in range(layers)
        ]

    return of(KVCache, length) + of(MemoryCache, 1)


def shift_right(labels: Tensor, start: int, pad: int) -> Tensor:
    """The start token, then labels (batch, time) but the last; those of -100 become padding."""
    first = Tensor(full((labels.shape[0], 1), start, labels.dtype, labels.device))
    shifted = concat([first, labels[:, :-1]], 1)
    tokens: Tensor = where(shifted == -100, pad, shifted)
    return tokens
