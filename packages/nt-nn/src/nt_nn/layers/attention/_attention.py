"""MultiHeadAttention: every position gathers from the others what its query asks for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias, overload

from nt_autograd import Tensor, attention_weights, dropout, scaled_dot_product_attention
from nt_tensor import Array, DeviceLike, DTypeLike, Generator

from ...module import Module
from ._kv_cache import KVCache
from ._masks import combined, lengthened, outside, padding_mask, score_mask
from ._projections import Projections
from ._rotary import RotaryEmbedding

Mask: TypeAlias = "Tensor | Array | None"


class MultiHeadAttention(Projections):
    r"""Attention in $h$ heads, each on its share of the width.

    $$\mathrm{head}_i = \mathrm{softmax}\!\left(\frac{Q_i K_i^\top}{\sqrt{d}} + M\right) V_i, \qquad
    y = [\mathrm{head}_1, \dots, \mathrm{head}_h] \, W_O^\top + b_O$$

    Queries, keys and values are linear maps of the inputs. Their three matrices are kept as one,
    `qkv`, whose rows are the query's, then the key's, then the value's: self-attention is then one
    large product in the place of three smaller ones. PyTorch's `in_proj_weight` has the same
    layout; `torch_layout` renames. Where key or value come in another width, there are `query`,
    `key` and `value` instead.

    Shapes: query (…, T, embed_dim), key (…, S, kdim), value (…, S, vdim) -> (…, T, embed_dim).

    Args:
        embed_dim: the width.
        num_heads: $h$, which divides the width unless there is a `head_dim`.
        dropout: the share of attention weights that is dropped while training.
        bias: whether the linear maps have one.
        add_bias_kv: append one learned key and value, `bias_k` and `bias_v`, to all others.
        add_zero_attn: append a key and value of zeros.
        kdim: the width of the keys that come in; None for `embed_dim`.
        vdim: the width of the values that come in; None for `embed_dim`.
        batch_first: False for inputs and output (T, batch, width) instead of (batch, T, width).
        head_dim: $d$, the width of a head; None for `embed_dim / num_heads`.
        scale: what the scores are multiplied with; None for $1 / \sqrt{d}$. T5 has 1.
        out_bias: whether the last linear map has a bias; None if `bias` (Qwen2 has only the other).
        q_norm: maps each head's queries, (…, T, heads, head_dim) to the same, before the rotation:
            an `RMSNorm` of a head's width (Qwen3).
        k_norm: likewise for the keys, which a cache stores normed.
        softcap: scores s become c tanh(s / c) before masks are added (Gemma 2); None leaves them.
        num_kv_heads: how many heads keys and values have, which divides `num_heads`: as many
            queries' heads share one (grouped-query attention; 1 is multi-query); None for as many.
        sliding_window: a position sees only those that lie less than so many from it.
        rotary: turns queries and keys by their positions (self-attention alone).
        memory_efficient: never hold all attention weights, see `nt_autograd.frugal_attention`;
            with dropout they are held while training nevertheless.
        device: where the parameters lie; None for the current device.
        dtype: of the parameters; None for float32.
        generator: where the initial values come from; None for the thread's own, as dropout's masks
            always do.

    Raises:
        ValueError: `num_heads` does not divide `embed_dim` and there is no `head_dim`, or that is
            not positive; `num_kv_heads` does not divide `num_heads`; `dropout` is no probability;
            `scale` is not positive and finite, or `softcap` not positive; the rotary embedding is
            wider than a head.

    Example:
        >>> from nt_autograd import randn
        >>> attention = MultiHeadAttention(8, num_heads=2)
        >>> x = randn(3, 5, 8)  # (batch, time, width)
        >>> attention(x, is_causal=True).shape
        (3, 5, 8)
        >>> y, weights = attention(x, is_causal=True, need_weights=True)
        >>> weights.shape, weights[0, 0].tolist()  # the first position sees itself alone
        ((3, 5, 5), [1.0, 0.0, 0.0, 0.0, 0.0])

    Source: Vaswani et al., Attention is all you need (2017), section 3.2.2; shared keys: Shazeer,
        Fast transformer decoding (2019), Ainslie et al., GQA (2023); PyTorch's
        `torch.nn.MultiheadAttention`, whose batch_first is False unless asked for.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = True,
        *,
        head_dim: int | None = None,
        scale: float | None = None,
        out_bias: bool | None = None,
        q_norm: Module | None = None,
        k_norm: Module | None = None,
        softcap: float | None = None,
        num_kv_heads: int | None = None,
        sliding_window: int | None = None,
        rotary: RotaryEmbedding | None = None,
        memory_efficient: bool = False,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(
            embed_dim,
            num_heads,
            num_heads if num_kv_heads is None else num_kv_heads,
            head_dim,
            bias,
            bias if out_bias is None else out_bias,
            add_bias_kv,
            add_zero_attn,
            embed_dim if kdim is None else kdim,
            embed_dim if vdim is None else vdim,
            batch_first,
            q_norm,
            k_norm,
            device,
            dtype,
            generator,
        )
        if not 0.0 <= dropout <= 1.0:
            raise ValueError(f"dropout ({dropout}) must be a probability, 0 to 1")
        if sliding_window is not None and sliding_window < 1:
            raise ValueError(f"sliding_window ({sliding_window}) must be 1 or more")
        if rotary is not None and rotary.dim > self.head_dim:
            raise ValueError(f"rotary ({rotary.dim} wide) does not fit a head ({self.head_dim})")
        if scale is not None and not (scale > 0 and math.isfinite(scale)):
            raise ValueError(f"scale ({scale}) must be positive and finite")
        if softcap is not None and not softcap > 0:
            raise ValueError(f"softcap ({softcap}) must be positive")
        if softcap is not None and memory_efficient:
            raise ValueError("softcap needs all attention weights: memory_efficient must be False")
        self.scale = scale
        self.softcap = softcap
        self.dropout = dropout
        self.sliding_window = sliding_window
        self.rotary = rotary
        self.memory_efficient = memory_efficient

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
            positions: Tensor | None = None,
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
            positions: Tensor | None = None,
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
        positions: Tensor | None = None,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Attend from query to key and value; to the query itself where there are none.

        Boolean masks are as in PyTorch's layer: True means *not* attended to (in
        `scaled_dot_product_attention` it means the opposite). Floating-point masks are added to the
        scores. A query attends to what all of them allow; one that may attend to nothing gathers
        zeros.

        Args:
            query: (…, T, embed_dim).
            key: (…, S, kdim); None for self-attention.
            value: (…, S, vdim); None for the key.
            attn_mask: (T, S), (heads, T, S), (batch * heads, T, S), or what broadcasts to (…,
                heads, T, S).
            key_padding_mask: (…, S), True at padding.
            is_causal: no position sees a later one. With a cache, the queries are the last
                positions.
            need_weights: give the attention weights too (slower).
            average_attn_weights: the weights' mean over the heads, (…, T, S), instead of (…, heads,
                T, S).
            cache: stores the keys and values and attends to all that it holds; S is then its
                length.
            positions: (T,) or (…, T) integers for the rotary embedding; None for 0, 1, … after
                those of the cache.

        Returns:
            (…, T, embed_dim), and with `need_weights` the weights.

        Raises:
            ValueError: a mask has another shape; `is_causal` where T is not S and there is no
                cache; positions without a rotary embedding, or one where keys come from elsewhere.
            TypeError: a mask is neither boolean nor floating-point.
        """
        q, k, v = self.project(query, key, value)  # (…, heads, T or S, head_dim)
        *batch, _, queries, _ = q.shape
        if self.rotary is not None:
            if key is not None and key is not query:
                raise ValueError("a rotary embedding turns queries and keys of one sequence alone")
            if positions is not None and positions.ndim > 1:
                positions = positions.reshape(*positions.shape[:-1], 1, queries)
            past = 0 if cache is None else cache.length
            q, k = (self.rotary(x, positions, offset=past) for x in (q, k))
        elif positions is not None:
            raise ValueError("positions are given, but this attention has no rotary embedding")
        if cache is not None:
            k, v = cache.append(k, v)
        keys, window = k.shape[-2], self.sliding_window
        offset = 0 if cache is None else keys - queries
        if is_causal and queries != keys and cache is None:
            raise ValueError(
                f"is_causal needs as many keys ({keys}) as queries ({queries}), or a cache"
            )
        masks = [
            score_mask(attn_mask, tuple(batch), self.num_heads, queries, keys),
            padding_mask(key_padding_mask, tuple(batch), keys),
        ]
        if self.bias_k is not None or self.add_zero_attn:  # keys that all see, wherever they are
            masks.append(outside(queries, keys, is_causal, window, offset, query.device))
            is_causal, window = False, None
            k, v = self.with_further(k, self.bias_k), self.with_further(v, self.bias_v)
            masks = [lengthened(mask, keys, k.shape[-2] - keys) for mask in masks]
        mask = combined(*masks)
        if mask is not None and mask.dtype.kind == "float":
            mask = mask.to(q.dtype)  # a mask of float64 widens nothing
        p = self.dropout if self.training else 0.0
        shared = self.num_kv_heads != self.num_heads
        if not need_weights:
            y = scaled_dot_product_attention(
                q,
                k,
                v,
                mask,
                p,
                is_causal,
                self.scale,
                enable_gqa=shared,
                sliding_window=window,
                offset=offset,
                softcap=self.softcap,
                memory_efficient=self.memory_efficient and not p,
            )  # (…, heads, T, head_dim)
            return self.joined(y)
        weights = attention_weights(
            q,
            k,
            mask,
            is_causal,
            self.scale,
            enable_gqa=shared,
            sliding_window=window,
            offset=offset,
            softcap=self.softcap,
        )  # (…, heads, T, S)
        weights = dropout(weights, p)
        folded = self.num_heads // self.num_kv_heads * queries  # heads that share keys, as rows
        gathered = weights.reshape(*batch, self.num_kv_heads, folded, k.shape[-2]) @ v
        y = self.joined(gathered.reshape(*q.shape))
        return y, weights.mean(dim=-3) if average_attn_weights else weights

    def extra_repr(self) -> str:
        """The sizes and the dropout, and what else is not as usual."""
        said = f"embed_dim={self.embed_dim}, num_heads={self.num_heads}, dropout={self.dropout}"
        if self.num_kv_heads != self.num_heads:
            said += f", num_kv_heads={self.num_kv_heads}"
        if self.inner != self.embed_dim:
            said += f", head_dim={self.head_dim}"
        if self.scale is not None:
            said += f", scale={self.scale}"
        if self.softcap is not None:
            said += f", softcap={self.softcap}"
        if self.sliding_window is not None:
            said += f", sliding_window={self.sliding_window}"
        return said
