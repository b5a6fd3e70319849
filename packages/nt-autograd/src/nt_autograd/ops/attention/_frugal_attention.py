"""frugal_attention: attention whose memory grows with the time, not with its square."""

from __future__ import annotations

import math
from typing import Any

from nt_tensor import kernels

from ...primitive import primitive
from ._masks import additive, band_of, check, groups_of
from ._weights import Band, mixed, weights_of

__all__ = ["frugal_attention"]


def frugal_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    sliding_window: int | None = None,
    offset: int = 0,
) -> Any:
    r"""Attention that never holds all of its weights (…, T, S), nor does its way back.

    Blocks of queries meet blocks of keys. With $m$ the highest score that a query has met so far,
    $\ell$ the sum of the exponentials and $a$ that of the values by them, the next block with
    scores $s$ gives

    $$m' = \max(m, \max_j s_j), \quad \ell' = e^{m - m'} \ell + \sum_j e^{s_j - m'}, \quad
      a' = e^{m - m'} a + \sum_j e^{s_j - m'} v_j, \qquad y = a / \ell$$

    and the way back makes the weights $e^{s - m} / \ell$ of each block anew. The result is that of
    `scaled_dot_product_attention`, also its gradients. Memory for T queries and S keys of width d
    is of order (T + S) d instead of T S; the price is one more product of queries and keys. On a
    CPU it is as fast as the plain one without gradients; with them it takes 15 to 25 % more time at
    some hundreds of positions, 10 % at 2,048, and at 4,096 none if causal. Take the plain one where
    its memory suffices. Second derivatives go the plain road, with its memory.

    Args:
        query: (…, T, d).
        key: (…, S, d).
        value: (…, S, e).
        attn_mask: as in `scaled_dot_product_attention`, like all that follow. A mask of shape
            (T, S) holds T S numbers itself: prefer `is_causal` and `sliding_window`.
        is_causal: as there.
        scale: as there.
        enable_gqa: as there.
        sliding_window: as there; blocks outside of it are not computed.
        offset: as there.

    Returns:
        (…, T, e). A query that may attend to nothing gets zeros.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: the queries are not floating-point, or a mask is neither that nor boolean.

    Example:
        >>> from nt_autograd import tensor
        >>> q = k = tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> frugal_attention(q, k, tensor([[1.0], [2.0]]), is_causal=True)
        tensor([[1.       ],
                [1.6697615]])

    Source: Rabe and Staats, Self-attention Does Not Need O(n²) Memory (2021), section 2; Dao et
        al., FlashAttention (2022), algorithms 1 and 4.
    """
    check(query, key, value)
    groups = groups_of(query, key, value, enable_gqa)
    band = band_of(is_causal, sliding_window, offset)
    scale = 1.0 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = additive(attn_mask, query, key)
    return _frugal_attention(query, key, value, mask, band, scale, groups)


@primitive(keeps=("lse",), promotes=True)
def _frugal_attention(
    q: Any, k: Any, v: Any, mask: Any, /, band: Band, scale: float, groups: int
) -> Any:
    """The op behind `frugal_attention`: of its weights it keeps the logarithms of their sums."""
    return kernels.frugal_attention(q, k, v, mask, band, scale, groups)


@_frugal_attention.backward
def _(
    g: Any,
    q: Any,
    k: Any,
    v: Any,
    mask: Any,
    y: Any,
    lse: Any,
    band: Band,
    scale: float,
    groups: int,
    needs: tuple[bool, ...],
) -> Any:
    gq, gk, gv, *gm = _frugal_attention_backward(
        g, q, k, v, mask, y, lse, band=band, scale=scale, groups=groups, masked=needs[3]
    )
    return gq, gk, gv, gm[0] if gm else None


@_frugal_attention.composed
def _(q: Any, k: Any, v: Any, mask: Any, band: Band, scale: float, groups: int) -> Any:
    return mixed(weights_of(q, k, mask, band, scale, groups), v, groups)


@_frugal_attention.cost
def _(q_shape: tuple[int, ...], k_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
    return 2 * k_shape[-2] * (math.prod(y_shape[:-1]) * q_shape[-1] + math.prod(y_shape))


@primitive(outputs=True)
def _frugal_attention_backward(
    g: Any,
    q: Any,
    k: Any,
    v: Any,
    mask: Any,
    out: Any,
    lse: Any,
    /,
    band: Band,
    scale: float,
    groups: int,
    masked: bool,
) -> Any:
    """Gradients with respect to q, k and v, and to the mask where it wants one."""
    *gradients, gm = kernels.frugal_attention_backward(
        g, q, k, v, mask, out, lse, band, scale, groups, masked
    )
    return tuple(gradients) if gm is None else (*gradients, gm)


@_frugal_attention_backward.cost
def _(g_shape: tuple[int, ...], q_shape: tuple[int, ...], k_shape: tuple[int, ...]) -> int:
    # five products: the scores once more, and two each for the weights and the scores
    return 2 * k_shape[-2] * (3 * math.prod(g_shape[:-1]) * q_shape[-1] + 2 * math.prod(g_shape))
