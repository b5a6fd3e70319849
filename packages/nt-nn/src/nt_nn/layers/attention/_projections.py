"""The linear maps of an attention layer: queries, keys and values in their heads, and back."""

from __future__ import annotations

from nt_autograd import Tensor, concat, linear, split, zeros
from nt_tensor import DeviceLike, DTypeLike, Generator, float32

from ... import init
from ..._skeleton import empty
from ...module import Module
from ...parameter import Parameter
from .._linear import Linear


class Projections(Module):
    """What `MultiHeadAttention` learns, and how its inputs become heads."""

    qkv: Linear | None  # weight (inner + 2 kv_width, embed_dim): rows of query, key, value
    query: Linear | None  # weight (inner, embed_dim), where there is no qkv
    key: Linear | None  # weight (kv_width, kdim), likewise
    value: Linear | None  # weight (kv_width, vdim), likewise
    bias_k: Parameter | None  # (1, 1, kv_width)
    bias_v: Parameter | None  # (1, 1, kv_width)
    q_norm: Module | None  # of a head's queries
    k_norm: Module | None  # of a head's keys
    out: Linear  # weight (embed_dim, inner), inner = num_heads head_dim

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        num_kv_heads: int,
        head_dim: int | None,
        bias: bool,
        out_bias: bool,
        add_bias_kv: bool,
        add_zero_attn: bool,
        kdim: int,
        vdim: int,
        batch_first: bool,
        q_norm: Module | None,
        k_norm: Module | None,
        device: DeviceLike | None,
        dtype: DTypeLike,
        generator: Generator | None,
    ) -> None:
        if embed_dim < 1 or num_heads < 1 or (head_dim is None and embed_dim % num_heads):
            raise ValueError(f"num_heads ({num_heads}) must divide embed_dim ({embed_dim})")
        if head_dim is not None and head_dim < 1:
            raise ValueError(f"head_dim ({head_dim}) must be positive")
        if num_kv_heads < 1 or num_heads % num_kv_heads:
            raise ValueError(f"num_kv_heads ({num_kv_heads}) must divide num_heads ({num_heads})")
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.num_kv_heads = num_kv_heads
        self.head_dim = embed_dim // num_heads if head_dim is None else head_dim
        self.inner = num_heads * self.head_dim
        self.kv_width = num_kv_heads * self.head_dim
        self.add_zero_attn = add_zero_attn
        self.batch_first = batch_first

        def projection(into: int, width: int) -> Linear:
            made = Linear(width, into, bias, device=device, dtype=dtype, generator=generator)
            init.xavier_uniform_(made.weight, generator=generator)
            return made

        self.qkv = self.query = self.key = self.value = None
        if kdim == vdim == embed_dim:
            self.qkv = projection(self.inner + 2 * self.kv_width, embed_dim)
        else:
            self.query = projection(self.inner, embed_dim)
            self.key = projection(self.kv_width, kdim)
            self.value = projection(self.kv_width, vdim)
        self.bias_k = self.bias_v = None
        if add_bias_kv:
            self.bias_k, self.bias_v = (
                init.xavier_normal_(
                    Parameter(empty((1, 1, self.kv_width), dtype or float32, device)),
                    generator=generator,
                )
                for _ in range(2)
            )
        self.q_norm = q_norm
        self.k_norm = k_norm
        self.out = Linear(
            self.inner, embed_dim, out_bias, device=device, dtype=dtype, generator=generator
        )
        for layer in (self.qkv, self.query, self.key, self.value, self.out):
            if layer is not None and layer.bias is not None:
                init.zeros_(layer.bias)

    def project(
        self, query: Tensor, key: Tensor | None, value: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values in their heads, in as few products as the inputs allow."""
        key = query if key is None else key
        value = key if value is None else value
        wide, narrow = self.inner, self.kv_width
        parts: list[Tensor]
        if self.qkv is None:
            layers = zip((self.query, self.key, self.value), (query, key, value), strict=True)
            parts = [layer(x) for layer, x in layers if layer is not None]
        elif key is query and value is query:
            parts = list(split(self.qkv(query), [wide, narrow, narrow], dim=-1))
        else:
            weight, bias = self.qkv.weight, self.qkv.bias
            rows = [slice(0, wide), slice(wide, wide + narrow), slice(wide + narrow, None)]
            if value is key:
                rows = [rows[0], slice(wide, None)]
            parts = [
                linear(x, weight[r], None if bias is None else bias[r])
                for x, r in zip((query, key, value), rows, strict=False)
            ]
            if value is key:
                parts[1:] = split(parts[1], narrow, dim=-1)
        q, k, v = parts
        return self._in_heads(q, self.q_norm), self._in_heads(k, self.k_norm), self._in_heads(v)

    def _in_heads(self, x: Tensor, norm: Module | None = None) -> Tensor:
        """(…, time, width) as (…, heads, time, head_dim), each head normed if there is a norm."""
        if not self.batch_first and x.ndim > 2:
            x = x.transpose(0, -2)
        x = x.reshape(*x.shape[:-1], x.shape[-1] // self.head_dim, self.head_dim)
        if norm is not None:
            x = norm(x)
        parted: Tensor = x.transpose(-3, -2)
        return parted

    def joined(self, x: Tensor) -> Tensor:
        """What the heads gathered, (…, heads, time, head_dim), as (…, time, embed_dim)."""
        x = x.transpose(-3, -2)
        x = x.reshape(*x.shape[:-2], self.inner)
        return self.out(x if self.batch_first or x.ndim < 3 else x.transpose(0, -2))

    def with_further(self, x: Tensor, learned: Parameter | None) -> Tensor:
        """Keys or values (…, heads, S, head_dim) with the learned one and the zero at their end."""
        shape = (*x.shape[:-2], 1, self.head_dim)
        parts = [x]
        if learned is not None:
            parts.append(learned.reshape(self.num_kv_heads, 1, self.head_dim).expand(shape))
        if self.add_zero_attn:
            parts.append(zeros(shape, dtype=x.dtype, device=x.device))
        longer: Tensor = concat(parts, -2)
        return longer
