"""What past steps have shown of the curvature, and a direction by it."""

from __future__ import annotations

from typing import Any

from nt_autograd import fused_update
from nt_tensor import Array

from ._sgd import descend


def learn(memory: dict[str, Any], g: Array, limit: int) -> None:
    """Remember the last step and how the gradient changed with it, if they show a curvature."""
    y, s = g - memory["prev_flat_grad"], memory["d"] * memory["t"]
    ys = dot(y, s)
    if ys <= 1e-10:
        return
    for key, value in (("old_dirs", y), ("old_stps", s), ("ro", 1.0 / ys)):
        memory[key] = [*memory[key], value][-limit:]
    memory["H_diag"] = ys / dot(y, y)


def direction(memory: dict[str, Any], g: Array) -> Array:
    """The negative gradient times the inverse Hessian, by the two-loop recursion."""
    pairs = list(zip(memory["old_dirs"], memory["old_stps"], memory["ro"], strict=True))
    d, shares = -g, []
    for y, s, ro in reversed(pairs):
        share = dot(s, d) * ro
        (d,) = fused_update(descend, y, (d,), (share, 1.0))
        shares.append(share)
    d = d * memory["H_diag"]
    for (y, s, ro), share in zip(pairs, reversed(shares), strict=True):
        (d,) = fused_update(descend, s, (d,), (dot(y, d) * ro - share, 1.0))
    return d


def dot(a: Array, b: Array) -> float:
    """The inner product of two vectors, as a number."""
    return float(a @ b)
