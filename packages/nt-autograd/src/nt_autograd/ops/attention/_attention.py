"""scaled_dot_product_attention: every query reads a weighted mean of the values."""

from __future__ import annotations

import math
from typing import Any

from nt_tensor import Generator, kernels

from ...primitive import primitive
from .._dropout import dropout
from ._frugal_attention import frugal_attention
from ._masks import additive, band_of, check, groups_of
from ._weights import Band, mixed, weights_of

__all__ = ["attention_weights", "scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    sliding_window: int | None = None,
    offset: int = 0,
    softcap: float | None = None,
    memory_efficient: bool = False,
    generator: Generator | None = None,
) -> Any:
    r"""Attention of queries to keys, applied to values.

    $$Y = \mathrm{softmax}\Big(\frac{Q K^\top}{\sqrt{d}} + M\Big) V$$

    A query attends to what `attn_mask`, `is_causal` and `sliding_window` all allow.

    Args:
        query: (…, T, d).
        key: (…, S, d).
        value: (…, S, e).
        attn_mask: broadcast to (…, T, S). Boolean: True where a query may attend. Floating point:
            added to the scores; it may want a gradient.
        dropout_p: the share of the weights that is dropped.
        is_causal: query i sees the keys up to i + `offset`.
        scale: what the scores are multiplied with; $1/\sqrt d$ if None.
        enable_gqa: query (…, H, T, d) may have more heads than key and value (…, H / n, S, ·): n
            neighbouring heads of queries share one (grouped-query attention; multi-query with a
            single one). Keys are not copied for it.
        sliding_window: a query sees only the keys that lie less than so many positions from it; if
            causal these are the last `sliding_window` keys.
        offset: the position of the first query among the keys: how many keys come from a cache.
        softcap: scores s become c tanh(s / c) before anything is added; None leaves them. With it
            all weights are held.
        memory_efficient: never hold all weights (…, T, S), neither here nor for the gradients; see
            `frugal_attention`.
        generator: draws the dropout; the thread's default generator if None.

    Returns:
        (…, T, e). A query that may attend to nothing gets zeros.

    Raises:
        ValueError: shapes or options that do not fit; dropout or softcap where
            `memory_efficient`.
        TypeError: the queries are not floating-point, or a mask is neither that nor boolean.

    Example:
        >>> from nt_autograd import tensor
        >>> q = k = tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> scaled_dot_product_attention(q, k, tensor([[1.0], [2.0]]), is_causal=True)
        tensor([[1.       ],
                [1.6697615]])

    Source: Vaswani et al., Attention Is All You Need (2017), equation 1; groups: Ainslie et al.,
        GQA (2023), section 2.2; windows: Beltagy et al., Longformer (2020), section 3.1; capped
        scores: Gemma Team, Gemma 2 (2024), section 2; PyTorch's
        `torch.nn.functional.scaled_dot_product_attention`.
    """
    if memory_efficient:
        if dropout_p:
            raise ValueError(f"dropout_p must be 0 where memory_efficient is set, got {dropout_p}")
        if softcap is not None:
            raise ValueError(f"softcap must be None where memory_efficient is set, got {softcap}")
        return frugal_attention(
            query,
            key,
            value,
            attn_mask,
            is_causal,
            scale,
            enable_gqa,
            sliding_window=sliding_window,
            offset=offset,
        )
    check(query, key, value)
    groups = groups_of(query, key, value, enable_gqa)
    band = band_of(is_causal, sliding_window, offset)
    mask = additive(attn_mask, query, key)
    scale = 1.0 / math.sqrt(query.shape[-1]) if scale is None else scale
    if dropout_p or softcap is not None:
        weights = weights_of(query, key, mask, band, scale, groups, softcap)
        return mixed(dropout(weights, dropout_p, generator=generator), value, groups)
    return _attention(query, key, value, mask, band, scale, groups)


def attention_weights(
    query: Any,
    key: Any,
    attn_mask: Any = None,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    sliding_window: int | None = None,
    offset: int = 0,
    softcap: float | None = None,
) -> Any:
    r"""The weights of attention, $\mathrm{softmax}(Q K^\top / \sqrt d + M)$, from plain ops.

    Args:
        query: (…, T, d).
        key: (…, S, d).
        attn_mask: as in `scaled_dot_product_attention`, like all that follow.
        is_causal: as there.
        scale: as there.
        enable_gqa: as there.
        sliding_window: as there.
        offset: as there.
        softcap: as there.

    Returns:
        (…, T, S); rows sum to 1, or to 0 where a query may attend to nothing.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: the queries are not floating-point, or a mask is neither that nor boolean.

    Example:
        >>> from nt_autograd import tensor
        >>> attention_weights(tensor([[1.0], [1.0]]), tensor([[5.0], [5.0]]), is_causal=True)
        tensor([[1. , 0. ],
                [0.5, 0.5]])

    Source: Vaswani et al. (2017), section 3.2.1.
    """
    check(query, key, key)
    groups = groups_of(query, key, key, enable_gqa)
    band = band_of(is_causal, sliding_window, offset)
    scale = 1.0 / math.sqrt(query.shape[-1]) if scale is None else scale
    return weights_of(query, key, additive(attn_mask, query, key), band, scale, groups, softcap)


@primitive(keeps=("e", "total"), promotes=True)
def _attention(q: Any, k: Any, v: Any, mask: Any, /, band: Band, scale: float, groups: int) -> Any:
    """The op behind `scaled_dot_product_attention`: it keeps the exponentials and their sums."""
    return kernels.attention(q, k, v, mask, band, scale, groups)


@_attention.backward
def _(
    g: Any,
    q: Any,
    k: Any,
    v: Any,
    y: Any,
    e: Any,
    total: Any,
    band: Band,
    scale: float,
    groups: int,
    needs: tuple[bool, ...],
) -> Any:
    blocks = isinstance(e, tuple)  # NumPy keeps the exponentials by blocks of queries
    gq, gk, gv, *gs = _attention_backward(
        g,
        q,
        k,
        v,
        y,
        total,
        *(e if blocks else (e,)),
        blocks=blocks,
        band=band,
        scale=scale,
        groups=groups,
        masked=needs[3],
    )
    return gq, gk, gv, gs[0] if gs else None


@_attention.composed
def _(q: Any, k: Any, v: Any, mask: Any, band: Band, scale: float, groups: int) -> Any:
    return mixed(weights_of(q, k, mask, band, scale, groups), v, groups)


@_attention.cost
def _(q_shape: tuple[int, ...], k_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
    # both products, in full: what a causal mask saves depends on the library
    return 2 * k_shape[-2] * (math.prod(y_shape[:-1]) * q_shape[-1] + math.prod(y_shape))


@primitive(outputs=True)
def _attention_backward(
    *xs: Any, blocks: bool, band: Band, scale: float, groups: int, masked: bool
) -> Any:
    """Gradients with respect to q, k and v, and to the scores where a mask wants it."""
    g, q, k, v, y, total, *e = xs
    kept = tuple(e) if blocks else e[0]
    *gradients, scores = kernels.attention_backward(
        g, q, k, v, y, kept, total, band, scale, groups, masked
    )
    return tuple(gradients) if scores is None else (*gradients, scores)


@_attention_backward.cost
def _(xs_shape: tuple[tuple[int, ...], ...]) -> int:
    g, q, k, *_ = xs_shape
    return 4 * k[-2] * (math.prod(g[:-1]) * q[-1] + math.prod(g))  # four products
