"""Who may attend to whom: checks of what attention is given, masks as numbers, and the band."""

from __future__ import annotations

from typing import Any

from nt_tensor import dtype_of, namespace

from ...tensor import Tensor
from .._floating import check_floating

__all__ = ["additive", "band_of", "check", "groups_of"]


def check(query: Any, key: Any, value: Any) -> None:
    """Raise where queries, keys and values do not fit each other."""
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


def groups_of(query: Any, key: Any, value: Any, enable_gqa: bool) -> int:
    """How many heads of queries share a head of keys and values."""
    if not enable_gqa:
        return 1
    if min(x.ndim for x in (query, key, value)) < 3:
        raise ValueError("enable_gqa needs query, key and value of shape (…, heads, time, width)")
    if key.shape[:-2] != value.shape[:-2] or key.shape[:-3] != query.shape[:-3]:
        raise ValueError(
            "enable_gqa: all axes in front of the heads must be the same and key and value have as "
            f"many heads, got query {tuple(query.shape)}, key {tuple(key.shape)} and value "
            f"{tuple(value.shape)}"
        )
    heads, shared = query.shape[-3], key.shape[-3]
    if not shared or heads % shared:
        raise ValueError(f"the heads of key ({shared}) must divide those of query ({heads})")
    return int(heads // shared)


def band_of(
    is_causal: bool, sliding_window: int | None, offset: int
) -> tuple[int | None, int | None]:
    """(lower, upper): query i sees the keys from i + lower to i + upper; None for no bound."""
    if sliding_window is None:
        return (None, offset) if is_causal else (None, None)
    if sliding_window < 1:
        raise ValueError(f"sliding_window must be 1 or more, got {sliding_window}")
    return offset - sliding_window + 1, offset if is_causal else offset + sliding_window - 1


def additive(mask: Any, query: Any, key: Any) -> Any:
    """A mask as what is added to the scores: a boolean one as 0 and minus infinity."""
    if mask is None:
        return None
    queries, keys = query.shape[-2], key.shape[-2]
    rows, columns = (1, 1, *mask.shape)[-2:]
    if rows not in (1, queries) or columns not in (1, keys):
        raise ValueError(
            f"attn_mask must broadcast to (…, {queries}, {keys}), got shape {tuple(mask.shape)}"
        )
    array = mask.data if isinstance(mask, Tensor) else mask
    dtype = dtype_of(array)
    if dtype.kind not in ("bool", "float"):
        raise TypeError(f"attn_mask must be boolean or floating-point, not {dtype}")
    if dtype.kind == "float":
        return mask
    xp = namespace(array)
    zero = xp.zeros_like(array, dtype=(query.data if isinstance(query, Tensor) else query).dtype)
    return Tensor(xp.where(array, zero, zero - xp.inf))
