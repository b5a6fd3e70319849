"""scaled_dot_product_attention: every query reads a weighted mean of the values."""

from __future__ import annotations

import math
from typing import Any

from nt_tensor import Generator, dtype_of, kernels, namespace

from ...primitive import primitive
from ...tensor import Tensor
from .._dropout import dropout
from .._floating import check_floating
from .._matmul import matmul
from .._where import masked_fill
from ..activations._softmax import softmax

__all__ = ["attention_weights", "scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    *,
    generator: Generator | None = None,
) -> Any:
    r"""Attention of queries to keys, applied to values.

    $$Y = \mathrm{softmax}\Big(\frac{Q K^\top}{\sqrt{d}} + M\Big) V$$

    Args:
        query: (…, T, d).
        key: (…, S, d).
        value: (…, S, e).
        attn_mask: broadcast to (…, T, S). Boolean: True where a query may attend. Floating point:
            added to the scores.
        dropout_p: the share of the weights that is dropped.
        is_causal: query i sees the keys up to i + S - T: with S = T itself and what came before;
            with a cache of earlier keys, all of them too. (PyTorch aligns the mask top-left; for
            S = T they are one.)
        scale: what the scores are multiplied with; $1/\sqrt d$ if None.
        generator: draws the dropout; the thread's default generator if None.

    Returns:
        (…, T, e). A query that may attend to nothing gets zeros.

    Raises:
        ValueError: shapes that do not fit, or both a mask and `is_causal`.
        TypeError: the queries are not floating-point, or a mask is neither that nor boolean.

    Example:
        >>> from nt_autograd import tensor
        >>> q = k = tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> scaled_dot_product_attention(q, k, tensor([[1.0], [2.0]]), is_causal=True)
        tensor([[1.       ],
                [1.6697615]])

    Source: Vaswani et al., Attention Is All You Need (2017), equation 1; PyTorch's
        `scaled_dot_product_attention`.
    """
    _check(query, key, value)
    scale = 1.0 / math.sqrt(query.shape[-1]) if scale is None else scale
    if attn_mask is not None and is_causal:
        raise ValueError("give attn_mask or is_causal, not both; put the causal part into the mask")
    if dropout_p:
        weights = attention_weights(query, key, attn_mask, is_causal, scale)
        return matmul(dropout(weights, dropout_p, generator=generator), value)
    return _attention(query, key, value, _additive(attn_mask, query, key), is_causal, scale)


def attention_weights(
    query: Any, key: Any, attn_mask: Any = None, is_causal: bool = False, scale: float | None = None
) -> Any:
    r"""The weights of attention, $\mathrm{softmax}(Q K^\top / \sqrt d + M)$, from plain ops.

    Args:
        query: (…, T, d).
        key: (…, S, d).
        attn_mask: as in `scaled_dot_product_attention`.
        is_causal: as there.
        scale: as there.

    Returns:
        (…, T, S); rows sum to 1, or to 0 where a query may attend to nothing.

    Example:
        >>> from nt_autograd import tensor
        >>> attention_weights(tensor([[1.0], [1.0]]), tensor([[5.0], [5.0]]), is_causal=True)
        tensor([[1. , 0. ],
                [0.5, 0.5]])

    Source: Vaswani et al. (2017), section 3.2.1.
    """
    scale = 1.0 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = matmul(query * scale, key.transpose(-2, -1))
    mask = _additive(attn_mask, query, key)
    if mask is not None:
        scores = scores + mask
    if is_causal:
        t, s = scores.shape[-2:]
        xp = namespace(scores.data)
        scores = masked_fill(
            scores, Tensor(xp.arange(s)[None, :] > xp.arange(t)[:, None] + (s - t)), -math.inf
        )
    if attn_mask is None and key.shape[-2] >= query.shape[-2]:
        return softmax(scores, -1)
    xp = namespace(scores.data)
    blind = Tensor(xp.all(scores.data == -xp.inf, axis=-1, keepdims=True))
    return masked_fill(softmax(masked_fill(scores, blind, 0.0), -1), blind, 0.0)


def _additive(mask: Any, query: Any, key: Any) -> Any:
    """A boolean mask as what is added to the scores."""
    if mask is None:
        return None
    _check_mask(mask, query.shape[-2], key.shape[-2])
    array = mask.data if isinstance(mask, Tensor) else mask
    xp = namespace(array)
    if xp.isdtype(array.dtype, "bool"):
        zero = xp.zeros_like(array, dtype=query.data.dtype)
        return Tensor(xp.where(array, zero, zero - xp.inf))
    return mask


def _check(query: Any, key: Any, value: Any) -> None:
    check_floating("query", query.data if isinstance(query, Tensor) else query)
    for name, x in (("query", query), ("key", key), ("value", value)):
        if x.ndim < 2:
            raise ValueError(f"{name} must be (…, time, width), got shape {tuple(x.shape)}")
    if query.shape[-1] != key.shape[-1]:
        raise ValueError(
            f"query and key must share their width, got {query.shape[-1]} and {key.shape[-1]}"
        )
    if not query.shape[-1]:
        raise ValueError("query and key must have a width of at least 1, got 0")
    if key.shape[-2] != value.shape[-2]:
        raise ValueError(
            f"key and value must share their time, got {key.shape[-2]} and {value.shape[-2]}"
        )


def _check_mask(mask: Any, queries: int, keys: int) -> None:
    rows, columns = (1, 1, *mask.shape)[-2:]
    if rows not in (1, queries) or columns not in (1, keys):
        raise ValueError(
            f"attn_mask must broadcast to (…, {queries}, {keys}), got shape {tuple(mask.shape)}"
        )
    dtype = dtype_of(mask.data if isinstance(mask, Tensor) else mask)
    if dtype.kind not in ("bool", "float"):
        raise TypeError(f"attn_mask must be boolean or floating-point, not {dtype}")


@primitive(keeps=("e", "total"), promotes=True)
def _attention(q: Any, k: Any, v: Any, mask: Any, /, causal: bool, scale: float) -> Any:
    """The op behind `scaled_dot_product_attention`: it keeps the exponentials and their sums."""
    return kernels.attention(q, k, v, mask, causal, scale)


@_attention.backward
def _(
    g: Any,
    q: Any,
    k: Any,
    v: Any,
    y: Any,
    e: Any,
    total: Any,
    causal: bool,
    scale: float,
    needs: tuple[bool, ...],
) -> Any:
    blocks = isinstance(e, tuple)  # NumPy keeps the exponentials by blocks of queries
    gq, gk, gv, *gs = _attention_backward(
        g, q, k, v, y, total, *(e if blocks else (e,)), blocks=blocks, causal=causal, scale=scale
    )
    return gq, gk, gv, gs[0] if needs[3] else None


@_attention.composed
def _(q: Any, k: Any, v: Any, mask: Any, causal: bool, scale: float) -> Any:
    return matmul(attention_weights(q, k, mask, causal, scale), v)


@_attention.cost
def _(q_shape: tuple[int, ...], k_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
    # both products, in full: what a causal mask saves depends on the library
    return 2 * k_shape[-2] * (math.prod(y_shape[:-1]) * q_shape[-1] + math.prod(y_shape))


@primitive(outputs=True)
def _attention_backward(*xs: Any, blocks: bool, causal: bool, scale: float) -> Any:
    """Gradients with respect to q, k and v, and to the scores where a mask may want it."""
    g, q, k, v, y, total, *e = xs
    kept = tuple(e) if blocks else e[0]
    *gradients, scores = kernels.attention_backward(g, q, k, v, y, kept, total, causal, scale)
    return tuple(gradients) if scores is None else (*gradients, scores)


@_attention_backward.cost
def _(xs_shape: tuple[tuple[int, ...], ...]) -> int:
    g, q, k, *_ = xs_shape
    return 4 * k[-2] * (math.prod(g[:-1]) * q[-1] + math.prod(g))  # four products
