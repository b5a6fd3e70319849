"""MultiHeadAttention: every position gathers from the others what its query asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, overload

from nt_autograd import (
    Tensor,
    attention_weights,
    dropout,
    linear,
    scaled_dot_product_attention,
    split,
)
from nt_tensor import Array, DeviceLike, DTypeLike, Generator

from ... import init
from ...module import Module
from .._linear import Linear
from ._kv_cache import KVCache
from ._masks import combined, future, padding_mask, score_mask

Mask: TypeAlias = "Tensor | Array | None"


class MultiHeadAttention(Module):
    r"""Attention in $h$ heads, each on its share of the width.

    $$\mathrm{head}_i = \mathrm{softmax}\!\left(\frac{Q_i K_i^\top}{\sqrt{d}} + M\right) V_i, \qquad
    y = [\mathrm{head}_1, \dots, \mathrm{head}_h] \, W_O^\top + b_O$$

    Queries, keys and values are linear maps of the inputs. Their three matrices are kept as one,
    `qkv`, whose rows are the query's, then the key's, then the value's: self-attention is then one
    large product in the place of three smaller ones. PyTorch's `in_proj_weight` has the same
    layout.

    Shapes: query (…, T, embed_dim), key and value (…, S, embed_dim) -> (…, T, embed_dim).

    Args:
        embed_dim: the width.
        num_heads: $h$, which divides the width.
        bias: whether the linear maps have one.
        dropout: the share of attention weights that is dropped while training.
        device: where the parameters lie; None for the current device.
        dtype: of the parameters; None for float32.
        generator: where the initial values come from; None for the thread's own, as dropout's masks
            always do.

    Raises:
        ValueError: `num_heads` does not divide `embed_dim`, or `dropout` is no probability.

    Example:
        >>> from nt_autograd import randn
        >>> attention = MultiHeadAttention(8, num_heads=2)
        >>> x = randn(3, 5, 8)  # (batch, time, width)
        >>> attention(x, is_causal=True).shape
        (3, 5, 8)
        >>> y, weights = attention(x, is_causal=True, need_weights=True)
        >>> weights.shape, weights[0, 0].tolist()  # the first position sees itself alone
        ((3, 5, 5), [1.0, 0.0, 0.0, 0.0, 0.0])

    Source: Vaswani et al., Attention is all you need (2017), section 3.2.2; PyTorch's
        `torch.nn.MultiheadAttention`.
    """

    qkv: Linear  # weight (3 embed_dim, embed_dim): the query's rows, the key's, the value's
    out: Linear  # weight (embed_dim, embed_dim)

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        *,
        bias: bool = True,
        dropout: float = 0.0,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        if embed_dim < 1 or num_heads < 1 or embed_dim % num_heads:
            raise ValueError(f"num_heads ({num_heads}) must divide embed_dim ({embed_dim})")
        if not 0.0 <= dropout <= 1.0:
            raise ValueError(f"dropout ({dropout}) must be a probability, 0 to 1")
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.head_dim = embed_dim // num_heads
        self.dropout = dropout
        self.qkv = Linear(
            embed_dim, 3 * embed_dim, bias, device=device, dtype=dtype, generator=generator
        )
        self.out = Linear(
            embed_dim, embed_dim, bias, device=device, dtype=dtype, generator=generator
        )
        init.xavier_uniform_(self.qkv.weight, generator=generator)
        for layer in (self.qkv, self.out):
            if layer.bias is not None:
                init.zeros_(layer.bias)

    if TYPE_CHECKING:

        @overload  # type: ignore[override] # what need_weights is decides what comes back
        def __call__(
            self,
            query: Tensor,
            key: Tensor | None = None,
            value: Tensor | None = None,
            *,
            attn_mask: Mask = None,
            key_padding_mask: Mask = None,
            is_causal: bool = False,
            need_weights: Literal[False] = False,
            average_attn_weights: bool = True,
            cache: KVCache | None = None,
        ) -> Tensor: ...
        @overload
        def __call__(
            self,
            query: Tensor,
            key: Tensor | None = None,
            value: Tensor | None = None,
            *,
            attn_mask: Mask = None,
            key_padding_mask: Mask = None,
            is_causal: bool = False,
            need_weights: Literal[True],
            average_attn_weights: bool = True,
            cache: KVCache | None = None,
        ) -> tuple[Tensor, Tensor]: ...
        def __call__(self, *args: object, **kwargs: object) -> Tensor | tuple[Tensor, Tensor]: ...

    def forward(
        self,
        query: Tensor,
        key: Tensor | None = None,
        value: Tensor | None = None,
        *,
        attn_mask: Mask = None,
        key_padding_mask: Mask = None,
        is_causal: bool = False,
        need_weights: bool = False,
        average_attn_weights: bool = True,
        cache: KVCache | None = None,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Attend from query to key and value; to the query itself where there are none.

        Boolean masks are as in PyTorch's layer: True means *not* attended to (in
        `scaled_dot_product_attention` it means the opposite). Floating-point masks are added to the
        scores.

        Args:
            query: (…, T, embed_dim).
            key: (…, S, embed_dim); None for self-attention.
            value: (…, S, embed_dim); None for the key.
            attn_mask: (T, S), (batch * heads, T, S), or what broadcasts to (…, heads, T, S).
            key_padding_mask: (…, S), True at padding.
            is_causal: no position sees a later one. With a cache, the queries are the last
                positions.
            need_weights: give the attention weights too (slower).
            average_attn_weights: the weights' mean over the heads, (…, T, S), instead of (…, heads,
                T, S).
            cache: stores the keys and values and attends to all that it holds; S is then its
                length.

        Returns:
            (…, T, embed_dim), and with `need_weights` the weights.

        Raises:
            ValueError: a mask has another shape; `is_causal` where T is not S and there is no
                cache.
            TypeError: a mask is neither boolean nor floating-point.
        """
        batch = query.shape[:-2]
        # (…, heads, T or S, head_dim)
        q, k, v = map(self._in_heads, self._project(query, key, value))
        if cache is not None:
            k, v = cache.append(k, v)
        queries, keys = q.shape[-2], k.shape[-2]
        if is_causal and queries != keys and cache is None:
            raise ValueError(
                f"is_causal needs as many keys ({keys}) as queries ({queries}), or a cache"
            )
        masks = [
            score_mask(attn_mask, batch, self.num_heads, queries, keys),
            padding_mask(key_padding_mask, batch, keys),
        ]
        if is_causal and masks != [None, None]:  # the three as one
            masks.append(future(queries, keys, query.device))
            is_causal = False
        mask = combined(*masks)
        p = self.dropout if self.training else 0.0
        if not need_weights:
            y = scaled_dot_product_attention(
                q,
                k,
                v,
                mask,
                p,
                is_causal,
                offset=keys - queries,
            )  # (…, heads, T, head_dim)
            return self.out(self._side_by_side(y))
        weights = attention_weights(q, k, mask, is_causal, offset=keys - queries)  # (…, heads, T, S)
        weights = dropout(
            weights,
            p,
        )
        y = self.out(self._side_by_side(weights @ v))
        return y, weights.mean(dim=-3) if average_attn_weights else weights

    def _project(
        self, query: Tensor, key: Tensor | None, value: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values (…, time, embed_dim), in as few products as the inputs allow."""
        width = self.embed_dim
        key = query if key is None else key
        value = key if value is None else value
        q: Tensor
        k: Tensor
        v: Tensor
        if key is query and value is query:
            q, k, v = split(self.qkv(query), width, dim=-1)
            return q, k, v
        weight, bias = self.qkv.weight, self.qkv.bias

        def project(x: Tensor, rows: slice) -> Tensor:
            y: Tensor = linear(x, weight[rows], None if bias is None else bias[rows])
            return y

        q = project(query, slice(0, width))
        if value is key:
            k, v = split(project(key, slice(width, 3 * width)), width, dim=-1)
        else:
            k = project(key, slice(width, 2 * width))
            v = project(value, slice(2 * width, 3 * width))
        return q, k, v

    def _in_heads(self, x: Tensor) -> Tensor:
        """(…, time, embed_dim) as (…, heads, time, head_dim)."""
        x = x.reshape(*x.shape[:-1], self.num_heads, self.head_dim)
        parted: Tensor = x.transpose(-3, -2)
        return parted

    def _side_by_side(self, x: Tensor) -> Tensor:
        """(…, heads, time, head_dim) as (…, time, embed_dim)."""
        x = x.transpose(-3, -2)
        joined: Tensor = x.reshape(*x.shape[:-2], self.embed_dim)
        return joined

    def extra_repr(self) -> str:
        """The sizes and the dropout."""
        return f"embed_dim={self.embed_dim}, num_heads={self.num_heads}, dropout={self.dropout}"
