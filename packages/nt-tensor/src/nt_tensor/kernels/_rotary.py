"""Rotary position embedding: pairs of features turned by an angle that grows with the position."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel

__all__ = ["rotary"]


@kernel
def rotary(x: Array, cos: Array, sin: Array, interleaved: bool) -> Array:
    """Turn the pairs of the last axis of x (…, T, d) by the angles of cos, sin (…, T, d/2).

    A pair is (i, i + d/2), or (2i, 2i + 1) if `interleaved`. Turning back is the same with -sin.
    """
    xp = namespace(x)
    half = x.shape[-1] // 2
    if interleaved:
        a, b = x[..., 0::2], x[..., 1::2]
        turned = xp.stack((a * cos - b * sin, b * cos + a * sin), axis=-1)
        return xp.reshape(turned, (*turned.shape[:-2], x.shape[-1]))
    a, b = x[..., :half], x[..., half:]
    return xp.concat((a * cos - b * sin, b * cos + a * sin), axis=-1)
