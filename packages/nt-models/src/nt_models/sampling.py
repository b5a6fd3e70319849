"""Sampling: choose the next token from logits."""

from __future__ import annotations

import math

from nt_tensor import Array, Generator, device_of, namespace

__all__ = ["sample"]


def sample(
    logits: Array,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    generator: Generator | None = None,
) -> Array:
    """Draw one token a row.

    Args:
        logits: (batch, vocabulary).
        temperature: divides the logits; 0 takes the most probable token.
        top_k: keep the k most probable tokens only.
        top_p: keep the most probable tokens that together reach this probability (at least one).
        generator: draws; not needed at temperature 0.

    Returns:
        (batch,) integers.

    Raises:
        ValueError: an argument is out of its range, or the logits hold NaN or nothing but -inf.

    Example:
        >>> from nt_tensor import Generator, asarray
        >>> sample(asarray([[0.0, 5.0, 1.0]]), temperature=0.0).tolist()
        [1]
        >>> sample(asarray([[0.0, 5.0, 1.0]]), top_k=1, generator=Generator(0)).tolist()
        [1]

    Source: top-k: Fan, Lewis, Dauphin, Hierarchical Neural Story Generation (2018), section 5.4;
        top-p: Holtzman et al., The Curious Case of Neural Text Degeneration (2020), section 3.1.
    """
    if not (temperature >= 0.0 and math.isfinite(temperature)):
        raise ValueError(f"temperature ({temperature}) must be 0 or a positive number")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k ({top_k}) must be at least 1")
    if top_p is not None and not 0.0 < top_p <= 1.0:
        raise ValueError(f"top_p ({top_p}) must lie in (0, 1]")
    xp = namespace(logits)
    logits = xp.astype(
        logits, xp.float32
    )  # float16 sums over a vocabulary would lose the rare ones
    if not bool(xp.all(xp.isfinite(xp.max(logits, axis=-1)))):
        raise ValueError("logits hold NaN, infinity or rows of -inf: no token can be chosen")
    if temperature == 0.0:
        return xp.astype(xp.argmax(logits, axis=-1), xp.int64)
    if generator is None:
        raise ValueError("generator is needed to draw at a temperature above 0")
    order = xp.argsort(logits, axis=-1, descending=True)
    ranked = xp.take_along_axis(logits, order, axis=-1)
    p = xp.exp((ranked - ranked[:, :1]) / temperature)
    if top_k is not None:
        p = xp.where(xp.arange(p.shape[-1])[None, :] < top_k, p, xp.zeros_like(p))
    if top_p is not None:
        before = xp.cumulative_sum(p, axis=-1) - p  # what the more probable tokens hold together
        p = xp.where(before < top_p * xp.sum(p, axis=-1, keepdims=True), p, xp.zeros_like(p))
    reached = xp.cumulative_sum(p, axis=-1)
    u = generator.uniform((len(logits), 1), device=device_of(logits))
    rank = xp.sum(xp.astype(reached <= u * reached[:, -1:], xp.int64), axis=-1, keepdims=True)
    kept = xp.sum(xp.astype(p > 0, xp.int64), axis=-1, keepdims=True)
    rank = xp.minimum(rank, kept - 1)  # u just below 1 can round up to all of it
    return xp.astype(xp.take_along_axis(order, rank, axis=-1)[:, 0], xp.int64)
