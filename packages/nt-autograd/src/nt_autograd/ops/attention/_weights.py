"""The weights of attention from plain ops: for dropout, for those who look at them, for curvature.

Grouped heads are laid under one another, (…, H, T, w) as (…, H / groups, groups T, w), so that each
meets its keys in one product.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

from nt_tensor import kernels, namespace

from ...tensor import Tensor
from .._hyperbolic import tanh
from .._matmul import matmul
from .._where import masked_fill
from ..activations._softmax import softmax

__all__ = ["Band", "mixed", "weights_of"]

Band: TypeAlias = tuple[int | None, int | None]


def weights_of(
    query: Any,
    key: Any,
    mask: Any,
    band: Band,
    scale: float,
    groups: int,
    softcap: float | None = None,
) -> Any:
    """softmax(scale q k^T + mask) inside the band; zeros in rows that may see nothing."""
    scores = _unfold(matmul(_fold(query * scale, groups), key.transpose(-2, -1)), groups)
    if softcap is not None:
        scores = tanh(scores / softcap) * softcap
    if mask is not None:
        scores = scores + mask
    xp = namespace(scores.data)
    t, s = scores.shape[-2:]
    outside = kernels.outside_band(scores.data, range(t), range(s), band)
    if outside is not None:
        scores = masked_fill(scores, Tensor(outside), -math.inf)
    if mask is None and outside is None:
        return softmax(scores, -1)
    blind = Tensor(xp.all(scores.data == -xp.inf, axis=-1, keepdims=True))
    return masked_fill(softmax(masked_fill(scores, blind, 0.0), -1), blind, 0.0)


def mixed(weights: Any, value: Any, groups: int) -> Any:
    """The values (…, H / groups, S, e) by the weights (…, H, T, S)."""
    return _unfold(matmul(_fold(weights, groups), value), groups)


def _fold(x: Any, groups: int) -> Any:
    if groups == 1:
        return x
    *batch, heads, n, width = x.shape
    return x.reshape((*batch, heads // groups, groups * n, width))


def _unfold(x: Any, groups: int) -> Any:
    if groups == 1:
        return x
    *batch, heads, n, width = x.shape
    return x.reshape((*batch, heads * groups, n // groups, width))
