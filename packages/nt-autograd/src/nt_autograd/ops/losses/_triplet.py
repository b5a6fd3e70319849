"""Losses of triplets: an anchor nearer to what it is like than to what it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._maximum import clip, minimum
from ..distances._pairwise_distance import pairwise_distance
from ._reduction import check_numbers, reduced
from .options import check_not_negative, check_positive

__all__ = ["triplet_margin_loss", "triplet_margin_with_distance_loss"]


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    r"""Brings an anchor nearer to a like vector than to an unlike one, by a margin.

    $$\ell = \max(0, d(a, p) - d(a, n) + m), \qquad d(x, y) = \lVert x - y + \epsilon \rVert_p$$

    Args:
        anchor: $a$, (N, D) or (D,).
        positive: $p$, of the same shape.
        negative: $n$, of the same shape.
        margin: $m$.
        p: the order of the norm.
        eps: $\epsilon$, see `pairwise_distance`.
        swap: use $\min(d(a, n), d(p, n))$ for $d(a, n)$.
        reduction: "mean" over all triplets (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes differ, the margin is not positive, `eps` is negative, or the
            reduction is unknown.
        TypeError: `anchor` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> a, p, n = tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]]), tensor([[0.0, 5.5]])
        >>> triplet_margin_loss(a, p, n, eps=0.0)
        tensor(0.5)

    Source: Balntas et al., Learning Shallow Convolutional Feature Descriptors with Triplet Losses
        (2016); PyTorch's `torch.nn.functional.triplet_margin_loss`.
    """
    check_not_negative("eps", eps)
    return triplet_margin_with_distance_loss(
        anchor,
        positive,
        negative,
        distance_function=lambda x1, x2: pairwise_distance(x1, x2, p, eps),
        margin=margin,
        swap=swap,
        reduction=reduction,
    )


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    r"""`triplet_margin_loss` with a distance of one's own.

    Args:
        anchor: (N, …).
        positive: of the same shape.
        negative: of the same shape.
        distance_function: takes two of them and gives their distances; None for
            `pairwise_distance`.
        margin: by how much nearer the positive one shall be.
        swap: use the smaller of the negative one's distances to the anchor and to the positive one.
        reduction: "mean" over all distances (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes differ, the margin is not positive, or the reduction is unknown.
        TypeError: `anchor` is not floating-point.

    Example:
        >>> from nt_autograd import cosine_similarity, tensor
        >>> a, p, n = tensor([[1.0, 0.0]]), tensor([[3.0, 4.0]]), tensor([[4.0, 3.0]])
        >>> triplet_margin_with_distance_loss(
        ...     a, p, n, distance_function=lambda x, y: 1 - cosine_similarity(x, y)
        ... )
        tensor(1.2...)

    Source: PyTorch's `torch.nn.functional.triplet_margin_with_distance_loss`.
    """
    check_positive("margin", margin)
    check_numbers(reduction, anchor=anchor, positive=positive, negative=negative)
    distance = distance_function or pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduced(clip(near - far + margin, 0.0), reduction)
