"""Who may attend to whom: the masks of an attention layer as one."""

from __future__ import annotations

import math

from nt_autograd import Tensor, arange, concat, where, zeros
from nt_tensor import Array, Device


def as_tensor(mask: Tensor | Array | None, name: str) -> Tensor | None:
    """The mask as a tensor, if it is boolean or floating-point."""
    if mask is None:
        return None
    tensor = mask if isinstance(mask, Tensor) else Tensor(mask)
    if tensor.dtype.kind not in ("bool", "float"):
        raise TypeError(
            f"{name} must be boolean (True: not attended to) or floating-point (added), "
            f"not {tensor.dtype}"
        )
    return tensor


def padding_mask(mask: Tensor | Array | None, batch: tuple[int, ...], keys: int) -> Tensor | None:
    """The key padding mask (…, S) with axes for heads and queries: (…, 1, 1, S)."""
    tensor = as_tensor(mask, "key_padding_mask")
    if tensor is None:
        return None
    if tensor.shape != (*batch, keys):
        raise ValueError(f"key_padding_mask {tensor.shape} must be {(*batch, keys)}")
    spread: Tensor = tensor.reshape(*batch, 1, 1, keys)
    return spread


def score_mask(
    mask: Tensor | Array | None, batch: tuple[int, ...], heads: int, queries: int, keys: int
) -> Tensor | None:
    """The attention mask as it broadcasts to the scores; (batch * heads, T, S) is unfolded."""
    tensor = as_tensor(mask, "attn_mask")
    if tensor is None:
        return None
    full = (*batch, heads, queries, keys)
    if tensor.ndim == 3 and tensor.shape == (math.prod(batch) * heads, queries, keys):
        unfolded: Tensor = tensor.reshape(*full)
        return unfolded
    fits = (
        tensor.ndim in (2, len(full)) or (tensor.ndim == 3 and tensor.shape[0] in (1, heads))
    ) and all(n in (1, m) for n, m in zip(reversed(tensor.shape), reversed(full), strict=False))
    if not fits:
        raise ValueError(
            f"attn_mask {tensor.shape} must be {(queries, keys)}, {(heads, queries, keys)}, "
            f"{(math.prod(batch) * heads, queries, keys)} or broadcast to {full}"
        )
    return tensor


def outside(
    queries: int, keys: int, is_causal: bool, window: int | None, offset: int, device: Device
) -> Tensor | None:
    """True (T, S) where a key comes after its query or lies outside of its window."""
    if not is_causal and window is None:
        return None
    query: Tensor = arange(queries, device=device).reshape(queries, 1) + offset
    distance: Tensor = query - arange(keys, device=device).reshape(1, keys)
    blocked: Tensor = distance < (0 if is_causal or window is None else 1 - window)
    return blocked if window is None else blocked | (distance >= window)


def lengthened(mask: Tensor | None, keys: int, more: int) -> Tensor | None:
    """A mask for `keys` keys with `more` at its end that all may attend to."""
    if mask is None:
        return None
    if mask.shape[-1] != keys:  # it broadcasts
        mask = mask.expand((*mask.shape[:-1], keys))
    open_ = zeros((*mask.shape[:-1], more), dtype=mask.dtype, device=mask.device)
    longer: Tensor = concat([mask, open_], -1)
    return longer


def combined(*masks: Tensor | None) -> Tensor | None:
    """Masks (True: not attended to, or floats that are added) as one.

    In the result, for `scaled_dot_product_attention`, True means the opposite: attended to.
    """
    blocked: Tensor | None = None
    added: Tensor | None = None
    for mask in masks:
        if mask is None:
            continue
        if mask.dtype.kind == "bool":
            blocked = mask if blocked is None else blocked | mask
        else:
            added = mask if added is None else added + mask
    if blocked is None:
        return added
    if added is None:
        return ~blocked
    both: Tensor = where(blocked, -math.inf, added)
    return both
