"""Zero a random share of the elements and scale up the rest."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel

__all__ = ["dropout"]


@kernel
def dropout(x: Array, mask: Array, p: float) -> Array:
    """The value x / (1 - p) where `mask` is True, else 0; a mask of fewer elements broadcasts."""
    xp = namespace(x)
    return xp.where(mask, x * scale_of(p), xp.zeros_like(x))


def scale_of(p: float) -> float:
    """What stays is multiplied by this."""
    return 1.0 if p == 1.0 else 1.0 / (1.0 - p)  # nothing stays: any number does
