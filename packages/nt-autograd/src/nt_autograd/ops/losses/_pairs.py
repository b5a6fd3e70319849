"""Losses of pairs: alike or not, higher or lower."""

from __future__ import annotations

from typing import Any

from .._maximum import clip
from .._norm import norm
from .._power import square
from .._where import where
from ..distances._cosine_similarity import cosine_similarity
from ._reduction import array_of, check_numbers, check_signs, reduced
from .options import check_between, check_positive

__all__ = [
    "contrastive_loss",
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
]


def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: str = "mean"
) -> Any:
    r"""Turns like vectors towards each other and others away.

    $$\ell = \begin{cases} 1 - \cos(x_1, x_2) & y = 1 \\ \max(0, \cos(x_1, x_2) - m) & y = -1
      \end{cases}$$

    Args:
        input1: $x_1$, (N, D) or (D,).
        input2: $x_2$, of the same shape.
        target: $y$, 1 or -1, (N,) or ().
        margin: $m$, from -1 to 1.
        reduction: "mean" over all pairs (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes do not fit, a target is neither 1 nor -1, the margin lies outside of
            [-1, 1], or the reduction is unknown.
        TypeError: an input is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> x1, x2 = tensor([[1.0, 0.0], [1.0, 0.0]]), tensor([[1.0, 3**0.5], [1.0, 3**0.5]])
        >>> cosine_embedding_loss(x1, x2, tensor([1, -1]), reduction="none")
        tensor([0.5, 0.5])

    Source: PyTorch's `torch.nn.functional.cosine_embedding_loss`.
    """
    check_between("margin", margin, -1.0, 1.0)
    _check_vectors(reduction, input1, input2, target)
    check_signs(target)
    cosine = cosine_similarity(input1, input2, -1)
    losses = where(target == 1, 1.0 - cosine, clip(cosine - margin, 0.0))
    return reduced(losses, reduction)


def contrastive_loss(
    input1: Any, input2: Any, target: Any, margin: float = 1.0, reduction: str = "mean"
) -> Any:
    r"""Draws like vectors together and pushes others apart, as far as a margin.

    $$\ell = \begin{cases} \tfrac12 d^2 & y = 1 \\ \tfrac12 \max(0, m - d)^2 & y = -1 \end{cases},
      \qquad d = \lVert x_1 - x_2 \rVert_2$$

    The targets are those of `cosine_embedding_loss`; in the paper they are 0 and 1. The gradient at
    $d = 0$ is 0.

    Args:
        input1: $x_1$, (N, D) or (D,).
        input2: $x_2$, of the same shape.
        target: $y$, 1 (alike) or -1, (N,) or ().
        margin: $m$, how far apart unlike vectors shall be.
        reduction: "mean" over all pairs (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes do not fit, a target is neither 1 nor -1, the margin is not positive,
            or the reduction is unknown.
        TypeError: an input is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> x1, x2 = tensor([[0.0, 0.0], [0.0, 0.0]]), tensor([[3.0, 4.0], [3.0, 4.0]])
        >>> contrastive_loss(x1, x2, tensor([1, -1]), margin=6.0, reduction="none")
        tensor([12.5,  0.5])

    Source: Hadsell, Chopra and LeCun, Dimensionality Reduction by Learning an Invariant Mapping
        (2006), equation 4.
    """
    check_positive("margin", margin)
    _check_vectors(reduction, input1, input2, target)
    check_signs(target)
    far = norm(input1 - input2, 2, -1)
    losses = where(target == 1, square(far), square(clip(margin - far, 0.0))) * 0.5
    return reduced(losses, reduction)


def margin_ranking_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: str = "mean"
) -> Any:
    r"""Puts the right one of two scores ahead, $\ell = \max(0, -y (x_1 - x_2) + m)$.

    Args:
        input1: $x_1$, any shape.
        input2: $x_2$, of the same shape.
        target: $y$, of the same shape: 1 where $x_1$ shall be higher, -1 where $x_2$ shall.
        margin: $m$, by how much.
        reduction: "mean" over all pairs (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes differ, a target is neither 1 nor -1, or the reduction is unknown.
        TypeError: `input1` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> margin_ranking_loss(tensor([1.0, 1.0]), tensor([3.0, 3.0]), tensor([1, -1]))
        tensor(1.0)

    Source: PyTorch's `torch.nn.functional.margin_ranking_loss`.
    """
    check_numbers(reduction, input1=input1, input2=input2, target=target)
    check_signs(target)
    return reduced(clip((input2 - input1) * target + margin, 0.0), reduction)


def hinge_embedding_loss(
    input: Any, target: Any, margin: float = 1.0, reduction: str = "mean"
) -> Any:
    r"""Makes distances of like pairs small and of others large.

    $$\ell = \begin{cases} x & y = 1 \\ \max(0, m - x) & y = -1 \end{cases}$$

    Args:
        input: $x$, distances, any shape.
        target: $y$, of the same shape, 1 or -1.
        margin: $m$.
        reduction: "mean" over all elements (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes differ, a target is neither 1 nor -1, or the reduction is unknown.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> hinge_embedding_loss(tensor([0.25, 0.25]), tensor([1, -1]), reduction="none")
        tensor([0.25, 0.75])

    Source: PyTorch's `torch.nn.functional.hinge_embedding_loss`.
    """
    check_numbers(reduction, input=input, target=target)
    check_signs(target)
    return reduced(where(target == 1, input, clip(margin - input, 0.0)), reduction)


def _check_vectors(reduction: str, input1: Any, input2: Any, target: Any) -> None:
    """Raise unless there are two sets of vectors, and a target for each pair."""
    check_numbers(reduction, input1=input1, input2=input2)
    labels = array_of("target", target)
    if input1.ndim not in (1, 2) or tuple(labels.shape) != tuple(input1.shape[:-1]):
        raise ValueError(
            f"target must be (N,) for inputs (N, D), or () for (D,), "
            f"got {tuple(labels.shape)} for {tuple(input1.shape)}"
        )
