"""attention_rollout: from which of the first layer's positions what comes out was mixed."""

from __future__ import annotations

from collections.abc import Sequence

from nt_autograd import Tensor, eye, no_grad

__all__ = ["attention_rollout"]


def attention_rollout(maps: Sequence[Tensor]) -> list[Tensor]:
    r"""Attention through all layers, the residual stream beside it counted as half.

    $$R_l = \tfrac12 \Big(\frac1H \sum_h A_{l,h} + I\Big) R_{l-1}, \qquad R_0 = I$$

    Args:
        maps: each layer's attention to itself, (…, heads, time, time), the first layer first.

    Returns:
        For each layer the rollout up to it, (…, time, time), whose rows sum to one.

    Raises:
        ValueError: there is no map, or one is not (…, heads, time, time).

    Example:
        >>> from nt_autograd import tensor
        >>> (rolled,) = attention_rollout([tensor([[[1.0, 0.0], [0.5, 0.5]]])])
        >>> rolled.tolist()
        [[1.0, 0.0], [0.25, 0.75]]

    Source: Abnar and Zuidema, Quantifying Attention Flow in Transformers (2020), section 4.
    """
    if not maps:
        raise ValueError("maps: there is none")
    rolled: list[Tensor] = []
    with no_grad():
        for a in maps:
            if a.ndim < 3 or a.shape[-1] != a.shape[-2]:
                raise ValueError(f"maps must be (…, heads, time, time), got shape {a.shape}")
            same = eye(a.shape[-1], dtype=a.dtype, device=a.device)
            mixed = (a.mean(-3) + same) * 0.5  # (…, time, time)
            rolled.append(mixed @ rolled[-1] if rolled else mixed)
    return rolled
