"""The largest few of many."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel

__all__ = ["topk"]


@kernel
def topk(x: Array, k: int, largest: bool) -> Array:
    """The indices of the `k` largest (or smallest) elements along the last axis, in order."""
    return namespace(x).argsort(x, axis=-1, descending=largest, stable=True)[..., :k]
